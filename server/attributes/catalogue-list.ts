/** The attributes of a workspace as people look at them: how many profiles have each, what it holds, and what uses it. */
import type { AttributeType } from '../../core/attributes.ts'
import { tidyName } from '../../core/names.ts'
import { problem } from '../../core/problems.ts'
import { audit } from '../access/audit.ts'
import { everyBucket } from '../platform/db/buckets.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { removeAttribute } from '../profiles/catalogue.ts'
import { fromBeforeFreeze } from '../segments/before-freeze.ts'
import { changeNames } from '../segments/names-lock.ts'
import { type Acting, inWords, usersOf } from '../segments/saved.ts'

export interface AttributeUser {
  kind: 'segment' | 'activity' | 'import'
  id: number
  name: string
}

export interface CataloguedAttribute {
  name: string
  /** null: it is shown by its name */
  label: string | null
  type: AttributeType
  archivedAt: Date | null
  createdAt: Date
  profiles: number
  samples: string[]
  /** segments, texts of activities that have not started, imports under way */
  uses: number
}

const sampledProfiles = 2000
const samplesShown = 3

export async function readCatalogue(db: Db, workspaceId: number): Promise<CataloguedAttribute[]> {
  const attributes = await db.query<Omit<CataloguedAttribute, 'profiles' | 'samples' | 'uses'>>(
    sql`select name, label, type, archived_at as "archivedAt", created_at as "createdAt" from attributes where workspace_id = ${workspaceId}
      order by archived_at is not null, lower(name), name limit 2000`,
  )
  const counts = await db.query<{ name: string; n: number }>(sql`
    select /* fanout */ k.name, count(*) as n from profiles p cross join lateral jsonb_object_keys(p.attrs) k (name)
    where p.workspace_id = ${workspaceId} and p.bucket = ${everyBucket} and p.attrs <> '{}' and p.erased_at is null group by k.name`)
  const samples = await db.query<{ name: string; samples: string[] }>(sql`
    select s.name, (array_agg(distinct left(s.given, 60)))[1:${samplesShown}::int] as samples
    from (select /* fanout */ a.key as name, coalesce(q.written ->> a.key, a.value) as given
      from (select p.attrs, p.written from profiles p
        where p.workspace_id = ${workspaceId} and p.bucket = ${everyBucket} and p.attrs <> '{}' and p.erased_at is null limit ${sampledProfiles}) q
      cross join lateral jsonb_each_text(q.attrs) a (key, value)) s group by s.name`)
  const uses = await countUses(db, workspaceId)
  const countOf = new Map(counts.map(({ name, n }) => [name, n]))
  const samplesOf = new Map(samples.map(row => [row.name, row.samples]))
  return attributes.map(attribute => ({
    ...attribute,
    profiles: countOf.get(attribute.name) ?? 0,
    samples: samplesOf.get(attribute.name) ?? [],
    uses: uses(attribute.name),
  }))
}

interface Text {
  id: number
  name: string
  body: string
  /** that its frozen Send to asks */
  fields: string[]
}

/** Of activities that have not started, with their reminders: what is written, and what was frozen at scheduling. */
function readTexts(db: Db, workspaceId: number): Promise<Text[]> {
  return db.query<Text>(sql`
    select a.id, a.name, concat_ws(' ', a.content::text, a.reminder ->> 'body', (v.settings -> 'content')::text) as body,
      coalesce(jsonb_path_query_array(v.settings, '$.sendTo.selection.tree.**.items[*].field'), '[]'::jsonb) as fields
    ${fromBeforeFreeze(workspaceId)} order by a.id limit 10000`)
}

const isIn = ({ body, fields }: Text, name: string) =>
  body.includes(`##${name}##`) || body.includes(`##${name}|`) || fields.includes(`attr:${name}`)

async function countUses(db: Db, workspaceId: number): Promise<(name: string) => number> {
  const texts = await readTexts(db, workspaceId)
  const segments = await db.query<{ name: string; n: number }>(
    sql`select r.ref as name, count(*) as n from segment_refs r join segments s on s.id = r.segment_id
      where r.kind = 'attribute' and s.workspace_id = ${workspaceId} group by r.ref`,
  )
  const found = new Map(segments.map(({ name, n }) => [name, n]))
  return name => (found.get(name) ?? 0) + texts.filter(text => isIn(text, name)).length
}

/** At most 20 of each kind. */
export async function usersOfAttribute(db: Db, workspaceId: number, name: string): Promise<AttributeUser[]> {
  const segments = await usersOf(db, workspaceId, 'attribute', name)
  const texts = (await readTexts(db, workspaceId)).filter(text => isIn(text, name)).slice(0, 20)
  const imports = await db.query<{ id: number; name: string }>(
    sql`select i.id, i.file_name as name from imports i where i.workspace_id = ${workspaceId} and i.state in ('waiting', 'running')
      and exists (select from jsonb_object_keys(i.options -> 'map') k (key) where split_part(k.key, ':', 1) in (${name}, 'attr.' || ${name}::text))
      order by i.id limit 20`,
  )
  return [
    ...segments,
    ...texts.map(({ id, name: of }) => ({ kind: 'activity' as const, id, name: of })),
    ...imports.map(row => ({ kind: 'import' as const, ...row })),
  ]
}

/** Throws not_found. */
export async function readAttributeUses(db: Db, workspaceId: number, name: string): Promise<AttributeUser[]> {
  const [known] = await db.query(sql`select from attributes where workspace_id = ${workspaceId} and name = ${name}`)
  if (known === undefined) throw problem('not_found', { what: 'attribute' })
  return usersOfAttribute(db, workspaceId, name)
}

export interface AttributeEdit {
  /** null or empty: it is shown by its name */
  label?: string | null | undefined
  archived?: boolean | undefined
}

/** Its name in texts, segments and the API stays. Throws not_found. */
export async function editAttribute(
  db: Database,
  name: string,
  { label, archived }: AttributeEdit,
  { workspaceId, actor, now }: Acting,
): Promise<void> {
  await db.tx(async tx => {
    const [before] = await tx.query<{ label: string | null; archivedAt: Date | null }>(
      sql`select label, archived_at as "archivedAt" from attributes where workspace_id = ${workspaceId} and name = ${name} for update`,
    )
    if (before === undefined) throw problem('not_found', { what: 'attribute' })
    const wanted = label === undefined ? before.label : tidyName(label ?? '') || null
    const archivedAt = (archived ?? before.archivedAt !== null) ? (before.archivedAt ?? now) : null
    await tx.run(
      sql`update attributes set label = ${wanted}, archived_at = ${archivedAt} where workspace_id = ${workspaceId} and name = ${name}`,
    )
    const fields = [
      ...(wanted === before.label ? [] : ['label']),
      ...((archivedAt === null) === (before.archivedAt === null) ? [] : ['archived']),
    ]
    if (fields.length === 0) return
    const subject = `attribute ${name}`
    await audit(tx, { workspaceId, actor, action: 'attribute.change', subject, details: { name, fields } }, now)
  })
}

/** With the values of the few profiles that have it. Throws not_found, attribute_used, attribute_in_use. */
export function removeUnusedAttribute(
  db: Database,
  name: string,
  { workspaceId, actor, now }: Acting,
): Promise<{ profiles: number }> {
  return removeAttribute(db, { workspaceId, name, actor }, now, async tx => {
    await changeNames(tx, workspaceId)
    const users = await usersOfAttribute(tx, workspaceId, name)
    if (users.length > 0) throw problem('attribute_in_use', { name, users: inWords(users) })
  })
}
