"""Opens connections: hosts, sockets, TLS, the login, and the check of the server."""
