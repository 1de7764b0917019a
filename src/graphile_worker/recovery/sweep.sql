-- Workers that registered and then fell silent. Who never registered is no business of the sweep:
-- Node's workers send no heartbeats, and live long.

-- $1 seconds of silence, $2 seconds of silence for holders of a job with one of the flags $3.
-- :name silent
  select w.id
  from {schema}._private_workers w
  where w.last_heartbeat_at < now() - make_interval(secs => $1)
    and (
      w.last_heartbeat_at < now() - make_interval(secs => $2)
      or not exists (
        select from {schema}._private_jobs j where j.locked_by = w.id and j.flags ?| $3::text[]
      )
    )
  order by w.id

-- What `recover` would do now.
-- :name preview
with silent as ({use:silent})
select
  array(select s.id from silent s order by 1) as workers,
  (select count(*) from {schema}._private_jobs j where j.locked_by in (select s.id from silent s))::int as jobs

-- The reference's own lock ("GWRS", "SWEP"): one sweep at a time, whoever runs it.
-- :name alone
select pg_try_advisory_xact_lock(1196905043, 1398228304)

-- Locking the rows looks at each heartbeat once more; one that beats right now holds its row, and is passed over.
-- $4 seconds before the jobs may run again.
-- :name recover
with silent as materialized ({use:silent} for update of w skip locked)
select
  array(select s.id from silent s order by 1) as workers,
  {schema}.recover_dead_worker_jobs(array(select s.id from silent s), make_interval(secs => $4)) as jobs

-- :name forget
select {schema}.delete_stale_workers($1::text[])
