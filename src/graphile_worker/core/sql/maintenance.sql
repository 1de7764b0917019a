-- Cleanup: failed jobs, and names that no job refers to. Repair: rows that jobs refer to and that are gone.

-- :name count_failed
select count(*) from {schema}._private_jobs j where {use:fragments.failed}

-- One batch of the failed jobs with an id above `after`. Rows that another session has locked stay for the next run.
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

-- Of these ids, or of all for null. `staying` leaves out jobs that are deleted before.
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

-- Milliseconds after which the server ends a transaction of ours that waits for us.
-- :name short_pauses
select set_config('idle_in_transaction_session_timeout', :milliseconds, true)

-- Every body of add_job and add_jobs there has been (Node's, the Rust port's, ours) begins by inserting into this
-- table, and a worker that starts does, but taking and ending jobs never touches it. So this keeps out whoever might
-- read a name that is about to go, tasks and queues alike, until they can see that it is gone; and no worker waits.
-- (A repeatable-read transaction that looked before and adds afterwards is beyond any lock: `doctor` mends that.)
-- :name hold_names
lock table {schema}._private_tasks in share row exclusive mode

-- Each fetch of a worker locks the rows of all free queues for a moment, and soon the next one does: only a lock of
-- the whole table finds them all free. Workers wait for it, so it comes last, when it is known what goes.
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

-- Repair makes rows of tasks and queues anew that jobs still refer to. An add under way has its names and its job in one
-- transaction, so whoever sees a job without its row sees something that is lost.

-- `ids` and `names` are pairs: a lost task id, and the name that the task had. Its jobs go to the task of that name.
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

-- The same id, so that its jobs go on one at a time.
-- :name remake_queues
insert into {schema}._private_job_queues (id, queue_name)
overriding system value
select distinct j.job_queue_id, 'lost queue ' || j.job_queue_id
from {schema}._private_jobs j
where j.job_queue_id is not null
  and not exists (select from {schema}._private_job_queues q where q.id = j.job_queue_id)
on conflict do nothing
returning id, queue_name as name

-- The same for a dry run, which changes nothing. `ids` are lost task ids that have a name: the jobs that would get those
-- tasks.
-- :name would_give_to_tasks
select j.id
from {schema}._private_jobs j
where j.task_id = any(:ids::text[]::int[])
  and not exists (select from {schema}._private_tasks t where t.id = j.task_id)
order by j.id

-- `ids` as before: those get no row of their own.
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
