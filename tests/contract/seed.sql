-- The rows every recorded answer stands on. Fixed ids and fixed times, far past or far future,
-- so that a state never changes with the day on which this is run. {schema} is filled in by driver.py.
truncate {schema}._private_jobs, {schema}._private_job_queues, {schema}._private_tasks, {schema}._private_workers
  restart identity cascade;

insert into {schema}._private_tasks (id, identifier) overriding system value values
  (1, 'send_email'), (2, 'resize_image'), (3, 'a, task with "quotes"'), (4, 'unused_task');

insert into {schema}._private_job_queues (id, queue_name, locked_at, locked_by) overriding system value values
  (1, 'mailers', '2990-01-01 00:00:00+00', 'worker-a'),
  (2, 'imports', null, null),
  (3, 'idle', null, null),
  (4, 'held by the dead', '2001-01-01 00:00:00+00', 'worker-dead');

insert into {schema}._private_workers (id, last_heartbeat_at, started_at, metadata) values
  ('worker-a', '2990-01-01 00:00:00+00', '2001-01-01 00:00:00+00', null),
  ('worker-stale', '2001-01-02 00:00:00.5+00', '2001-01-01 00:00:00+00', '{"host": "h1", "pid": 7}');

insert into {schema}._private_jobs
  (id, task_id, job_queue_id, payload, priority, run_at, attempts, max_attempts, last_error,
   created_at, updated_at, key, locked_at, locked_by, revision, flags)
overriding system value values
  (1, 1, null, '{"to": "a@example.org", "n": 1}', 0, '2001-01-01 00:00:00+00', 0, 25, null,
   '2001-01-01 00:00:00+00', '2001-01-01 00:00:00+00', null, null, null, 0, null),
  (2, 1, 2, '{"to": "b@example.org"}', -5, '2001-01-01 00:00:00.5+00', 1, 25, 'timed out',
   '2001-01-01 00:00:00.1234+00', '2001-01-02 03:04:05.000001+00', 'email:2', null, null, 3, '{"slow": true, "eu": true}'),
  (3, 2, null, '[1, 2, 3]', 10, '2990-01-01 00:00:00+00', 0, 3, null,
   '2001-01-01 00:00:00+00', '2001-01-01 00:00:00+00', 'image:3', null, null, 0, null),
  (4, 1, 1, '{"to": "c@example.org"}', 0, '2001-01-01 00:00:00+00', 1, 25, null,
   '2001-01-01 00:00:00+00', '2001-01-01 00:00:00+00', 'email:4', '2990-01-01 00:00:00+00', 'worker-a', 0, null),
  (5, 1, 2, '{"to": "d@example.org"}', 0, '2001-01-01 00:00:00+00', 3, 3, E'SMTP 550 mailbox\nunavailable',
   '2001-01-01 00:00:00+00', '2001-01-01 00:00:00+00', 'email:5', null, null, 1, null),
  (6, 2, null, 'null', 0, '2001-01-01 00:00:00+00', 5, 3, 'given up twice',
   '2001-01-01 00:00:00+00', '2001-01-01 00:00:00+00', null, null, null, 0, null),
  (7, 3, null, '"just text with 100% of it"', 0, '2001-01-01 00:00:00+00', 0, 25, null,
   '2001-01-01 00:00:00+00', '2001-01-01 00:00:00+00', 'ключ ✓', null, null, 0, null),
  (8, 2, 4, '{"nested": {"deep": [true, null, 1.5]}}', 0, '2001-01-01 00:00:00+00', 2, 25, null,
   '2001-01-01 00:00:00+00', '2001-01-01 00:00:00+00', null, '2001-01-01 00:00:00+00', 'worker-dead', 0, null),
  (9007199254740993, 2, null, '42', 0, '2990-06-01 00:00:00+00', 0, 25, null,
   '2001-01-01 00:00:00+00', '2001-01-01 00:00:00+00', null, null, null, 0, null);

-- What a write makes is numbered from here on: an id of 1000 or more in an answer was made by that write.
select setval(pg_get_serial_sequence('{schema}._private_jobs', 'id'), 1000, false),
       setval(pg_get_serial_sequence('{schema}._private_job_queues', 'id'), 1000, false),
       setval(pg_get_serial_sequence('{schema}._private_tasks', 'id'), 1000, false);
