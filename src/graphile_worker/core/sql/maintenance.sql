-- Upkeep: jobs that used up their attempts, names nobody refers to.

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
