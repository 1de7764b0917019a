-- Conditions for workers that may be alive and for old locks. All statements about liveness use these blocks.

-- Whether Node's workers ignore a lock with the time `it` because of its age, or respect it.
-- :name old
{it} < now() - {old_lock_age}
-- :name young
{it} >= now() - {old_lock_age}

-- Whether the last heartbeat of a registered worker `w` is recent, or not.
-- :name alive
w.last_heartbeat_at >= now() - {heartbeat_silence}
-- :name silent
w.last_heartbeat_at < now() - {heartbeat_silence}

-- The worker id in a row `p` of Worker Pro's tables; null if the table has no column of this name.
-- :name pro_worker_id
to_jsonb(p) ->> 'worker_id'
-- :name pro_pool_id
to_jsonb(p) ->> 'pool_id'

-- The ids of workers that are alive. Their jobs count as running, however old the lock is.
-- :name alive_workers
select w.id from {schema}._private_workers w where {use:alive}

-- Worker Pro deletes the row of a worker that stops, so every row is a worker that is alive.
-- :name alive_pro_workers
select {use:pro_worker_id} as id from {schema}._private_pro_workers p

-- :name alive_pro_pools
select {use:pro_pool_id} as id from {schema}._private_pro_pools p

-- Conditions on the holder `it` of a lock.
-- :name holder_alive
exists (select from {schema}._private_workers w where w.id = {it} and {use:alive})

-- :name holder_registered
exists (select from {schema}._private_workers w where w.id = {it})

-- A row without a readable id counts as the holder's.
-- :name holder_pro_worker
exists (select from {schema}._private_pro_workers p where {use:pro_worker_id} = {it} or {use:pro_worker_id} is null)

-- :name holder_pro_pool
exists (select from {schema}._private_pro_pools p where {use:pro_pool_id} = {it} or {use:pro_pool_id} is null)

-- For a table that does not exist.
-- :name holder_unlisted
false

-- Whether any worker of the schema may be alive.
-- :name any_alive
select exists (select from {schema}._private_workers w where {use:alive})

-- :name any_lock
select
  exists (select from {schema}._private_job_queues q where q.locked_at is not null)
  or exists (select from {schema}._private_jobs j where j.locked_at is not null)

-- :name any_pro_worker
select exists (select from {schema}._private_pro_workers)

-- :name any_pro_pool
select exists (select from {schema}._private_pro_pools)

-- Evidence of workers in the last statements of the other sessions of this database. The notification channel has no
-- schema in its name, so workers of every schema count. Behind a pooler workers do not listen, but they fetch jobs.
-- `hidden` = whether there are sessions whose statements this role may not read or that do not report them; the server's
-- background processes have no role and are excluded. The text of this query matches neither pattern.
-- :name sessions
select
  coalesce(bool_or({use:listens}), false) as listening,
  coalesce(
    bool_or(a.query ~* '_private_jobs\M.*\mskip\s+locked' and a.state_change >= now() - {heartbeat_silence}), false
  ) as fetching,
  coalesce(bool_or({use:unreadable}), false) as hidden,
  coalesce(bool_or(a.usesysid is not null and not ({use:unreadable})), false) as readable
{use:other_sessions}

-- The sessions that listen, those that listen longest first. The admin, which also listens, is no worker.
-- :name listeners
select
  nullif(a.application_name, '') as application_name,
  host(a.client_addr) as client_addr,
  {time:a.query_start} as since
{use:other_sessions} and {use:listens} and a.application_name <> 'graphile-worker-admin'
order by a.query_start, a.pid
limit :most::bigint

-- Whether the last statement of a session `a` listens for jobs.
-- :name listens
a.query ~* '\mlisten\s+"?jobs:insert'

-- :name unreadable
a.usesysid is not null and (a.query = '<insufficient privilege>' or a.state = 'disabled')

-- :name other_sessions
from pg_stat_activity a
where a.datname = current_database() and a.pid <> pg_backend_pid()
