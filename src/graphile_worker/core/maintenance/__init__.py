"""Cleanup of failed jobs and of unused task and queue names, and the repair of jobs whose rows are missing."""
