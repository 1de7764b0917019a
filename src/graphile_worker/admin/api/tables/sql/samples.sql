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

-- Failed and retrying jobs by the fingerprint of their errors: the newest, `jobs_most` of each kind at most, and none
-- after `seconds_most` (but for one). The failed ones are read first. `jobs`, `retrying_jobs`: how many were read;
-- `complete`: whether those were all. A fingerprint is made once for each variant, not for each job.
-- :name errors
latest as materialized (
  {use:latest_failed}
  union all
  {use:latest_retrying}
),
begun as materialized (
  select
    clock_timestamp() as at,
    count(*) as found,
    max(id) as newest,
    case when count(*) filter (where not retrying) > :jobs_most::bigint then min(id) filter (where not retrying) end as beyond,
    case when count(*) filter (where retrying) > :jobs_most::bigint then min(id) filter (where retrying) end as beyond_retrying
  from latest
),
looked as materialized (
  select
    j.id,
    j.task_id,
    j.updated_at,
    j.retrying,
    case
      when j.id = b.newest or clock_timestamp() < b.at + make_interval(secs => :seconds_most::float8) then {use:errors.variant}
    end as variant
  from latest j
  cross join begun b
  where coalesce(j.id > case when j.retrying then b.beyond_retrying else b.beyond end, true)
),
by_variant_and_task as materialized (
  select
    l.variant,
    l.task_id,
    count(*) filter (where not l.retrying) as count,
    count(*) filter (where l.retrying) as retrying,
    min(l.updated_at) as first_at,
    max(l.updated_at) as last_at,
    max(l.id) as job
  from looked l
  where l.variant is not null
  group by l.variant, l.task_id
),
fingerprints as materialized (
  select
    v.*,
    case
      when v.job = b.newest or clock_timestamp() < b.at + 2 * make_interval(secs => :seconds_most::float8)
        then {use:errors.fingerprint_of(v.variant)}
    end as fingerprint
  from (
    select
      b.variant,
      {use:sums(b)}
    from by_variant_and_task b
    group by b.variant
    order by max(b.job) desc
    offset 0
  ) v
  cross join begun b
),
by_task as (
  select
    f.fingerprint,
    b.task_id,
    {use:sums(b)}
  from by_variant_and_task b
  join fingerprints f on f.variant = b.variant
  where f.fingerprint is not null
  group by f.fingerprint, b.task_id
),
-- Of each fingerprint the variants with most jobs, and of each of these the tasks with most.
most_of_each as (
  select r.*
  from (
    select
      f.*,
      row_number() over (partition by f.fingerprint order by f.count + f.retrying desc, f.job desc) as place,
      count(*) over (partition by f.fingerprint) as variant_count
    from fingerprints f
    where f.fingerprint is not null
  ) r
  where r.place <= 10 and r.variant_count > 1
),
variant_tasks as (
  select
    b.variant,
    json_agg(
      json_build_object(
        'task_identifier', {use:fragments.task_name(b.task_id)}, 'count', b.count, 'retrying', b.retrying
      ) order by b.place
    ) as tasks
  from (
    select b.*, row_number() over (partition by b.variant order by b.count + b.retrying desc, b.task_id) as place
    from by_variant_and_task b
    where b.variant in (select m.variant from most_of_each m)
  ) b
  left join {schema}._private_tasks t on t.id = b.task_id
  where b.place <= 5
  group by b.variant
),
variants as (
  select
    m.fingerprint,
    m.variant_count,
    json_agg(
      json_build_object(
        'text', m.variant, 'count', m.count, 'retrying', m.retrying, 'first_at', {time:m.first_at},
        'last_at', {time:m.last_at}, 'job', m.job, 'tasks', v.tasks
      ) order by m.place
    ) as variants
  from most_of_each m
  join variant_tasks v on v.variant = m.variant
  group by m.fingerprint, m.variant_count
),
placed as (
  select
    row_number() over (partition by b.fingerprint order by b.count + b.retrying desc, b.task_id) as place,
    b.*,
    {use:fragments.task_name(b.task_id)} as task_identifier
  from by_task b
  left join {schema}._private_tasks t on t.id = b.task_id
),
summed as (
  select
    p.fingerprint,
    {use:sums(p)},
    json_agg(
      json_build_object('task_identifier', p.task_identifier, 'count', p.count, 'retrying', p.retrying) order by p.place
    ) filter (where p.place <= 5) as tasks,
    count(*) as task_count
  from placed p
  group by p.fingerprint
),
read as (
  select
    coalesce(sum(f.count), 0)::bigint as jobs,
    coalesce(sum(f.retrying), 0)::bigint as retrying_jobs,
    coalesce(sum(f.count + f.retrying), 0) = (select found from begun) as complete
  from fingerprints f
  where f.fingerprint is not null
),
rows as (
  select
    s.fingerprint as name,
    s.count,
    s.retrying,
    extract(epoch from s.first_at)::float8 as first,
    extract(epoch from s.last_at)::float8 as last,
    s.count + s.retrying as weight,
    total.*,
    row_to_json(row)::text as text
  from summed s
  join {schema}._private_jobs j on j.id = s.job
  left join variants v on v.fingerprint = s.fingerprint
  cross join read total
  cross join lateral (
    select
      s.fingerprint,
      s.count,
      s.retrying,
      {time:s.first_at} as first_at,
      {time:s.last_at} as last_at,
      s.tasks,
      s.task_count,
      left({use:errors.example}, 300) as example,
      s.job,
      coalesce(v.variants, '[]') as variants,
      coalesce(v.variant_count, 1) as variant_count
  ) row
)

-- The jobs of several rows of this kind taken together.
-- :name sums
sum({it}.count)::bigint as count,
sum({it}.retrying)::bigint as retrying,
min({it}.first_at) as first_at,
max({it}.last_at) as last_at,
max({it}.job) as job

-- :name latest_failed
select j.id, j.task_id, j.updated_at, false as retrying, {use:errors.head} as last_error
from (
  select j.*
  from {schema}._private_jobs j
  where {use:fragments.failed} and j.last_error is not null
  order by j.id desc
  limit :jobs_most::bigint + 1
) j

-- :name latest_retrying
select j.id, j.task_id, j.updated_at, true as retrying, {use:errors.head} as last_error
from (
  select j.*
  from {schema}._private_jobs j
  where {use:fragments.retrying}
  order by j.id desc
  limit :jobs_most::bigint + 1
) j
