"""Secrets in texts: what looks like one, and how it is hidden before a text is shown or logged."""
