"""Secrets on a command line: in arguments, at the wrong place, in files."""
