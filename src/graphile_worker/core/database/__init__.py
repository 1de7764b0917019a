"""Connections to PostgreSQL: transactions with their time limits, waiting for a connection, and errors of the
driver."""
