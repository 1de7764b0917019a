-- Lists of jobs. PostgreSQL builds the JSON text of the page, so payloads keep their bytes and nothing is parsed here.
-- Optional filters are nullable parameters; the transaction plans with their values.

-- Which jobs: the parameters of every statement below that uses `matches`. $1 states, $2 identifiers, $3 queues,
-- $4 keys, $5 workers, $6 flags, $7 search pattern, $8 to $11 least and most priority and attempts,
-- $12 to $15 run at and created, from and to.
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
and ($7::text is null or {use:found})
and ($8::int is null or j.priority >= $8)
and ($9::int is null or j.priority <= $9)
and ($10::int is null or j.attempts >= $10)
and ($11::int is null or j.attempts <= $11)
and ($12::text is null or j.run_at >= $12::timestamptz)
and ($13::text is null or j.run_at < $13::timestamptz)
and ($14::text is null or j.created_at >= $14::timestamptz)
and ($15::text is null or j.created_at < $15::timestamptz)

-- One page. $16 the key and $17 the id of the row where the page begins, $18 limit, $19 offset, $20 the id where the
-- look ends (a slice of a search). One row more than asked tells whether there is more. Only ids and keys are sorted,
-- so that no payload travels through a sort.
-- :name list
with page as materialized (
  select j.id, {part:key} as key
  from {schema}._private_jobs j
  where {use:matches}
    and {part:beyond}
    and {part:until}
  order by {part:key} {part:scan}, j.id {part:scan}
  limit $18::bigint + 1
  offset $19::bigint
),
numbered as (
  select row_number() over (order by p.key {part:scan}, p.id {part:scan}) as place, p.id, p.key::text as key from page p
)
select
  coalesce('[' || string_agg(row_to_json(listed)::text, ',' order by p.place {part:shown}) || ']', '[]') as jobs,
  count(*) as rows,
  (select count(*) > $18 from page) as more,
  (array_agg(p.key order by p.place))[1] as first_key,
  (array_agg(p.id order by p.place))[1] as first_id,
  (array_agg(p.key order by p.place desc))[1] as last_key,
  (array_agg(p.id order by p.place desc))[1] as last_id,
  {time:now()} as as_of
from numbered p
join {schema}._private_jobs j on j.id = p.id
left join {schema}._private_tasks t on t.id = j.task_id
left join {schema}._private_job_queues q on q.id = j.job_queue_id
cross join lateral (select {use:columns}) as listed
where p.place <= $18

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
$16::text is null and $17::bigint is null
-- :name beyond_id_asc
$16::text is not null and j.id > $17::bigint
-- :name beyond_id_desc
$16::text is not null and j.id < $17::bigint
-- :name beyond_asc
({part:key}, j.id) > ({part:cursor}, $17::bigint)
-- :name beyond_desc
({part:key}, j.id) < ({part:cursor}, $17::bigint)
-- :name cursor_number
$16::text::bigint
-- :name cursor_time
$16::text::timestamptz

-- :name until_end
$20::bigint is null
-- :name until_asc
j.id <= $20::bigint
-- :name until_desc
j.id >= $20::bigint

-- The ids between which a search has to look.
-- :name ends
select min(j.id) as lowest, max(j.id) as highest from {schema}._private_jobs j

-- :name one
select row_to_json(listed)::text as job, {time:now()} as as_of
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
-- :name payload_preview
left(j.payload::text, 200) as payload_preview, octet_length(j.payload::text) as payload_bytes,
-- :name payload_text
left(j.payload::text, 262144) as payload_text, octet_length(j.payload::text) as payload_bytes,
  length(j.payload::text) > 262144 as payload_truncated,
-- :name payload_none

-- :name error_full
j.last_error
-- :name error_preview
left(j.last_error, 300)

-- Substring of any text a person could have read somewhere, case-insensitive; $7 is an escaped pattern.
-- :name found
(
  j.id::text like $7
  or j.task_id = any(array(select t.id from {schema}._private_tasks t where t.identifier ilike $7))
  or j.job_queue_id = any(array(select q.id from {schema}._private_job_queues q where q.queue_name ilike $7))
  or j.key ilike $7
  or j.locked_by ilike $7
  or j.last_error ilike $7
  or j.payload::text ilike $7
)
