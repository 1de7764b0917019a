-- Lists of jobs. PostgreSQL builds the JSON text of the page, so payloads keep their bytes and nothing is parsed here.
-- Optional filters are nullable parameters; the transaction plans with their values.

-- Which jobs: the parameters of every statement below that uses `matches`. $1 states, $2 identifiers, $3 queues,
-- $4 keys, $5 workers, $6 flags, $7 search pattern, $8 to $11 least and most priority and attempts,
-- $12 to $15 run at and created, from and to, $16 fingerprints of errors, $17 patterns that all errors with one of these
-- match: that is asked first, and spares most jobs the fingerprint.
-- :name matches
($1::text[] is null
  or ('ready' = any($1) and j.is_available and j.run_at <= now())
  or ('scheduled' = any($1) and j.is_available and j.run_at > now())
  or ('locked' = any($1) and j.locked_at is not null)
  or ('failed' = any($1) and j.locked_at is null and j.attempts >= j.max_attempts))
and ($2::text[] is null
  or j.task_id = any(array(select t.id from {schema}._private_tasks t where t.identifier = any($2))))
and ($3::text[] is null
  or j.job_queue_id = any(array(select q.id from {schema}._private_job_queues q where q.queue_name = any($3))))
and ($4::text[] is null or j.key = any($4))
and ($5::text[] is null or j.locked_by = any($5))
and ($6::text[] is null or j.flags ?| $6)
and ($7::text is null or {part:found})
and ($8::int is null or j.priority >= $8)
and ($9::int is null or j.priority <= $9)
and ($10::int is null or j.attempts >= $10)
and ($11::int is null or j.attempts <= $11)
and ($12::text is null or j.run_at >= $12::timestamptz)
and ($13::text is null or j.run_at < $13::timestamptz)
and ($14::text is null or j.created_at >= $14::timestamptz)
and ($15::text is null or j.created_at < $15::timestamptz)
and ($16::text[] is null
  or case when {use:errors.head} like any($17::text[]) then {use:errors.fingerprint} = any($16) else false end)

-- One page. $18 the key and $19 the id of the row where the page begins, $20 limit, $21 offset, $22 the id where the
-- look ends (a slice of a search), $23 bytes of payloads and errors. One row more than asked tells whether there is more.
-- Only ids and keys are sorted, so that no payload travels through a sort. Payloads and errors that do not fit are null.
-- :name list
with page as materialized (
  select j.id, {part:key} as key
  from {schema}._private_jobs j
  where {use:matches}
    and {part:beyond}
    and {part:until}
  order by {part:key} {part:scan}, j.id {part:scan}
  limit $20::bigint + 1
  offset $21::bigint
),
numbered as (
  select row_number() over (order by p.key {part:scan}, p.id {part:scan}) as place, p.id, p.key::text as key from page p
),
begun as materialized (select clock_timestamp() as at),
rough as (
  select n.*, {part:rough} as rough, sum({part:rough}) over (order by n.place) as rough_total
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
  select m.*, sum(case when m.own <= {use:own_most} then m.own end) over (order by m.place) as total from measured m
)
select
  coalesce('[' || string_agg(row_to_json(listed)::text, ',' order by p.place {part:shown}) || ']', '[]') as jobs,
  array_agg(p.id::text order by p.place) filter (where not {use:fits}) as omitted,
  coalesce(max(p.total), 0)::bigint as bytes,
  count(*) as rows,
  (select count(*) > $20 from page) as more,
  (array_agg(p.key order by p.place))[1] as first_key,
  (array_agg(p.id order by p.place))[1] as first_id,
  (array_agg(p.key order by p.place desc))[1] as last_key,
  (array_agg(p.id order by p.place desc))[1] as last_id,
  {time:now()} as as_of
from weighed p
join {schema}._private_jobs j on j.id = p.id
left join {schema}._private_tasks t on t.id = j.task_id
left join {schema}._private_job_queues q on q.id = j.job_queue_id
cross join lateral (select {use:columns}) as listed
where p.place <= $20

-- Bytes of payload and error of one job that a list shows.
-- :name own_most
2097152
-- :name fits
coalesce(p.own <= {use:own_most} and coalesce(p.total, 0) <= $23::bigint, false)

-- The most bytes that a payload can have, by what is stored of it and without reading it: pglz makes 273 bytes of 3, lz4
-- 255 of 1. Before PostgreSQL 14 nobody tells what is compressed.
-- :name rough_known
pg_column_size(j.payload)::bigint * case pg_column_compression(j.payload) when 'pglz' then 91 when 'lz4' then 255 else 1 end
-- :name rough_guessed
pg_column_size(j.payload)::bigint * case when pg_column_size(j.payload) > 2000 then 91 else 1 end

-- Payloads that may be large are read as long as they come to 96 MiB at the most, or the time is not over. A list may be
-- made of others.
-- :name body
select case
  when r.rough <= 65536 or r.rough_total <= 100663296 or clock_timestamp() < begun.at + interval '0.4 seconds'
    then j.payload::text
end as body
offset 0

-- What is measured of a payload, read once: `own` bytes that the job adds to the answer (null: it was not read), and of
-- forms that show a part of it that part.
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

-- :name key_id
j.id
-- :name key_run_at
j.run_at
-- :name key_priority
j.priority
-- :name key_attempts
j.attempts
-- :name key_created_at
j.created_at
-- :name asc
asc
-- :name desc
desc

-- :name beyond_start
$18::text is null and $19::bigint is null
-- :name beyond_id_asc
$18::text is not null and j.id > $19::bigint
-- :name beyond_id_desc
$18::text is not null and j.id < $19::bigint
-- :name beyond_asc
({part:key}, j.id) > ({part:cursor}, $19::bigint)
-- :name beyond_desc
({part:key}, j.id) < ({part:cursor}, $19::bigint)
-- :name cursor_number
$18::text::bigint
-- :name cursor_time
$18::text::timestamptz

-- :name until_end
$22::bigint is null
-- :name until_asc
j.id <= $22::bigint
-- :name until_desc
j.id >= $22::bigint

-- One batch of an export, by id: $18 the id it begins behind, $19 rows, $20 bytes, of which the last row may take more.
-- Lines end in themselves. Fewer `rows` than were `found`: the rest did not fit.
-- :name export
with page as materialized (
  select j.id
  from {schema}._private_jobs j
  where {use:matches} and ($18::bigint is null or {part:beyond})
  order by j.id {part:scan}
  limit $19::bigint
),
rough as (
  select p.id, sum({part:rough}) over (order by p.id {part:scan} rows between unbounded preceding and 1 preceding) as before
  from page p
  join {schema}._private_jobs j on j.id = p.id
),
weighed as (
  select r.id, sum(w.bytes) over (order by r.id {part:scan} rows between unbounded preceding and 1 preceding) as before
  from rough r
  join {schema}._private_jobs j on j.id = r.id
  cross join lateral (select octet_length(j.payload::text) + coalesce(octet_length(j.last_error), 0) as bytes) w
  where coalesce(r.before, 0) < 33554432  -- what is surely beyond the bytes of a batch is not read to be weighed
)
select
  coalesce(string_agg({part:line}, '' order by j.id {part:scan}), '') as lines,
  count(*) as rows,
  (select count(*) from page) as found,
  (array_agg(j.id order by j.id {part:scan}))[count(*)] as last
from weighed p
join {schema}._private_jobs j on j.id = p.id
left join {schema}._private_tasks t on t.id = j.task_id
left join {schema}._private_job_queues q on q.id = j.job_queue_id
cross join lateral (select {use:columns}) as listed
where coalesce(p.before, 0) < $20::bigint

-- :name export_beyond_asc
j.id > $18::bigint
-- :name export_beyond_desc
j.id < $18::bigint

-- A payload may hold line ends between its values, never inside a string.
-- :name line_ndjson
replace(replace(row_to_json(listed)::text, E'\n', ' '), E'\r', ' ') || E'\n'

-- RFC 4180, every cell quoted. What a spreadsheet would take for a formula is led in by an apostrophe; numbers are not.
-- :name line_csv
{use:csv_cells} || E'\r\n'

-- The cells and the payload beside them, which still has to be redacted (redaction.py).
-- :name line_csv_apart
json_build_array({use:csv_cells}, listed.payload)::text || E'\x1e'

-- :name csv_cells
(
  select string_agg('"' || replace(coalesce(c.lead || c.text, ''), '"', '""') || '"', ',' order by c.place)
  from (
    select
      u.text,
      u.place,
      case when u.text ~ E'^[=+@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20-]' and u.text !~ '^-?[0-9]+$' then '''' else '' end as lead
    from unnest(array[
      listed.id::text, listed.task_identifier, listed.queue_name, listed.state, listed.run_at, listed.attempts::text,
      listed.max_attempts::text, listed.priority::text, listed.key, listed.created_at, listed.locked_at,
      listed.locked_by, listed.last_error{part:csv_payload}
    ]) with ordinality as u (text, place)
  ) c
)

-- :name csv_payload_with
, listed.payload::text
-- :name csv_payload_apart

-- How many, counted no further than $18.
-- :name count
select least(count(*), $18::bigint) as count, count(*) > $18::bigint as more, {time:now()} as as_of
from (select from {schema}._private_jobs j where {use:matches} limit $18::bigint + 1) counted

-- Ids above $18 up to $19, $20 at most: what a bulk verb works through.
-- :name matching_ids
select j.id
from {schema}._private_jobs j
where {use:matches} and j.id > $18::bigint and j.id <= $19::bigint
order by j.id
limit $20::bigint

-- How many of the ids $1 are jobs, and the first $2 of them, in the order given.
-- :name named
select
  count(*) as count,
  coalesce((array_agg(given.id::text order by given.place))[:$2::int], '{}') as sample,
  {time:now()} as as_of
from unnest($1::text[]::bigint[]) with ordinality as given (id, place)
join {schema}._private_jobs j on j.id = given.id

-- Where a slice of a search ends that begins behind $1 and would end at $2 (null: at the end): at the first id with which
-- large payloads come to more than $3 bytes.
-- :name reach
select s.id
from (
  select j.id, sum({part:rough}) filter (where {part:rough} > 1048576) over (order by j.id {part:scan}) as total
  from {schema}._private_jobs j
  where ($1::bigint is null or j.id {part:after} $1::bigint) and ($2::bigint is null or j.id {part:within} $2::bigint)
) s
where s.total > $3::bigint
order by s.id {part:scan}
limit 1

-- :name above
>
-- :name below
<
-- :name up_to
<=
-- :name down_to
>=

-- The ids between which a search has to look.
-- :name ends
select min(j.id) as lowest, max(j.id) as highest from {schema}._private_jobs j

-- :name one
select
  row_to_json(listed)::text as job,
  {part:common} as error_fingerprint,
  coalesce(length(j.last_error) > 20000, false) as error_long,
  {time:now()} as as_of
from {schema}._private_jobs j
left join {schema}._private_tasks t on t.id = j.task_id
left join {schema}._private_job_queues q on q.id = j.job_queue_id
cross join lateral (select {use:columns}) as listed
where j.id = $1::bigint

-- The members of ListedJob, in the contract's order, then ours.
-- :name columns
  j.id,
  coalesce(t.identifier, 'task ' || j.task_id || ' (its row is missing)') as task_identifier,
  q.queue_name,
  {part:payload}
  j.priority,
  {time:j.run_at} as run_at,
  j.attempts,
  j.max_attempts,
  {part:error} as last_error,
  {time:j.created_at} as created_at,
  {time:j.updated_at} as updated_at,
  j.key,
  {time:j.locked_at} as locked_at,
  j.locked_by,
  j.revision,
  j.flags,
  j.is_available,
  case
    when j.locked_at is not null then 'locked'
    when j.attempts >= j.max_attempts then 'failed'
    when j.run_at > now() then 'scheduled'
    else 'ready'
  end as state,
  j.is_available and j.run_at <= now() and q.locked_at is not null as blocked,
  t.id is null as task_missing

-- :name payload_full
j.payload,
-- :name payload_fitting
case when {use:fits} then j.payload end as payload,
-- :name payload_preview
left(j.payload::text, 200) as payload_preview, octet_length(j.payload::text) as payload_bytes,
-- :name payload_text
left(j.payload::text, 262144) as payload_text, octet_length(j.payload::text) as payload_bytes,
  length(j.payload::text) > 262144 as payload_truncated,
-- :name payload_text_fitting
case when {use:fits} then p.head end as payload_text,
  coalesce(p.size, pg_column_size(j.payload)) as payload_bytes, coalesce(p.cut, true) or not {use:fits} as payload_truncated,
-- :name payload_preview_fitting
coalesce(p.head, '(too large for a list)') as payload_preview, coalesce(p.size, pg_column_size(j.payload)) as payload_bytes,
-- :name payload_none

-- What viewers get instead (vocabulary.HIDDEN): the stored text does not leave the database.
-- :name payload_hidden_full
'"hidden from viewers"'::json as payload,
-- :name payload_hidden_preview
'"hidden from viewers"' as payload_preview,
-- :name payload_hidden_text
'"hidden from viewers"' as payload_text, false as payload_truncated,
-- A payload in which values are hidden (redaction.py): hidden whole where it is too long for that (PAYLOAD_MAX).
-- :name payload_bounded
case when length(j.payload::text) > 65536 then '"hidden from viewers"'::json else j.payload end as payload,

-- In a list only as many of these as can be redacted in a moment: the others are hidden whole.
-- :name payload_bounded_fitting
case when not {use:fits} or p.long then '"hidden from viewers"'::json else j.payload end as payload,

-- :name error_full
j.last_error
-- :name error_fitting
case when {use:fits} then j.last_error end
-- :name error_cut
left(j.last_error, 20000)
-- :name error_preview
left(j.last_error, 300)
-- :name error_hidden
case when j.last_error is not null then 'hidden from viewers' end

-- :name said_shown
j.last_error
-- :name said_hidden
null::text
-- :name common_shown
case when j.last_error is not null then {use:errors.fingerprint} end
-- :name common_hidden
null::text

-- What keeps a job from running, in facts; $1 its id. Of the first 1,000 due jobs that come before it, `ahead` counts
-- those that workers can take; `more`: there are others behind those.
-- :name why
select
  case
    when t.id is null then 'task_missing'
    when j.locked_at is not null then 'running'
    when j.attempts >= j.max_attempts then 'used_up'
    when j.job_queue_id is not null and q.id is null then 'queue_missing'
    when j.run_at > now() then case when j.attempts > 0 then 'backing_off' else 'scheduled' end
    when q.locked_at is not null then 'queue_held'
    else 'ready'
  end as code,
  t.identifier as task,
  q.queue_name as queue,
  j.attempts,
  j.max_attempts,
  {part:said} as last_error,
  {time:j.run_at} as run_at,
  case when isfinite(j.run_at) then extract(epoch from j.run_at - now())::float8 end as due_in_secs,
  j.locked_by,
  case when isfinite(j.locked_at) then extract(epoch from now() - j.locked_at)::float8 end as locked_secs,
  q.locked_by as queue_locked_by,
  case when isfinite(q.locked_at) then extract(epoch from now() - q.locked_at)::float8 end as queue_locked_secs,
  case when q.locked_at is not null then (  -- no index knows: only for a queue that is held
    select h.id from {schema}._private_jobs h
    where h.job_queue_id = j.job_queue_id and h.locked_at is not null and h.locked_by is not distinct from q.locked_by
    order by h.id limit 1
  ) end as queue_job,
  {part:beat} as heartbeat_secs,
  waiting.ahead,
  waiting.looked > 1000 as ahead_more
from {schema}._private_jobs j
left join {schema}._private_tasks t on t.id = j.task_id
left join {schema}._private_job_queues q on q.id = j.job_queue_id
cross join lateral (
  select count(*) filter (where held.id is null) as ahead, count(*) as looked
  from (
    select a.job_queue_id
    from {schema}._private_jobs a
    where a.is_available and a.run_at <= now() and (a.priority, a.run_at) < (j.priority, j.run_at)
    order by a.priority, a.run_at  -- as the index of the workers has them
    limit 1001
  ) before
  left join {schema}._private_job_queues held on held.id = before.job_queue_id and held.locked_at is not null
) waiting
where j.id = $1::bigint

-- Seconds since the last heartbeat of who holds the job, or its queue; nothing for who sends none.
-- :name beat_seen
(
  select case when isfinite(w.last_heartbeat_at) then extract(epoch from now() - w.last_heartbeat_at)::float8 end
  from {schema}._private_workers w
  where w.id = coalesce(j.locked_by, q.locked_by)
)
-- :name beat_unseen
null::float8

-- When each attempt that is left would run if every one failed at once: after attempt n a worker waits
-- exp(least(n, 10)) seconds. $1 the job's id, $2 rungs; a job that runs now is in the midst of an attempt.
-- :name retry_ladder
with job as (
  select
    case when j.locked_at is null then greatest(j.run_at, now()) else now() end as begin,
    j.attempts + case when j.locked_at is null then 1 else 0 end as next,
    j.max_attempts
  from {schema}._private_jobs j
  where j.id = $1::bigint and j.run_at < '100000-01-01'
),
rung as (
  select
    n.attempt,
    exp(least(n.attempt, 10)) as wait_secs,
    job.begin + make_interval(secs => coalesce(
      sum(exp(least(n.attempt, 10))) over (order by n.attempt rows between unbounded preceding and 1 preceding), 0
    )) as run_at
  from job
  cross join lateral generate_series(job.next, least(job.max_attempts, job.next + $2::int - 1)) as n (attempt)
)
select r.attempt, {time:r.run_at} as run_at, r.wait_secs::float8
from rung r
order by r.attempt

-- Substring of any text a person could have read somewhere, case-insensitive; $7 is an escaped pattern. As ilike has it,
-- but the pattern is made small once and not for every row. Only digits are looked for in ids.
-- :name found_anywhere
(
  {use:found_in_names}
  or lower(j.last_error) like lower($7)
  or lower(j.payload::text) like lower($7)
)

-- The same without payload and error, for who must not see them.
-- :name found_in_names
(
  ($7 !~ '[^-0-9%]' and j.id::text like $7)
  or exists (select from {schema}._private_tasks t where t.id = j.task_id and lower(t.identifier) like lower($7))
  or exists (select from {schema}._private_job_queues q where q.id = j.job_queue_id and lower(q.queue_name) like lower($7))
  or lower(j.key) like lower($7)
  or lower(j.locked_by) like lower($7)
)
