-- Lists of jobs. PostgreSQL builds the JSON text of each job, so payloads keep their bytes and nothing is parsed here.
-- A statement holds only the conditions of the filters that are set (filters.sql).

-- One page, and one row more than `limit` if there is another page. Only ids and keys are sorted, so that no payload is
-- sorted. Payloads and errors that exceed `bytes_most` are null.
-- :name list
with page as materialized (
  select j.id, {part:order.key} as key
  from {schema}._private_jobs j
  where {all:filters.conditions}
    and {all:order.bounds}
  order by {part:order.key} {part:order.scan}, j.id {part:order.scan}
  limit {part:most} + 1
  offset {part:skipped}
),
numbered as (
  select row_number() over (order by p.key {part:order.scan}, p.id {part:order.scan}) as place, p.id, p.key::text as key from page p
),
begun as materialized (select clock_timestamp() as at),
rough as (
  select n.*, {part:columns.rough} as rough, sum({part:columns.rough}) over (order by n.place) as rough_total
  from numbered n
  join {schema}._private_jobs j on j.id = n.id
),
measured as materialized (
  select r.place, r.id, r.key, m.*
  from rough r
  join {schema}._private_jobs j on j.id = r.id
  cross join begun
  cross join lateral ({part:measured}) m
  order by r.place
),
weighed as (
  select m.*, sum(case when m.own <= {use:columns.own_most} then m.own end) over (order by m.place) as total from measured m
),
valued as materialized (select clock_timestamp() as at)
select
  coalesce(array_agg(row_to_json(listed)::text order by p.place {part:order.shown}), '{}') as jobs,
  array_agg(p.id::text order by p.place) filter (where not {use:columns.fits}) as omitted,
  coalesce(max(p.total), 0)::bigint as bytes,
  count(*) as rows,
  (select count(*) > {part:most} from page) as more,
  (array_agg(p.key order by p.place))[1] as first_key,
  (array_agg(p.id order by p.place))[1] as first_id,
  (array_agg(p.key order by p.place desc))[1] as last_key,
  (array_agg(p.id order by p.place desc))[1] as last_id,
  {time:now()} as as_of
from weighed p
join {schema}._private_jobs j on j.id = p.id
left join {schema}._private_tasks t on t.id = j.task_id
left join {schema}._private_job_queues q on q.id = j.job_queue_id
cross join lateral (select {use:columns.columns(j.flags)}{part:search_terms.matched}{part:columns.values}) as listed
where p.place <= {part:most}

-- The number of rows. One that stands in the statement, as the default does, needs no plan for each value.
-- :name most_given
:limit::bigint

-- :name most_default
100

-- :name skipped_given
:offset::bigint

-- :name skipped_none
0

-- A payload that may be large is read if the payloads up to it total at most 96 MiB or the time limit has not passed.
-- Otherwise it is null.
-- :name body
select case
  when r.rough <= 65536 or r.rough_total <= 100663296 or clock_timestamp() < begun.at + interval '0.4 seconds'
    then j.payload::text
end as body
offset 0

-- The size of a payload, which is read once: `own` = the bytes that the job adds to the answer, null if it was not read.
-- Forms that show a part of the payload also return that part.
-- :name measured_full
select octet_length(b.body) + coalesce(octet_length(j.last_error), 0) as own from ({use:body}) b

-- :name measured_bounded
select
  octet_length(b.body) + coalesce(octet_length(j.last_error), 0) as own,
  length(b.body) > 65536 as long
from ({use:body}) b

-- :name measured_text
select
  least(octet_length(b.body), 1048576) + coalesce(octet_length(j.last_error), 0) as own,
  left(b.body, 262144) as head,
  octet_length(b.body) as size,
  length(b.body) > 262144 as cut
from ({use:body}) b

-- :name measured_preview
select case when b.body is not null then 0 end as own, left(b.body, 200) as head, octet_length(b.body) as size
from ({use:body}) b

-- :name measured_error
select coalesce(octet_length(j.last_error), 0) as own

-- :name measured_nothing
select 0 as own
