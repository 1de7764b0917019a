"""Limits on what one client can cost: connections, failed logins, searches and exports at a time."""
