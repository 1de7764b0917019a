-- The objects of a schema, read from the system catalogs, which needs no privilege on the schema.

-- One row: the server's version, the objects, and which functions have which features.
-- :name catalog
with space as (
  select n.oid from pg_namespace n where n.nspname = {literal}
), relation as (
  select c.oid, c.relname as name, c.relkind as kind, c.relrowsecurity as secured
  from pg_class c join space s on c.relnamespace = s.oid
), code as (
  select
    p.proname as name,
    p.prosrc as source,
    p.proname || '(' || (
      select coalesce(string_agg(coalesce((
        select replace(t.typname, '_job_spec', 'job_spec[]') from pg_type t where t.oid = a.type and t.typnamespace = s.oid
      ), format_type(a.type, null)), ',' order by a.place), '')
      from unnest(p.proargtypes::oid[]) with ordinality as a (type, place)
    ) || ')' as signature
  from pg_proc p join space s on p.pronamespace = s.oid
)
select
  current_setting('server_version_num')::int as server_version,
  pg_is_in_recovery() as in_recovery,
  pg_is_in_recovery() or current_setting('default_transaction_read_only')::boolean as read_only,
  exists (select from space) as schema_exists,
  array(select r.name::text from relation r where r.kind in ('r', 'p') order by 1) as tables,
  array(select r.name::text from relation r where r.kind in ('v', 'm', 'f', 'c') order by 1) as others,
  array(select r.name::text from relation r where r.kind = 'i' order by 1) as indexes,
  array(select r.name::text from relation r where r.secured order by 1) as secured,
  array(select c.signature from code c order by 1) as functions,
  array(
    select distinct c.signature
    from code c
    cross join regexp_matches(c.source, E'("(?:[^"]|"")+"|[[:alpha:]_][[:alnum:]_$]*)[.]"?(\\w+)"?', 'g') as said (words)
    where said.words[1] not in ({literal}, quote_ident({literal}), '"' || replace({literal}, '"', '""') || '"')
      and (said.words[2] like '\_private\_%' or exists (select from code f where f.name = said.words[2]))
    order by 1
  ) as functions_elsewhere,
  array(select c.name::text from code c where c.source like '%\_private\_job\_retirements%' order by 1)
    as retirement_functions,
  coalesce((select bool_or(c.source like '%pg\_advisory\_xact\_lock%') from code c where c.name = 'add_jobs'), false)
    as keyed_adds_protected,
  coalesce((select bool_or(c.source ~* 'not\s+exists') from code c where c.name = 'add_jobs'), false)
    as adds_missing_only,
  array(
    select a.attname || ' ' || format_type(a.atttypid, null)
    from pg_attribute a join relation r on r.oid = a.attrelid
    where r.name = 'migrations' and a.attnum > 0 and not a.attisdropped
    order by 1
  ) as migrations_columns,
  array(
    select r.name || '.' || a.attname
    from pg_attribute a join relation r on r.oid = a.attrelid
    where r.name like '\_private\_%' and r.kind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
    order by 1
  ) as columns,
  exists (
    select from pg_trigger t join relation r on r.oid = t.tgrelid
    where r.name = '_private_jobs' and t.tgname = '_900_after_insert'
  ) as has_insert_trigger,
  coalesce((
    select has_schema_privilege(s.oid, 'usage') and has_table_privilege(r.oid, 'select') and (
      not row_security_active(r.oid) or coalesce((
        select bool_or(p.polpermissive and pg_get_expr(p.polqual, p.polrelid) = 'true') and bool_and(p.polpermissive)
        from pg_policy p
        where p.polrelid = r.oid and p.polcmd in ('*', 'r')
          and (p.polroles = '{0}' or exists (select from unnest(p.polroles) u where pg_has_role(u, 'usage')))
      ), false)
    )
    from relation r, space s
    where r.name = 'migrations' and r.kind in ('r', 'p')
  ), true) as migrations_readable

-- :name migrations
select m.id, m.breaking from {schema}.migrations m order by m.id

-- For a table of migrations without the column `breaking`.
-- :name migrations_without_breaking
select m.id, m.id in (1, 3, 11, 13, 14, 16) as breaking from {schema}.migrations m order by m.id
