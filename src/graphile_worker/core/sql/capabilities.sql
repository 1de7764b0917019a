-- What this role may do here, asked of the catalog: these statements need no right and touch no row.

-- :name role
select
  current_user::text as role,
  quote_ident(current_user) as quoted_role,
  current_database()::text as database,
  quote_ident(current_database()) as quoted_database,
  current_setting('server_version') as server_version,
  extract(epoch from clock_timestamp())::float8 as clock,
  has_database_privilege(current_database(), 'create') as may_create_schema,
  coalesce((select pg_has_role(r.oid, 'usage') from pg_roles r where r.rolname = 'pg_read_all_stats'), false)
    or (select r.rolsuper from pg_roles r where r.rolname = current_user) as sees_sessions,
  n.oid is not null and has_schema_privilege(n.oid, 'usage') as may_use_schema,
  pg_get_userbyid(n.nspowner)::text as owner,
  n.oid is null or (
    pg_has_role(n.nspowner, 'usage')
    and coalesce((
      select bool_and(pg_has_role(c.relowner, 'usage')) from pg_class c where c.relnamespace = n.oid and c.relkind = 'r'
    ), true)
  ) as owns
from (values (1)) one
left join pg_namespace n on n.nspname = {literal}

-- One row per table and kind of access: is it granted, and does row security leave every row open to it?
-- A policy counts where it is `true` for this role; anything else may hide rows, and a restrictive one always may.
-- :name rights
with policy as (
  select
    p.polrelid,
    p.polcmd::text as command,
    p.polpermissive as permissive,
    case p.polcmd when 'a' then pg_get_expr(p.polwithcheck, p.polrelid)
      else pg_get_expr(p.polqual, p.polrelid) end = 'true'
      and coalesce(pg_get_expr(p.polwithcheck, p.polrelid), 'true') = 'true' as open
  from pg_policy p
  where p.polroles = '{0}' or exists (select from unnest(p.polroles) r where pg_has_role(r, 'usage'))
)
select
  c.relname::text as name,
  access.verb,
  has_table_privilege(c.oid, access.verb) as granted,
  row_security_active(c.oid) as secured,
  not row_security_active(c.oid) or (
    exists (
      select from policy p
      where p.polrelid = c.oid and p.permissive and p.open and p.command in ('*', access.command)
    )
    and not exists (
      select from policy p
      where p.polrelid = c.oid and not p.permissive and not coalesce(p.open, false)
        and p.command in ('*', access.command)
    )
  ) as open
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
cross join (values ('select', 'r'), ('insert', 'a'), ('update', 'w'), ('delete', 'd')) access (verb, command)
where n.nspname = {literal} and c.relkind in ('r', 'p', 'v')
union all
select p.proname::text, 'execute', bool_and(has_function_privilege(p.oid, 'execute')), false, true
from pg_proc p
join pg_namespace n on n.oid = p.pronamespace
where n.nspname = {literal}
group by p.proname

-- Said before any row is locked: whoever waits for the table (a migration) then stands behind us, and never between our
-- row locks and our update, where a worker that waits for one of the rows would close the circle.
-- :name intent
lock table {schema}._private_jobs in row exclusive mode
