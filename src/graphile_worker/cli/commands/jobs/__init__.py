"""Commands that list, count, export, add, change and remove jobs."""
