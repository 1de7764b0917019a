"""The jobs of a command (`job_selection`), the action on them (`bulk_action`) with its `progress`, `confirm` and `reports`, and `pages` of a list."""
