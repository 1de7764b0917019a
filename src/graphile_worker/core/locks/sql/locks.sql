-- Releases locks by their holder. Each writing statement takes ids whose rows were locked with `for update skip locked`.

-- The number of locks per holder: of `workers`, or of every worker if `workers` is null.
-- :name holders
select
  held.worker as worker_id,
  count(*) filter (where held.job)::int as jobs,
  count(*) filter (where not held.job)::int as queues,
  {time:min(held.locked_at)} as oldest_locked_at
from (
  select j.locked_by as worker, j.locked_at, true as job
  from {schema}._private_jobs j
  where j.locked_at is not null and (:workers::text[] is null or j.locked_by = any(:workers::text[]))
  union all
  select q.locked_by, q.locked_at, false
  from {schema}._private_job_queues q
  where q.locked_at is not null and (:workers::text[] is null or q.locked_by = any(:workers::text[]))
) held
where held.worker is not null
group by held.worker
order by held.worker

-- The locked rows of `workers`; only those in `ids` unless it is null.
-- :name jobs_of
select j.id, j.locked_by as worker
from {schema}._private_jobs j
where (:ids::text[]::bigint[] is null or j.id = any(:ids::text[]::bigint[])) and j.locked_at is not null and j.locked_by = any(:workers::text[])
order by j.id
{part:fragments.lock}

-- :name queues_of
select q.id, q.queue_name, q.locked_by as worker
from {schema}._private_job_queues q
where (:ids::text[]::int[] is null or q.id = any(:ids::text[]::int[])) and q.locked_at is not null and q.locked_by = any(:workers::text[])
order by q.id
{part:fragments.lock}

-- The locks of one holder, `locked_by`, that were taken at `locked_at`: the rows have changed hands if they have others.
-- :name job_as_expected
select j.id, j.job_queue_id, j.locked_by as worker, {time:j.locked_at} as locked_at
from {schema}._private_jobs j
where j.id = any(:ids::text[]::bigint[]) and {use:as_expected(j)}
{part:fragments.lock}

-- :name queue_as_expected
select q.id, q.queue_name, q.locked_by as worker, {time:q.locked_at} as locked_at
from {schema}._private_job_queues q
where q.id = any(:ids::text[]::int[]) and {use:as_expected(q)}
{part:fragments.lock}

-- :name as_expected
{it}.locked_at = :locked_at::text::timestamptz and {it}.locked_by is not distinct from :locked_by::text

-- :name queue_id
select q.id from {schema}._private_job_queues q where q.queue_name = :name::text

-- The lock of the queue of job `id`, if the job's holder has it and runs no other job of the queue.
-- :name queue_of
select q.id, q.queue_name, q.locked_by as worker, {time:q.locked_at} as locked_at
from {schema}._private_jobs j
join {schema}._private_job_queues q on q.id = j.job_queue_id
where j.id = :id::bigint
  and q.locked_at is not null
  and q.locked_by is not distinct from j.locked_by
  and not exists (
    select from {schema}._private_jobs other
    where other.job_queue_id = q.id and other.id <> j.id
      and other.locked_at is not null and other.locked_by is not distinct from q.locked_by
  )

-- The jobs of queue `id` that its holder runs.
-- :name jobs_in
select j.id, j.locked_by as worker, {time:j.locked_at} as locked_at
from {schema}._private_jobs j
join {schema}._private_job_queues q on q.id = j.job_queue_id
where q.id = :id::int and j.locked_at is not null and j.locked_by is not distinct from q.locked_by
order by j.id
limit :most::bigint

-- How many due jobs wait for the queues `ids`; one more than `most` where there are more.
-- :name waiting
select count(*) from (
  select from {schema}._private_jobs j
  where j.job_queue_id = any(:ids::text[]::int[]) and {use:fragments.ready}
  limit :most::bigint + 1
) due

-- :name free_jobs
update {schema}._private_jobs j set locked_at = null, locked_by = null where j.id = any(:ids::text[]::bigint[])

-- :name free_queues
update {schema}._private_job_queues q set locked_at = null, locked_by = null where q.id = any(:ids::text[]::int[])
