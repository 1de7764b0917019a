-- Checks of the rows. Each block scans the table of jobs at most once.

-- Jobs whose task row does not exist. They never run, and the view `jobs` does not contain them.
-- :name lost_tasks
select j.task_id as id, count(*) as jobs, min(j.id) as first_job
from {schema}._private_jobs j
where not exists (select from {schema}._private_tasks t where t.id = j.task_id)
group by j.task_id
order by j.task_id
limit :limit

-- Jobs whose queue row does not exist. They never run, and lists show them without a queue.
-- :name lost_queues
select j.job_queue_id as id, count(*) as jobs, min(j.id) as first_job
from {schema}._private_jobs j
where j.job_queue_id is not null
  and not exists (select from {schema}._private_job_queues q where q.id = j.job_queue_id)
group by j.job_queue_id
order by j.job_queue_id
limit :limit

-- Jobs whose lock is so old that Node's workers ignore it.
-- :name old_locks
select
  count(*) as jobs,
  count(distinct j.locked_by) as workers,
  floor(extract(epoch from now() - min(j.locked_at) filter (where isfinite(j.locked_at))) / 3600)::bigint as hours
from {schema}._private_jobs j
where {use:liveness.old(j.locked_at)}

-- Jobs that failed in their last attempt within `minutes`, by task, those with most first.
-- :name failing
select
  {use:fragments.task_name(f.task_id)} as task,
  f.jobs,
  count(*) over () as tasks,
  (sum(f.jobs) over ())::bigint as all_jobs
from (
  select j.task_id, count(*) as jobs
  from {schema}._private_jobs j
  where {use:fragments.failed_at} > now() - make_interval(mins => :minutes::int)
    and ({use:fragments.failed} or {use:fragments.retrying})
  group by j.task_id
) f
left join {schema}._private_tasks t on t.id = f.task_id
order by f.jobs desc, f.task_id
limit :limit

-- Tasks of which no job runs, and whose jobs workers have passed over: a job is ready for ten minutes, in no queue and without
-- flags, and a worker has since locked a job of another task that comes after it in the order of workers.
-- :name passed_over
with running as (
  select j.task_id, j.priority, j.run_at, j.locked_at
  from {schema}._private_jobs j
  where {use:fragments.locked} and isfinite(j.locked_at)
  order by j.locked_at desc
  limit 50
),
waiting as (
  select j.task_id, greatest(j.run_at, j.updated_at) as since
  from {schema}._private_jobs j
  where {use:fragments.ready}
    and j.job_queue_id is null
    and j.flags is null
    and greatest(j.run_at, j.updated_at) < now() - interval '10 minutes'
    and exists (
      select from running r
      where r.task_id <> j.task_id
        and r.locked_at > greatest(j.run_at, j.updated_at)
        and (r.priority, r.run_at) > (j.priority, j.run_at)
    )
)
select
  t.identifier as task,
  count(*) as jobs,
  extract(epoch from now() - min(w.since) filter (where isfinite(w.since)))::float8 as age
from waiting w
join {schema}._private_tasks t on t.id = w.task_id
where not exists (select from {schema}._private_jobs j where j.task_id = w.task_id and {use:fragments.locked})
group by t.identifier
order by jobs desc, t.identifier
limit :limit

-- The sequences of the ids. In older schemas each add consumes a value even if it inserts no row.
-- :name sequences
select c.relname::text as name, pg_sequence_last_value(s.seqrelid) as last, s.seqmax as most
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
join pg_sequence s on s.seqrelid = c.oid
where n.nspname = {literal}
  and c.relname in ('tasks_id_seq', 'job_queues_id_seq', 'jobs_id_seq1')
  and has_sequence_privilege(s.seqrelid, 'select, usage')
order by 1
