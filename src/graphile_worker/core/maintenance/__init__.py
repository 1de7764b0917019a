"""Cleanup: completed leftovers, unused names of tasks and queues, and the repair of broken jobs."""
