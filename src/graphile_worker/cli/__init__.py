"""The command line: a thin skin over WorkerUtils (what changes something) and admin.api (what reads)."""
