-- Besides the rows of tests/contract/seed.sql: what a setting may show in another way. {schema} is filled in.
insert into {schema}._private_jobs
  (id, task_id, job_queue_id, payload, priority, run_at, attempts, max_attempts, last_error,
   created_at, updated_at, key, locked_at, locked_by, revision, flags)
overriding system value values
  (101, 1, null, '{"city": "北", "path": "C:\\temp\\n"}', 0, '-infinity', 0, 25, null,
   '0044-03-15 12:00:00.25+00 BC', '2001-01-01 00:00:00+00', E'k\\1 北 ''"', null, null, 0, '{"北": true, "NULL": true}'),
  (102, 1, null, '{"amount": 12345678901234567890.12345678901234567890, "tiny": 1e-300}', 32767, 'infinity', 0, 32767, null,
   '-infinity', 'infinity', null, null, null, 2147483647, null),
  (103, 2, 3, '"\\u0000 is escaped"', -32768, '12026-01-01 00:00:00.000001+00', 1, 25, E'line\n\ttab \\ back'' "',
   '2001-10-28 01:30:00.123456+00', '2001-03-25 01:30:00+00', null, null, null, 1, null),
  (104, 2, 2, '[1e400, "é", "\\"]', 1, '2001-02-03 04:05:06+00', 25, 25, 'SMTP 551 mailbox 北',
   '2001-02-03 04:05:06.100+00', '2001-02-03 04:05:06+00', null, null, null, 1, '{"eu": true}'),
  (105, 3, null, '{}', 1, '2001-03-02 00:00:00+00', 1, 25, null,
   '2001-02-03 00:00:00+00', '2001-02-03 00:00:00+00', 'null', '0044-03-15 12:00:00+00 BC', E'worker \\ 北', 1, null);

-- A search path that leads here first finds these.
create schema decoy;
create function decoy.now() returns timestamptz language sql as $$ select '1999-01-01 00:00:00+00'::timestamptz $$;
create function decoy.lower(text) returns text language sql as $$ select 'decoy' $$;
create function decoy.quote_ident(name) returns text language sql as $$ select 'decoy' $$;
create function decoy.isfinite(timestamptz) returns boolean language sql as $$ select false $$;
create function decoy.same(text, text) returns boolean language sql as $$ select true $$;
create operator decoy.= (leftarg = text, rightarg = text, function = decoy.same);
create table decoy.pg_class (oid oid, relname name, relnamespace oid, relkind "char");
create table decoy.pg_namespace (oid oid, nspname name, nspowner oid);
grant usage on schema decoy to public;
grant select on all tables in schema decoy to public;
