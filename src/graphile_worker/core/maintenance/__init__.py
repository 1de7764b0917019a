"""Maintenance: `cleanup` runs the cleanup tasks, `unused_names` deletes names of tasks and queues, `repair` fixes broken jobs."""
