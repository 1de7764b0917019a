"""Previews of the maintenance operations, and the messages about their results."""
