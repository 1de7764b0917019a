"""Actions on jobs.

`table` lists all actions. `add`, `apply` (to ids) and `remove` (by key) change jobs, `dry_run` predicts their outcomes.
`batches` is the engine of long changes; `rules` and `preconditions` say which jobs are skipped; `outcome_unknown` has the
hints for a commit that was cut; `job_rows` makes jobs of rows.
"""
