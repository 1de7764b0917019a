"""Live updates: notifications of PostgreSQL, event streams, reads that requests share."""
