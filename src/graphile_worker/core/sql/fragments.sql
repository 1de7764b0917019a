-- Conditions and columns that several statements share. `j`, `q` and `t` are the rows of a job, its queue and its task.

-- The time of the database's clock.
-- :name now
select now()

-- Locking clauses: none, or the rows that no other session has locked.
-- :name without_lock

-- :name skip_locked_jobs
for update of j skip locked

-- :name skip_locked_queues
for update of q skip locked

-- :name ready
j.is_available and j.run_at <= now()

-- :name scheduled
j.is_available and j.run_at > now()

-- :name locked
j.locked_at is not null

-- :name failed
j.locked_at is null and j.attempts >= j.max_attempts

-- The number of jobs in each state.
-- :name state_counts
count(*) filter (where {use:ready}) as ready,
count(*) filter (where {use:scheduled}) as scheduled,
count(*) filter (where {use:locked}) as locked,
count(*) filter (where {use:failed}) as failed

-- The name of a task, or a substitute if its row does not exist; `it` is the task id of the jobs.
-- :name task_name
coalesce(t.identifier, 'task ' || {it} || ' (its row is missing)')

-- How many seconds ago the time `it` was; null for an infinite one.
-- :name age
case when isfinite({it}) then extract(epoch from now() - {it})::float8 end
