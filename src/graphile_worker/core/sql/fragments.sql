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

-- Ready, and the queue is locked. `columns.columns` and `overview.totals`, which join the queues anyway, read it there.
-- :name blocked
{use:ready} and exists (
  select from {schema}._private_job_queues locked where locked.id = j.job_queue_id and locked.locked_at is not null
)

-- The last attempt failed, and attempts are left.
-- :name retrying
j.is_available and j.attempts > 0 and j.last_error is not null

-- When the last attempt failed, or null without an error. An action that changes the job later moves it.
-- :name failed_at
case when j.last_error is not null then {use:failure_time} end

-- The same for a job with an error. A worker does not set `updated_at` when an attempt fails, but `run_at`: the failure and
-- the wait after it. The functions of the schema set `updated_at`, and some of them `run_at` to another time.
-- :name failure_time
greatest(j.updated_at, case
  when j.attempts > (j.locked_at is not null)::int and j.run_at > timestamptz '2000-01-01 00:00:00+00' and j.run_at <= now() + {use:wait}
  then j.run_at - {use:wait}
end)

-- The wait after the last attempt that has ended: a running job has begun its next one.
-- :name wait
{use:backoff(j.attempts - (j.locked_at is not null)::int)} * interval '1 second'

-- How many seconds a worker waits after attempt `it` has failed.
-- :name backoff
exp(greatest(0, least({it}, 10)))

-- The number of jobs in each state. Retrying jobs are also scheduled or ready.
-- :name state_counts
count(*) filter (where {use:ready}) as ready,
count(*) filter (where {use:scheduled}) as scheduled,
count(*) filter (where {use:locked}) as locked,
count(*) filter (where {use:failed}) as failed,
count(*) filter (where {use:retrying}) as retrying

-- The name of a task, or a substitute if its row does not exist; `it` is the task id of the jobs.
-- :name task_name
coalesce(t.identifier, 'task ' || {it} || ' (its row is missing)')

-- How many seconds ago the time `it` was; null for an infinite one.
-- :name age
case when isfinite({it}) then extract(epoch from now() - {it})::float8 end
