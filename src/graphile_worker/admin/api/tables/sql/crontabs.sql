-- The known crontabs, and the jobs that they have added: those with an object `_cron` at the top of their payload. The
-- newest `jobs_most` jobs are read, without payloads that are stored in more than 64 KiB. A schedule is not stored.
-- With `hidden` nothing is taken from a payload except whether it has `_cron`.

-- :name list
with newest as (select j.* from {schema}._private_jobs j order by j.id desc limit :jobs_most::bigint),
marked as (
  select
    j.*,
    case when not :hidden::boolean and (d.cron ->> 'ts') ~ {use:rfc_3339} then (d.cron ->> 'ts')::timestamptz end as at,
    case when not :hidden::boolean then (d.cron ->> 'backfilled') is not distinct from 'true' end as backfilled
  from newest j
  cross join lateral (select {use:search_terms.document} -> '_cron' as cron offset 0) d
  where case when pg_column_size(j.payload) <= 65536 then strpos(j.payload::text, '"_cron"') > 0 else false end
    and json_typeof(d.cron) = 'object'
),
summed as (
  select
    j.task_id,
    count(*) as total,
    {use:fragments.state_counts},
    count(*) filter (where j.backfilled) as backfilled,
    max(j.at) as at,
    (array_agg(j.id order by j.at desc nulls last, j.id desc))[1] as newest
  from marked j
  group by j.task_id
),
known as ({part:known}),
kept as (select k.* from known k order by k.identifier limit :rows_most::bigint)
select row_to_json(list)::text
from (
  select
    (
      select coalesce(json_agg(row_to_json(r) order by r.identifier), '[]')
      from (
        select
          k.identifier,
          {time:k.known_since} as known_since,
          {time:k.last_execution} as last_execution,
          {use:fragments.age(k.last_execution)} as last_execution_secs,
          case when t.id is not null then {use:jobs} end as jobs
        from kept k
        left join {schema}._private_tasks t on t.identifier = k.identifier
        left join summed s on s.task_id = t.id
      ) r
    ) as crontabs,
    (
      select coalesce(json_agg(row_to_json(r) order by r.task_identifier), '[]')
      from (
        select {use:fragments.task_name(s.task_id)} as task_identifier, {use:jobs} as jobs
        from summed s
        left join {schema}._private_tasks t on t.id = s.task_id
        where not exists (select from known k where k.identifier = t.identifier)
        order by s.total desc
        limit :rows_most::bigint
      ) r
    ) as tasks,
    (select count(*) from known) <= :rows_most::bigint
      and (select count(*) from (select from {schema}._private_jobs limit :jobs_most::bigint + 1) j) <= :jobs_most::bigint
      as complete,
    {time:now()} as as_of
) list

-- The jobs of a row `s` of `summed`, which may be missing.
-- :name jobs
json_build_object(
  'total', coalesce(s.total, 0),
  'ready', coalesce(s.ready, 0),
  'scheduled', coalesce(s.scheduled, 0),
  'locked', coalesce(s.locked, 0),
  'failed', coalesce(s.failed, 0),
  'retrying', coalesce(s.retrying, 0),
  'backfilled', case when not :hidden::boolean then coalesce(s.backfilled, 0) end,
  'newest_at', {time:s.at},
  'newest_job', s.newest
)

-- A time as crontabs write it, which PostgreSQL reads without an error: `_cron` may be the work of any program.
-- :name rfc_3339
'^(19|2[0-9])[0-9]{2}-((0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31)T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,9})?(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])$'

-- :name known_rows
select k.identifier, k.known_since, k.last_execution from {schema}._private_known_crontabs k

-- :name known_none
select null::text as identifier, null::timestamptz as known_since, null::timestamptz as last_execution where false
