-- Recovers the jobs of registered workers whose heartbeats have stopped. Workers that never registered are excluded,
-- because Node's workers send no heartbeats at all.

-- Workers without a recent heartbeat. For a worker that holds a job with one of `flags` the limit is `resilient_secs`.
-- :name silent
  select w.id
  from {schema}._private_workers w
  where w.last_heartbeat_at < now() - make_interval(secs => :silence_secs)
    and (
      w.last_heartbeat_at < now() - make_interval(secs => :resilient_secs)
      or not exists (
        select from {schema}._private_jobs j where j.locked_by = w.id and j.flags ?| :flags::text[]
      )
    )
    -- a worker that has locked a job recently is alive, however old its heartbeat is
    and not exists (
      select from {schema}._private_jobs j
      where j.locked_by = w.id and j.locked_at >= now() - make_interval(secs => :silence_secs)
    )
  order by w.id

-- The advisory lock of the Rust port ("GWRS", "SWEP"), so that only one sweep of either program runs at a time.
-- :name alone
select pg_try_advisory_xact_lock(1196905043, 1398228304)

-- `for update` re-evaluates the condition on the current row version. A row that a heartbeat is updating right now is
-- skipped.
-- :name take
{use:silent}
for update of w skip locked

-- The numbers of jobs and queues that `workers` hold.
-- :name details
select
  w.id as worker_id,
  {time:w.last_heartbeat_at} as last_heartbeat_at,
  coalesce(held.jobs, 0)::int as jobs,
  coalesce(held.queues, 0)::int as queues
from {schema}._private_workers w
left join (
  select h.worker, count(*) filter (where h.job) as jobs, count(*) filter (where not h.job) as queues
  from (
    select j.locked_by as worker, true as job from {schema}._private_jobs j where j.locked_by = any(:workers::text[])
    union all
    select q.locked_by, false from {schema}._private_job_queues q where q.locked_by = any(:workers::text[])
  ) h
  group by h.worker
) held on held.worker = w.id
where w.id = any(:workers::text[])
order by w.id

-- Releases the jobs and queues of `workers`. The jobs become due after `delay_secs`.
-- :name recover
select {schema}.recover_dead_worker_jobs(:workers::text[], make_interval(secs => :delay_secs))

-- `lock_jobs` and `recover_sparing` replace `recover` in schemas without the table _private_job_retirements, whose own
-- function would return an attempt to jobs that were failed permanently while they ran. Such a job cannot be told from
-- one in its last attempt, so a job without attempts left keeps its number of attempts.
-- :name lock_jobs
select from {schema}._private_jobs j where j.locked_by = any(:workers::text[]) order by j.id for update

-- :name recover_sparing
with recovered as (
  update {schema}._private_jobs j
  set
    attempts = case when j.attempts >= j.max_attempts then j.attempts else greatest(j.attempts - 1, 0) end,
    locked_at = null,
    locked_by = null,
    run_at = greatest(j.run_at, now() + make_interval(secs => :delay_secs)),
    last_error = 'Job recovered after worker interruption',
    updated_at = now()
  where j.locked_by = any(:workers::text[])
  returning j.id
), queues as (
  update {schema}._private_job_queues q
  set locked_at = null, locked_by = null
  where q.locked_by = any(:workers::text[])
)
select count(*)::int from recovered

-- :name forget
select {schema}.delete_stale_workers(:workers::text[])
