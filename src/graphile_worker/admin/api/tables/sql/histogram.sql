-- Failures over time: one scan of the jobs.

-- Failed and retrying jobs of a filter by `failed_at`, in `buckets` intervals of the same length. Without `failed_to` they
-- end now, without `failed_from` they begin `seconds` before their end. The bounds of a bucket are those that are compared,
-- so that a filter with them finds the same jobs.
-- :name failures
with span as materialized (
  select
    coalesce(:failed_from::text::timestamptz, upto.at - make_interval(secs => :seconds::float8)) as since,
    upto.at as upto
  from (select coalesce(:failed_to::text::timestamptz, now()) as at) upto
),
bounds as materialized (
  select
    s.since,
    s.upto,
    array(
      select s.since + make_interval(secs => extract(epoch from s.upto - s.since)::float8 * place / :buckets::int)
      from generate_series(0, :buckets::int - 1) place
    ) as lows
  from span s
),
counted as (
  select
    width_bucket({use:fragments.failed_at}, b.lows) as place,
    count(*) filter (where {use:fragments.failed}) as failed,
    count(*) filter (where {use:fragments.retrying}) as retrying
  from {schema}._private_jobs j
  cross join bounds b
  where {use:fragments.failed_at} >= b.since
    and {use:fragments.failed_at} < b.upto
    and {all:filters.conditions}
  group by 1
)
select row_to_json(histogram)::text
from (
  select
    (
      select json_agg(
        json_build_object(
          'from', {time:low.at},
          'to', {time:low.next},
          'failed', coalesce(c.failed, 0),
          'retrying', coalesce(c.retrying, 0)
        )
        order by low.place
      )
      from (
        select u.at, u.place, coalesce(b.lows[u.place + 1], b.upto) as next
        from unnest(b.lows) with ordinality as u (at, place)
      ) low
      left join counted c on c.place = low.place
    ) as buckets,
    {time:b.since} as failed_from,
    {time:b.upto} as failed_to,
    {time:now()} as as_of
  from bounds b
) histogram
