"""The writes: `actions` on jobs, adding and removing a job; `bulk` for all jobs of a filter; `undo`; `maintenance`."""
