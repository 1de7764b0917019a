"""The way to a connection: hosts, sockets, TLS, the login, and the check of the server that answers."""
