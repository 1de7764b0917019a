-- :name lock
select pg_advisory_xact_lock(:namespace::int, hashtext({literal}))

-- Shortens the later waits for locks, because workers queue behind a session that waits for a table lock.
-- :name short_waits
set local lock_timeout = '1500ms'

-- Sets the role until the end of the transaction. Returns no row if this role may not set it, or if the other role lacks
-- the privileges to create the objects.
-- :name become_owner
select set_config('role', r.rolname, true)
from pg_roles r
where r.rolname = :role
  and has_schema_privilege(r.oid, {literal}, 'create')
  and has_schema_privilege(r.oid, {literal}, 'usage')
  and case when current_setting('server_version_num')::int >= 160000 then pg_has_role(r.oid, 'set')
    else pg_has_role(r.oid, 'member') end

-- :name create_schema
create schema {schema}

-- :name create_migrations
create table {schema}.migrations (
  id integer not null,
  ts timestamptz not null default now(),
  breaking boolean not null default false,
  constraint migrations_pkey primary key (id)
)

-- If another migration records the same number concurrently, this fails with 23505, and migrate.py reads the state again.
-- :name record
insert into {schema}.migrations (id, breaking)
select m.id, m.id = any(:breaking::text[]::int[]) from unnest(:numbers::text[]::int[]) as m (id)

-- Roles that have a grant on the schema (or on the table of jobs, if PUBLIC has USAGE on the schema) and no privilege on
-- one of the tables or views, whether it exists or is created by this migration.
-- :name closed_to
select distinct r.rolname::text as role
from pg_namespace n
cross join unnest(:names::text[]) as made (name)
left join pg_class c on c.relnamespace = n.oid and c.relname = made.name
left join pg_class jobs on jobs.relnamespace = n.oid and jobs.relname = '_private_jobs'
cross join lateral (
  select s.grantee from aclexplode(n.nspacl) s where s.privilege_type = 'USAGE'
  union select j.grantee from aclexplode(jobs.relacl) j
) granted
join pg_roles r on r.oid = granted.grantee
where n.nspname = {literal}
  and has_schema_privilege(r.oid, n.oid, 'usage')
  and not pg_has_role(r.oid, coalesce(jobs.relowner, n.nspowner), 'usage')
  and (c.oid is null or not has_table_privilege(r.oid, c.oid, 'select'))
order by 1

-- The notification for Node's workers, which stop if `breaking` is true.
-- :name announce
select pg_notify('worker:migrate', json_build_object('migrationNumber', m.id, 'breaking', false)::text)
from unnest(:numbers::text[]::int[]) as m (id)
