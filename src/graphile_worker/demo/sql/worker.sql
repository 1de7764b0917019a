-- :name register
insert into {schema}._private_workers (id, last_heartbeat_at, metadata) values (:worker, now(), :metadata::jsonb)
on conflict (id) do update set last_heartbeat_at = excluded.last_heartbeat_at

-- :name fetch
with chosen as (
  select job.id, job.job_queue_id
  from {schema}._private_jobs as job
  where job.is_available
    and job.run_at <= now()
    and job.task_id = any (array(
      select task.id from {schema}._private_tasks as task where task.identifier = any (:tasks::text[])
    ))
    and (
      job.job_queue_id is null
      or exists (
        select from {schema}._private_job_queues as queue
        where queue.id = job.job_queue_id and queue.is_available
        for update skip locked
      )
    )
  order by job.priority, job.run_at
  limit 1
  for update of job skip locked
), taken_queue as (
  update {schema}._private_job_queues as queue
  set locked_by = :worker, locked_at = now()
  from chosen
  where queue.id = chosen.job_queue_id
)
update {schema}._private_jobs as job
set attempts = job.attempts + 1, locked_by = :worker, locked_at = now()
from chosen, {schema}._private_tasks as task
where job.id = chosen.id and task.id = job.task_id
returning job.id, task.identifier, job.payload::text as payload, job.attempts, job.max_attempts, job.last_error

-- :name succeed
with gone as (
  delete from {schema}._private_jobs as job
  where job.id = :id and job.locked_by = :worker
  returning job.job_queue_id
)
update {schema}._private_job_queues as queue
set locked_by = null, locked_at = null
from gone
where queue.id = gone.job_queue_id and queue.locked_by = :worker

-- :name fail
with back as (
  update {schema}._private_jobs as job
  set last_error = :error,
    run_at = greatest(now(), job.run_at) + make_interval(secs => exp(least(job.attempts, 10))),
    locked_by = null,
    locked_at = null
  where job.id = :id and job.locked_by = :worker
  returning job.job_queue_id
)
update {schema}._private_job_queues as queue
set locked_by = null, locked_at = null
from back
where queue.id = back.job_queue_id and queue.locked_by = :worker

-- :name return_jobs
update {schema}._private_jobs
set attempts = greatest(attempts - 1, 0), locked_by = null, locked_at = null
where locked_by = any (:workers::text[])

-- :name return_queues
update {schema}._private_job_queues set locked_by = null, locked_at = null where locked_by = any (:workers::text[])

-- :name leave
delete from {schema}._private_workers where id = any (:workers::text[])

-- :name earlier
select id from {schema}._private_workers where metadata ->> 'application' = :application
