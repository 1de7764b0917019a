"""Actions on jobs.

`table` lists all actions, `action` says what an action is. `add`, `apply` (to ids) and `remove` (by key) change jobs,
`dry_run` predicts their outcomes. `batches` is the engine of long changes, `preconditions` are those of a caller, and
`outcome_unknown` has the hints for a commit that was cut.
"""
