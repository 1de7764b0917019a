"""The guards of a request: Host, origin, authentication, CSRF, permissions. Each is an ASGI middleware."""
