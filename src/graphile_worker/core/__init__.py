"""What knows PostgreSQL and the Graphile Worker schema; nothing above it."""
