-- Counts. One scan of the jobs serves the totals, without a group for each queue; who holds locks is a second one, of few
-- rows: grouped by queue and holder at once, a million jobs were sorted on disk.

-- Ready counts follow the contract: due and not used up. `blocked` says how many of them wait for a held queue: by a join,
-- since `in (select …)` within a filter compares each job with all held queues once these exceed work_mem.
-- :name totals
totals as materialized (
  select {use:jobs_by_state} {use:jobs_and_held_queues}
)

-- :name jobs_by_state
count(*) as total,
{use:fragments.state_counts},
count(*) filter (where {use:fragments.ready} and q.id is not null) as blocked,
min(j.run_at) filter (where {use:fragments.ready} and isfinite(j.run_at)) as oldest

-- :name jobs_and_held_queues
from {schema}._private_jobs j
left join {schema}._private_job_queues q on q.id = j.job_queue_id and q.locked_at is not null

-- :name stats_of_totals
select row_to_json(s) from (select t.total, t.ready, t.scheduled, t.locked, t.failed, t.blocked, t.retrying from totals t) s

-- :name oldest_of_totals
select extract(epoch from now() - t.oldest)::float8 from totals t

-- :name running
running as (
  select j.locked_by, count(*) as jobs, min(j.locked_at) as locked_at
  from {schema}._private_jobs j
  where {use:fragments.locked}
  group by j.locked_by
)

-- Lists are cut at `rows_most` rows and at `bytes_most` bytes of their JSON: those with something in them, or the newest, stay.

-- :name counts
with {use:totals},
{use:running},
holders as materialized ({use:holders_of_running}),
shown as (
  select h.worker_id, h.locked_jobs + h.locked_queues as weight, row_to_json(h)::text as text
  from holders h
  order by weight desc, h.worker_id
  limit :rows_most::bigint
),
measured as (
  select s.*, sum(octet_length(s.text)) over (order by s.weight desc, s.worker_id rows unbounded preceding) as bytes
  from shown s
),
fitting as (select m.worker_id, m.text from measured m where m.bytes <= :bytes_most::bigint)
select
  {time:now()} as as_of,
  extract(epoch from now())::float8 as now,
  ({use:oldest_of_totals}) as oldest_ready_secs,
  ({use:stats_of_totals})::text as stats,
  (select '[' || coalesce(string_agg(f.text, ',' order by f.worker_id), '') || ']' from fitting f) as workers,
  (select count(*) from fitting) as kept,
  (select count(*) from holders) as found

-- :name stats
with {use:totals} select ({use:stats_of_totals})::text

-- :name workers
with {use:running} select ({use:workers_of_running})::text

-- The queues by name as a JSON list: held ones and those with jobs first. `kept` of `found` are in it.
-- :name queues
with {use:queue_rows}, weighed as (
  select
    r.*,
    r.job_count + case when r.locked_at is null then 0 else 1 end as weight,
    count(*) over () as found
  from queue_rows r
  order by weight desc, r.queue_name
  limit :rows_most::bigint
),
measured as (
  select
    k.queue_name,
    k.found,
    row_to_json(s)::text as text,
    sum(octet_length(row_to_json(s)::text)) over (order by k.weight desc, k.queue_name rows unbounded preceding) as bytes
  from weighed k
  cross join lateral ({use:queue_members}) s
)
select
  '[' || coalesce(string_agg(m.text, ',' order by m.queue_name) filter (where m.bytes <= :bytes_most::bigint), '') || ']' as queues,
  count(*) filter (where m.bytes <= :bytes_most::bigint) as kept,
  coalesce(max(m.found), 0) as found
from measured m

-- All queues by name, each as JSON: for a cursor.
-- :name all_queues
with {use:queue_rows}
select row_to_json(s)::text as queue
from queue_rows k
cross join lateral ({use:queue_members}) s
order by k.queue_name

-- :name queue_rows
counted as materialized (
  select j.job_queue_id, count(*) as jobs, count(*) filter (where {use:fragments.ready}) as ready
  from {schema}._private_jobs j
  group by j.job_queue_id
),
queue_rows as (
  select
    q.id,
    q.queue_name,
    q.locked_at,
    q.locked_by,
    coalesce(c.jobs, 0) as job_count,
    coalesce(c.ready, 0) as ready_count
  from {schema}._private_job_queues q
  left join counted c on c.job_queue_id = q.id
)

-- :name queue_members
select k.id, k.queue_name, {time:k.locked_at} as locked_at, k.locked_by, k.job_count, k.ready_count

-- :name workers_of_running
select coalesce(json_agg(row_to_json(s) order by s.worker_id), '[]') from ({use:holders_of_running}) s

-- :name holders_of_running
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

-- Registered workers, the newest first; stale without a recent heartbeat, by the database's clock. `kept` of
-- `found` are in the list.
-- :name active_workers
with newest as (
  select w.*, count(*) over () as found
  from {schema}._private_workers w
  order by w.last_heartbeat_at desc, w.id
  limit :rows_most::bigint
),
shown as (
  select w.id, w.last_heartbeat_at, w.found, row_to_json(s)::text as text
  from newest w
  cross join lateral (
    select
      w.id as worker_id,
      {use:heartbeat}
  ) s
),
measured as (
  select s.*, sum(octet_length(s.text)) over (order by s.last_heartbeat_at desc, s.id rows unbounded preceding) as bytes
  from shown s
),
fitting as (select m.* from measured m where m.bytes <= :bytes_most::bigint)
select
  '[' || coalesce(string_agg(f.text, ',' order by f.last_heartbeat_at desc, f.id), '') || ']' as workers,
  count(*) as kept,
  coalesce((select max(n.found) from newest n), 0) as found
from fitting f

-- What a list shows of a registered worker `w`.
-- :name heartbeat
{time:w.last_heartbeat_at} as last_heartbeat_at,
{time:w.started_at} as started_at,
case
  when octet_length(w.metadata::text) <= 65536 then w.metadata
  when w.metadata is not null then to_jsonb('(too large for a list)'::text)
end as metadata,
{use:liveness.silent} as is_stale

-- How the workers do right now, and a few rows about who holds what, `rows` in each list.
-- :name pulse
with by_task as materialized (
  select j.task_id, min(j.locked_at) filter (where {use:fragments.locked}) as oldest_lock, {use:jobs_by_state}
  {use:jobs_and_held_queues}
  group by j.task_id
),
totals as materialized (
  select
    coalesce(sum(b.total), 0)::bigint as total,
    coalesce(sum(b.ready), 0)::bigint as ready,
    coalesce(sum(b.scheduled), 0)::bigint as scheduled,
    coalesce(sum(b.locked), 0)::bigint as locked,
    coalesce(sum(b.failed), 0)::bigint as failed,
    coalesce(sum(b.blocked), 0)::bigint as blocked,
    coalesce(sum(b.retrying), 0)::bigint as retrying,
    min(b.oldest) as oldest
  from by_task b
),
busy as (select b.* from by_task b where b.ready > 0 or b.locked > 0),
{use:running},
counted as (
  select j.job_queue_id, count(*) as ready
  from {schema}._private_jobs j
  where {use:fragments.ready}
    and j.job_queue_id in (select q.id from {schema}._private_job_queues q where q.locked_at is not null)
  group by j.job_queue_id
),
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
    ({use:stats_of_totals}) as stats,
    ({use:oldest_of_totals}) as oldest_ready_secs,
    (select count(*) from held) as queues_held,
    (
      select coalesce(json_agg(row_to_json(r)), '[]')
      from (
        select
          q.queue_name,
          q.locked_by,
          {use:fragments.age(q.locked_at)} as locked_secs,
          q.ready
        from held q order by q.ready desc, q.locked_at limit :rows::int
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
          {use:fragments.age(h.locked_at)} as locked_secs
        from holders h order by h.locked_at limit :rows::int
      ) r
    ) as workers,
    (select count(*) from busy) as tasks_busy,
    (
      select coalesce(json_agg(row_to_json(r)), '[]')
      from (
        select
          {use:fragments.task_name(b.task_id)} as task_identifier,
          b.ready,
          b.locked,
          {use:fragments.age(b.oldest_lock)} as oldest_locked_secs
        from busy b
        left join {schema}._private_tasks t on t.id = b.task_id
        order by b.ready desc, b.locked desc, b.task_id
        limit :rows::int
      ) r
    ) as tasks,
    (
      select row_to_json(b)
      from (
        select
          count(*) filter (where {use:liveness.alive}) as alive,
          count(*) filter (where {use:liveness.silent}) as silent
        from beats w
      ) b
    ) as heartbeats
) pulse

-- :name beats_seen
select w.last_heartbeat_at from {schema}._private_workers w

-- :name beats_unseen
select null::timestamptz as last_heartbeat_at where false
