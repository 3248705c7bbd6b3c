/**
 * How long the files of imports are kept: rejected rows for 30 days after the import has ended, an upload until its import is over. Remains of
 * a crash (an upload without an import, rows of a deleted import) are deleted after a day. The folder contains nothing older, so a check costs
 * the same however many imports there ever were.
 */
import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseDigits } from 'libphonenumber-js/max'
import { normalForm } from '../../core/normal-form.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { pgArray, sql } from '../platform/db/sql.ts'
import { importsFolder, rejectedName } from './jobs.ts'

export const rejectedKeptDays = 30
const dayMs = 24 * 3_600_000
const batchSize = 200

interface Ended {
  id: number
  /** null: under way */
  finishedAt: Date | null
}

/** `now`: business time, by which imports end; files have the machine's time. Returns how many were deleted. */
export async function forgetImportFiles(db: Database, dataFolder: string, now: Date): Promise<number> {
  const folder = await importsFolder(dataFolder)
  const names = await readdir(folder)
  let deleted = 0
  for (let at = 0; at < names.length; at += batchSize)
    deleted += await forgetSome(db, folder, names.slice(at, at + batchSize), now)
  return deleted
}

async function forgetSome(db: Database, folder: string, names: readonly string[], now: Date): Promise<number> {
  const ofRows = new Map(
    names.flatMap(name => {
      const id = /^(\d{1,15})-rejected\.csv(?:\.new)?$/.exec(name)?.[1]
      return id === undefined ? [] : [[name, Number(id)] as const]
    }),
  )
  await forgetUnmatched(db, folder, names, now)
  const uploads = names.filter(name => /^[0-9a-f-]{36}\.csv$/.test(name))
  const imports = await db.query<Ended>(
    sql`select id, finished_at as "finishedAt" from imports where id = any(${pgArray([...ofRows.values()])}::bigint[])`,
    'imports-of-files',
  )
  const waiting = await db.query<{ upload: string }>(
    sql`select upload from imports where upload = any(${pgArray(uploads)}::text[]) and state in ('waiting', 'running', 'stopping')
      union all select upload from segment_lists where upload = any(${pgArray(uploads)}::text[]) and state in ('waiting', 'running', 'stopping')`,
    'imports-of-uploads',
  )
  const found = new Map(imports.map(one => [one.id, one]))
  const inUse = new Set(waiting.map(row => row.upload))
  const over = [...ofRows].filter(([name, id]) => {
    const one = found.get(id)
    return (
      name.endsWith('.csv') &&
      one !== undefined &&
      one.finishedAt !== null &&
      now.getTime() - one.finishedAt.getTime() > rejectedKeptDays * dayMs
    )
  })
  const orphans = [
    ...[...ofRows].filter(([name, id]) => !found.has(id) || name.endsWith('.new')).map(([name]) => name),
    ...uploads.filter(name => !inUse.has(name)),
  ]
  let deleted = 0
  for (const name of orphans) {
    const file = await stat(join(folder, name)).catch(() => undefined)
    if (file === undefined || Date.now() - file.mtimeMs < dayMs) continue
    await rm(join(folder, name), { force: true })
    deleted++
  }
  for (const [name] of over) await rm(join(folder, name), { force: true })
  if (over.length > 0)
    await db.run(
      sql`update imports set rejected_rows = null where id = any(${pgArray(over.map(([, id]) => id))}::bigint[])`,
      'imports-rejected-over',
    )
  return deleted + over.length
}

/** Unmatched entries of lists of people: as long as rejected rows, after the list has ended. */
async function forgetUnmatched(db: Database, folder: string, names: readonly string[], now: Date): Promise<void> {
  const files = names.filter(name => unmatchedFile.test(name))
  if (files.length === 0) return
  const idOf = (name: string) => Number.parseInt(name, 10)
  const before = new Date(now.getTime() - rejectedKeptDays * dayMs)
  const kept = await db.query<{ id: number }>(
    sql`select id from segment_lists where id = any(${pgArray(files.map(idOf))}::int[]) and (finished_at is null or finished_at >= ${before})`,
    'lists-of-files',
  )
  const over = files.filter(name => name.endsWith('.new') || !kept.some(({ id }) => id === idOf(name)))
  for (const name of over) {
    const file = await stat(join(folder, name)).catch(() => undefined)
    // One that is being written has no row that says so yet.
    if (file !== undefined && name.endsWith('.new') && Date.now() - file.mtimeMs < dayMs) continue
    await rm(join(folder, name), { force: true })
  }
  await db.run(
    sql`update segment_lists set unmatched_file = null where unmatched_file = any(${pgArray(over)}::text[])`,
    'lists-unmatched-over',
  )
}

const unmatchedFile = /^\d{1,9}-unmatched\.ndjson(?:\.new)?$/

/**
 * Erases a person from rejected rows and unmatched entries: all rows that name them, even if they name others too. `words`: number, address, key and names, as known.
 * It does not reach a file that is being written or is on another machine: that one is deleted by age.
 */
export async function forgetRejected(
  db: Db,
  dataFolder: string,
  { workspaceId, words }: { workspaceId: number; words: readonly string[] },
): Promise<void> {
  const wanted = words.map(word => word.toLowerCase()).filter(word => word.length > 2)
  if (wanted.length === 0) return
  const folder = await importsFolder(dataFolder)
  const ids = (await readdir(folder)).flatMap(name => /^(\d{1,15})-rejected\.csv$/.exec(name)?.[1] ?? []).map(Number)
  const own = await db.query<{ id: number }>(
    sql`select id from imports where workspace_id = ${workspaceId} and id = any(${pgArray(ids)}::bigint[]) and finished_at is not null`,
  )
  for (const { id } of own) await withoutRows(join(folder, rejectedName(id)), wanted, isWholeRow)
  const lists = await db.query<{ name: string }>(
    sql`select unmatched_file as name from segment_lists where workspace_id = ${workspaceId} and unmatched_file is not null`,
  )
  const there = new Set(await readdir(folder))
  for (const { name } of lists) if (there.has(name)) await withoutRows(join(folder, name), wanted, () => true)
}

/** A quoted value may span several lines. */
const isWholeRow = (row: string) => (row.split('"').length - 1) % 2 === 0

/** Removes whole rows. */
async function withoutRows(path: string, words: readonly string[], isWhole: (row: string) => boolean): Promise<void> {
  const names = (row: string) => {
    const text = row.toLowerCase()
    // In any digits: the number was read from them.
    const digits = Array.from(normalForm(text, 'NFKC').matchAll(/\p{Nd}/gu), ([digit]) => parseDigits(digit)).join('')
    return words.some(word => text.includes(word) || (/^\d{7,}$/.test(word) && digits.includes(word)))
  }
  const fresh = `${path}.new`
  const out = createWriteStream(fresh, { mode: 0o600 })
  let changed = false
  let row = ''
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    row += row === '' ? line : `\r\n${line}`
    if (!isWhole(row)) continue
    if (names(row)) changed = true
    else if (!out.write(`${row}\r\n`)) await once(out, 'drain')
    row = ''
  }
  await new Promise<void>((resolve, reject) => out.end((error?: Error | null) => (error ? reject(error) : resolve())))
  if (changed) await rename(fresh, path)
  else await rm(fresh, { force: true })
}
