"""Redaction: values that are hidden from viewers, and their positions in JSON text."""
