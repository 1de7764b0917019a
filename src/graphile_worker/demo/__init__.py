"""`graphile-worker demo`: a PostgreSQL of its own, a small live application on it, and the admin in front."""
