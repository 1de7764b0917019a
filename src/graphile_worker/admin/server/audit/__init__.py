"""Audit events: one for each write, and where they are written."""
