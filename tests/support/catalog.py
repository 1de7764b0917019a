"""A schema as the catalog describes it: everything a peer can depend on except the functions' bodies."""

from __future__ import annotations

import json
from pathlib import Path

from graphile_worker.core.database.transactions import Pool

# Recorded from a database made by the reference's own 22 migrations.
STATE_22 = json.loads(Path(__file__).with_name("catalog_22.json").read_text())
# Gives the tables their names from before migration 16.
OLD_NAMES = (
    "drop view {s}.jobs; alter table {s}._private_jobs rename to jobs;"
    " alter table {s}._private_job_queues rename to job_queues; alter table {s}._private_tasks rename to tasks"
)
# $1 = oid of the schema, $2 = its name, which is taken out of every definition.
_ASPECTS = {
    "relations": """
        select format('%s %s rls=%s forced=%s options=%s', relname, relkind, relrowsecurity, relforcerowsecurity,
          array_to_string(reloptions, ','))
        from pg_class where relnamespace = $1 and relkind <> 'i' and $2::text is not null""",
    "columns": """
        select format('%s.%s %s %s required=%s identity=%s generated=%s default=%s', c.relname, a.attnum, a.attname,
          format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated,
          replace(pg_get_expr(d.adbin, d.adrelid), $2, ''))
        from pg_attribute a
        join pg_class c on c.oid = a.attrelid
        left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
        where c.relnamespace = $1 and a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'v', 'c')""",
    "constraints": """
        select format('%s %s', conname, replace(pg_get_constraintdef(oid), $2, ''))
        from pg_constraint where connamespace = $1 and contype <> 'n'""",
    "indexes": """
        select replace(pg_get_indexdef(oid), $2, '') from pg_class
        where relnamespace = $1 and relkind = 'i'""",
    "sequences": """
        select format('%s %s %s..%s by %s cycle=%s cache=%s from %s of %s', c.relname, s.seqtypid::regtype, s.seqmin,
          s.seqmax, s.seqincrement, s.seqcycle, s.seqcache, s.seqstart, (
            select o.relname || '.' || a.attname
            from pg_depend d
            join pg_class o on o.oid = d.refobjid
            join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
            where d.objid = c.oid and d.deptype = 'i'))
        from pg_sequence s join pg_class c on c.oid = s.seqrelid
        where c.relnamespace = $1 and $2::text is not null""",
    "functions": """
        select format('%s(%s) returns %s language %s volatile=%s strict=%s definer=%s parallel=%s cost=%s rows=%s set=%s',
          p.proname, replace(pg_get_function_arguments(p.oid), $2, ''), replace(pg_get_function_result(p.oid), $2, ''),
          l.lanname, p.provolatile, p.proisstrict, p.prosecdef, p.proparallel, p.procost, p.prorows, p.proconfig)
        from pg_proc p join pg_language l on l.oid = p.prolang where p.pronamespace = $1""",
    "triggers": """
        select t.tgname::text from pg_trigger t join pg_class c on c.oid = t.tgrelid
        where c.relnamespace = $1 and not t.tgisinternal and $2::text is not null""",
    "policies": """
        select p.polname::text from pg_policy p join pg_class c on c.oid = p.polrelid
        where c.relnamespace = $1 and $2::text is not null""",
}


async def catalog(pool: Pool, schema: str = "graphile_worker") -> dict[str, list[str]]:
    """Sorted descriptions by aspect, without the name of the schema."""
    oid = await pool.fetchval("select oid from pg_namespace where nspname = $1", schema)
    quoted = await pool.fetchval("select quote_ident($1)", schema)
    return {
        aspect: sorted([row[0] for row in await pool.fetch(query, oid, f"{quoted}.")])
        for aspect, query in _ASPECTS.items()
    }


async def migrations(pool: Pool) -> dict[int, bool]:
    """The recorded migrations of the default schema: number -> breaking."""
    rows = await pool.fetch("select id, breaking from graphile_worker.migrations order by id")
    return {row["id"]: row["breaking"] for row in rows}
