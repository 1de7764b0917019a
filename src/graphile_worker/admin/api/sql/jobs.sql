-- Lists of jobs. PostgreSQL builds the JSON text of the page, so payloads keep their bytes and nothing is parsed here.
-- Optional filters are nullable parameters; the transaction plans with their values.

-- $1 state, $2 identifiers, $3 queues, $4 keys, $5 workers, $6 search pattern, $7 ids below, $8 ids above,
-- $9 limit, $10 offset. One row more than asked tells whether there is more.
-- :name list
with page as materialized (
  select j.*
  from {schema}._private_jobs j
  where
    case $1::text
      when 'ready' then j.is_available and j.run_at <= now()
      when 'scheduled' then j.is_available and j.run_at > now()
      when 'locked' then j.locked_at is not null
      when 'failed' then j.locked_at is null and j.attempts >= j.max_attempts
      else true
    end
    and ($2::text[] is null
      or j.task_id = any(array(select t.id from {schema}._private_tasks t where t.identifier = any($2))))
    and ($3::text[] is null
      or j.job_queue_id = any(array(select q.id from {schema}._private_job_queues q where q.queue_name = any($3))))
    and ($4::text[] is null or j.key = any($4))
    and ($5::text[] is null or j.locked_by = any($5))
    and ($6::text is null or {use:found})
    and ($7::bigint is null or j.id < $7)
    and ($8::bigint is null or j.id > $8)
  {part:scan}
  limit $9::bigint + 1
  offset $10::bigint
),
numbered as (
  select row_number() over ({part:scan}) as place, j.* from page j
)
select
  coalesce('[' || string_agg(row_to_json(listed)::text, ',' {part:order}) || ']', '[]') as jobs,
  (select count(*) > $9 from page) as more,
  min(j.id) as lowest,
  max(j.id) as highest,
  {time:now()} as as_of
from numbered j
left join {schema}._private_tasks t on t.id = j.task_id
left join {schema}._private_job_queues q on q.id = j.job_queue_id
cross join lateral (select {use:columns}) as listed
where j.place <= $9

-- :name oldest_first
order by j.id
-- :name newest_first
order by j.id desc

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

-- Substring of any text a person could have read somewhere, case-insensitive; $6 is an escaped pattern.
-- :name found
(
  j.id::text like $6
  or j.task_id = any(array(select t.id from {schema}._private_tasks t where t.identifier ilike $6))
  or j.job_queue_id = any(array(select q.id from {schema}._private_job_queues q where q.queue_name ilike $6))
  or j.key ilike $6
  or j.locked_by ilike $6
  or j.last_error ilike $6
  or j.payload::text ilike $6
)
