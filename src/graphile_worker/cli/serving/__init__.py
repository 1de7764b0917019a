"""Shared by the commands of the server: databases, addresses, and the probe of a running admin."""
