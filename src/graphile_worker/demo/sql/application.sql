-- :name levels
select
  count(*) filter (where task.identifier = any (:bulk_tasks::text[]) and not used_up) as bulk,
  count(*) filter (where not task.identifier = any (:bulk_tasks::text[]) and not used_up and job.run_at > now()) as scheduled,
  count(*) filter (where not task.identifier = any (:bulk_tasks::text[]) and not used_up and job.run_at <= now()) as waiting,
  count(*) filter (where used_up) as failed
from {schema}._private_jobs as job
join {schema}._private_tasks as task on task.id = job.task_id
cross join lateral (select job.attempts >= job.max_attempts) as state (used_up)
where job.locked_at is null

-- :name oldest_failed
select id from {schema}._private_jobs
where locked_at is null and attempts >= max_attempts
order by run_at, id
limit :rows
