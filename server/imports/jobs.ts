/**
 * Runs uploaded lists in the workers: a few at once, the workspaces in turn (turns.ts). If a worker dies, another one starts its list again
 * from the file, because nothing was stored.
 */
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Problem } from '../../core/problems.ts'
import type { Clock } from '../platform/clock.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { heldImports, runImport } from './run-import.ts'
import { ImportTurns, type WaitingImport } from './turns.ts'

export interface ImportJobs {
  db: Database
  clock: Pick<Clock, 'now'>
  /** absolute */
  dataFolder: string
  /** Called for errors that are not a Problem. */
  onError?: (error: unknown, importId: number) => void
  signal?: AbortSignal
  /** of all slots of this process */
  turns?: ImportTurns
  /** this slot is for short lists only */
  short?: boolean
}

const maxStarts = 3

/** The folder of uploads and rejected rows: `<data>/imports`, 0700. */
export async function importsFolder(dataFolder: string): Promise<string> {
  const folder = join(dataFolder, 'imports')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  return folder
}

export function rejectedName(importId: number): string {
  return `${importId}-rejected.csv`
}

/** Runs the waiting imports one after the other; resolves when none may start. Call it about once per second for each slot of each worker. */
export async function runWaitingImports(jobs: ImportJobs): Promise<void> {
  const { turns = new ImportTurns(), short = false } = jobs
  for (;;) {
    const waiting = await readWaiting(jobs.db)
    const next = jobs.signal?.aborted ? undefined : turns.take(waiting, short)
    if (next === undefined) return
    try {
      if (next.starts >= maxStarts) await giveUp(jobs, next)
      else await runOne(jobs, next)
    } finally {
      turns.free(next)
    }
  }
}

/** One per workspace: the one under way, else the oldest. */
function readWaiting(db: Db): Promise<WaitingImport[]> {
  return db.query<WaitingImport>(
    sql`with held as materialized (${heldImports})
      select distinct on (i.workspace_id) i.id, i.workspace_id as "workspaceId", i.upload, i.starts, i.bytes_total as bytes,
        h.key is not null as held
      from imports i left join held h on h.key = (i.id % 2147483647)
      where i.state in ('waiting', 'running', 'stopping') and i.upload is not null
      order by i.workspace_id, (h.key is not null) desc, i.id`,
    'imports-waiting',
  )
}

async function runOne(
  { db, clock, dataFolder, onError, signal }: ImportJobs,
  { id, upload }: { id: number; upload: string },
): Promise<void> {
  const folder = await importsFolder(dataFolder)
  const path = join(folder, upload)
  try {
    const name = rejectedName(id)
    await runImport(db, {
      importId: id,
      path,
      rejected: { path: join(folder, name), name },
      now: () => clock.now(),
      ...(signal ? { signal } : {}),
    })
  } catch (error) {
    if (!(error instanceof Problem)) onError?.(error, id)
  }
  const [row] = await db.query<{ over: boolean }>(
    sql`select state in ('done', 'failed', 'stopped') as over from imports where id = ${id}`,
  )
  if (row?.over) await rm(path, { force: true })
}

async function giveUp(
  { db, clock, dataFolder }: ImportJobs,
  { id, upload }: { id: number; upload: string },
): Promise<void> {
  const shown = {
    code: 'internal',
    title: `The import ended its process ${maxStarts} times.`,
    fix: 'Look into the log of the worker.',
  }
  await db.run(sql`
    update imports set state = 'failed', step = 'failed', problem = ${JSON.stringify(shown)}::jsonb, finished_at = ${clock.now()}
    where id = ${id}`)
  await rm(join(await importsFolder(dataFolder), upload), { force: true })
}
