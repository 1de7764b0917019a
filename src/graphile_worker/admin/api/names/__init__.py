"""Names of tasks, queues and workers: by prefix, with counts, and similar to one that does not exist."""
