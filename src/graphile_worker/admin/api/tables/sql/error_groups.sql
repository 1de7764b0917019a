-- The rows of the table of errors: groups of failed and retrying jobs with similar errors.

-- Failed and retrying jobs by the fingerprint of their errors: the newest, `jobs_most` of each kind at most, and none
-- after `seconds_most` (but for one). The failed ones are read first. `jobs`, `retrying_jobs`: how many were read;
-- `complete`: whether those were all. A fingerprint is made once for all variants that differ in digits and
-- hexadecimal ids only: it takes ten times as long as the rest.
-- :name rows
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
    j.failed_at,
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
    min(l.failed_at) as first_at,
    max(l.failed_at) as last_at,
    max(l.id) as job
  from looked l
  where l.variant is not null
  group by l.variant, l.task_id
),
of_variant as materialized (
  select v.*, {use:errors.skeleton(v.variant)} as skeleton
  from (
    select
      b.variant,
      {use:sums(b)}
    from by_variant_and_task b
    group by b.variant
    order by max(b.job) desc
  ) v
),
-- Where the code of a variant is. A code that stands twice is searched in each variant.
skeletons as materialized (
  select
    k.skeleton,
    {use:errors.plain(k.skeleton)} as plain,
    case
      when k.found is null and not {use:errors.contains_known(k.skeleton)} then 0
      when length(replace(k.skeleton, k.found, '')) + length(k.found) = length(k.skeleton) then strpos(k.skeleton, k.found)
    end as place,
    length(k.found) as size
  from (
    select d.skeleton, {use:errors.found_in_skeleton(d.skeleton)} as found
    from (select distinct v.skeleton from of_variant v) d
    offset 0
  ) k
),
-- Each variant with its codes in control characters (errors.coded).
coded as materialized (
  select c.*, {use:errors.masked(c.text)} as mask
  from (
    select
      v.*,
      case
        when s.place is not null or v.job = b.newest or clock_timestamp() < b.at + 1.5 * make_interval(secs => :seconds_most::float8)
          then {use:errors.coded_at}
      end as text,
      s.plain
    from of_variant v
    join skeletons s on s.skeleton = v.skeleton
    cross join begun b
    offset 0
  ) c
),
masks as materialized (
  select c.mask, c.plain, max(c.job) as job
  from coded c
  where c.mask is not null
  group by c.mask, c.plain
),
keys as materialized (
  select m.*, {use:errors.masked_ids(m.mask)} as key
  from masks m
),
made as materialized (
  select
    c.text,
    c.plain,
    case
      when c.job = b.newest or clock_timestamp() < b.at + 2 * make_interval(secs => :seconds_most::float8)
        then {use:errors.fingerprint_of_coded}
    end as fingerprint
  from (
    select k.key as text, k.plain, max(k.job) as job
    from keys k
    group by k.key, k.plain
    order by max(k.job) desc
    offset 0
  ) c
  cross join begun b
),
fingerprints as materialized (
  select c.variant, c.count, c.retrying, c.first_at, c.last_at, c.job, m.fingerprint
  from coded c
  left join keys k on k.mask = c.mask and k.plain = c.plain
  left join made m on m.text = k.key and m.plain = k.plain
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
select j.id, j.task_id, {use:fragments.failure_time} as failed_at, false as retrying, {use:errors.head} as last_error
from (
  select j.*
  from {schema}._private_jobs j
  where {use:fragments.failed} and j.last_error is not null
  order by j.id desc
  limit :jobs_most::bigint + 1
) j

-- :name latest_retrying
select j.id, j.task_id, {use:fragments.failure_time} as failed_at, true as retrying, {use:errors.head} as last_error
from (
  select j.*
  from {schema}._private_jobs j
  where {use:fragments.retrying}
  order by j.id desc
  limit :jobs_most::bigint + 1
) j
