"""One action on many jobs: the selection, and the batches it is done in."""
