-- Upkeep: jobs that used up their attempts, names nobody refers to.

-- One slice of the used up jobs with an id above $1; $2 rows at most. Rows somebody looks at stay for the next run.
-- :name delete_failed
with doomed as (
  select j.id
  from {schema}._private_jobs j
  where j.id > $1 and j.locked_at is null and j.attempts >= j.max_attempts
  order by j.id
  limit $2
  for update skip locked
), gone as (
  delete from {schema}._private_jobs j using doomed d where j.id = d.id returning j.id
)
select count(*)::int as deleted, max(g.id) as last from gone g

-- A look without any lock, so that a clean schema disturbs nobody.
-- :name unused_queues
select q.id
from {schema}._private_job_queues q
where q.locked_at is null
  and not exists (select from {schema}._private_jobs j where j.job_queue_id = q.id)
order by q.id

-- :name unused_tasks
select t.id
from {schema}._private_tasks t
where not exists (select from {schema}._private_jobs j where j.task_id = t.id)
order by t.id

-- Keeps every add_job out while the names are looked at again and deleted: otherwise a job could be added between
-- the two, and point at a name that is gone. The workers wait too, hence the short lock_timeout of the caller.
-- :name hold_jobs
lock table {schema}._private_jobs in share row exclusive mode

-- :name delete_queues
with doomed as (
  select q.id
  from {schema}._private_job_queues q
  where q.id = any($1::int[])
    and q.locked_at is null
    and not exists (select from {schema}._private_jobs j where j.job_queue_id = q.id)
  order by q.id
  for update of q skip locked
), gone as (
  delete from {schema}._private_job_queues q using doomed d where q.id = d.id returning q.id
)
select count(*)::int from gone

-- :name delete_tasks
with doomed as (
  select t.id
  from {schema}._private_tasks t
  where t.id = any($1::int[])
    and not exists (select from {schema}._private_jobs j where j.task_id = t.id)
  order by t.id
  for update of t skip locked
), gone as (
  delete from {schema}._private_tasks t using doomed d where t.id = d.id returning t.id
)
select count(*)::int from gone

-- Signs of life that need no heartbeat: a lock, or a session that waits for new jobs (of any schema: the channel
-- carries none). `hidden` = sessions of other roles whose statement this role may not see.
-- :name signs_of_life
select
  exists (select from {schema}._private_jobs j where j.locked_at is not null) as locked_job,
  exists (select from {schema}._private_job_queues q where q.locked_at is not null) as locked_queue,
  exists (
    select from pg_stat_activity a
    where a.datname = current_database() and a.pid <> pg_backend_pid() and a.query ilike 'listen "jobs:insert"%'
  ) as listening,
  exists (
    select from pg_stat_activity a
    where a.datname = current_database() and a.backend_type = 'client backend'
      and a.query = '<insufficient privilege>'
  ) as hidden

-- :name heartbeat
select exists (select from {schema}._private_workers w where w.last_heartbeat_at > now() - interval '5 minutes')
