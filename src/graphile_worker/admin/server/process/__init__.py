"""The server as a process: start, certificate, reload, shutdown, log."""
