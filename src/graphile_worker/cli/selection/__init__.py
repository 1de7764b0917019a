"""Jobs of a command: which (`job_selection`), the action on them (`bulk_action`), its `progress`, `confirm` and `reports`; `pages` of a list."""
