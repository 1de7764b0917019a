-- What PostgreSQL itself counts about a table. Read by its functions: the views of statistics sum up every index first.

-- :name counters
select
  pg_stat_get_tuples_inserted(c.oid) as inserted,
  pg_stat_get_tuples_deleted(c.oid) as deleted,
  c.oid::text || coalesce(' ' || pg_stat_get_db_stat_reset_time(d.oid)::text, '') as since
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
join pg_database d on d.datname = current_database()
where n.nspname = {literal} and c.relname = '_private_jobs'
  and current_setting('track_counts')::boolean and not pg_is_in_recovery()
