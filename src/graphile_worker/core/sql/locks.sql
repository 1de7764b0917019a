-- Taking locks away from their holders. Every statement that acts names ids and passes over rows somebody works on.

-- Who holds what: workers of $1, or all for null.
-- :name holders
select
  held.worker as worker_id,
  count(*) filter (where held.job)::int as jobs,
  count(*) filter (where not held.job)::int as queues,
  {time:min(held.locked_at)} as oldest_locked_at
from (
  select j.locked_by as worker, j.locked_at, true as job
  from {schema}._private_jobs j
  where j.locked_at is not null and ($1::text[] is null or j.locked_by = any($1::text[]))
  union all
  select q.locked_by, q.locked_at, false
  from {schema}._private_job_queues q
  where q.locked_at is not null and ($1::text[] is null or q.locked_by = any($1::text[]))
) held
where held.worker is not null
group by held.worker
order by held.worker

-- $1 ids or null for all, $2 workers.
-- :name jobs_of
select j.id, j.locked_by as worker
from {schema}._private_jobs j
where ($1::text[]::bigint[] is null or j.id = any($1::text[]::bigint[])) and j.locked_at is not null and j.locked_by = any($2::text[])
order by j.id
{part:lock}

-- :name queues_of
select q.id, q.locked_by as worker
from {schema}._private_job_queues q
where ($1::text[]::int[] is null or q.id = any($1::text[]::int[])) and q.locked_at is not null and q.locked_by = any($2::text[])
order by q.id
{part:lock}

-- :name free_jobs
update {schema}._private_jobs j set locked_at = null, locked_by = null where j.id = any($1::text[]::bigint[])

-- :name free_queues
update {schema}._private_job_queues q set locked_at = null, locked_by = null where q.id = any($1::text[]::int[])

-- :name look

-- :name skip_held_jobs
for update of j skip locked

-- :name skip_held_queues
for update of q skip locked
