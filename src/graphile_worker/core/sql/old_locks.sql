-- Locks judged by their age and by what is known of their holder. A sentence in `kept` says why a lock stays;
-- those without one go. The look, the dry run and the statement that acts share these conditions.

-- :name beating
exists (
  select from {schema}._private_workers w
  where w.id = {part:held}.locked_by and w.last_heartbeat_at > now() - interval '5 minutes'
)

-- :name registered
exists (select from {schema}._private_workers w where w.id = {part:held}.locked_by)

-- Whom Worker Pro calls otherwise than we know may be anybody.
-- :name pro_worker
(
  exists (select from {schema}._private_pro_workers p where to_jsonb(p) ->> 'worker_id' = {part:held}.locked_by)
  or exists (select from {schema}._private_pro_workers p where to_jsonb(p) ->> 'worker_id' is null)
)

-- :name pro_pool
(
  exists (select from {schema}._private_pro_pools p where to_jsonb(p) ->> 'pool_id' = {part:held}.locked_by)
  or exists (select from {schema}._private_pro_pools p where to_jsonb(p) ->> 'pool_id' is null)
)

-- :name nobody
false

-- :name job
j

-- :name queue
q

-- :name whose
  when {part:beating} then 'its worker sends heartbeats'
  when {part:registered} then 'its worker is registered and silent: sweep'
  when {part:pro_worker} or {part:pro_pool} then 'listed by Worker Pro'

-- $1 ids or null for all, $2 seconds, $3 seconds for a job with one of the flags $4.
-- :name old_jobs
($1::text[]::bigint[] is null or j.id = any($1::text[]::bigint[])) and j.locked_at < now() - make_interval(secs => $2)

-- :name job_kept
case
{use:whose}
  when j.flags ?| $4::text[] and j.locked_at >= now() - make_interval(secs => $3)
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
{part:lock}

-- As Node's own reset after 4 hours: attempts and error stay, and a time that has passed becomes now.
-- :name free_jobs
update {schema}._private_jobs j
set locked_at = null, locked_by = null, run_at = greatest(j.run_at, now())
where j.id = any($1::text[]::bigint[])

-- $1 ids or null for all, $2 seconds, $3 queues of jobs whose lock goes and $5 who held these jobs, pairwise, $4 see
-- below. A young lock goes only from the worker that was seen: the row itself is asked, also when it has changed since.
-- :name old_queues
($1::text[]::int[] is null or q.id = any($1::text[]::int[])) and q.locked_at is not null
  and (
    q.locked_at < now() - make_interval(secs => $2)
    or q.id::text || ' ' || coalesce(q.locked_by, '') = any(
      array(select going.id || ' ' || coalesce(going.worker, '') from unnest($3::text[]::int[], $5::text[]) as going (id, worker))
    )
  )

-- While anybody holds a job of a queue, its turn is not over.
-- :name queue_kept
case
{use:whose}
  when {part:busy} then 'a job of the queue is still held'
end

-- In the look: by another job than those that go, $4.
-- :name busy_but_for
q.id in (
  select j.job_queue_id
  from {schema}._private_jobs j
  where j.locked_at is not null and j.job_queue_id is not null and j.id <> all($4::text[]::bigint[])
)

-- When it acts: by any of the jobs of queues that were locked in the look, $4. To take another one a worker locks
-- its queue anew, so only under a young lock every job has to be asked.
-- :name busy_since
(
  q.id in (
    select j.job_queue_id
    from {schema}._private_jobs j
    where j.id = any($4::text[]::bigint[]) and j.locked_at is not null and j.job_queue_id is not null
  )
  or q.locked_at >= now() - make_interval(secs => $2) and q.id in (
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
{part:lock}

-- :name look

-- :name skip_held_jobs
for update of j skip locked

-- :name skip_held_queues
for update of q skip locked
