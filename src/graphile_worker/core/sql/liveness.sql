-- Which workers may be alive, and which locks are old. All statements about liveness are made of these blocks.

-- A lock at `it` that Node's own workers no longer respect, and one that they do.
-- :name old
{it} < now() - {old_lock_age}
-- :name young
{it} >= now() - {old_lock_age}

-- A registered worker `w` whose heartbeat is recent, or not.
-- :name alive
w.last_heartbeat_at >= now() - {heartbeat_silence}
-- :name silent
w.last_heartbeat_at < now() - {heartbeat_silence}

-- The id in a row `p` of the tables that Worker Pro keeps; null where it has another column for it than we know.
-- :name pro_worker_id
to_jsonb(p) ->> 'worker_id'
-- :name pro_pool_id
to_jsonb(p) ->> 'pool_id'

-- The ids of workers that are alive: what they hold is running, however old the lock.
-- :name alive_workers
select w.id from {schema}._private_workers w where {use:alive}

-- Worker Pro removes a worker that ends from its tables.
-- :name alive_pro_workers
select {use:pro_worker_id} as id from {schema}._private_pro_workers p

-- :name alive_pro_pools
select {use:pro_pool_id} as id from {schema}._private_pro_pools p

-- What is known of the holder `it` of a lock.
-- :name holder_alive
exists (select from {schema}._private_workers w where w.id = {it} and {use:alive})

-- :name holder_registered
exists (select from {schema}._private_workers w where w.id = {it})

-- A row whose id cannot be read may be the holder's.
-- :name holder_pro_worker
exists (select from {schema}._private_pro_workers p where {use:pro_worker_id} = {it} or {use:pro_worker_id} is null)

-- :name holder_pro_pool
exists (select from {schema}._private_pro_pools p where {use:pro_pool_id} = {it} or {use:pro_pool_id} is null)

-- The table does not exist.
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

-- The last statements of the other sessions of this database (of any schema: the channel carries none). Behind a pooler
-- workers do not listen, but they fetch jobs. `hidden` = sessions whose statements this role may not see, or that do not
-- report them; the server's own processes have no role. This text matches neither of its patterns.
-- :name sessions
select
  coalesce(bool_or(a.query ~* '\mlisten\s+"?jobs:insert'), false) as listening,
  coalesce(
    bool_or(a.query ~* '_private_jobs\M.*\mskip\s+locked' and a.state_change >= now() - {heartbeat_silence}), false
  ) as fetching,
  coalesce(
    bool_or(a.usesysid is not null and (a.query = '<insufficient privilege>' or a.state = 'disabled')), false
  ) as hidden
from pg_stat_activity a
where a.datname = current_database() and a.pid <> pg_backend_pid()
