-- Locks that are checked by their age and by what is known of their holder. A sentence in `kept` says why a lock stays;
-- those without one go. The look, the dry run and the statement that acts share these conditions.

-- What is known of the holder of row `it`: conditions of liveness.sql, as far as their tables exist.
-- :name whose
  when {part:liveness.alive({it}.locked_by)} then 'its worker sends heartbeats'
  when {part:liveness.registered({it}.locked_by)} then 'its worker is registered and silent: sweep'
  when {part:liveness.pro_worker({it}.locked_by)} or {part:liveness.pro_pool({it}.locked_by)} then 'listed by Worker Pro'

-- All jobs where `ids` is null. A job with one of the flags has another age, `resilient_secs`.
-- :name old_jobs
(:ids::text[]::bigint[] is null or j.id = any(:ids::text[]::bigint[])) and j.locked_at < now() - make_interval(secs => :age_secs)

-- :name job_kept
case
{use:whose(j)}
  when j.flags ?| :flags::text[] and j.locked_at >= now() - make_interval(secs => :resilient_secs)
    then 'resilient, younger than three times the age'
end

-- Every lock, the young ones too: they say whose turn it is in a queue.
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

-- As Node's own reset after 4 hours: attempts and error stay, and a time that has passed becomes now.
-- :name free_jobs
update {schema}._private_jobs j
set locked_at = null, locked_by = null, run_at = greatest(j.run_at, now())
where j.id = any(:ids::text[]::bigint[])

-- All queues where `ids` is null. `queues` and `holders` are pairs: of each job whose lock is released, the queue and the
-- holder. A younger lock is released only where that holder still has it.
-- :name old_queues
(:ids::text[]::int[] is null or q.id = any(:ids::text[]::int[])) and q.locked_at is not null
  and (
    q.locked_at < now() - make_interval(secs => :age_secs)
    or q.id::text || ' ' || coalesce(q.locked_by, '') = any(
      array(select going.id || ' ' || coalesce(going.worker, '') from unnest(:queues::text[]::int[], :holders::text[]) as going (id, worker))
    )
  )

-- While anybody holds a job of a queue, its turn is not over.
-- :name queue_kept
case
{use:whose(q)}
  when {part:busy} then 'a job of the queue is still held'
end

-- When locks are searched: by another job than those whose lock is released (`jobs`).
-- :name busy_but_for
q.id in (
  select j.job_queue_id
  from {schema}._private_jobs j
  where j.locked_at is not null and j.job_queue_id is not null and j.id <> all(:jobs::text[]::bigint[])
)

-- When locks are released: by any of the jobs of queues that were locked before (`jobs`). To take another one a worker
-- locks its queue again, so only under a young lock every job has to be checked.
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
