"""What the commands of the server share: databases, addresses, the probe of a running admin."""
