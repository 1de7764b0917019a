-- The functions of the schema for jobs, which all programs call that add or change jobs. Names, arguments and results are
-- a contract with workers in other languages; worker_functions.sql has the other functions. The functions do not set
-- search_path; every name is qualified instead.

-- Adds a batch of jobs. It takes one advisory lock per distinct key, in a fixed order, so that concurrent adds with the
-- same key do not lose a job. Only missing names are inserted, because `on conflict` would consume an identity value.
create or replace function {schema}.add_jobs(specs {schema}.job_spec[], job_key_preserve_run_at boolean default false)
returns setof {schema}._private_jobs
language plpgsql volatile
as $$
declare
  wanted integer;
  queued boolean;
  keys text[];
  spent boolean;
  stored integer;
begin
  -- Conflicts with the table lock under which other programs delete unused names, so that this runs before or after them.
  lock table {schema}._private_jobs in row exclusive mode;

  select count(*), bool_or(s.queue_name is not null), array_agg(s.job_key) filter (where s.job_key is not null)
  into wanted, queued, keys
  from unnest(add_jobs.specs) s;

  insert into {schema}._private_tasks (identifier)
  select distinct s.identifier
  from unnest(add_jobs.specs) s
  where not exists (select from {schema}._private_tasks t where t.identifier = s.identifier)
  order by s.identifier
  on conflict do nothing;

  if queued then
    insert into {schema}._private_job_queues (queue_name)
    select distinct s.queue_name
    from unnest(add_jobs.specs) s
    where s.queue_name is not null
      and not exists (select from {schema}._private_job_queues q where q.queue_name = s.queue_name)
    order by s.queue_name
    on conflict do nothing;
  end if;

  if keys is not null then
    -- in the order of the keys, like every caller that adds job by job
    perform pg_advisory_xact_lock(k.place)
    from (
      select hashtextextended(d.key, hashtext({literal})) as place
      from (select distinct u.key from unnest(keys) u (key)) d
      order by d.key
    ) k;

    select bool_or(not l.is_available) into spent
    from (
      select j.is_available
      from {schema}._private_jobs j
      where j.key = any(keys)
      order by j.id
      for update
    ) l;

    -- A job with the key that runs or has no attempts left loses the key and gets no further attempt.
    if spent then
      with retired as (
        update {schema}._private_jobs j
        set key = null, attempts = j.max_attempts, updated_at = now()
        where j.key = any(keys) and not j.is_available
        returning j.id
      )
      insert into {schema}._private_job_retirements (id)
      select r.id from retired r
      on conflict do nothing;
    end if;
  end if;

  return query
  insert into {schema}._private_jobs as held (
    job_queue_id, task_id, payload, run_at, max_attempts, key, priority, flags
  )
  select
    q.id,
    t.id,
    coalesce(s.payload, '{}'::json),
    coalesce(s.run_at, now()),
    coalesce(s.max_attempts, 25::smallint),
    s.job_key,
    coalesce(s.priority, 0::smallint),
    (select jsonb_object_agg(f.flag, true) from unnest(s.flags) as f (flag))
  from unnest(add_jobs.specs) with ordinality
    as s (identifier, payload, queue_name, run_at, max_attempts, job_key, priority, flags, place)
  join {schema}._private_tasks t on t.identifier = s.identifier
  left join {schema}._private_job_queues q on q.queue_name = s.queue_name
  where s.queue_name is null or q.id is not null
  order by s.place
  on conflict (key) do update set
    job_queue_id = excluded.job_queue_id,
    task_id = excluded.task_id,
    payload = case
      when json_typeof(held.payload) = 'array' and json_typeof(excluded.payload) = 'array'
        then (held.payload::jsonb || excluded.payload::jsonb)::json
      else excluded.payload
    end,
    run_at = case
      when add_jobs.job_key_preserve_run_at and held.attempts = 0 then held.run_at
      else excluded.run_at
    end,
    max_attempts = excluded.max_attempts,
    priority = excluded.priority,
    flags = excluded.flags,
    attempts = 0,
    last_error = null,
    revision = held.revision + 1,
    updated_at = now()
  where held.locked_at is null
  returning held.*;
  get diagnostics stored = row_count;

  if stored <> wanted then
    raise exception 'only % of % jobs could be scheduled, so none was', stored, wanted
      using errcode = 'GWNOR', hint = 'Try again.';
  end if;

  -- The random member keeps notifications distinct, because PostgreSQL merges equal ones of a transaction.
  perform pg_notify('jobs:insert', case when wanted > 0 then
    json_build_object('r', random(), 'count', wanted)::text else '' end);
end
$$;

create or replace function {schema}.add_job(
  identifier text,
  payload json default null,
  queue_name text default null,
  run_at timestamptz default null,
  max_attempts integer default null,
  job_key text default null,
  priority integer default null,
  flags text[] default null,
  job_key_mode text default 'replace'
)
returns {schema}._private_jobs
language plpgsql volatile
as $$
declare
  added {schema}._private_jobs;
begin
  if add_job.job_key is null or coalesce(add_job.job_key_mode, 'replace') in ('replace', 'preserve_run_at') then
    select j.* into added
    from {schema}.add_jobs(
      array[row(
        add_job.identifier,
        add_job.payload,
        add_job.queue_name,
        add_job.run_at,
        add_job.max_attempts::smallint,
        add_job.job_key,
        add_job.priority::smallint,
        add_job.flags
      )::{schema}.job_spec],
      add_job.job_key is not null and coalesce(add_job.job_key_mode, '') = 'preserve_run_at'
    ) j;
    return added;
  end if;

  if add_job.job_key_mode <> 'unsafe_dedupe' then
    raise exception 'unknown job_key_mode "%"', add_job.job_key_mode
      using errcode = 'GWBKM', hint = 'Use replace, preserve_run_at or unsafe_dedupe.';
  end if;

  lock table {schema}._private_jobs in row exclusive mode;

  insert into {schema}._private_tasks (identifier)
  select add_job.identifier
  where not exists (select from {schema}._private_tasks t where t.identifier = add_job.identifier)
  on conflict do nothing;

  insert into {schema}._private_job_queues (queue_name)
  select add_job.queue_name
  where add_job.queue_name is not null
    and not exists (select from {schema}._private_job_queues q where q.queue_name = add_job.queue_name)
  on conflict do nothing;

  insert into {schema}._private_jobs as held (
    job_queue_id, task_id, payload, run_at, max_attempts, key, priority, flags
  )
  select
    (select q.id from {schema}._private_job_queues q where q.queue_name = add_job.queue_name),
    t.id,
    coalesce(add_job.payload, '{}'::json),
    coalesce(add_job.run_at, now()),
    coalesce(add_job.max_attempts, 25)::smallint,
    add_job.job_key,
    coalesce(add_job.priority, 0)::smallint,
    (select jsonb_object_agg(f.flag, true) from unnest(add_job.flags) as f (flag))
  from {schema}._private_tasks t
  where t.identifier = add_job.identifier
  on conflict (key) do update set revision = held.revision + 1, updated_at = now()
  returning held.* into added;

  if added.id is null then
    raise exception 'the job could not be scheduled' using errcode = 'GWNOR', hint = 'Try again.';
  end if;
  if added.revision = 0 then
    perform pg_notify('jobs:insert', json_build_object('r', random(), 'count', 1)::text);
  end if;
  return added;
end
$$;

-- Removes the job with a key. A running job, whose lock is not old, loses the key and gets no further attempt.
create or replace function {schema}.remove_job(job_key text)
returns {schema}._private_jobs
language plpgsql volatile strict
as $$
declare
  found_job {schema}._private_jobs;
begin
  select j.* into found_job
  from {schema}._private_jobs j
  where j.key = remove_job.job_key
  for update;
  if found_job.id is null then
    return null;
  end if;

  if found_job.locked_at >= now() - {old_lock_age} then
    update {schema}._private_jobs j
    set key = null, attempts = j.max_attempts, updated_at = now()
    where j.id = found_job.id
    returning j.* into found_job;
    insert into {schema}._private_job_retirements (id) values (found_job.id) on conflict do nothing;
  else
    delete from {schema}._private_jobs j where j.id = found_job.id;
    perform pg_notify('jobs:insert', json_build_object('r', random(), 'count', -1)::text);
  end if;
  return found_job;
end
$$;

-- The next three functions skip jobs that a worker runs, which are those whose lock is not old.
create or replace function {schema}.complete_jobs(job_ids bigint[])
returns setof {schema}._private_jobs
language sql volatile
as $$
  delete from {schema}._private_jobs j
  where j.id = any(complete_jobs.job_ids)
    and (j.locked_at is null or j.locked_at < now() - {old_lock_age})
  returning j.*
$$;

create or replace function {schema}.permanently_fail_jobs(job_ids bigint[], error_message text default null)
returns setof {schema}._private_jobs
language sql volatile
as $$
  with failed as (
    update {schema}._private_jobs j
    set
      attempts = j.max_attempts,
      last_error = coalesce(permanently_fail_jobs.error_message, 'Manually marked as failed'),
      updated_at = now()
    where j.id = any(permanently_fail_jobs.job_ids)
      and (j.locked_at is null or j.locked_at < now() - {old_lock_age})
    returning j.*
  ), marked as (
    insert into {schema}._private_job_retirements (id)
    select f.id from failed f
    on conflict do nothing
  )
  select * from failed
$$;

-- A null argument keeps the value of the job. The retirement of a rescheduled job is deleted, so that it can run again.
create or replace function {schema}.reschedule_jobs(
  job_ids bigint[],
  run_at timestamptz default null,
  priority integer default null,
  attempts integer default null,
  max_attempts integer default null
)
returns setof {schema}._private_jobs
language plpgsql volatile
as $$
declare
  free bigint[];
begin
  select array_agg(l.id) into free
  from (
    select j.id
    from {schema}._private_jobs j
    where j.id = any(reschedule_jobs.job_ids)
      and (j.locked_at is null or j.locked_at < now() - {old_lock_age})
    order by j.id
    for update
  ) l;

  delete from {schema}._private_job_retirements r where r.id = any(free);

  return query
  update {schema}._private_jobs j
  set
    run_at = coalesce(reschedule_jobs.run_at, j.run_at),
    priority = coalesce(reschedule_jobs.priority::smallint, j.priority),
    attempts = coalesce(reschedule_jobs.attempts::smallint, j.attempts),
    max_attempts = coalesce(reschedule_jobs.max_attempts::smallint, j.max_attempts),
    updated_at = now()
  where j.id = any(free)
  returning j.*;
end
$$;
