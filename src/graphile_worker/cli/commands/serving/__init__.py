"""Commands of the server: serve the admin, manage its users, check its health."""
