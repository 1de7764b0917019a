-- Counts. One scan of the jobs serves the totals and the queues; who holds locks is a second one, of few rows: grouped by
-- queue and holder at once, a million jobs were sorted on disk.

-- :name count_columns
    j.job_queue_id,
    count(*) as jobs,
    count(*) filter (where j.is_available and j.run_at <= now()) as ready,
    count(*) filter (where j.is_available and j.run_at > now()) as scheduled,
    count(*) filter (where j.locked_at is not null) as locked,
    count(*) filter (where j.locked_at is null and j.attempts >= j.max_attempts) as failed,
    min(j.run_at) filter (where j.is_available and j.run_at <= now()) as oldest

-- :name counted
counted as materialized (
  select
    {use:count_columns}
  from {schema}._private_jobs j
  group by j.job_queue_id
)

-- :name running
running as (
  select j.locked_by, count(*) as jobs, min(j.locked_at) as locked_at
  from {schema}._private_jobs j
  where j.locked_at is not null
  group by j.locked_by
)

-- :name overview
with {use:counted}, {use:running}
select
  {time:now()} as as_of,
  extract(epoch from now())::float8 as now,
  ({use:oldest_of_counted}) as oldest_ready_secs,
  ({use:stats_of_counted})::text as stats,
  ({use:queues_of_counted})::text as queues,
  ({use:workers_of_running})::text as workers

-- :name stats
with {use:counted} select ({use:stats_of_counted})::text

-- :name queues
with {use:counted} select ({use:queues_of_counted})::text

-- :name workers
with {use:running} select ({use:workers_of_running})::text

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

-- :name oldest_of_counted
select extract(epoch from now() - min(c.oldest) filter (where isfinite(c.oldest)))::float8 from counted c

-- :name queues_of_counted
select coalesce(json_agg(row_to_json(s) order by s.queue_name), '[]')
from (
  select
    q.id,
    q.queue_name,
    {time:q.locked_at} as locked_at,
    q.locked_by,
    coalesce(c.jobs, 0) as job_count,
    coalesce(c.ready, 0) as ready_count
  from {schema}._private_job_queues q
  left join counted c on c.job_queue_id = q.id
) s

-- :name workers_of_running
select coalesce(json_agg(row_to_json(s) order by s.worker_id), '[]')
from (
  select
    held.worker_id,
    sum(held.jobs)::bigint as locked_jobs,
    sum(held.queues)::bigint as locked_queues
  from (
    select r.locked_by as worker_id, r.jobs, 0 as queues
    from running r
    where r.locked_by is not null
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

-- How the workers do right now, and a few rows about who holds what. $1 rows of each list.
-- :name pulse
with {use:counted},
{use:running},
held as (
  select q.id, q.queue_name, q.locked_by, q.locked_at, coalesce(c.ready, 0) as ready
  from {schema}._private_job_queues q
  left join counted c on c.job_queue_id = q.id
  where q.locked_at is not null
),
holders as (
  select h.worker_id, sum(h.jobs)::bigint as jobs, sum(h.queues)::bigint as queues, min(h.locked_at) as locked_at
  from (
    select r.locked_by as worker_id, r.jobs, 0 as queues, r.locked_at from running r
    union all
    select q.locked_by, 0, 1, q.locked_at from held q
  ) h
  group by h.worker_id
),
beats as ({part:beats})
select row_to_json(pulse)::text
from (
  select
    {time:now()} as as_of,
    current_database() as database,
    ({use:stats_of_counted}) as stats,
    ({use:oldest_of_counted}) as oldest_ready_secs,
    (select count(*) from held) as queues_held,
    (
      select coalesce(json_agg(row_to_json(r)), '[]')
      from (
        select
          q.queue_name,
          q.locked_by,
          case when isfinite(q.locked_at) then extract(epoch from now() - q.locked_at)::float8 end as locked_secs,
          q.ready
        from held q order by q.ready desc, q.locked_at limit $1::int
      ) r
    ) as queues,
    (select count(*) from holders) as workers_holding,
    (
      select coalesce(json_agg(row_to_json(r)), '[]')
      from (
        select
          h.worker_id,
          h.jobs,
          h.queues,
          case when isfinite(h.locked_at) then extract(epoch from now() - h.locked_at)::float8 end as locked_secs
        from holders h order by h.locked_at limit $1::int
      ) r
    ) as workers,
    (
      select row_to_json(b)
      from (
        select
          count(*) filter (where beats.last >= now() - interval '300 seconds') as alive,
          count(*) filter (where beats.last < now() - interval '300 seconds') as silent
        from beats
      ) b
    ) as heartbeats
) pulse

-- :name beats_seen
select w.last_heartbeat_at as last from {schema}._private_workers w

-- :name beats_unseen
select null::timestamptz as last where false
