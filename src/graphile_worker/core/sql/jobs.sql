-- The verbs on jobs. The schema's own functions do the work (peers may have newer bodies than we know);
-- around them stands what they leave out: which ids may be touched, and queues that stay locked.

-- The columns of a row after a verb. Rows of many large jobs are not read in whole.
-- :name columns
  {use:columns_before}
  j.payload::text as payload,
  j.last_error,
  {use:columns_after}

-- :name verb_columns
  {use:columns_before}
  {part:row}
  {use:columns_after}

-- :name row_whole
j.payload::text as payload, j.last_error,
-- :name row_large
case when {use:fits_large} then j.payload::text end as payload, case when {use:fits_large} then j.last_error end as last_error,
-- :name row_small
case when {use:fits_small} then j.payload::text end as payload, case when {use:fits_small} then j.last_error end as last_error,
-- :name fits_large
pg_column_size(j.payload) <= 1048576
and octet_length(j.payload::text) + coalesce(octet_length(j.last_error), 0) <= 1048576
-- :name fits_small
pg_column_size(j.payload) <= 8192
and octet_length(j.payload::text) + coalesce(octet_length(j.last_error), 0) <= 8192

-- :name columns_before
  j.id,
  j.task_id,
  (select t.identifier from {schema}._private_tasks t where t.id = j.task_id) as task_identifier,
  j.job_queue_id,
  j.priority,
  {time:j.run_at} as run_at,
  j.attempts,
  j.max_attempts,

-- :name columns_after
  {time:j.created_at} as created_at,
  {time:j.updated_at} as updated_at,
  j.key,
  j.revision,
  {time:j.locked_at} as locked_at,
  j.locked_by,
  j.flags::text as flags

-- The names of a batch before its jobs, tasks first as in the schema's own functions, and in sorted order: those add job
-- by job in the order of the keys, and two batches with the same new names would wait for each other.
-- :name new_tasks
insert into {schema}._private_tasks (identifier)
select distinct s.name
from unnest($1::text[]) as s (name)
where not exists (select from {schema}._private_tasks t where t.identifier = s.name)
order by s.name
on conflict do nothing

-- :name new_queues
insert into {schema}._private_job_queues (queue_name)
select distinct s.name
from unnest($1::text[]) as s (name)
where s.name is not null and not exists (select from {schema}._private_job_queues q where q.queue_name = s.name)
order by s.name
on conflict do nothing

-- $1 identifiers, $2 payloads, $3 queues, $4 run_at, $5 max_attempts, $6 keys, $7 priorities, $8 flags (JSON arrays),
-- $9 key modes. Keys in sorted order, so that two batches cannot wait for each other.
-- :name add
select spec.place, spec.identifier as asked_identifier, spec.key_mode as asked_mode, {use:columns}
from (
  select *
  from unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::text[]::int[], $6::text[], $7::text[]::int[], $8::text[], $9::text[]
  ) with ordinality
    as s (identifier, payload, queue, run_at, max_attempts, key, priority, flags, key_mode, place)
  order by s.key, s.place
) spec
cross join lateral {schema}.add_job(
  identifier => spec.identifier,
  payload => spec.payload::json,
  queue_name => spec.queue,
  run_at => spec.run_at::timestamptz,
  max_attempts => spec.max_attempts,
  job_key => spec.key,
  priority => spec.priority,
  flags => (select array_agg(f) from json_array_elements_text(spec.flags::json) f),
  job_key_mode => spec.key_mode
) j
order by spec.place

-- Who has these keys before an add. Not locked: the functions take their own locks first, and in their own order.
-- :name holders
select j.key, j.id from {schema}._private_jobs j where j.key = any($1::text[])

-- Which of them an add has parted from their keys.
-- :name parted
select j.id, j.locked_at is not null as running
from {schema}._private_jobs j
where j.id = any($1::text[]::bigint[]) and j.key is null

-- What a verb judges by; `held` = a worker has it: a lock younger than 4 hours, or an older one of a worker that lives
-- ($2; null where nobody can tell, and then every lock holds).
-- :name judged
select
  j.id,
  j.job_queue_id,
  j.priority,
  j.attempts,
  j.max_attempts,
  j.revision,
  {time:j.run_at} as run_at,
  {time:j.updated_at} as updated_at,
  j.locked_by,
  {time:j.locked_at} as locked_at,
  j.locked_at is not null and (
    j.locked_at > now() - interval '4 hours' or $2::text[] is null or j.locked_by = any($2::text[])
  ) as held
from {schema}._private_jobs j
where j.id = any($1::text[]::bigint[])
order by j.id
{part:lock}

-- :name look

-- Takes the rows nobody else holds.
-- :name skip_held
for update of j skip locked

-- :name present
select j.id from {schema}._private_jobs j where j.id = any($1::text[]::bigint[])

-- :name complete
select {use:verb_columns} from {schema}.complete_jobs($1::text[]::bigint[]) j order by j.id

-- :name fail
select {use:verb_columns} from {schema}.permanently_fail_jobs($1::text[]::bigint[], $2::text) j order by j.id

-- $2 run_at, $3 priority, $4 attempts, $5 max_attempts; null keeps what is there.
-- :name reschedule
select {use:verb_columns}
from {schema}.reschedule_jobs(
  $1::text[]::bigint[],
  run_at => $2::text::timestamptz,
  priority => $3::int,
  attempts => $4::int,
  max_attempts => $5::int
) j
order by j.id

-- As reschedule, at the database's own now.
-- :name run_now
select {use:verb_columns}
from {schema}.reschedule_jobs(
  $1::text[]::bigint[],
  run_at => now(),
  priority => $2::int,
  attempts => $3::int,
  max_attempts => $4::int
) j
order by j.id

-- A lock of 4 hours or more that a verb has just acted on: $1 ids, $2 their holders, $3 their queues, pairwise.
-- :name release_job
update {schema}._private_jobs j
set locked_at = null, locked_by = null
from unnest($1::text[]::bigint[], $2::text[]) as held (id, worker)
where j.id = held.id and j.locked_by is not distinct from held.worker
returning {use:verb_columns}

-- The queue stays with a holder that has begun another of its jobs since; jobs of other old locks, which every verb
-- takes to be nobody's, do not keep it from the job that was freed.
-- :name release_queue
update {schema}._private_job_queues q
set locked_at = null, locked_by = null
from unnest($1::text[]::int[], $2::text[]) as held (id, worker)
where q.id = held.id and q.locked_at is not null and q.locked_by is not distinct from held.worker
  and not exists (
    select from {schema}._private_jobs j
    where j.job_queue_id = q.id and j.locked_at >= now() - interval '4 hours' and j.locked_by is not distinct from held.worker
  )

-- Who has a key, and what removing it or adding with it would come to. $2 living workers, null where nobody can tell.
-- :name keyed
select
  {use:columns},
  j.is_available,
  j.locked_at is not null as locked,
  j.locked_at is not null and (
    j.locked_at >= now() - interval '4 hours' or $2::text[] is null or j.locked_by = any($2::text[])
  ) as running
from {schema}._private_jobs j
where j.key = $1::text

-- Locks the row of a key; true where a worker has it that lives ($2; null where nobody can tell), by a lock so old
-- that remove_job would take no notice.
-- :name hold_key
select j.locked_at < now() - interval '4 hours' and ($2::text[] is null or j.locked_by = any($2::text[]))
from {schema}._private_jobs j
where j.key = $1::text
for update

-- What remove_job does to a job that runs.
-- :name parting
update {schema}._private_jobs j set key = null, attempts = j.max_attempts, updated_at = now()
where j.key = $1::text
returning j.*

-- :name part
with parted as ({use:parting}), marked as (
  insert into {schema}._private_job_retirements (id) select p.id from parted p on conflict do nothing
)
select {use:columns} from parted j

-- :name part_unmarked
with parted as ({use:parting})
select {use:columns} from parted j

-- :name remove
select {use:columns} from {schema}.remove_job($1::text) j

-- Workers whose heartbeat is not older than 5 minutes: what they hold is running, however old the lock.
-- :name beating_workers
select w.id from {schema}._private_workers w where w.last_heartbeat_at > now() - interval '5 minutes'

-- Worker Pro keeps these lists itself: who is in them lives.
-- Null where Worker Pro calls them otherwise than we know.
-- :name pro_workers
select to_jsonb(w) ->> 'worker_id' as id from {schema}._private_pro_workers w

-- :name pro_pools
select to_jsonb(p) ->> 'pool_id' as id from {schema}._private_pro_pools p
