"""PostgreSQL and the Graphile Worker schema: connections, statements, actions, locks, maintenance, migration,
diagnosis."""
