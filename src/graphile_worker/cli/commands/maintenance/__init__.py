"""Commands for the schema and its health: migrate, doctor, cleanup, recovery of locks."""
