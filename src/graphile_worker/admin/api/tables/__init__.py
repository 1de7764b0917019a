"""Reads of whole tables: overview, queues, workers, tasks, errors, activity. Their statements are in `sql`."""
