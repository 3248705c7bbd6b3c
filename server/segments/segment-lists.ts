/**
 * Lists of people that become frozen segments. A list is checked as far as its beginning shows what is wrong, and kept as a row; run-segment-list.ts
 * does the rest. Each entry of a list is one of three: it matched somebody, it repeats an earlier one that did, or it is unmatched.
 */
import type { EncodingName } from '../../core/encodings.ts'
import { problem } from '../../core/problems.ts'
import { audit } from '../access/audit.ts'
import { refuseMore } from '../access/collections.ts'
import { checkName } from '../access/workspaces.ts'
import { readPieces } from '../files/lines-in.ts'
import { realRows } from '../files/list-batch.ts'
import { type ListIn, openList } from '../files/list-in.ts'
import { suggestMapping } from '../imports/suggest.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { countryOf } from '../profiles/phone-check.ts'
import type { MatchKind } from './list-entries.ts'
import type { Acting } from './saved.ts'

export interface SegmentListOptions {
  /** the default country of numbers, two letters */
  country: string
  /** a text of entries, one per line or with separators, and no table */
  pasted?: boolean
  /** the column of the entries; null: the only one */
  column: string | null
  encoding?: EncodingName | null
  headerLine?: number | null
  sheet?: string | null
}

export interface SegmentList {
  id: number
  name: string
  by: MatchKind
  fileName: string
  options: SegmentListOptions
  state: 'waiting' | 'running' | 'stopping' | 'done' | 'failed' | 'stopped'
  bytesRead: number
  bytesTotal: number
  /** matched, doubled and unmatched ones */
  entries: number
  matched: number
  doubled: number
  unmatched: number
  /** of the matched ones, those that more than one profile has */
  several: number
  people: number
  notes: string[]
  /** null: there is none yet, or it was deleted */
  segmentId: number | null
  hasUnmatched: boolean
  problem: { code: string; title: string; fix: string } | null
  createdAt: Date
  finishedAt: Date | null
}

const columns = sql`l.id, l.name, l.matched_by as by, l.file_name as "fileName", l.options, l.state, l.bytes_read as "bytesRead",
  l.bytes_total as "bytesTotal", l.entries, l.matched, l.doubled, l.unmatched, l.several, l.people, l.notes,
  (select s.id from segments s where s.workspace_id = l.workspace_id and s.id = l.segment_id) as "segmentId",
  l.unmatched_file is not null as "hasUnmatched", l.problem, l.created_at as "createdAt", l.finished_at as "finishedAt"`

export interface NewSegmentList {
  name: string
  by: MatchKind
  fileName: string
  /** of the list, to look at its beginning */
  path: string
  /** in the folder of imports; null: the caller runs the list at once, from its own file */
  upload: string | null
  bytes: number
  options: Omit<SegmentListOptions, 'column'> & { column?: string | null | undefined }
}

const openLists = 20

/** Throws name_taken, limit_reached, list_column, country_unknown, and what is wrong with the file. */
export async function createSegmentList(
  db: Database,
  { name: given, by, fileName, path, upload, bytes, options }: NewSegmentList,
  { workspaceId, actor, now }: Acting,
): Promise<SegmentList> {
  const name = checkName(given, 'segment')
  const read: SegmentListOptions = { ...options, column: await columnOf(path, by, options) }
  return db.tx(async tx => {
    await refuseMore(tx, workspaceId, 'segments')
    await refuseTaken(tx, workspaceId, name)
    const [open] = await tx.query<{ n: number }>(
      sql`select count(*) as n from segment_lists where workspace_id = ${workspaceId} and state in ('waiting', 'running', 'stopping')`,
    )
    if (upload !== null && (open?.n ?? 0) >= openLists)
      throw problem('limit_reached', { what: 'lists of people that are not finished', limit: openLists })
    const [list] = await tx.query<SegmentList>(sql`
      insert into segment_lists as l (workspace_id, name, matched_by, file_name, options, upload, actor, bytes_total, created_at)
      values (${workspaceId}, ${name}, ${by}, ${fileName.slice(0, 255)}, ${JSON.stringify(read)}::jsonb, ${upload}, ${actor}, ${bytes}, ${now})
      returning ${columns}`)
    const details = { name, file: fileName.slice(0, 255), by }
    const subject = `segment_list ${list!.id}`
    await audit(tx, { workspaceId, actor, action: 'segment_list.start', subject, details }, now)
    return list!
  })
}

/** Two people may ask at once: the segment itself is unique. */
async function refuseTaken(tx: Db, workspaceId: number, name: string): Promise<void> {
  const [taken] = await tx.query(sql`
    select from segments where workspace_id = ${workspaceId} and name = ${name}
    union all
    select from segment_lists where workspace_id = ${workspaceId} and name = ${name} and upload is not null and state in ('waiting', 'running', 'stopping')`)
  if (taken !== undefined) throw problem('name_taken', { what: 'segment', name })
}

/** The column of the entries, once the file is known to be readable. Null: there is only one. */
async function columnOf(path: string, by: MatchKind, options: NewSegmentList['options']): Promise<string | null> {
  const country = countryOf(options.country)
  if (options.pasted === true) {
    const lines = readPieces(path, { split: by !== 'key' })
    try {
      if ((await lines.next()).done) throw problem('csv_empty')
    } finally {
      await lines.return(undefined)
    }
    return null
  }
  const list = await openList(path, readingOfOptions(options))
  try {
    const { headers, form } = list
    const asked = options.column?.trim()
    if (asked !== undefined && asked !== '') {
      const found = headers.find(name => name === asked) ?? headers.find(name => fold(name) === fold(asked))
      if (found === undefined) throw problem('list_column_unknown', { column: asked, columns: inWords(headers) })
      return found
    }
    if (headers.length === 1) return null
    if (by === 'id') {
      const own = headers.find(name => fold(name) === 'profile_id')
      if (own !== undefined) return own
    } else {
      const { columns: suggested } = await suggestMapping(headers, await sampleOf(list), {
        separator: form.separator,
        country,
        ownNames: form.format === 'vcard',
      })
      const at = suggested.findIndex(one => one.suggested === (by === 'key' ? 'external_key' : by) && one.ask === null)
      if (at >= 0) return headers[at]!
    }
    throw problem('list_column', { what: entryWords[by], columns: inWords(headers) })
  } finally {
    await list.close()
  }
}

const sampledRows = 500

async function sampleOf(list: ListIn): Promise<string[][]> {
  for await (const batch of list.batches(sampledRows)) return realRows(batch)
  return []
}

/** In sentences: "the column of the …". */
export const entryWords: Readonly<Record<MatchKind, string>> = {
  phone: 'phone numbers',
  email: 'e-mail addresses',
  key: 'customer ids',
  id: 'profile ids',
}

const fold = (name: string) => name.trim().toLowerCase()
const inWords = (headers: readonly string[]) =>
  headers.slice(0, 20).join(', ') + (headers.length > 20 ? ` and ${headers.length - 20} others` : '')

export const readingOfOptions = ({
  encoding,
  headerLine,
  sheet,
}: Pick<SegmentListOptions, 'encoding' | 'headerLine' | 'sheet'>) => ({
  encoding: encoding ?? undefined,
  headerLine: headerLine ?? undefined,
  sheet: sheet ?? undefined,
})

/** Newest first: the last 100. */
export function listSegmentLists(db: Db, workspaceId: number): Promise<SegmentList[]> {
  return db.query<SegmentList>(
    sql`select ${columns} from segment_lists l where l.workspace_id = ${workspaceId} order by l.id desc limit 100`,
  )
}

/** Throws not_found. */
export async function getSegmentList(db: Db, workspaceId: number, id: number): Promise<SegmentList> {
  const [list] = await db.query<SegmentList>(
    sql`select ${columns} from segment_lists l where l.workspace_id = ${workspaceId} and l.id = ${id}`,
  )
  if (list === undefined) throw problem('not_found', { what: 'list of people' })
  return list
}

/** A finished one is not changed. Throws not_found. */
export async function stopSegmentList(
  db: Database,
  id: number,
  { workspaceId, actor, now }: Acting,
): Promise<SegmentList> {
  await db.tx(async tx => {
    const stopped = await tx.run(sql`
      update segment_lists set state = 'stopping' where workspace_id = ${workspaceId} and id = ${id} and state in ('waiting', 'running')`)
    const subject = `segment_list ${id}`
    if (stopped > 0) await audit(tx, { workspaceId, actor, action: 'segment_list.stop', subject }, now)
  })
  return getSegmentList(db, workspaceId, id)
}

/** The name of the file of unmatched entries in the folder of imports. Throws not_found. */
export async function unmatchedFileOf(db: Db, workspaceId: number, id: number): Promise<string> {
  const [row] = await db.query<{ name: string | null }>(
    sql`select unmatched_file as name from segment_lists where workspace_id = ${workspaceId} and id = ${id}`,
  )
  if (!row?.name) throw problem('not_found', { what: 'file of unmatched entries' })
  return row.name
}
