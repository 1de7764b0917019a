"""One action on many jobs: `selection` says which jobs, `batches` takes their ids in batches."""
