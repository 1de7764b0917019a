-- One job: its columns, why it does not run, and its retries, in one statement.

-- :name one
select
  {use:columns.columns(j.flags::text)},
  {part:common} as error_fingerprint,
  coalesce(length(j.last_error) > 20000, false) as error_long,
  (select row_to_json(facts) from ({use:why}) facts)::text as why,
  (select json_agg(rung order by rung.attempt) from ({use:retry_schedule}) rung)::text as retry_ladder,
  {time:now()} as as_of
from {schema}._private_jobs j
left join {schema}._private_tasks t on t.id = j.task_id
left join {schema}._private_job_queues q on q.id = j.job_queue_id
where j.id = :id::bigint

-- :name common_shown
case when j.last_error is not null then {use:errors.fingerprint} end

-- :name common_hidden
null::text

-- The facts from which the reason is derived why a job does not run. `ahead` counts those of the first 1,000 due jobs
-- before it that workers can take, where the job itself is due; `ahead_more` = whether there are further ones.
-- :name why
select
  case
    when t.id is null then 'task_missing'
    when j.locked_at is not null then 'running'
    when j.attempts >= j.max_attempts then 'used_up'
    when j.job_queue_id is not null and q.id is null then 'queue_missing'
    when j.run_at > now() then case when j.attempts > 0 then 'backing_off' else 'scheduled' end
    when q.locked_at is not null then 'queue_held'
    else 'ready'
  end as code,
  t.identifier as task,
  q.queue_name as queue,
  j.attempts,
  j.max_attempts,
  {part:quoted} as last_error,
  {time:j.run_at} as run_at,
  case when isfinite(j.run_at) then extract(epoch from j.run_at - now())::float8 end as due_in_secs,
  j.locked_by,
  {use:fragments.age(j.locked_at)} as locked_secs,
  q.locked_by as queue_locked_by,
  {use:fragments.age(q.locked_at)} as queue_locked_secs,
  case when q.locked_at is not null then (  -- no index serves this, so it runs only for a locked queue
    select h.id from {schema}._private_jobs h
    where h.job_queue_id = j.job_queue_id and h.locked_at is not null and h.locked_by is not distinct from q.locked_by
    order by h.id limit 1
  ) end as queue_job,
  {part:beat} as heartbeat_secs,
  case when {use:fragments.ready} then waiting.ahead end as ahead,
  case when {use:fragments.ready} then waiting.looked > 1000 end as ahead_more
from {schema}._private_jobs j
left join {schema}._private_tasks t on t.id = j.task_id
left join {schema}._private_job_queues q on q.id = j.job_queue_id
cross join lateral (
  select count(*) filter (where held.id is null) as ahead, count(*) as looked
  from (
    select a.job_queue_id
    from {schema}._private_jobs a
    where {use:fragments.ready}  -- of the job itself: nothing is read for another one
      and a.is_available and a.run_at <= now() and (a.priority, a.run_at) < (j.priority, j.run_at)
    order by a.priority, a.run_at  -- the order of the index that workers use
    limit 1001
  ) before
  left join {schema}._private_job_queues held on held.id = before.job_queue_id and held.locked_at is not null
) waiting
where j.id = :id::bigint

-- :name quoted_error
j.last_error

-- :name quoted_null
null::text

-- Seconds since the last heartbeat of the worker that holds the job or its queue; null if it sends none.
-- :name beat_seen
(
  select {use:fragments.age(w.last_heartbeat_at)}
  from {schema}._private_workers w
  where w.id = coalesce(j.locked_by, q.locked_by)
)

-- :name beat_unseen
null::float8

-- The times of the remaining attempts if each failed at once: after attempt n the job waits exp(least(n, 10)) seconds.
-- The attempt of a running job has already been counted.
-- :name retry_schedule
with job as (
  select
    case when j.locked_at is null then greatest(j.run_at, now()) else now() end as begin,
    j.attempts + case when j.locked_at is null then 1 else 0 end as next,
    j.max_attempts
  from {schema}._private_jobs j
  where j.id = :id::bigint and j.run_at < '100000-01-01'
),
rung as (
  select
    n.attempt,
    {use:fragments.backoff(n.attempt)} as wait_secs,
    job.begin + make_interval(secs => coalesce(
      sum({use:fragments.backoff(n.attempt)}) over (order by n.attempt rows between unbounded preceding and 1 preceding), 0
    )) as run_at
  from job
  cross join lateral generate_series(job.next, least(job.max_attempts, job.next + :rungs::int - 1)) as n (attempt)
)
select r.attempt, {time:r.run_at} as run_at, r.wait_secs::float8
from rung r
