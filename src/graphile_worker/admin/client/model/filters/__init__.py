"""Saved views, and names of a filter that do not exist."""
