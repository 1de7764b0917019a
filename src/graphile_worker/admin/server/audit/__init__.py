"""Audit events: one for each write, and the files that they are written to."""
