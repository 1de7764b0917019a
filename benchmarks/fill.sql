-- {jobs} jobs as a large installation has them: 60 % ready, 25 % scheduled, 2 % locked, 13 % failed, 30 tasks and
-- {queues} queues for two fifths of the jobs. Times are spread over the days around now.
insert into graphile_worker._private_tasks (identifier) select 'task_' || n from generate_series(1, 30) n;
insert into graphile_worker._private_job_queues (queue_name) select 'queue_' || n from generate_series(1, {queues}) n;

insert into graphile_worker._private_jobs
  (task_id, job_queue_id, payload, priority, run_at, attempts, max_attempts, last_error, created_at, key, locked_at, locked_by)
select
  1 + n % 30,
  case when n % 5 < 2 then 1 + (n * 7) % {queues} end,
  json_build_object('user_id', n, 'email', 'user' || n || '@example.org', 'items', json_build_array(n % 7, n % 11, n % 13)),
  n % 10 - 5,
  now() + case when share < 600 then -1 when share < 850 then 1 else -1 end * (1 + n % 86400) * interval '1 second',
  case when share < 850 then 0 when share < 870 then 1 else 25 end,
  25,
  case when share >= 870 then 'Error: SMTP 550 mailbox unavailable for user' || n || E'\n    at send (mailer.js:' || n % 400 || ')' end,
  now() - (n % 86400) * interval '1 second',
  case when n % 10 = 0 then 'key:' || n end,
  case when share between 850 and 869 then now() - (n % 600) * interval '1 second' end,
  case when share between 850 and 869 then 'worker-' || n % 40 end
from (select n, (n::bigint * 7919) % 1000 as share from generate_series(1, {jobs}) n) numbered;

vacuum analyze;
