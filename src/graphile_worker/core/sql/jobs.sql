-- The actions on jobs. They call the functions of the schema, because a newer program may have replaced their bodies.
-- The other blocks select the ids that may change, and release the queues that the functions leave locked.

-- The columns of a row after an action: a statement of an action returns `action_columns`. Rows of many large jobs are not read in whole.
-- :name columns
  {use:columns_before}
  j.payload::text as payload,
  j.last_error,
  {use:columns_after}

-- :name action_columns
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

-- Inserts the names of a batch before its jobs: tasks first, as the functions of the schema do, and in sorted order. The
-- functions add jobs in the order of the keys, in which two batches with the same new names could deadlock.
-- :name new_tasks
insert into {schema}._private_tasks (identifier)
select distinct s.name
from unnest(:names::text[]) as s (name)
where not exists (select from {schema}._private_tasks t where t.identifier = s.name)
order by s.name
on conflict do nothing

-- :name new_queues
insert into {schema}._private_job_queues (queue_name)
select distinct s.name
from unnest(:names::text[]) as s (name)
where s.name is not null and not exists (select from {schema}._private_job_queues q where q.queue_name = s.name)
order by s.name
on conflict do nothing

-- One array per column, one element per job; each of `flags` is a JSON array. Jobs are added in the order of their keys,
-- so that two batches cannot deadlock.
-- :name add
select spec.place, spec.identifier as asked_identifier, spec.key_mode as asked_mode, {use:columns}
from (
  select *
  from unnest(
    :identifiers::text[], :payloads::text[], :queues::text[], :run_ats::text[], :max_attempts::text[]::int[], :keys::text[], :priorities::text[]::int[], :flags::text[], :key_modes::text[]
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

-- The jobs that have these keys before an add. They are not locked here, because the functions of the schema take their
-- own locks first and in their own order.
-- :name holders
select j.key, j.id from {schema}._private_jobs j where j.key = any(:keys::text[])

-- Those of these jobs that lost their key to the add.
-- :name parted
select j.id, j.locked_at is not null as running
from {schema}._private_jobs j
where j.id = any(:ids::text[]::bigint[]) and j.key is null

-- The columns that an action checks before it changes a job; `held` = a worker runs it.
-- :name checked
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
  {use:running} as held
from {schema}._private_jobs j
where j.id = any(:ids::text[]::bigint[])
order by j.id
{part:fragments.lock}

-- Whether a worker runs the job: its lock is recent, or the worker that holds it is alive.
-- :name running
j.locked_at is not null and ({use:liveness.young(j.locked_at)} or {use:holder_alive})

-- `alive` = the ids of workers that are alive, or null if this role cannot read them; then every holder counts as alive.
-- :name holder_alive
(:alive::text[] is null or j.locked_by = any(:alive::text[]))

-- :name present
select j.id from {schema}._private_jobs j where j.id = any(:ids::text[]::bigint[])

-- :name complete
select {use:action_columns} from {schema}.complete_jobs(:ids::text[]::bigint[]) j order by j.id

-- :name fail
select {use:action_columns} from {schema}.permanently_fail_jobs(:ids::text[]::bigint[], :reason::text) j order by j.id

-- A null parameter keeps the value of the job.
-- :name reschedule
select {use:action_columns}
from {schema}.reschedule_jobs(
  :ids::text[]::bigint[],
  run_at => :run_at::text::timestamptz,
  priority => :priority::int,
  attempts => :attempts::int,
  max_attempts => :max_attempts::int
) j
order by j.id

-- Like reschedule, with now() of the database as run_at.
-- :name run_now
select {use:action_columns}
from {schema}.reschedule_jobs(
  :ids::text[]::bigint[],
  run_at => now(),
  priority => :priority::int,
  attempts => :attempts::int,
  max_attempts => :max_attempts::int
) j
order by j.id

-- As run_now, and before every due job that is not among the ids: workers take jobs by priority, then run_at. The priority
-- of a job becomes one less than the lowest of those, unless it is lower. At the least priority that there is, run_at is
-- set before the first of those.
-- :name run_next
with due as materialized (
  select min(j.priority)::int as priority
  from {schema}._private_jobs j
  where {use:fragments.ready} and j.id <> all(:ids::text[]::bigint[])
),
first as materialized (
  select min(j.run_at) as run_at
  from {schema}._private_jobs j
  where {use:fragments.ready} and j.priority = -32768 and j.id <> all(:ids::text[]::bigint[])
),
moved as materialized (
  select
    j.id,
    case when due.priority is null then j.priority else least(j.priority, greatest(due.priority - 1, -32768)) end as priority,
    case when due.priority = -32768 then least(now(), first.run_at - interval '1 microsecond') else now() end as run_at
  from {schema}._private_jobs j
  cross join due
  cross join first
  where j.id = any(:ids::text[]::bigint[])
)
select {use:action_columns}
from moved
cross join lateral {schema}.reschedule_jobs(array[moved.id], run_at => moved.run_at, priority => moved.priority::int) j
order by j.id

-- Releases the old locks of jobs that an action has just changed; `ids` and `holders` are parallel arrays.
-- :name release_job
update {schema}._private_jobs j
set locked_at = null, locked_by = null
from unnest(:ids::text[]::bigint[], :holders::text[]) as held (id, worker)
where j.id = held.id and j.locked_by is not distinct from held.worker
returning {use:action_columns}

-- Releases the queues of these jobs. A queue stays locked if its holder has started another of its jobs since. Jobs with
-- old locks do not keep it locked.
-- :name release_queue
update {schema}._private_job_queues q
set locked_at = null, locked_by = null
from unnest(:queues::text[]::int[], :holders::text[]) as held (id, worker)
where q.id = held.id and q.locked_at is not null and q.locked_by is not distinct from held.worker
  and not exists (
    select from {schema}._private_jobs j
    where j.job_queue_id = q.id and {use:liveness.young(j.locked_at)} and j.locked_by is not distinct from held.worker
  )

-- The job with a key, and the columns that determine the outcome of a removal or of an add with this key.
-- :name keyed
select
  {use:columns},
  j.is_available,
  {use:fragments.locked} as locked,
  {use:running} as running
from {schema}._private_jobs j
where j.key = :key::text

-- Locks the row of a key; true where a worker that is alive holds it by an old lock, which remove_job would ignore.
-- :name hold_key
select {use:liveness.old(j.locked_at)} and {use:holder_alive}
from {schema}._private_jobs j
where j.key = :key::text
for update

-- The change that remove_job makes to a running job.
-- :name parting
update {schema}._private_jobs j set key = null, attempts = j.max_attempts, updated_at = now()
where j.key = :key::text
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
select {use:columns} from {schema}.remove_job(:key::text) j
