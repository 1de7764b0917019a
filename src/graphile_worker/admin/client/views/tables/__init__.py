"""The screens that show a table of samples: queues, tasks, workers, errors, activity."""
