-- The jobs of a filter or of a list of ids, without their columns: for counts and for bulk actions.

-- The number of jobs, counted up to `most`.
-- :name count
select least(count(*), :most::bigint) as count, count(*) > :most::bigint as more, {time:now()} as as_of
from (select from {schema}._private_jobs j where {all:filters.conditions} limit :most::bigint + 1) counted

-- The number of jobs in each state that match the other conditions. `count` = those in one of the wanted states.
-- :name count_by_state
select
  c.wanted as count,
  (select row_to_json(s)::text from (select c.total, c.ready, c.scheduled, c.locked, c.failed, c.blocked, c.retrying) s) as stats,
  {time:now()} as as_of
from (
  select
    count(*) as total,
    {use:fragments.state_counts},
    count(*) filter (where {use:fragments.ready} and q.id is not null) as blocked,
    count(*) filter (where {all:filters.wanted}) as wanted
  from {schema}._private_jobs j
  left join {schema}._private_job_queues q on q.id = j.job_queue_id and q.locked_at is not null
  where {all:filters.conditions}
) c

-- The next ids of a bulk action.
-- :name ids
select j.id
from {schema}._private_jobs j
where {all:filters.conditions} and j.id > :after::bigint and j.id <= :last::bigint
order by j.id
limit :rows::bigint

-- The number of ids that are jobs, and the first of them in the given order.
-- :name named
select
  count(*) as count,
  coalesce((array_agg(given.id::text order by given.place))[: :sample::int], '{}') as sample,
  {time:now()} as as_of
from unnest(:ids::text[]::bigint[]) with ordinality as given (id, place)
join {schema}._private_jobs j on j.id = given.id

-- What has become of ids. With the attempts that a job had: it has failed if it has more now and no lock, since a worker
-- counts an attempt when it takes the job. Without: an action that makes a job due sets run_at and updated_at to the same
-- time, and an attempt that fails moves run_at beyond.
-- :name progress
select
  count(*) as present,
  count(*) filter (where {use:fragments.locked}) as running,
  count(*) filter (where case
    when given.attempts is null then {use:fragments.failed} or ({use:fragments.retrying} and j.run_at > j.updated_at)
    else {use:fragments.failed} or (j.locked_at is null and j.attempts > given.attempts)
  end) as failed,
  {time:now()} as as_of
from unnest(:ids::text[]::bigint[], :attempts::text[]::int[]) as given (id, attempts)
join {schema}._private_jobs j on j.id = given.id
