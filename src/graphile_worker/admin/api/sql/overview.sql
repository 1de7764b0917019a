-- Counts. One scan of the jobs serves the totals, the queues and the lock holders.

-- :name counted
counted as materialized (
  select
    j.job_queue_id,
    j.locked_by,
    count(*) as jobs,
    count(*) filter (where j.is_available and j.run_at <= now()) as ready,
    count(*) filter (where j.is_available and j.run_at > now()) as scheduled,
    count(*) filter (where j.locked_at is not null) as locked,
    count(*) filter (where j.locked_at is null and j.attempts >= j.max_attempts) as failed
  from {schema}._private_jobs j
  group by j.job_queue_id, j.locked_by
)

-- :name overview
with {use:counted}
select
  {time:now()} as as_of,
  ({use:stats_of_counted})::text as stats,
  ({use:queues_of_counted})::text as queues,
  ({use:workers_of_counted})::text as workers

-- :name stats
with {use:counted} select ({use:stats_of_counted})::text

-- :name queues
with {use:counted} select ({use:queues_of_counted})::text

-- :name workers
with {use:counted} select ({use:workers_of_counted})::text

-- Ready counts follow the contract: due and not used up. `blocked` says how many of them wait for a held queue.
-- :name stats_of_counted
select row_to_json(s)
from (
  select
    coalesce(sum(c.jobs), 0)::bigint as total,
    coalesce(sum(c.ready), 0)::bigint as ready,
    coalesce(sum(c.scheduled), 0)::bigint as scheduled,
    coalesce(sum(c.locked), 0)::bigint as locked,
    coalesce(sum(c.failed), 0)::bigint as failed,
    coalesce(sum(c.ready) filter (where q.locked_at is not null), 0)::bigint as blocked
  from counted c
  left join {schema}._private_job_queues q on q.id = c.job_queue_id
) s

-- :name queues_of_counted
select coalesce(json_agg(row_to_json(s) order by s.queue_name), '[]')
from (
  select
    q.id,
    q.queue_name,
    {time:q.locked_at} as locked_at,
    q.locked_by,
    coalesce(sum(c.jobs), 0)::bigint as job_count,
    coalesce(sum(c.ready), 0)::bigint as ready_count
  from {schema}._private_job_queues q
  left join counted c on c.job_queue_id = q.id
  group by q.id, q.queue_name, q.locked_at, q.locked_by
) s

-- :name workers_of_counted
select coalesce(json_agg(row_to_json(s) order by s.worker_id), '[]')
from (
  select
    held.worker_id,
    sum(held.jobs)::bigint as locked_jobs,
    sum(held.queues)::bigint as locked_queues
  from (
    select c.locked_by as worker_id, c.locked as jobs, 0 as queues
    from counted c
    where c.locked_by is not null and c.locked > 0
    union all
    select q.locked_by, 0, 1
    from {schema}._private_job_queues q
    where q.locked_by is not null and q.locked_at is not null
  ) held
  group by held.worker_id
) s

-- Registered workers; stale after 300 seconds without a heartbeat, by the database's clock.
-- :name active_workers
select coalesce(json_agg(row_to_json(s) order by w.last_heartbeat_at desc, w.id), '[]')::text
from {schema}._private_workers w
cross join lateral (
  select
    w.id as worker_id,
    {time:w.last_heartbeat_at} as last_heartbeat_at,
    {time:w.started_at} as started_at,
    w.metadata,
    w.last_heartbeat_at < now() - interval '300 seconds' as is_stale
) s
