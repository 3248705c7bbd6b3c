/**
 * Does the schema keep the rules that let it run on one PostgreSQL and on a cluster alike? Read from the catalogue, so that
 * nothing has to be believed. And the schema as text, to read and to compare.
 *
 * The rules: docs/decisions/0015-one-schema.md says why; migrations/0001_homing.sql declares
 * a placement for each table: L local, R reference, D by bucket, V by a value of its own.
 */
import type pg from 'pg'

export interface Finding {
  table: string
  what: string
}

type Client = Pick<pg.Client, 'query'>

/** Each rule is a query that returns what breaks it: (table, what). `ours` are the tables with their placement. */
const rules: Readonly<Record<string, string>> = {
  'every table has a placement': `
    select name, 'no placement declared' from every where name not in (select name from placements)`,
  'every placement has its table': `
    select name, 'declared, but not there' from placements where name not in (select name from every)`,
  'bucket is an int that is never null': `
    select o.name, 'bucket is missing, nullable, or no int' from ours o where o.class = 'D' and not exists (
      select from pg_attribute a where a.attrelid = o.oid and a.attname = 'bucket' and a.attnotnull and a.atttypid = 'int4'::regtype and not a.attisdropped)`,
  'what a table is distributed by is never null': `
    select o.name, 'column ' || o.col || ' is missing or nullable' from ours o where o.class = 'V' and not exists (
      select from pg_attribute a where a.attrelid = o.oid and a.attname = o.col and a.attnotnull and not a.attisdropped)`,
  'every table of a cluster has a primary key': `
    select o.name, 'no primary key' from ours o where o.class <> 'L' and not exists (select from pg_index i where i.indrelid = o.oid and i.indisprimary)`,
  'bucket is the first column of the primary key and of every unique index': `
    select o.name, 'unique index ' || i.indexrelid::regclass || ' does not begin with ' || o.col from ours o join pg_index i on i.indrelid = o.oid
    where o.class in ('D', 'V') and (i.indisunique or i.indisexclusion) and not exists (
      select from pg_attribute a where a.attrelid = o.oid and a.attnum = i.indkey[0] and a.attname = o.col)`,
  'bucket is computed from the profile, by a check': `
    select o.name, 'no check that bucket = (profile_id & 255)' from ours o
    where o.class = 'D' and exists (select from pg_attribute a where a.attrelid = o.oid and a.attname = 'profile_id' and not a.attisdropped)
      and not exists (select from pg_constraint c where c.conrelid = o.oid and c.contype = 'c'
        and pg_get_constraintdef(c.oid) = 'CHECK ((bucket = (profile_id & (255)::bigint)))')`,
  'foreign keys lead from L to L or from D to D': `
    select f.conrelid::regclass::text, 'foreign key ' || f.conname || ' leads from ' || coalesce(a.class, '?') || ' to ' || coalesce(b.class, '?')
    from pg_constraint f left join ours a on a.oid = f.conrelid left join ours b on b.oid = f.confrelid
    where f.contype = 'f' and (a.oid is not null or b.oid is not null) and (a.class, b.class) is distinct from ('L', 'L') and (a.class, b.class) is distinct from ('D', 'D')`,
  'foreign keys between profiles have the bucket on both sides': `
    select o.name, 'foreign key ' || f.conname || ' has no bucket on both sides' from ours o join pg_constraint f on f.conrelid = o.oid and f.contype = 'f'
    where o.class = 'D' and not exists (
      select from unnest(f.conkey, f.confkey) as u (here, there)
      join pg_attribute p on p.attrelid = f.conrelid and p.attnum = u.here and p.attname = 'bucket'
      join pg_attribute q on q.attrelid = f.confrelid and q.attnum = u.there and q.attname = 'bucket')`,
  'no foreign key sets anything in a table by bucket': `
    select o.name, 'foreign key ' || f.conname || ' sets null, a default or a new key' from ours o join pg_constraint f on f.conrelid = o.oid and f.contype = 'f'
    where o.class = 'D' and (f.confdeltype in ('n', 'd') or f.confupdtype in ('n', 'd', 'c'))`,
  'no triggers': `
    select o.name, 'trigger ' || t.tgname from ours o join pg_trigger t on t.tgrelid = o.oid and not t.tgisinternal`,
  'no identity, sequence or computed column away from L': `
    select o.name, 'column ' || a.attname || ' fills itself' from ours o join pg_attribute a on a.attrelid = o.oid and a.attnum > 0 and not a.attisdropped
    left join pg_attrdef d on d.adrelid = o.oid and d.adnum = a.attnum
    where o.class <> 'L' and (a.attidentity <> '' or a.attgenerated <> '' or pg_get_expr(d.adbin, d.adrelid) ~ 'nextval')`,
  'no rules, no row security, no inheritance': `
    select o.name, 'a rule, row security or a parent' from ours o join pg_class c on c.oid = o.oid
    where c.relhasrules or c.relrowsecurity or c.relispartition or exists (select from pg_inherits h where h.inhrelid = o.oid)`,
  'times know their zone': `
    select o.name, 'column ' || a.attname || ' is a timestamp without time zone' from ours o
    join pg_attribute a on a.attrelid = o.oid and a.attnum > 0 and a.atttypid = 'timestamp'::regtype`,
  'money is no float': `
    select o.name, 'column ' || a.attname || ' is a float' from ours o join pg_attribute a on a.attrelid = o.oid and a.attnum > 0 and not a.attisdropped
    where a.atttypid in ('float4'::regtype, 'float8'::regtype, 'money'::regtype) and a.attname not like 'clock%'`,
}

/** migrate.ts makes it before any migration can declare a placement. */
const BOOKKEEPING = 'migrations'

/** Empty: all rules hold. `rule` names one of `rules`. */
export async function lintCatalogue(client: Client): Promise<(Finding & { rule: string })[]> {
  const found: (Finding & { rule: string })[] = []
  for (const [rule, query] of Object.entries(rules)) {
    const { rows } = await client.query<{ table: string; what: string }>(`
      with every as (select c.oid, c.relname::text as name from pg_class c
             where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace and c.relname <> '${BOOKKEEPING}'),
           ours as (select e.oid, p.name, p.class, p.col from every e join placements p on p.name = e.name)
      select "table", what from (${query}) as finding ("table", what) order by 1, 2`)
    for (const row of rows) found.push({ rule, ...row })
  }
  return found
}

export const ruleNames = Object.keys(rules)

/**
 * The schema as the migrations leave it, table by table: placement, columns, keys, checks, indexes; types, sequences and
 * functions. Text that a change of the schema changes in one place.
 */
export async function dumpSchema(client: Client): Promise<string> {
  const lines = async (query: string) => (await client.query<{ line: string }>(query)).rows.map(({ line }) => line)
  const types = await lines(`
    select format('create type %I as enum (%s);', t.typname, string_agg(quote_literal(e.enumlabel), ', ' order by e.enumsortorder)) as line
    from pg_type t join pg_enum e on e.enumtypid = t.oid group by t.typname order by 1`)
  const sequences = await lines(`
    select format('create sequence %I;', c.relname) as line from pg_class c
    where c.relkind = 'S' and c.relnamespace = 'public'::regnamespace
      and not exists (select from pg_depend d where d.objid = c.oid and d.deptype in ('a', 'i')) order by 1`)
  const functions = await lines(`
    select format('-- function %s(%s)', p.proname, pg_get_function_identity_arguments(p.oid)) as line from pg_proc p
    where p.pronamespace = 'public'::regnamespace order by 1`)
  const { rows: tables } = await client.query<{ name: string; placement: string }>(`
    select c.relname as name, coalesce(p.class || coalesce(' by ' || p.col, ''), 'bookkeeping') as placement
    from pg_class c left join placements p on p.name = c.relname
    where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace order by 1`)
  const blocks: string[] = []
  for (const { name, placement } of tables) blocks.push(await dumpTable(lines, name, placement))
  const head = `-- The schema as the migrations leave it: made by test/schema.db.test.ts, to read and to compare. Never edited by hand.
-- Placements: L local, R reference, D distributed by bucket, V distributed by a value of its own.`
  return `${[head, types.join('\n'), sequences.join('\n'), functions.join('\n'), ...blocks].filter(part => part !== '').join('\n\n')}\n`
}

async function dumpTable(
  lines: (query: string) => Promise<string[]>,
  name: string,
  placement: string,
): Promise<string> {
  const of = `'public.${name}'::regclass`
  const columns = await lines(`
    select format('  %s %s', quote_ident(a.attname), format_type(a.atttypid, a.atttypmod))
      || case when a.attidentity <> '' then ' generated by default as identity' else '' end
      || case when a.attnotnull then ' not null' else '' end
      || case when a.attgenerated <> '' then format(' generated always as (%s) stored', pg_get_expr(d.adbin, d.adrelid))
         else coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '') end as line
    from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where a.attrelid = ${of} and a.attnum > 0 and not a.attisdropped order by a.attnum`)
  const constraints = await lines(`
    select format('  constraint %s %s', quote_ident(conname), pg_get_constraintdef(oid)) as line from pg_constraint
    where conrelid = ${of} and contype in ('p', 'u', 'f', 'c', 'x') order by array_position(array['p', 'u', 'f', 'c', 'x'], contype::text), conname`)
  const indexes = await lines(`
    select pg_get_indexdef(indexrelid) || ';' as line from pg_index i where indrelid = ${of}
      and not exists (select from pg_constraint c where c.conindid = i.indexrelid and c.contype in ('p', 'u', 'x')) order by 1`)
  return [
    `-- ${placement}`,
    `create table ${name} (`,
    `${[...columns, ...constraints].join(',\n')}`,
    ');',
    ...indexes,
  ].join('\n')
}
