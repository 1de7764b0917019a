"""Reads of whole tables: overview, queues, workers, tasks, errors, activity."""
