/**
 * The row of an export: its list, its progress and its result. The process that writes the file updates the row every second (the
 * heartbeat), and learns from it of a cancellation through any process.
 *
 * No row stays open indefinitely: the next reader marks an export without a heartbeat (in real time) as failed. If its process
 * resumes after a long pause, it finds the row closed and aborts the file.
 */
import { Problem, problem } from '../../core/problems.ts'
import type { BounceKind, TabKey } from '../../core/report/tabs.ts'
import { audit } from '../access/audit.ts'
import type { Format } from '../files/write-listing.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import type { ExportOf } from './export-tab.ts'

export type ExportState = 'waiting' | 'running' | 'done' | 'failed' | 'cancelled'

export interface ExportView {
  id: number
  activity: number
  tab: TabKey
  link: number | null
  filters: ExportFilters
  format: Format
  state: ExportState
  rowsWritten: number
  /** the number of rows at the time of the request; null: of a search, whose matches are not counted */
  rowsExpected: number | null
  /** why it failed, and how to fix it */
  problem: string | null
  startedAt: string
  endedAt: string | null
}

/** The filters of the list. The text of a search may be personal, so only the fact that there is one is stored. */
export interface ExportFilters {
  searched?: true
  sort?: 'name'
  bounce?: BounceKind
  reason?: string
}

function filtersOf({ search, sort, bounce, reason }: ExportOf): ExportFilters {
  return {
    ...(search !== undefined && search.trim() !== '' && { searched: true as const }),
    ...(sort && { sort }),
    ...(bounce && { bounce }),
    ...(reason && { reason }),
  }
}

export interface NewExport {
  of: ExportOf
  format: Format
  expected: number | null
  actor: string
}

/** The interval of the heartbeat. */
const tickMs = 1_000
/** Without a heartbeat for this long, the process counts as dead. */
export const silentMs = 15_000
/** An announced download must begin within this time. */
export const beginMs = 60_000

/** Announces an export and records it in the audit log. Returns its id. */
export async function announceExport(
  db: Database,
  { of, format, expected, actor }: NewExport,
  now: Date,
): Promise<number> {
  const { workspaceId, activityId, tab, linkId = null } = of
  const filters = filtersOf(of)
  await endSilent(db, workspaceId, now)
  return db.tx(async tx => {
    const [row] = await tx.query<{ id: number }>(sql`
      insert into exports (workspace_id, activity_id, tab, link_id, filters, format, actor, rows_expected, alive_at, started_at)
      values (${workspaceId}, ${activityId}, ${tab}, ${linkId}, ${JSON.stringify(filters)}::jsonb, ${format}, ${actor}, ${expected}, ${new Date()}, ${now})
      returning id`)
    const id = row?.id ?? 0
    const details = { tab, format, export: id, ...(linkId === null ? {} : { link: linkId }), ...filters }
    await audit(tx, { workspaceId, actor, action: 'activity.export', subject: `activity ${activityId}`, details }, now)
    return id
  })
}

/** Begins an announced export. Throws not_found unless actor, workspace, list, filters and format match; export_begun if it has begun before. */
export async function beginExport(db: Db, id: number, of: ExportOf, format: Format, actor: string): Promise<void> {
  const { workspaceId, activityId, tab, linkId = null } = of
  const same = sql`actor = ${actor} and activity_id = ${activityId} and tab = ${tab} and link_id is not distinct from ${linkId}::bigint
    and filters = ${JSON.stringify(filtersOf(of))}::jsonb and format = ${format}`
  const begun = await db.run(sql`
    update exports set state = 'running', alive_at = ${new Date()} where id = ${id} and ${isOf(workspaceId)} and ${same}
      and state = 'waiting'`)
  if (begun === 1) return
  const [row] = await db.query<{ same: boolean }>(sql`
    select ${same} as same from exports where id = ${id} and ${isOf(workspaceId)}`)
  throw row?.same ? problem('export_begun') : problem('not_found', { what: 'export' })
}

/** Undefined: the workspace has no such export. */
export async function getExport(db: Db, workspaceId: number, id: number, now: Date): Promise<ExportView | undefined> {
  await endSilent(db, workspaceId, now)
  const [row] = await db.query<ExportRow>(sql`
    select id, activity_id as activity, tab, link_id as link, filters, format, state, rows_written as "rowsWritten", rows_expected as "rowsExpected",
      problem, started_at as "startedAt", ended_at as "endedAt" from exports where id = ${id} and ${isOf(workspaceId)}`)
  if (row === undefined) return undefined
  const { problem: why, startedAt, endedAt, ...same } = row
  return {
    ...same,
    problem: why === null ? null : `${why.title} ${why.fix}`,
    startedAt: startedAt.toISOString(),
    endedAt: endedAt?.toISOString() ?? null,
  }
}

/** Does nothing if the export has ended. `whose`: the only actor whose exports may be cancelled; null: all. Undefined: the workspace has no such export. Throws forbidden. */
export async function cancelExport(
  db: Db,
  workspaceId: number,
  id: number,
  whose: string | null,
  now: Date,
): Promise<ExportView | undefined> {
  const [row] = await db.query<{ actor: string }>(
    sql`select actor from exports where id = ${id} and ${isOf(workspaceId)}`,
  )
  if (row !== undefined && whose !== null && row.actor !== whose) throw problem('forbidden')
  await db.run(sql`
    update exports set state = 'cancelled', ended_at = ${now} where id = ${id} and ${isOf(workspaceId)} and state in ('waiting', 'running')`)
  return getExport(db, workspaceId, id, now)
}

export interface KeptExport {
  /** Aborts when the export was cancelled, or lost its row. */
  signal: AbortSignal
  tell(rows: number): void
  done(rows: number, now: Date): Promise<void>
  /** Records why the file is incomplete. A cancelled export stays cancelled. */
  failed(error: unknown, now: Date): Promise<void>
}

/** Updates the row of a running export, until `done` or `failed`. */
export function keepExport(db: Db, id: number): KeptExport {
  const over = new AbortController()
  let rows = 0
  let writing: Promise<void> = Promise.resolve()
  const sign = async () => {
    const kept = await db.run(
      sql`update exports set rows_written = ${rows}, alive_at = ${new Date()} where id = ${id} and state = 'running'`,
      'export-keep',
    )
    if (kept === 0) over.abort(problem('export_cancelled'))
  }
  // A failed heartbeat is retried at the next interval.
  const timer = setInterval(() => {
    writing = writing.then(sign).catch(() => {})
  }, tickMs)
  const end = async () => {
    clearInterval(timer)
    await writing
  }
  return {
    signal: over.signal,
    tell(n) {
      rows = n
    },
    async done(written, now) {
      await end()
      await db.run(
        sql`update exports set state = 'done', rows_written = ${written}, ended_at = ${now} where id = ${id} and state = 'running'`,
      )
    },
    async failed(error, now) {
      await end()
      const known = error instanceof Problem ? error : problem('internal', {}, { cause: error })
      await db.run(sql`
        update exports set state = 'failed', rows_written = ${rows}, problem = ${shown(known)}::jsonb, ended_at = ${now}
        where id = ${id} and state in ('waiting', 'running')`)
    },
  }
}

/** Marks exports without a heartbeat as failed. */
async function endSilent(db: Db, workspaceId: number, now: Date): Promise<void> {
  const end = (state: ExportState, forMs: number, why: 'export_not_begun' | 'export_abandoned') =>
    db.run(sql`
      update exports set state = 'failed', problem = ${shown(problem(why))}::jsonb, ended_at = ${now}
      where ${isOf(workspaceId)} and state = ${state} and alive_at < ${new Date(Date.now() - forMs)}`)
  await end('waiting', beginMs, 'export_not_begun')
  await end('running', silentMs, 'export_abandoned')
}

interface ExportRow extends Omit<ExportView, 'problem' | 'startedAt' | 'endedAt'> {
  problem: { title: string; fix: string } | null
  startedAt: Date
  endedAt: Date | null
}

const isOf = (workspaceId: number) => sql`workspace_id = ${workspaceId}`
const shown = ({ code, title, fix }: Problem) => JSON.stringify({ code, title, fix })
