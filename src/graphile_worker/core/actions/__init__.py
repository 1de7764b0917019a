"""Actions on jobs: add, act on jobs by id, remove by key; dry runs, preconditions and outcomes that are unknown."""
