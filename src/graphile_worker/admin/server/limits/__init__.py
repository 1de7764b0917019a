"""Limits for each client: connections, requests, failed logins, simultaneous searches and exports."""
