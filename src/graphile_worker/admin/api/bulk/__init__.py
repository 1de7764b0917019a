"""An action on many jobs: their selection, and the batches."""
