-- The privileges of this role, read from the system catalogs. The statements need no privilege and read no table of the
-- schema.

-- :name role
select
  current_user::text as role,
  quote_ident(current_user) as quoted_role,
  current_database()::text as database,
  quote_ident(current_database()) as quoted_database,
  current_setting('server_version') as server_version,
  extract(epoch from clock_timestamp())::float8 as clock,
  has_database_privilege(current_database(), 'create') as can_create_schema,
  coalesce((select pg_has_role(r.oid, 'usage') from pg_roles r where r.rolname = 'pg_read_all_stats'), false)
    or (select r.rolsuper from pg_roles r where r.rolname = current_user) as sees_sessions,
  n.oid is not null and has_schema_privilege(n.oid, 'usage') as can_use_schema,
  n.oid is not null and has_schema_privilege(n.oid, 'create') as can_create_in_schema,
  pg_get_userbyid(n.nspowner)::text as owner
from (values (1)) one
left join pg_namespace n on n.nspname = {literal}

-- The source of default_transaction_read_only, and the settings of roles and databases that apply to this login, in
-- descending precedence.
-- :name read_only
select
  (select s.source from pg_settings s where s.name = 'default_transaction_read_only') as source,
  pg_get_userbyid(nullif(d.setrole, 0))::text as role,
  case when d.setdatabase <> 0 then current_database()::text end as database,
  split_part(c.setting, '=', 2)::boolean as on
from (values (1)) one
left join (
  pg_db_role_setting d join lateral unnest(d.setconfig) as c (setting) on c.setting like 'default\_transaction\_read\_only=%'
) on d.setrole in (0, (select r.oid from pg_roles r where r.rolname = session_user))
  and d.setdatabase in (0, (select b.oid from pg_database b where b.datname = current_database()))
order by d.setrole = 0, d.setdatabase = 0

-- One row per table and privilege: `granted` = the role has it, `open` = row-level security hides no row from it. `open`
-- needs a permissive policy for this role whose expression is `true`, and no restrictive policy with another expression.
-- :name privileges
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
  case c.relkind when 'v' then 'view' when 'S' then 'sequence' else 'table' end as kind,
  c.relname::text as name,
  format('%I.%I', n.nspname, c.relname) as quoted,
  pg_get_userbyid(c.relowner)::text as owner,
  pg_has_role(c.relowner, 'usage') as owned,
  c.relrowsecurity as has_row_security,
  c.relforcerowsecurity as forced,
  access.privilege,
  case when c.relkind = 'S' then has_sequence_privilege(c.oid, 'select, usage')
    else has_table_privilege(c.oid, access.privilege) end as granted,
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
join (values ('select', 'r'), ('insert', 'a'), ('update', 'w'), ('delete', 'd')) access (privilege, command)
  on c.relkind <> 'S' or access.privilege = 'select'
where n.nspname = {literal} and c.relkind in ('r', 'p', 'v', 'S')
union all
select
  'function',
  p.proname::text,
  format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)),
  pg_get_userbyid(p.proowner)::text,
  pg_has_role(p.proowner, 'usage'),
  false,
  false,
  'execute',
  bool_and(has_function_privilege(p.oid, 'execute')) over (partition by p.proname),
  false,
  true
from pg_proc p
join pg_namespace n on n.oid = p.pronamespace
where n.nspname = {literal}
order by name, quoted, privilege

-- Taken before any row lock. A session that waits for a stronger table lock, such as a migration, then queues behind this
-- transaction. Between the row locks and the update it would cause a deadlock with a worker that waits for one of the
-- rows.
-- :name intent
lock table {schema}._private_jobs in row exclusive mode
