-- Cleanup deletes failed jobs and unused names. Repair inserts the task and queue rows that jobs refer to and that do not
-- exist.

-- :name count_failed
select count(*) from {schema}._private_jobs j where {use:fragments.failed}

-- Deletes one batch of failed jobs with an id above `after`. Rows locked by another session remain for the next run.
-- :name delete_failed
with doomed as (
  select j.id
  from {schema}._private_jobs j
  where j.id > :after and {use:fragments.failed}
  order by j.id
  limit :rows
  for update skip locked
), gone as (
  delete from {schema}._private_jobs j using doomed d where j.id = d.id returning j.id
)
select count(*)::int as deleted, max(g.id) as last from gone g

-- :name next_failed
select j.id
from {schema}._private_jobs j
where j.id > :after and {use:fragments.failed}
order by j.id
limit 1
for update skip locked

-- Names without a job; only those in `ids` unless it is null. A dry run passes `staying` to ignore the jobs that the same
-- cleanup would delete before.
-- :name unused_queues
select q.id
from {schema}._private_job_queues q
where (:ids::text[]::int[] is null or q.id = any(:ids::text[]::int[]))
  and q.locked_at is null
  and not exists (select from {schema}._private_jobs j where j.job_queue_id = q.id and {part:staying})
order by q.id

-- :name unused_tasks
select t.id
from {schema}._private_tasks t
where (:ids::text[]::int[] is null or t.id = any(:ids::text[]::int[]))
  and not exists (select from {schema}._private_jobs j where j.task_id = t.id and {part:staying})
order by t.id

-- :name every_job
true

-- :name not_failed
not ({use:fragments.failed})

-- Limits how long the server waits for the next statement of this transaction.
-- :name short_pauses
select set_config('idle_in_transaction_session_timeout', :milliseconds, true)

-- Blocks adds until the unused names are deleted, so that no add uses the id of a deleted task or queue. Every version of
-- add_job and add_jobs (Node's, the Rust port's, this library's) inserts into this table first, and so does a worker at
-- its start. Fetching and finishing jobs does not touch the table, so running workers do not wait. No lock prevents the
-- add of a repeatable-read transaction with an older snapshot; `doctor --fix` repairs its job.
-- :name hold_names
lock table {schema}._private_tasks in share row exclusive mode

-- Each fetch of a worker locks the rows of all free queues for a moment. On a busy database the rows are therefore never
-- all free, and only a table lock gets past the fetches. Workers wait for it, so it is taken last.
-- :name hold_queues
lock table {schema}._private_job_queues in share row exclusive mode

-- :name delete_queues
with gone as (
  delete from {schema}._private_job_queues q where q.id = any(:ids::text[]::int[]) and q.locked_at is null returning q.id
)
select count(*)::int from gone

-- :name delete_tasks
with gone as (
  delete from {schema}._private_tasks t where t.id = any(:ids::text[]::int[]) returning t.id
)
select count(*)::int from gone

-- Repair inserts the missing rows of tasks and queues. An add inserts its names and its job in one transaction, so a job
-- that is visible without its task or queue has lost it.

-- `ids` and `names` are parallel arrays: the id of a missing task and the name that it had. Its jobs get the task of that
-- name.
-- :name give_to_tasks
with asked as (
  select a.id, a.name
  from unnest(:ids::text[]::int[], :names::text[]) as a (id, name)
  where not exists (select from {schema}._private_tasks t where t.id = a.id)
), named as (
  insert into {schema}._private_tasks (identifier)
  select distinct a.name from asked a
  where not exists (select from {schema}._private_tasks t where t.identifier = a.name)
  on conflict do nothing
  returning id, identifier
), task as (
  select n.id, n.identifier from named n
  union all
  select t.id, t.identifier from {schema}._private_tasks t where t.identifier in (select a.name from asked a)
)
update {schema}._private_jobs j
set task_id = task.id
from asked a join task on task.identifier = a.name
where j.task_id = a.id
returning j.id

-- :name remake_tasks
insert into {schema}._private_tasks (id, identifier)
overriding system value
select distinct j.task_id, 'lost task ' || j.task_id
from {schema}._private_jobs j
where not exists (select from {schema}._private_tasks t where t.id = j.task_id)
on conflict do nothing
returning id, identifier as name

-- The queue keeps its id, so that its jobs still run one at a time.
-- :name remake_queues
insert into {schema}._private_job_queues (id, queue_name)
overriding system value
select distinct j.job_queue_id, 'lost queue ' || j.job_queue_id
from {schema}._private_jobs j
where j.job_queue_id is not null
  and not exists (select from {schema}._private_job_queues q where q.id = j.job_queue_id)
on conflict do nothing
returning id, queue_name as name

-- For the dry run: the jobs that `give_to_tasks` would change. `ids` are the missing tasks whose name is given.
-- :name would_give_to_tasks
select j.id
from {schema}._private_jobs j
where j.task_id = any(:ids::text[]::int[])
  and not exists (select from {schema}._private_tasks t where t.id = j.task_id)
order by j.id

-- The missing tasks without a given name: all but `ids`.
-- :name would_remake_tasks
select distinct j.task_id as id, 'lost task ' || j.task_id as name
from {schema}._private_jobs j
where j.task_id <> all(:ids::text[]::int[])
  and not exists (select from {schema}._private_tasks t where t.id = j.task_id)

-- :name would_remake_queues
select distinct j.job_queue_id as id, 'lost queue ' || j.job_queue_id as name
from {schema}._private_jobs j
where j.job_queue_id is not null
  and not exists (select from {schema}._private_job_queues q where q.id = j.job_queue_id)
