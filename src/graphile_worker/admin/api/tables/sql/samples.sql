-- Tables that cost one scan of the jobs: queues, workers, tasks, errors. Each row is the JSON text of its members beside
-- the numbers it is sorted by (times in seconds since 1970) and counted from. Of `rows_most` rows those with something in
-- them are kept first; of `bytes_most`, for their texts together, one takes an eighth at the most.

-- :name now
select {time:now()} as as_of, extract(epoch from now())::float8 as now

-- `found`: how many rows there are, kept or not.
-- :name sample
with {part:rows},
most as (select r.*, {part:found} as found from rows r order by r.weight desc limit :rows_most::bigint),
measured as (
  select m.*, sum(octet_length(m.text)) over (order by m.weight desc rows unbounded preceding) as bytes
  from most m
  where octet_length(m.text) <= :bytes_most::bigint / 8
)
select m.* from measured m where m.bytes <= :bytes_most::bigint

-- :name found_here
count(*) over ()
-- :name found_below
r.all_found

-- Texts are made of the rows that are kept only: of 500,000 queues they cost more than the scan.
-- Jobs without a queue are one row without id and name; a queue whose row is gone shows its id.
-- :name queues
summed as (
  select
    j.job_queue_id,
    count(*) as jobs,
    {use:fragments.state_counts},
    min(j.run_at) filter (where {use:fragments.ready}) as oldest,
    min(j.id) filter (where {use:fragments.locked}) as running
  from {schema}._private_jobs j
  group by j.job_queue_id
),
kept as (
  select
    s.*,
    q.id,
    q.queue_name,
    q.locked_at,
    q.locked_by,
    coalesce(s.jobs, 0) + case when q.locked_at is null then 0 else 1 end as weight,
    count(*) over () as all_found
  from summed s
  full join {schema}._private_job_queues q on q.id = s.job_queue_id
  order by weight desc
  limit :rows_most::bigint
),
rows as (
  select
    row.queue_name as name,
    coalesce(s.jobs, 0) as jobs,
    coalesce(s.ready, 0) as ready,
    coalesce(s.failed, 0) as failed,
    coalesce(s.retrying, 0) as retrying,
    extract(epoch from s.oldest)::float8 as oldest,
    lock.held,
    s.locked_at is not null as locked,
    case
      when coalesce(s.ready, 0) = 0 then 0
      when s.locked_at is null then 1
      else 2
    end * {use:overdue_most} + least(
      {use:overdue_most} - 1,
      coalesce(extract(epoch from now()) - extract(epoch from s.oldest), 0)
    )::float8 as urgency,
    s.weight,
    s.all_found,
    row_to_json(row)::text as text
  from kept s
  cross join lateral (
    select {use:fragments.age(s.locked_at)} as held
  ) lock
  cross join lateral (
    select
      coalesce(s.id, s.job_queue_id) as id,
      coalesce(s.queue_name, 'queue ' || s.job_queue_id || ' (its row is missing)') as queue_name,
      {time:s.locked_at} as locked_at,
      s.locked_by,
      coalesce(s.jobs, 0) as job_count,
      coalesce(s.ready, 0) as ready_count,
      coalesce(s.scheduled, 0) as scheduled_count,
      coalesce(s.failed, 0) as failed_count,
      coalesce(s.locked, 0) as locked_count,
      case when s.locked_at is null then 0 else coalesce(s.ready, 0) end as blocked_count,
      coalesce(s.retrying, 0) as retrying_count,
      {time:s.oldest} as oldest_ready_at,
      lock.held as locked_secs,
      case
        when s.id is null and s.job_queue_id is not null then 'missing'
        when s.locked_at is null then 'free'
        when {use:liveness.old(s.locked_at)} then 'held_too_long'
        else 'held'
      end as state,
      case when s.job_queue_id is not null then s.running end as current_job
  ) row
)

-- Seconds. An urgency is the rank of a queue, times this, plus how long its oldest ready job has been due.
-- :name overdue_most
1e12::float8

-- Whoever holds a lock, and whoever sends heartbeats. A lock without a name is a row without a name.
-- :name workers
held as (
  select j.locked_by as id, j.id as job, null::int as queue, j.locked_at
  from {schema}._private_jobs j
  where j.locked_at is not null
  union all
  select q.locked_by, null, q.id, q.locked_at
  from {schema}._private_job_queues q
  where q.locked_at is not null
),
beats as ({part:beats}),
summed as (
  select
    w.id,
    count(w.job) as jobs,
    count(w.queue) as queues,
    min(w.locked_at) as oldest,
    count(w.job) filter (where {use:liveness.old(w.locked_at)}) as old,
    (array_agg(w.job order by w.locked_at, w.job) filter (where w.job is not null))[1:5] as first
  from (select * from held union all select b.id, null, null, null from beats b) w
  group by w.id
),
rows as (
  select
    s.id as name,
    s.jobs,
    s.old,
    extract(epoch from s.oldest)::float8 as oldest,
    extract(epoch from w.last_heartbeat_at)::float8 as heartbeat,
    {use:liveness.silent} as stale,
    s.jobs + s.queues as weight,
    row_to_json(row)::text as text
  from summed s
  left join beats w on w.id = s.id
  cross join lateral (
    select
      s.id as worker_id,
      case
        when starts_with(s.id, 'pool-') then 'node_pool'
        when starts_with(s.id, 'otpool-') then 'node_once'
        when starts_with(s.id, 'worker-') then 'node_worker'
        when starts_with(s.id, 'graphile_worker_') then 'rust'
      end as kind,
      {use:overview.heartbeat},
      s.jobs as locked_jobs,
      s.queues as locked_queues,
      {time:s.oldest} as oldest_locked_at,
      {use:fragments.age(s.oldest)} as oldest_locked_secs,
      coalesce(s.first, '{}') as jobs
  ) row
)

-- :name beats_seen
select w.id, w.last_heartbeat_at, w.started_at, w.metadata from {schema}._private_workers w

-- :name beats_unseen
select
  null::text as id,
  null::timestamptz as last_heartbeat_at,
  null::timestamptz as started_at,
  null::jsonb as metadata
where false

-- Every task name there is, used or not; a task whose row is gone shows its id.
-- :name tasks
summed as (
  select
    j.task_id,
    count(*) as total,
    {use:fragments.state_counts},
    min(j.run_at) filter (where {use:fragments.ready}) as oldest,
    min(j.locked_at) filter (where {use:fragments.locked}) as oldest_lock,
    max(j.id) filter (where {use:fragments.failed}) as last_failed
  from {schema}._private_jobs j
  group by j.task_id
),
rows as (
  select
    row.task_identifier as name,
    row.total,
    row.ready,
    row.scheduled,
    row.locked,
    row.failed,
    row.retrying,
    extract(epoch from s.oldest)::float8 as oldest,
    row.total as weight,
    row_to_json(row)::text as text
  from summed s
  full join {schema}._private_tasks t on t.id = s.task_id
  left join {schema}._private_jobs j on j.id = s.last_failed
  cross join lateral (
    select
      {use:fragments.task_name(s.task_id)} as task_identifier,
      coalesce(t.id, s.task_id) as task_id,
      coalesce(s.total, 0) as total,
      coalesce(s.ready, 0) as ready,
      coalesce(s.scheduled, 0) as scheduled,
      coalesce(s.locked, 0) as locked,
      coalesce(s.failed, 0) as failed,
      coalesce(s.retrying, 0) as retrying,
      {time:s.oldest} as oldest_ready_at,
      s.failed::float8 / s.total as failed_share,
      j.id as last_failed_job,
      {part:error} as last_error,
      t.id is null as task_missing,
      {time:s.oldest_lock} as oldest_locked_at,
      {use:fragments.age(s.oldest_lock)} as oldest_locked_secs
  ) row
)

-- :name error_shown
left({use:errors.example}, 300)
-- :name error_hidden
case when j.last_error is not null then 'hidden from viewers' end

-- :name errors
{use:error_groups.rows}
