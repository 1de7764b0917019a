-- Makes rows of tasks and queues anew that jobs still refer to. An add under way has its names and its job in one
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
