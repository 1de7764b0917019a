-- Finds and releases locks by their age and by the liveness of their holder. `kept` is the reason why a lock is not
-- released, and null for a lock that is. The preview, the dry run and the release use the same conditions.

-- The reason from the liveness of the holder of row `it`: the conditions of liveness.sql whose tables exist.
-- :name whose
  when {part:liveness.alive({it}.locked_by)} then 'its worker sends heartbeats'
  when {part:liveness.registered({it}.locked_by)} then 'its worker sends no heartbeats any more: sweep stale workers'
  when {part:liveness.pro_worker({it}.locked_by)} or {part:liveness.pro_pool({it}.locked_by)} then 'listed by Worker Pro'

-- Jobs with an old lock; only those in `ids` unless it is null. For jobs with one of `flags` the age is `resilient_secs`.
-- :name old_jobs
(:ids::text[]::bigint[] is null or j.id = any(:ids::text[]::bigint[])) and j.locked_at < now() - make_interval(secs => :age_secs)

-- :name job_kept
case
{use:whose(j)}
  when j.flags ?| :flags::text[] and j.locked_at >= now() - make_interval(secs => :resilient_secs)
    then 'resilient, younger than three times the age'
end

-- All locked jobs. Those with a recent lock are included because they show which job of a queue runs.
-- :name find_jobs
select
  j.id,
  j.job_queue_id,
  t.identifier as task,
  q.queue_name as queue,
  j.locked_by as worker,
  {time:j.locked_at} as locked_at,
  case when isfinite(j.locked_at) then floor(extract(epoch from now() - j.locked_at))::bigint end as age_secs,
  j.attempts >= j.max_attempts as used_up,
  {use:old_jobs} as old,
  {use:job_kept} as kept
from {schema}._private_jobs j
left join {schema}._private_tasks t on t.id = j.task_id
left join {schema}._private_job_queues q on q.id = j.job_queue_id
where j.locked_at is not null
order by j.id

-- :name jobs
select j.id
from {schema}._private_jobs j
where {use:old_jobs} and {use:job_kept} is null
order by j.id
{part:fragments.lock}

-- Like the reset of old locks in Node's workers: attempts and last_error stay, and a run_at in the past becomes now().
-- :name free_jobs
update {schema}._private_jobs j
set locked_at = null, locked_by = null, run_at = greatest(j.run_at, now())
where j.id = any(:ids::text[]::bigint[])

-- Queues with an old lock; only those in `ids` unless it is null. `queues` and `holders` are parallel arrays with the
-- queue and the holder of each job whose lock is released. A more recent lock of a queue is released only if the same
-- worker holds it.
-- :name old_queues
(:ids::text[]::int[] is null or q.id = any(:ids::text[]::int[])) and q.locked_at is not null
  and (
    q.locked_at < now() - make_interval(secs => :age_secs)
    or q.id::text || ' ' || coalesce(q.locked_by, '') = any(
      array(select going.id || ' ' || coalesce(going.worker, '') from unnest(:queues::text[]::int[], :holders::text[]) as going (id, worker))
    )
  )

-- A queue stays locked while one of its jobs is locked.
-- :name queue_kept
case
{use:whose(q)}
  when {part:busy} then 'a job of the queue is still held'
end

-- For the search: whether a job of the queue is locked, other than `jobs`, whose locks are released.
-- :name busy_but_for
q.id in (
  select j.job_queue_id
  from {schema}._private_jobs j
  where j.locked_at is not null and j.job_queue_id is not null and j.id <> all(:jobs::text[]::bigint[])
)

-- For the release: whether one of `jobs`, the locked jobs found before, is still locked. A worker that takes another job
-- locks its queue anew, so all jobs are checked only for a queue with a recent lock.
-- :name busy_since
(
  q.id in (
    select j.job_queue_id
    from {schema}._private_jobs j
    where j.id = any(:jobs::text[]::bigint[]) and j.locked_at is not null and j.job_queue_id is not null
  )
  or q.locked_at >= now() - make_interval(secs => :age_secs) and q.id in (
    select j.job_queue_id from {schema}._private_jobs j where j.locked_at is not null and j.job_queue_id is not null
  )
)

-- :name find_queues
select
  q.id,
  null as task,
  q.queue_name as queue,
  q.locked_by as worker,
  {time:q.locked_at} as locked_at,
  case when isfinite(q.locked_at) then floor(extract(epoch from now() - q.locked_at))::bigint end as age_secs,
  false as used_up,
  true as old,
  {use:queue_kept} as kept
from {schema}._private_job_queues q
where {use:old_queues}
order by q.id

-- :name queues
select q.id
from {schema}._private_job_queues q
where {use:old_queues} and {use:queue_kept} is null
order by q.id
{part:fragments.lock}
