-- :name tasks
insert into {schema}._private_tasks (identifier)
select wanted.name from unnest(:names::text[]) as wanted (name)
where not exists (select from {schema}._private_tasks as known where known.identifier = wanted.name)
on conflict do nothing

-- :name queues
insert into {schema}._private_job_queues (queue_name)
select wanted.name from unnest(:names::text[]) as wanted (name)
where not exists (select from {schema}._private_job_queues as known where known.queue_name = wanted.name)
on conflict do nothing

-- :name jobs
insert into {schema}._private_jobs (
  task_id, job_queue_id, payload, priority, run_at, attempts, max_attempts, last_error,
  created_at, updated_at, key, flags, locked_at, locked_by
)
select
  task.id, queue.id, seed.payload, seed.priority, now() + make_interval(secs => seed.due), seed.attempts,
  seed.max_attempts, seed.last_error, now() - make_interval(secs => seed.age), now() - make_interval(secs => seed.age),
  seed.key, seed.flags, now() - make_interval(secs => seed.locked_age), seed.locked_by
from json_to_recordset(:jobs::json) as seed (
  task text, queue text, payload json, priority smallint, due float8, attempts smallint, max_attempts smallint,
  last_error text, age float8, key text, flags jsonb, locked_age float8, locked_by text
)
join {schema}._private_tasks as task on task.identifier = seed.task
left join {schema}._private_job_queues as queue on queue.queue_name = seed.queue
order by seed.age desc

-- :name crashed
insert into {schema}._private_workers (id, started_at, last_heartbeat_at, metadata)
values (:worker, now() - interval '2 days', now() - make_interval(secs => :silence_secs::float8), :metadata::jsonb)
on conflict do nothing

-- :name count
select count(*) from {schema}._private_jobs
