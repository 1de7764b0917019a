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
select q.id, q.locked_by as worker
from {schema}._private_job_queues q
where (:ids::text[]::int[] is null or q.id = any(:ids::text[]::int[])) and q.locked_at is not null and q.locked_by = any(:workers::text[])
order by q.id
{part:fragments.lock}

-- :name free_jobs
update {schema}._private_jobs j set locked_at = null, locked_by = null where j.id = any(:ids::text[]::bigint[])

-- :name free_queues
update {schema}._private_job_queues q set locked_at = null, locked_by = null where q.id = any(:ids::text[]::int[])
