"""The HTTP server of the admin: guards around one small router."""
