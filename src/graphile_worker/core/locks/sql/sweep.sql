-- Workers that registered and then fell silent. Who never registered is no business of the sweep:
-- Node's workers send no heartbeats, and live long.

-- A holder of a job with one of the flags may be silent for longer, `resilient_secs`.
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
    -- who has taken a job since is not silent, whatever its heartbeat says
    and not exists (
      select from {schema}._private_jobs j
      where j.locked_by = w.id and j.locked_at >= now() - make_interval(secs => :silence_secs)
    )
  order by w.id

-- The reference's own lock ("GWRS", "SWEP"): one sweep at a time, whoever runs it.
-- :name alone
select pg_try_advisory_xact_lock(1196905043, 1398228304)

-- Locking the rows looks at each heartbeat once more; one that beats right now holds its row, and is passed over.
-- :name take
{use:silent}
for update of w skip locked

-- What these workers hold.
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

-- The jobs may run again after `delay_secs`.
-- :name recover
select {schema}.recover_dead_worker_jobs(:workers::text[], make_interval(secs => :delay_secs))

-- The same where the schema has no mark on jobs that were given up while they ran: its own function would hand one
-- more attempt to those. There a job without an attempt left is left so, for nobody can tell it from a last try.
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
