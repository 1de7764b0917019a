"""Secrets of a command line: warnings about arguments, redaction of error messages, files."""
