"""Maintenance: previews of the actions, and summaries of their reports."""
