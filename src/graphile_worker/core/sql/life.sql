-- Signs of life.

-- :name heartbeat
select exists (select from {schema}._private_workers w where w.last_heartbeat_at > now() - interval '5 minutes')

-- :name holds
select
  exists (select from {schema}._private_job_queues q where q.locked_at is not null)
  or exists (select from {schema}._private_jobs j where j.locked_at is not null)

-- Worker Pro keeps these lists itself.
-- :name pro_workers
select exists (select from {schema}._private_pro_workers)

-- :name pro_pools
select exists (select from {schema}._private_pro_pools)

-- What other sessions of this database said last (of any schema: the channel carries none). Behind a pooler workers
-- do not listen, but they ask for jobs. `hidden` = sessions whose statements this role may not see, or that do not tell; the
-- server's own processes have no role. This text matches neither of its patterns.
-- :name sessions
select
  coalesce(bool_or(a.query ~* '\mlisten\s+"?jobs:insert'), false) as listening,
  coalesce(
    bool_or(a.query ~* '_private_jobs\M.*\mskip\s+locked' and a.state_change > now() - interval '5 minutes'), false
  ) as fetching,
  coalesce(
    bool_or(a.usesysid is not null and (a.query = '<insufficient privilege>' or a.state = 'disabled')), false
  ) as hidden
from pg_stat_activity a
where a.datname = current_database() and a.pid <> pg_backend_pid()
