-- Some hundreds of rows beside those of seed.sql, the same each time: every state, every kind of payload and time.
-- Only what the reference reads rightly: no number beyond a double, no infinite time, no payload deeper than 128.
-- Ids from 10000 on, because 1000 to 1999 are those that a write under test makes.
insert into {schema}._private_tasks (id, identifier) overriding system value
select 10000 + n, format((array['task %s', 'Task %s', 'mail.send#%s', 'zażółć %s', '100%% <%s> & ''quoted''', 'a_b\c,%s'])[1 + n % 6], n)
from generate_series(1, 24) n;

insert into {schema}._private_job_queues (id, queue_name, locked_at, locked_by) overriding system value
select 10000 + n, format((array['queue %s', 'QUEUE %s', 'queue "%s"', 'очередь %s'])[1 + n % 4], n),
  case n % 5 when 0 then now() - interval '10 minutes' when 1 then timestamptz '2991-01-01 00:00:00.25Z' end,
  case n % 5 when 0 then 'pool-' || n % 3 when 1 then 'graphile_worker_' || n % 4 end
from generate_series(1, 40) n;

insert into {schema}._private_workers (id, last_heartbeat_at, started_at, metadata)
select 'graphile_worker_' || n, now() - (array['0 s', '100 s', '20 min', '3 d']::interval[])[1 + n % 4] - n * interval '1 ms',
  timestamptz '2002-01-01 00:00:00Z' + n * interval '1.5 s',
  (array[null, '{"pid": 1}', '{"host": "h", "tags": ["a", null, 1.5]}', '[]']::jsonb[])[1 + n / 2 % 4]
from generate_series(0, 7) n;

insert into {schema}._private_jobs
  (id, task_id, job_queue_id, payload, priority, run_at, attempts, max_attempts, last_error,
   created_at, updated_at, key, locked_at, locked_by, revision, flags)
overriding system value
select 10000 + n,
  10001 + n % 24,
  case when n % 3 = 0 then 10001 + n % 40 end,
  (array[
    format('{"n": %s}', n), '{}', format('[%s, "two", {"three": 3}]', n), 'null', 'true', format('%s.5', n), '"text"', '[]',
    format('{"z": 1, "a": {"b": [1, 2, {"c": "ü \u00fc \" %s"}]}, "": ""}', n),
    format('{"html": "<script>alert(%s)</script>", "like": "100%% _ \\", "e": 1e3, "neg": -0.25}', n),
    format('{"long": "%s"}', repeat('x', 3000)), format('{"big": %s}', 9007199254740992 + n), format('{"emoji": "😀 %s"}', n)
  ])[1 + n % 13]::json,
  case when n % 17 = 0 then (n * 7919) % 65536 - 32768 else n % 11 - 5 end,
  case n % 6
    when 0 then timestamptz '2001-02-03 04:05:06Z' + n * interval '1.001001 s'
    when 1 then timestamptz '2991-02-03 04:05:06Z' - n * interval '1 d'
    when 2 then now() - n * interval '1 min' - interval '1 h'
    when 3 then now() + n * interval '1 min' + interval '1 h'
    when 4 then timestamptz '1969-12-31 23:59:59.999999Z'
    else timestamptz '2003-01-01 00:00:00Z' + n * interval '500 ms'
  end,
  (array[0, 0, 1, 3, 24, 25, 30])[1 + n % 7],
  (array[25, 1, 25, 5, 25, 25, 29])[1 + n % 7],
  case n % 8 when 0 then E'Error: it broke\n    at line ' || n when 1 then '' when 2 then 'ŻÓŁĆ 100% of a_b\c' end,
  timestamptz '2001-01-01 00:00:00Z' + n * interval '1 d',
  now() - n * interval '1 s',
  case when n % 4 = 0 then format('key:%s', n) when n % 4 = 1 and n % 3 = 0 then format('Ключ "%s" ', n) end,
  case n % 9 when 0 then now() - interval '1 h' when 1 then now() - interval '5 h' when 2 then timestamptz '2990-01-01 00:00:00Z' end,
  case when n % 9 < 3 then (array['graphile_worker_', 'pool-', 'nobody '])[1 + n % 9] || n % 4 end,
  n % 5,
  (array[null, '{}', '{"a": true}', '{"b": true, "a": true, "ü": true}']::jsonb[])[1 + n % 4]
from generate_series(1, 400) n;
