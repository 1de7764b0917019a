-- The functions of the schema for workers: locks, heartbeats and returned jobs. See functions.sql.

-- Releases all locks of these workers, without a check whether they are alive.
create or replace function {schema}.force_unlock_workers(worker_ids text[])
returns void
language sql volatile
as $$
  update {schema}._private_jobs j
  set locked_at = null, locked_by = null
  where j.locked_by = any(force_unlock_workers.worker_ids);

  update {schema}._private_job_queues q
  set locked_at = null, locked_by = null
  where q.locked_by = any(force_unlock_workers.worker_ids);
$$;

create or replace function {schema}.worker_heartbeat(worker_id text, metadata json default null)
returns void
language sql volatile
as $$
  insert into {schema}._private_workers as w (id, last_heartbeat_at, started_at, metadata)
  values (worker_heartbeat.worker_id, now(), now(), worker_heartbeat.metadata::jsonb)
  on conflict (id) do update
  set last_heartbeat_at = excluded.last_heartbeat_at, metadata = coalesce(excluded.metadata, w.metadata)
$$;

create or replace function {schema}.worker_deregister(worker_id text)
returns void
language sql volatile
as $$
  delete from {schema}._private_workers w where w.id = worker_deregister.worker_id
$$;

create or replace function {schema}.list_stale_workers(stale_threshold interval)
returns table (worker_id text)
language sql volatile
as $$
  select w.id
  from {schema}._private_workers w
  where w.last_heartbeat_at < now() - list_stale_workers.stale_threshold
$$;

-- Holders of an old lock that are not registered: crashed workers, or workers that send no heartbeats.
create or replace function {schema}.list_orphan_locked_workers(stale_threshold interval)
returns table (worker_id text)
language sql volatile
as $$
  select h.id
  from (
    select j.locked_by as id
    from {schema}._private_jobs j
    where j.locked_by is not null and j.locked_at < now() - list_orphan_locked_workers.stale_threshold
    union
    select q.locked_by
    from {schema}._private_job_queues q
    where q.locked_by is not null and q.locked_at < now() - list_orphan_locked_workers.stale_threshold
  ) h
  where not exists (select from {schema}._private_workers w where w.id = h.id)
$$;

-- Releases all jobs and queues of these workers. The interrupted attempt does not count.
create or replace function {schema}.recover_dead_worker_jobs(worker_ids text[], recovery_delay interval default '0 seconds')
returns integer
language plpgsql volatile
as $$
declare
  recovered integer;
begin
  perform from {schema}._private_jobs j
  where j.locked_by = any(recover_dead_worker_jobs.worker_ids)
  order by j.id
  for update;

  update {schema}._private_jobs j
  set
    attempts = case
      when exists (select from {schema}._private_job_retirements r where r.id = j.id) then j.attempts
      else greatest(j.attempts - 1, 0)
    end,
    locked_at = null,
    locked_by = null,
    run_at = greatest(j.run_at, now() + recover_dead_worker_jobs.recovery_delay),
    last_error = 'Job recovered after worker interruption',
    updated_at = now()
  where j.locked_by = any(recover_dead_worker_jobs.worker_ids);
  get diagnostics recovered = row_count;

  update {schema}._private_job_queues q
  set locked_at = null, locked_by = null
  where q.locked_by = any(recover_dead_worker_jobs.worker_ids);

  return recovered;
end
$$;

create or replace function {schema}.delete_stale_workers(worker_ids text[])
returns void
language sql volatile
as $$
  delete from {schema}._private_workers w where w.id = any(delete_stale_workers.worker_ids)
$$;

-- Returns jobs that a worker has fetched and not started or not finished. The attempt does not count.
create or replace function {schema}._private_return_jobs(
  worker_id text,
  job_ids bigint[],
  recovery_delay_ms bigint default null,
  recovery_error text default null,
  update_recovery_metadata boolean default false
)
returns void
language plpgsql volatile
as $$
declare
  queues integer[];
begin
  -- A separate statement takes the row locks, so that the next one sees retirements committed while this one waited.
  perform from {schema}._private_jobs j
  where j.locked_by = _private_return_jobs.worker_id and j.id = any(_private_return_jobs.job_ids)
  order by j.id
  for update;

  with given_back as (
    update {schema}._private_jobs j
    set
      locked_at = null,
      locked_by = null,
      attempts = case
        when exists (select from {schema}._private_job_retirements r where r.id = j.id) then j.attempts
        else greatest(j.attempts - 1, 0)
      end,
      -- `greatest` ignores a null delay.
      run_at = case when tell.yes then greatest(j.run_at, now() + tell.delay) else j.run_at end,
      last_error = case when tell.yes then coalesce(tell.error, j.last_error) else j.last_error end,
      updated_at = case when tell.yes then now() else j.updated_at end
    from (
      select
        coalesce(_private_return_jobs.update_recovery_metadata, false) as yes,
        _private_return_jobs.recovery_delay_ms * interval '1 millisecond' as delay,
        _private_return_jobs.recovery_error as error
    ) tell
    where j.locked_by = _private_return_jobs.worker_id and j.id = any(_private_return_jobs.job_ids)
    returning j.job_queue_id
  )
  select array_agg(distinct g.job_queue_id) into queues from given_back g where g.job_queue_id is not null;

  update {schema}._private_job_queues q
  set locked_at = null, locked_by = null
  where q.id = any(queues) and q.locked_by = _private_return_jobs.worker_id;
end
$$;
