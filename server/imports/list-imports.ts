/** The imports of a workspace, for the pages and the API. */
import { problem } from '../../core/problems.ts'
import { audit } from '../access/audit.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { cursorOf } from '../platform/http/cursor.ts'
import { type Page, type PageRequest, stretchOf, turnPage } from '../platform/http/page.ts'
import type { ImportFacts } from './list-figures.ts'
import { type ImportOptions, isHeld } from './run-import.ts'

export interface ImportView {
  id: number
  fileName: string
  options: ImportOptions
  state: 'running' | 'done' | 'failed' | 'stopped'
  /** waiting, reading, merging; then the state */
  step: string
  rowsRead: number
  bytesRead: number
  bytesTotal: number
  created: number
  updated: number
  rejected: number
  facts: ImportFacts | null
  notes: string[]
  problem: { code: string; title: string; fix: string } | null
  /** Whether their file can be downloaded. */
  hasRejectedRows: boolean
  createdAt: Date
  finishedAt: Date | null
}

// A row that no process works on and that has no upload to start again from: its process was killed.
const columns = sql`
  i.id, i.file_name as "fileName", i.options, i.step, i.rows_read as "rowsRead", i.bytes_read as "bytesRead", i.bytes_total as "bytesTotal",
  i.created, i.updated, i.rejected, i.facts, i.notes, i.problem, i.rejected_rows is not null as "hasRejectedRows",
  i.created_at as "createdAt", i.finished_at as "finishedAt",
  case when i.state in ('done', 'failed', 'stopped') then i.state when i.upload is null and not ${isHeld} then 'failed' else 'running' end as state`

/** Newest first, at most `limit`; `after`: the last id of the previous page. */
const cursor = cursorOf('imports', { id: 'id' })
const keyOf = ({ id }: ImportView) => ({ id })

export async function listImports(
  db: Db,
  workspaceId: number,
  { limit, ...asked }: PageRequest & { limit: number },
): Promise<Page<ImportView>> {
  const { read, ...cursors } = await turnPage(
    cursor,
    asked,
    async (from, backwards) => {
      const beyond = from === undefined ? sql`true` : sql`i.id ${backwards ? sql`>` : sql`<`} ${from.id}`
      const rows = await db.query<ImportView>(sql`
        select ${columns} from imports i where i.workspace_id = ${workspaceId} and ${beyond}
        order by i.id ${backwards ? sql`asc` : sql`desc`} limit ${limit + 1}`)
      return stretchOf(rows, limit, backwards, keyOf)
    },
    keyOf,
  )
  return { items: read.rows, ...cursors, total: null }
}

/** Throws `not_found`. */
export async function getImport(db: Db, workspaceId: number, importId: number): Promise<ImportView> {
  const [row] = await db.query<ImportView>(
    sql`select ${columns} from imports i where i.workspace_id = ${workspaceId} and i.id = ${importId}`,
  )
  if (row === undefined) throw problem('not_found', { what: 'import' })
  return row
}

/** A finished import is not changed. Throws `not_found`. */
export async function stopImport(
  db: Database,
  workspaceId: number,
  importId: number,
  actor: string,
  now: Date,
): Promise<ImportView> {
  await db.tx(async tx => {
    const stopped = await tx.run(sql`
      update imports set state = 'stopping' where workspace_id = ${workspaceId} and id = ${importId} and state in ('waiting', 'running')`)
    if (stopped > 0) await audit(tx, { workspaceId, actor, action: 'import.stop', subject: `import ${importId}` }, now)
  })
  return getImport(db, workspaceId, importId)
}

/** The file name in the folder of imports. Throws `not_found`. */
export async function rejectedRowsOf(db: Db, workspaceId: number, importId: number): Promise<string> {
  const [row] = await db.query<{ name: string | null }>(sql`
    select rejected_rows as name from imports where workspace_id = ${workspaceId} and id = ${importId}`)
  if (!row?.name) throw problem('not_found', { what: 'file of rejected rows' })
  return row.name
}
