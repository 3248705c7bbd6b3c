/**
 * Makes a frozen segment of a list: its entries are read as a stream, checked in threads and copied into a temporary table, then matched in one
 * transaction that also makes the segment and ends the list. A process that is killed leaves nothing, and another one begins again.
 *
 * Invariants: an entry finds every profile that has it, of this workspace, not erased. The matching holds the lock of the workspace's profiles, so
 * that nobody is erased or imported meanwhile. A list that matches nobody makes no segment. Memory is constant.
 */
import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { PoolClient } from 'pg'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'
import { Problem, problem } from '../../core/problems.ts'
import { audit } from '../access/audit.ts'
import { refuseMore } from '../access/collections.ts'
import { readPieces } from '../files/lines-in.ts'
import { openList } from '../files/list-in.ts'
import { importsFolder } from '../imports/jobs.ts'
import { checkInOrder, openPool } from '../imports/pool.ts'
import type { ImportTurns, WaitingImport } from '../imports/turns.ts'
import { type Database, type Db, overClient, sqlState } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { lockProfiles } from '../profiles/locks.ts'
import { countryOf } from '../profiles/phone-check.ts'
import { type EntryPlan, type EntryRequest, type MatchKind, readEntries, readEntry } from './list-entries.ts'
import { entryWords, readingOfOptions, type SegmentListOptions } from './segment-lists.ts'

export interface SegmentListJobs {
  db: Database
  /** business time */
  now: () => Date
  /** absolute */
  dataFolder: string
  turns: ImportTurns
  /** for small lists only */
  short: boolean
  signal?: AbortSignal
  /** for an error that is no Problem */
  onError?: (error: unknown, listId: number) => void
}

const running = 7305
const maxStarts = 3
const progressMs = 500
const uniqueViolation = '23505'

/** Runs the waiting lists one after the other; resolves when none may start. Call it about once per second for each slot of each worker. */
export async function runSegmentLists({ turns, short, ...jobs }: SegmentListJobs): Promise<void> {
  for (;;) {
    const next = jobs.signal?.aborted ? undefined : turns.take(await readWaiting(jobs.db), short)
    if (next === undefined) return
    try {
      if (next.starts >= maxStarts) await giveUp(jobs, next.id)
      else await runUpload(jobs, next)
    } finally {
      turns.free(next)
    }
  }
}

/** One per workspace: the one under way, else the oldest. */
function readWaiting(db: Db): Promise<WaitingImport[]> {
  return db.query<WaitingImport>(
    sql`with held as materialized (
        select l.objid::bigint as key from pg_locks l where l.locktype = 'advisory' and l.classid = ${running} and l.objsubid = 2
          and l.database = (select oid from pg_database where datname = current_database()))
      select distinct on (i.workspace_id) i.id, i.workspace_id as "workspaceId", i.upload, i.starts, i.bytes_total as bytes, h.key is not null as held
      from segment_lists i left join held h on h.key = i.id
      where i.state in ('waiting', 'running', 'stopping') and i.upload is not null
      order by i.workspace_id, (h.key is not null) desc, i.id`,
    'segment-lists-waiting',
  )
}

async function runUpload(
  { db, now, dataFolder, signal, onError }: Omit<SegmentListJobs, 'turns' | 'short'>,
  { id, upload }: WaitingImport,
): Promise<void> {
  const folder = await importsFolder(dataFolder)
  const path = join(folder, upload)
  try {
    await runSegmentList(db, { id, path, folder, now, ...(signal && { signal }) })
  } catch (error) {
    if (!(error instanceof Problem)) onError?.(error, id)
  }
  const [row] = await db.query<{ over: boolean }>(
    sql`select state in ('done', 'failed', 'stopped') as over from segment_lists where id = ${id}`,
  )
  if (row?.over) await rm(path, { force: true })
}

async function giveUp({ db, now, dataFolder }: Omit<SegmentListJobs, 'turns' | 'short'>, id: number): Promise<void> {
  const [row] = await db.query<{ upload: string | null }>(sql`select upload from segment_lists where id = ${id}`)
  await end(db, id, { state: 'failed', problem: problem('list_ended_process', { times: maxStarts }), now: now() })
  if (row?.upload) await rm(join(await importsFolder(dataFolder), row.upload), { force: true })
}

export interface RunSegmentList {
  id: number
  /** of the list */
  path: string
  /** of the unmatched entries */
  folder: string
  now: () => Date
  signal?: AbortSignal
  onProgress?: (progress: ListProgress) => void
}

export interface ListProgress {
  step: 'reading' | 'waiting' | 'matching'
  entries: number
  bytesRead: number
}

interface ListRow {
  id: number
  workspaceId: number
  name: string
  by: MatchKind
  options: SegmentListOptions
  bytes: number
  actor: string
  stopping: boolean
}

/** Does nothing if it is over already, or another process runs it. Throws why it failed; the row then contains the reason. */
export async function runSegmentList(db: Database, input: RunSegmentList): Promise<void> {
  const holder = await db.connect()
  try {
    const [lock] = await overClient(holder).query<{ got: boolean }>(
      sql`select pg_try_advisory_lock(${running}, ${input.id}) as got`,
    )
    if (lock?.got) await runLocked(db, input)
  } finally {
    // Closing the connection releases the lock.
    holder.release(true)
  }
}

async function runLocked(db: Database, input: RunSegmentList): Promise<void> {
  const [row] = await db.query<ListRow>(sql`
    update segment_lists set state = case state when 'stopping' then state else 'running' end, starts = starts + 1, entries = 0, bytes_read = 0
    where id = ${input.id} and state in ('waiting', 'running', 'stopping')
    returning id, workspace_id as "workspaceId", name, matched_by as by, options, bytes_total as bytes, actor, state = 'stopping' as stopping`)
  if (row === undefined) return
  const stop = new AbortController()
  const signal = input.signal === undefined ? stop.signal : AbortSignal.any([input.signal, stop.signal])
  const told = tellProgress(db, input, () => stop.abort())
  const client = await db.connect()
  try {
    if (row.stopping) throw problem('list_stopped')
    await makeSegment(client, row, { ...input, signal, onProgress: told.tell })
  } catch (error) {
    await told.end()
    throw await writeFailed(db, input, signal.aborted ? problem('list_stopped', {}, { cause: error }) : error)
  } finally {
    await told.end()
    // Closing it drops the temporary tables.
    client.release(true)
  }
}

type Run = RunSegmentList & Required<Pick<RunSegmentList, 'signal' | 'onProgress'>>

async function makeSegment(client: PoolClient, row: ListRow, run: Run): Promise<void> {
  const tx = overClient(client)
  const plan: EntryPlan = { by: row.by, country: countryOf(row.options.country) }
  await tx.run(sql`set temp_buffers = '32MB'`).catch(() => {}) // fails if the connection has used some already
  await tx.run(
    sql`create temp table list_entries (entry int not null, line int not null, key text, given text, fault text)`,
  )
  await tx.run(sql`create temp table list_keys (key text not null, entry int not null)`)
  await tx.run(sql`create temp table list_found (key text not null, profile_id bigint not null)`)
  const { entries, header } = await stageEntries(client, row, plan, run)
  await tx.run(sql`analyze list_entries (entry, key)`)
  await tx.run(
    sql`insert into list_keys (key, entry) select e.key, min(e.entry) from list_entries e where e.key is not null group by e.key`,
  )
  await tx.run(sql`analyze list_keys`)
  run.signal.throwIfAborted()
  const unmatchedFile = join(run.folder, unmatchedName(row.id))
  await tx.run(sql`begin`)
  try {
    await tx.run(sql`set local work_mem = '64MB'`)
    await lockProfiles(tx, row.workspaceId, () => run.onProgress({ step: 'waiting', entries, bytesRead: row.bytes }))
    run.onProgress({ step: 'matching', entries, bytesRead: row.bytes })
    await findProfiles(tx, row)
    const notes = header === undefined ? [] : await settleHeader(tx, row, header)
    const sums = await countEntries(tx)
    const written = sums.unmatched > 0 ? await writeUnmatched(client, `${unmatchedFile}.new`) : false
    run.signal.throwIfAborted()
    const people = await freeze(tx, row, { ...sums, notes, now: run.now() }, written ? unmatchedName(row.id) : null)
    // Before the commit: whatever fails afterwards, the row names a file that is there.
    if (written) await rename(`${unmatchedFile}.new`, unmatchedFile)
    run.signal.throwIfAborted()
    await tx.run(sql`commit`)
    if (people === 0) throw problem('list_nobody', { entries: sums.entries, what: entryWords[row.by] })
  } catch (error) {
    await tx.run(sql`rollback`).catch(() => {})
    await rm(`${unmatchedFile}.new`, { force: true })
    throw error
  }
}

/** Batches of this size go to a thread. */
const batchEntries = 2000

/** The header that the entries may begin with. */
interface ListHeader {
  entry: number
  line: number
  name: string
  /** It looks like an entry. */
  doubtful: boolean
}

async function stageEntries(
  client: PoolClient,
  row: ListRow,
  plan: EntryPlan,
  { path, signal, onProgress }: Run,
): Promise<{ entries: number; header: ListHeader | undefined }> {
  // Either the sources or the compiled files of the package.
  const file = new URL(import.meta.url.endsWith('.ts') ? './entry-worker.ts' : './entry-worker.js', import.meta.url)
  const pool = openPool({ bytes: row.bytes, file, plan, check: (request: EntryRequest) => readEntries(plan, request) })
  let entries = 0
  let header: ListHeader | undefined
  let bytesRead = 0
  async function* requests(): AsyncGenerator<EntryRequest> {
    for await (const batch of entriesOf(path, row)) {
      const { values, lines } = batch
      if (batch.header !== undefined && values.length > 0 && lines[0] === batch.header.line) {
        const { fault } = readEntry(values[0]!, plan)
        // Nobody calls a column by a number or an address.
        if (fault !== null && row.by !== 'key') {
          values.shift()
          lines.shift()
        } else if (row.by === 'key')
          header = { entry: 0, line: lines[0]!, name: values[0]!, doubtful: batch.header.doubtful }
      }
      bytesRead = batch.bytesRead
      for (let at = 0; at < values.length; at += batchEntries) {
        const slice = values.slice(at, at + batchEntries)
        yield { values: slice, lines: lines.slice(at, at + batchEntries), first: entries }
        entries += slice.length
      }
    }
  }
  async function* copied(): AsyncGenerator<Uint8Array> {
    for await (const { answer } of checkInOrder(requests(), pool)) {
      signal.throwIfAborted()
      onProgress({ step: 'reading', entries, bytesRead })
      yield answer.copy
    }
  }
  try {
    const copy = client.query(copyFrom('copy list_entries from stdin'))
    await pipeline(Readable.from(copied(), { objectMode: true, highWaterMark: 2 }), copy)
  } finally {
    await pool.close()
  }
  return { entries, header }
}

interface EntryBatch {
  values: string[]
  lines: number[]
  bytesRead: number
  /** With the first batch: its first entry may be the name of the column. */
  header?: { line: number; doubtful: boolean }
}

/** The cells of the column, as they are, without empty ones. A list of one column may have no header: its first entry shows that. */
async function* entriesOf(path: string, { by, options }: ListRow): AsyncGenerator<EntryBatch> {
  if (options.pasted === true) {
    yield* readPieces(path, { split: by !== 'key' })
    return
  }
  const reading = readingOfOptions(options)
  const first = await openList(path, reading)
  await first.close()
  const { headers, form } = first
  const column = options.column === null ? 0 : headers.indexOf(options.column)
  if (column < 0) throw problem('list_column_unknown', { column: options.column ?? '', columns: headers.join(', ') })
  const isVcard = form.format === 'vcard'
  // From its first line on: a header is an entry until it is known to be none.
  const list = isVcard
    ? await openList(path, reading)
    : await openList(path, { ...reading, headerLine: 0, encoding: form.encoding })
  const from = headers.length === 1 && reading.headerLine === undefined ? 0 : form.headerLine
  let header: EntryBatch['header'] | null =
    isVcard || reading.headerLine === 0 ? null : { line: form.headerLine, doubtful: form.doubtfulHeader }
  for await (const { rows, lines, bytesRead } of list.batches(batchEntries)) {
    const batch: EntryBatch = { values: [], lines: [], bytesRead }
    rows.forEach((cells, i) => {
      const value = cells[column] ?? ''
      if (lines[i]! < from || value.trim() === '') return
      batch.values.push(value)
      batch.lines.push(lines[i]!)
    })
    if (header !== null && batch.lines.length > 0) {
      batch.header = headers.length === 1 ? { ...header!, line: batch.lines[0]! } : header!
      header = null
    }
    yield batch
  }
}

/** All profiles that have the key: several may share a number or an address. */
async function findProfiles(tx: Db, { workspaceId, by }: ListRow): Promise<void> {
  if (by === 'id') {
    await tx.run(sql`
      insert into list_found (key, profile_id)
      select /* fanout */ k.key, p.profile_id from list_keys k
      join profiles p on p.bucket = (k.key::bigint & 255)::int and p.profile_id = k.key::bigint
      where p.workspace_id = ${workspaceId} and p.erased_at is null`)
  } else {
    await tx.run(sql`
      insert into list_found (key, profile_id)
      select /* fanout */ l.key, k.profile_id from list_keys l
      join profile_keys k on k.value = l.key and k.workspace_id = ${workspaceId} and k.kind = ${by === 'key' ? 'external_key' : by}`)
  }
  await tx.run(sql`analyze list_found`)
}

/** A first entry of customer ids that nobody has is the name of the column. */
async function settleHeader(tx: Db, { options }: ListRow, header: ListHeader): Promise<string[]> {
  if (header.doubtful && options.column !== null) return []
  const removed = await tx.run(sql`
    delete from list_entries e where e.entry = ${header.entry} and not exists (select from list_found f where f.key = e.key)`)
  return removed === 0
    ? []
    : [`Line ${header.line}, “${header.name.trim().slice(0, 80)}”, was read as the name of the column.`]
}

interface EntrySums {
  entries: number
  matched: number
  doubled: number
  unmatched: number
  several: number
}

async function countEntries(tx: Db): Promise<EntrySums> {
  const [row] = await tx.query<EntrySums>(sql`
    with found as materialized (select f.key, count(*) as n from list_found f group by f.key),
      entries as (select e.key, count(*) as n from list_entries e group by e.key)
    select coalesce(sum(e.n), 0)::bigint as entries, count(f.key) as matched, coalesce(sum(e.n - 1) filter (where f.key is not null), 0)::bigint as doubled,
      coalesce(sum(e.n) filter (where f.key is null), 0)::bigint as unmatched, count(*) filter (where f.n > 1) as several
    from entries e left join found f on f.key = e.key`)
  return row!
}

export const unmatchedName = (listId: number): string => `${listId}-unmatched.ndjson`

/** Delimiter and quote are characters that JSON always escapes: COPY quotes nothing. */
const unquoted = String.raw`format csv, delimiter E'\x02', quote E'\x01'`

async function writeUnmatched(client: PoolClient, path: string): Promise<boolean> {
  const rows = client.query(
    copyTo(`copy (select json_build_object('line', e.line, 'value', coalesce(e.given, e.key), 'reason', coalesce(e.fault, 'no profile has it'))
      from list_entries e where not exists (select from list_found f where f.key = e.key) order by e.entry) to stdout (${unquoted})`),
  )
  await pipeline(rows, createWriteStream(path, { mode: 0o600 }))
  return true
}

/** Returns how many people are in it; a list of nobody makes no segment. */
async function freeze(
  tx: Db,
  { id, workspaceId, name, by, actor }: ListRow,
  { now, notes, ...sums }: EntrySums & { notes: string[]; now: Date },
  unmatched: string | null,
): Promise<number> {
  const ended = sql`entries = ${sums.entries}, matched = ${sums.matched}, doubled = ${sums.doubled}, unmatched = ${sums.unmatched},
    several = ${sums.several}, notes = ${notes}::text[], unmatched_file = ${unmatched}, bytes_read = bytes_total, finished_at = ${now}`
  if (sums.matched === 0) {
    const { code, title, fix } = problem('list_nobody', { entries: sums.entries, what: entryWords[by] })
    await tx.run(
      sql`update segment_lists set state = 'failed', ${ended}, problem = ${JSON.stringify({ code, title, fix })}::jsonb where id = ${id}`,
    )
    return 0
  }
  await refuseMore(tx, workspaceId, 'segments')
  const [made] = await tx
    .query<{ id: number }>(sql`
      insert into segments (workspace_id, name, definition, frozen, created_at, updated_at)
      values (${workspaceId}, ${name}, null, true, ${now}, ${now}) returning id`)
    .catch((error: unknown) => {
      throw sqlState(error) === uniqueViolation ? problem('name_taken', { what: 'segment', name }) : error
    })
  const segmentId = made!.id
  const people = await tx.run(sql`
    insert into segment_members (bucket, segment_id, profile_id, workspace_id)
    select /* fanout */ p.bucket, ${segmentId}::int, p.profile_id, ${workspaceId}::int
    from (select distinct f.profile_id from list_found f) f
    join profiles p on p.bucket = (f.profile_id & 255)::int and p.profile_id = f.profile_id
    where p.workspace_id = ${workspaceId} and p.erased_at is null`)
  await tx.run(
    sql`update segments set size = ${people}, counted_at = ${now} where workspace_id = ${workspaceId} and id = ${segmentId}`,
  )
  await tx.run(
    sql`update segment_lists set state = 'done', ${ended}, people = ${people}, segment_id = ${segmentId}, problem = null where id = ${id}`,
  )
  const details = { name, size: people, list: id }
  await audit(tx, { workspaceId, actor, action: 'segment.freeze', subject: `segment ${segmentId}`, details }, now)
  return people
}

/** Writes the progress, at most twice per second, and learns if a person wants the list to stop. */
function tellProgress(db: Db, { id, onProgress }: RunSegmentList, stop: () => void) {
  let latest: ListProgress | undefined
  let writing: Promise<void> = Promise.resolve()
  const write = async () => {
    const [row] = await db.query<{ stopping: boolean }>(sql`
      update segment_lists set entries = coalesce(${latest?.entries ?? null}, entries), bytes_read = coalesce(${latest?.bytesRead ?? null}, bytes_read)
      where id = ${id} and state in ('running', 'stopping') returning state = 'stopping' as stopping`)
    if (row?.stopping) stop()
  }
  // A failed write is repeated next time; progress is only for display.
  const timer = setInterval(() => {
    writing = writing.then(write).catch(() => {})
  }, progressMs)
  return {
    tell(progress: ListProgress) {
      latest = progress
      onProgress?.(progress)
    },
    async end() {
      clearInterval(timer)
      await writing
    },
  }
}

/** Returns the error to throw. A worker that stops puts an upload back, and another worker takes it. */
async function writeFailed(db: Db, { id, now, signal }: RunSegmentList, error: unknown): Promise<unknown> {
  const known = problemOf(error)
  if (known.code === 'list_stopped' && signal?.aborted) {
    const back = await db.run(
      sql`update segment_lists set state = 'waiting', starts = starts - 1 where id = ${id} and upload is not null and state = 'running'`,
    )
    if (back > 0) return known
  }
  await end(db, id, { state: known.code === 'list_stopped' ? 'stopped' : 'failed', problem: known, now: now() })
  return known.code === 'internal' ? error : known
}

function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error
  const isFull = error instanceof Error && (('code' in error && error.code === 'ENOSPC') || sqlState(error) === '53100')
  return isFull ? problem('list_disk_full', {}, { cause: error }) : problem('internal', {}, { cause: error })
}

async function end(
  db: Db,
  id: number,
  { state, problem: { code, title, fix }, now }: { state: 'failed' | 'stopped'; problem: Problem; now: Date },
): Promise<void> {
  await db.run(sql`update segment_lists set state = ${state}, problem = ${JSON.stringify({ code, title, fix })}::jsonb, finished_at = ${now}
    where id = ${id} and state in ('waiting', 'running', 'stopping')`)
}
