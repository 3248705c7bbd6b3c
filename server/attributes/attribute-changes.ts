/**
 * A change of an attribute's type: shown first (what would not convert), then done by the workers bucket by bucket (run-attribute-changes.ts). The
 * catalogue has the new type from the start, under the lock of the profiles, so that imports and calls write values of it. Each changed value is
 * kept as it was for 30 days: undo restores exactly those. Afterwards the written forms are still there.
 */
import type { AttributeType } from '../../core/attributes.ts'
import { problem } from '../../core/problems.ts'
import { audit } from '../access/audit.ts'
import { type CellSurroundings, styleOf } from '../imports/typed-cells.ts'
import { bucketsFrom, everyBucket } from '../platform/db/buckets.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { lockProfiles } from '../profiles/locks.ts'
import { changeNames } from '../segments/names-lock.ts'
import { type Acting, inWords } from '../segments/saved.ts'
import { type AttributeUser, usersOfAttribute } from './catalogue-list.ts'
import { convert, givenOf, type ReadStyle, type StoredValue } from './convert.ts'

export const changeKeptDays = 30

export interface AttributeChange {
  id: number
  name: string
  from: AttributeType
  to: AttributeType
  actor: string
  state: 'running' | 'done' | 'failed' | 'undoing' | 'undone'
  /** of 256 */
  bucket: number
  undoBucket: number
  converted: number
  unread: number
  restored: number
  /** why it failed */
  problem: { title: string; fix: string } | null
  createdAt: Date
  finishedAt: Date | null
}

const columns = sql`c.id, c.name, c.from_type as "from", c.to_type as "to", c.actor, c.state, c.bucket, c.undo_bucket as "undoBucket", c.converted,
  c.unread, c.restored, c.problem, c.created_at as "createdAt", c.finished_at as "finishedAt"`

export interface TypeAsked {
  name: string
  to: AttributeType
  /** of numbers and dates; what is missing follows from the values */
  decimal?: ',' | '.' | undefined
  dayFirst?: boolean | undefined
}

export interface TypePreview {
  from: AttributeType
  profiles: number
  converted: number
  /** values that are none of the new type */
  unread: number
  /** some of them, as written */
  unreadSamples: string[]
  /** some of the others */
  samples: { given: string; read: string }[]
  style: ReadStyle & { guessed: boolean }
  uses: AttributeUser[]
}

const shownSamples = 10
const styledValues = 1000
const shownCharacters = 80

/** Reads all values, as the change would. Throws not_found, attribute_type_same. */
export async function previewType(db: Database, asked: TypeAsked, workspaceId: number): Promise<TypePreview> {
  const from = await typeOf(db, workspaceId, asked)
  const style = await styleFor(db, workspaceId, asked)
  const preview: TypePreview = {
    from,
    profiles: 0,
    converted: 0,
    unread: 0,
    unreadSamples: [],
    samples: [],
    style,
    uses: await usersOfAttribute(db, workspaceId, asked.name),
  }
  const read = new Set<string>()
  for (let bucket = 0; bucket < 256; bucket += 16) {
    for (const stored of await valuesIn(db, workspaceId, asked.name, bucketsFrom(bucket, bucket + 15))) {
      const { value } = convert(stored, asked.to, style)
      const given = givenOf(stored).slice(0, shownCharacters)
      preview.profiles++
      if (value === null) {
        preview.unread++
        if (preview.unreadSamples.length < shownSamples && !preview.unreadSamples.includes(given))
          preview.unreadSamples.push(given)
      } else {
        preview.converted++
        if (preview.samples.length < shownSamples && !read.has(given)) {
          read.add(given)
          preview.samples.push({ given, read: String(value).slice(0, shownCharacters) })
        }
      }
    }
  }
  return preview
}

/** Throws not_found, attribute_type_same. */
async function typeOf(db: Db, workspaceId: number, { name, to }: TypeAsked): Promise<AttributeType> {
  const [row] = await db.query<{ type: AttributeType }>(
    sql`select type from attributes where workspace_id = ${workspaceId} and name = ${name}`,
  )
  if (row === undefined) throw problem('not_found', { what: 'attribute' })
  if (row.type === to) throw problem('attribute_type_same', { name, type: to })
  return row.type
}

/** A text is read as its column of a list would be. */
async function styleFor(db: Db, workspaceId: number, asked: TypeAsked): Promise<ReadStyle & { guessed: boolean }> {
  const rows = await db.query<{ given: string; country: string }>(sql`
    select coalesce(p.written ->> ${asked.name}, p.attrs ->> ${asked.name}) as given, w.default_country as country
    from profiles p join workspaces w on w.id = p.workspace_id
    where p.workspace_id = ${workspaceId} and p.bucket = ${everyBucket} and p.attrs ? ${asked.name} limit ${styledValues}`)
  const around: CellSurroundings = { separator: '', country: rows[0]?.country ?? '' }
  const found = styleOf(
    rows.map(({ given }) => given),
    around,
  )
  return {
    decimal: asked.decimal ?? found.decimal,
    dayFirst: asked.dayFirst ?? found.dayFirst,
    guessed: found.guessed && asked.decimal === undefined && asked.dayFirst === undefined,
  }
}

export type ValueOfProfile = StoredValue & { profileId: number }

/** Values of unerased profiles; locked ones too, as a value of the old type would be none. */
export function valuesIn(
  db: Db,
  workspaceId: number,
  name: string,
  buckets: ReturnType<typeof bucketsFrom>,
): Promise<ValueOfProfile[]> {
  return db.query<ValueOfProfile>(sql`
    select p.profile_id as "profileId", p.attrs -> ${name} as value, p.written ->> ${name} as written from profiles p
    where p.workspace_id = ${workspaceId} and p.bucket = ${buckets} and p.attrs ? ${name} and p.erased_at is null`)
}

/** Throws not_found, attribute_type_same, attribute_in_use (unless `evenIfUsed`), conflict. */
export async function changeType(
  db: Database,
  { evenIfUsed, ...asked }: TypeAsked & { evenIfUsed: boolean },
  { workspaceId, actor, now }: Acting,
): Promise<AttributeChange> {
  return db.tx(async tx => {
    await lockProfiles(tx, workspaceId)
    await changeNames(tx, workspaceId)
    const from = await typeOf(tx, workspaceId, asked)
    const { guessed: _, ...style } = await styleFor(tx, workspaceId, asked)
    const uses = await usersOfAttribute(tx, workspaceId, asked.name)
    if (uses.length > 0 && !evenIfUsed) throw problem('attribute_in_use', { name: asked.name, users: inWords(uses) })
    await refuseOpen(tx, workspaceId, asked.name)
    await tx.run(
      sql`update attributes set type = ${asked.to} where workspace_id = ${workspaceId} and name = ${asked.name}`,
    )
    const [change] = await tx.query<AttributeChange>(sql`
      insert into attribute_changes as c (workspace_id, name, from_type, to_type, style, actor, created_at, stepped_at)
      values (${workspaceId}, ${asked.name}, ${from}, ${asked.to}, ${JSON.stringify(style)}::jsonb, ${actor}, ${now}, ${new Date()}) returning ${columns}`)
    const details = { name: asked.name, from, to: asked.to }
    await audit(tx, { workspaceId, actor, action: 'attribute.type', subject: `attribute ${asked.name}`, details }, now)
    return change!
  })
}

async function refuseOpen(tx: Db, workspaceId: number, name: string): Promise<void> {
  const [open] = await tx.query(
    sql`select from attribute_changes where workspace_id = ${workspaceId} and name = ${name} and state in ('running', 'undoing')`,
  )
  if (open !== undefined) throw problem('attribute_changing', { name })
}

/** Newest first: the last 100. */
export function listAttributeChanges(db: Db, workspaceId: number): Promise<AttributeChange[]> {
  return db.query<AttributeChange>(
    sql`select ${columns} from attribute_changes c where c.workspace_id = ${workspaceId} order by c.id desc limit 100`,
  )
}

/** Throws not_found. */
export async function getAttributeChange(db: Db, workspaceId: number, id: number): Promise<AttributeChange> {
  const [change] = await db.query<AttributeChange>(
    sql`select ${columns} from attribute_changes c where c.workspace_id = ${workspaceId} and c.id = ${id}`,
  )
  if (change === undefined) throw problem('not_found', { what: 'change of an attribute' })
  return change
}

/** One that is under way stops. Only the latest change of an attribute is undone. Throws not_found, attribute_change_old, attribute_changing. */
export async function undoType(
  db: Database,
  id: number,
  { workspaceId, actor, now }: Acting,
): Promise<AttributeChange> {
  return db.tx(async tx => {
    await lockProfiles(tx, workspaceId)
    const before = await getAttributeChange(tx, workspaceId, id)
    if (before.state === 'undoing' || before.state === 'undone') return before
    const [later] = await tx.query(
      sql`select from attribute_changes where workspace_id = ${workspaceId} and name = ${before.name} and id > ${id} and state <> 'undone'`,
    )
    if (later !== undefined || isPastUndo(before, now)) throw problem('attribute_change_old', { days: changeKeptDays })
    const known = await tx.run(
      sql`update attributes set type = ${before.from} where workspace_id = ${workspaceId} and name = ${before.name}`,
    )
    if (known === 0) throw problem('not_found', { what: 'attribute' })
    await tx.run(
      sql`update attribute_changes set state = 'undoing', problem = null, finished_at = null where workspace_id = ${workspaceId} and id = ${id}`,
    )
    const subject = `attribute ${before.name}`
    await audit(tx, { workspaceId, actor, action: 'attribute.type_undo', subject, details: { name: before.name } }, now)
    return getAttributeChange(tx, workspaceId, id)
  })
}

export const isPastUndo = ({ createdAt }: Pick<AttributeChange, 'createdAt'>, now: Date): boolean =>
  now.getTime() - createdAt.getTime() > changeKeptDays * 86_400_000
