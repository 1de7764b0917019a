-- Exports, in batches of lines that PostgreSQL formats.

-- One batch of an export, by id. Its last row may exceed `bytes_most`. Lines include their line end. If `rows` is less
-- than `found`, the other rows did not fit.
-- :name batch
with page as materialized (
  select j.id
  from {schema}._private_jobs j
  where {all:filters.conditions} and {all:order.bounds}
  order by j.id {part:order.scan}
  limit :rows::bigint
),
rough as (
  select p.id, sum({part:columns.rough}) over (order by p.id {part:order.scan} rows between unbounded preceding and 1 preceding) as before
  from page p
  join {schema}._private_jobs j on j.id = p.id
),
weighed as (
  select r.id, sum(w.bytes) over (order by r.id {part:order.scan} rows between unbounded preceding and 1 preceding) as before
  from rough r
  join {schema}._private_jobs j on j.id = r.id
  cross join lateral (select octet_length(j.payload::text) + coalesce(octet_length(j.last_error), 0) as bytes) w
  where coalesce(r.before, 0) < 33554432  -- rows that certainly exceed the bytes of a batch are not read to measure them
)
select
  coalesce(string_agg({part:line}, '' order by j.id {part:order.scan}), '') as lines,
  count(*) as rows,
  (select count(*) from page) as found,
  (array_agg(j.id order by j.id {part:order.scan}))[count(*)] as last
from weighed p
join {schema}._private_jobs j on j.id = p.id
left join {schema}._private_tasks t on t.id = j.task_id
left join {schema}._private_job_queues q on q.id = j.job_queue_id
cross join lateral (select {use:columns.columns(j.flags)}{part:columns.values}) as listed
where coalesce(p.before, 0) < :bytes_most::bigint

-- A payload may contain line ends between its values, never inside a string.
-- :name line_ndjson
replace(replace(row_to_json(listed)::text, E'\n', ' '), E'\r', ' ') || E'\n'

-- RFC 4180 with every cell quoted.
-- :name line_csv
{use:csv_cells} || E'\r\n'

-- The cells before and after the payload, and separately the payload, which redaction.py still has to redact.
-- :name line_csv_apart
json_build_array({use:csv_cells}, {part:csv_after}, listed.payload)::text || E'\x1e'

-- :name csv_after_none
''
-- :name csv_after_values
(select ',' || string_agg({use:csv_cell}, ',' order by u.place) from unnest({use:csv_values}) with ordinality as u (text, place))

-- A cell. An apostrophe precedes text that a spreadsheet would run as a formula.
-- :name csv_cell
'"' || case when u.text ~ E'^[=+@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20-]' and u.text !~ '^-?[0-9]+$' then '''' else '' end || replace(coalesce(u.text, ''), '"', '""') || '"'

-- :name csv_cells
(
  select string_agg({use:csv_cell}, ',' order by u.place)
  from unnest(array[
    listed.id::text, listed.task_identifier, listed.queue_name, listed.state, listed.run_at, listed.attempts::text,
    listed.max_attempts::text, listed.priority::text, listed.key, listed.created_at, listed.locked_at,
    listed.locked_by, listed.failed_at, listed.last_error{part:csv_payload}
  ]{part:csv_values}) with ordinality as u (text, place)
)

-- :name csv_payload_with
, listed.payload::text

-- :name csv_payload_apart

-- :name csv_values_none

-- :name csv_values_with
|| {use:csv_values}

-- The values of the paths; one that was not read is its reason in parentheses.
-- :name csv_values
array(
  select coalesce(v.value ->> 'text', '(' || (:value_notes::text::json ->> (v.value ->> 'note')) || ')')
  from json_array_elements(listed.payload_values) with ordinality as v (value, place)
  order by v.place
)
