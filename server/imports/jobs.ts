/**
 * Uploaded lists, run by the workers one after the other. A list that was under way when its worker died is begun again from its
 * file: nothing of it had been kept.
 */
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Problem } from '../../core/problems.ts'
import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/db.ts'
import { sql } from '../platform/sql.ts'
import { isHeld, runImport } from './record.ts'

export interface ImportJobs {
  db: Database
  clock: Pick<Clock, 'now'>
  /** absolute */
  dataFolder: string
  /** Errors that no Problem stands for. */
  onError?: (error: unknown, importId: number) => void
  signal?: AbortSignal
}

const maxStarts = 3

/** Where uploads and rejected rows lie: `<data>/imports`, 0700. */
export async function importsFolder(dataFolder: string): Promise<string> {
  const folder = join(dataFolder, 'imports')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  return folder
}

export function rejectedName(importId: number): string {
  return `${importId}-rejected.csv`
}

/** Runs what waits; resolves when nothing does. To be called every second or so by each worker. */
export async function runWaitingImports(jobs: ImportJobs): Promise<void> {
  for (;;) {
    const [next] = await jobs.db.query<{ id: number; upload: string; starts: number }>(
      sql`select i.id, i.upload, i.starts from imports i
        where i.state in ('waiting', 'running', 'stopping') and i.upload is not null and not ${isHeld}
        order by i.id limit 1`,
      'imports-waiting',
    )
    if (next === undefined || jobs.signal?.aborted) return
    if (next.starts >= maxStarts) await giveUp(jobs, next)
    else await runOne(jobs, next)
  }
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
    mend: 'Look into the log of the worker.',
  }
  await db.run(sql`
    update imports set state = 'failed', step = 'failed', problem = ${JSON.stringify(shown)}::jsonb, finished_at = ${clock.now()}
    where id = ${id}`)
  await rm(join(await importsFolder(dataFolder), upload), { force: true })
}
