-- Brings a schema at migrations 16 to 21, a new one, or one at 22 that lacks objects, to the state of 22. The blocks lock
-- a table for a moment, so migrate.py runs only those whose objects schema_state.sql does not find. The functions lock no
-- table and may be replaced at any time.

-- Very old installations created the table of migrations without this column.
-- :name breaking_column
alter table {schema}.migrations add column breaking boolean not null default false;
update {schema}.migrations set breaking = true where id in (1, 3, 11, 13, 14, 16);

-- :name jobs_main_index
create index jobs_main_index on {schema}._private_jobs (priority, run_at)
  include (id, task_id, job_queue_id) where is_available = true;

-- :name jobs_no_queue_index
create index jobs_no_queue_index on {schema}._private_jobs (priority, run_at)
  include (id, task_id) where is_available = true and job_queue_id is null;

-- Without a policy only the owner sees rows, so that other roles of the application have no access to the queue.
-- :name row_security
alter table {schema}._private_jobs enable row level security;
alter table {schema}._private_job_queues enable row level security;
alter table {schema}._private_tasks enable row level security;
alter table {schema}._private_known_crontabs enable row level security;

-- :name known_crontabs
create table {schema}._private_known_crontabs (
  identifier text not null,
  known_since timestamptz not null,
  last_execution timestamptz,
  constraint known_crontabs_pkey primary key (identifier)
);
alter table {schema}._private_known_crontabs enable row level security;

-- The element type of add_jobs' argument.
-- :name job_spec
create type {schema}.job_spec as (
  identifier text,
  payload json,
  queue_name text,
  run_at timestamptz,
  max_attempts smallint,
  job_key text,
  priority smallint,
  flags text[]
);

-- The public view of the jobs. It has no payload, so that more roles may read it than the table.
-- :name jobs_view
create view {schema}.jobs as
select
  j.id,
  q.queue_name,
  t.identifier as task_identifier,
  j.priority,
  j.run_at,
  j.attempts,
  j.max_attempts,
  j.last_error,
  j.created_at,
  j.updated_at,
  j.key,
  j.locked_at,
  j.locked_by,
  j.revision,
  j.flags
from {schema}._private_jobs j
join {schema}._private_tasks t on t.id = j.task_id
left join {schema}._private_job_queues q on q.id = j.job_queue_id;

-- The heartbeats of workers.
-- :name workers
create table {schema}._private_workers (
  id text not null,
  last_heartbeat_at timestamptz not null,
  started_at timestamptz not null default now(),
  metadata jsonb,
  constraint _private_workers_pkey primary key (id)
);

-- :name workers_index
create index _private_workers_last_heartbeat_at_idx on {schema}._private_workers (last_heartbeat_at);

-- Jobs that were removed or failed permanently while they ran. A function that returns or recovers such a job must not
-- give it another attempt.
-- :name retirements
create table {schema}._private_job_retirements (
  id bigint not null,
  constraint _private_job_retirements_pkey primary key (id),
  constraint _private_job_retirements_id_fkey foreign key (id)
    references {schema}._private_jobs (id) on delete cascade
);

-- Since migration 18 the functions send the notifications, so the trigger is dropped.
-- :name insert_trigger
drop trigger if exists _900_after_insert on {schema}._private_jobs;
drop function if exists {schema}.tg_jobs__after_insert();
