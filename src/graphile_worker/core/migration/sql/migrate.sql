-- :name lock
select pg_advisory_xact_lock(:namespace::int, hashtext({literal}))

-- Our own later waits are short: whoever waits for a table lock makes the workers behind it wait too.
-- :name short_waits
set local lock_timeout = '1500ms'

-- Until the end of the transaction; no row where this role may not, or the other could not make anything.
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

-- A number that somebody else records at the same time ends this with 23505: there is less to do than we thought.
-- :name record
insert into {schema}.migrations (id, breaking)
select m.id, m.id = any(:breaking::text[]::int[]) from unnest(:numbers::text[]::int[]) as m (id)

-- Roles with a grant on the schema, or on the jobs where the schema is open to everybody, to which one of the tables or
-- views is closed, or will be once it is made.
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

-- What Node's workers listen to; they end themselves when `breaking` is true.
-- :name announce
select pg_notify('worker:migrate', json_build_object('migrationNumber', m.id, 'breaking', false)::text)
from unnest(:numbers::text[]::int[]) as m (id)
