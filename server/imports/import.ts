/**
 * Imports a list into profiles: read as a stream, checked in threads, copied into a stage table, merged in one transaction.
 *
 * Invariants: an import that fails or is stopped leaves nothing, not even a topic, an attribute or a gap in the ids. Two imports into one
 * workspace merge one after the other. Memory is constant. Opt-outs and closed numbers are not changed.
 */
import type { CountryCode } from 'libphonenumber-js/max'
import type { PoolClient } from 'pg'
import { problem } from '../../core/problems.ts'
import { ensureTopic, listAttributes } from '../access/workspaces.ts'
import { type CsvBatch, type CsvIn, openCsv } from '../files/csv-in.ts'
import { type Database, type Db, overClient } from '../platform/db/database.ts'
import { type Sql, sql } from '../platform/db/sql.ts'
import { addAttributes, overfull, refuseAttributesOfOne } from '../profiles/catalogue.ts'
import { drawProfileIds, giveBackProfileIds, lockProfiles } from '../profiles/locks.ts'
import { type Merged, mergeStaged } from '../profiles/merge.ts'
import { analyzeStage, copyStaged, openStage } from '../profiles/stage.ts'
import type { Plan } from './check-row.ts'
import { notesOf, planOf, sampleRows } from './column-plan.ts'
import { type ImportFacts, readFacts } from './list-figures.ts'
import { bindMap, type MapEntry } from './mapping.ts'
import { checkInOrder, openChecker } from './pool.ts'
import { openRejectFile, type RejectFile } from './reject.ts'

export interface ImportInput {
  workspaceId: number
  /** Path of the CSV. */
  path: string
  /** The file name that people know; part of the evidence of consents. */
  fileName: string
  /** Part of the evidence of consents. */
  importId: number | null
  country: CountryCode
  map: readonly MapEntry[]
  /** The topic of the consent column; created if it is missing. */
  topicName: string | null
  mode: 'both' | 'create' | 'update'
  now: Date
  /** Path of the rejected rows; null: they are only counted. */
  rejectedPath: string | null
  onProgress?: (progress: ImportProgress) => void
  signal?: AbortSignal
  /** Runs at the end of the merge's transaction, for changes that must commit together with the profiles. */
  onMerged?: (tx: Db, result: ImportResult) => Promise<void>
}

export interface ImportProgress {
  step: 'reading' | 'waiting' | 'merging'
  rowsRead: number
  rejected: number
  bytesRead: number
  bytesTotal: number
}

/** Locked profiles are among the notes. */
export interface ImportResult extends ImportFacts, Omit<Merged, 'locked'> {
  rejected: number
  /** Sentences about ambiguous formats and how they were read. */
  notes: string[]
}

/** Rows per batch: one message to a worker thread. */
const batchRows = 1000
/** From this many rows on, the tables are analyzed for the planner. */
const manyRows = 2000

/** Throws Problems of the file, the mapping and the catalogue; `import_stopped`. */
export async function importProfiles(db: Database, input: ImportInput): Promise<ImportResult> {
  if (
    input.topicName === null &&
    input.map.some(({ target }) => target.kind === 'key' && target.key === 'sms_consent')
  ) {
    throw problem('consent_topic')
  }
  const csv = await openCsv(input.path)
  const rejects = openRejectFile(input.rejectedPath)
  let client: PoolClient | undefined
  try {
    const { plan, batches, notes } = await planFile(db, input, csv)
    client = await db.connect()
    await openStage(overClient(client), true)
    const rows = await stageRows(client, input, { csv, plan, batches, rejects })
    await rejects.close()
    return await merge(db, client, input, { plan, notes, rows, rejected: rejects.count() })
  } catch (error) {
    await rejects.discard()
    throw input.signal?.aborted ? problem('import_stopped', {}, { cause: error }) : error
  } finally {
    await csv.close()
    // Closing it drops the stage table and its many pages.
    client?.release(true)
  }
}

/** Checks that the file and the mapping fit, before anything is created. Throws what `importProfiles` would throw at its start. */
export async function checkMapping(path: string, map: readonly MapEntry[]): Promise<void> {
  const csv = await openCsv(path)
  await csv.close()
  bindMap(map, csv.headers)
}

/** The plan by the file's first rows, and the batches including those rows. */
async function planFile(db: Db, { workspaceId, country, map }: ImportInput, csv: CsvIn) {
  const bound = bindMap(map, csv.headers)
  const rest = csv.batches(batchRows)
  const head = await rest.next()
  const sample = head.value?.rows.slice(0, sampleRows) ?? []
  const catalogue = new Map((await listAttributes(db, workspaceId)).map(({ name, type }) => [name, type]))
  const plan = planOf(bound, { headers: csv.headers, sample, separator: csv.form.separator, country, catalogue })
  async function* batches(): AsyncGenerator<CsvBatch> {
    if (head.value) yield head.value
    yield* rest
  }
  return { plan, batches: batches(), notes: notesOf(plan, sample) }
}

interface Reading {
  csv: CsvIn
  plan: Plan
  batches: AsyncIterable<CsvBatch>
  rejects: RejectFile
}

/** Returns the number of data rows, rejected ones included. */
async function stageRows(
  client: PoolClient,
  input: ImportInput,
  { csv, plan, batches, rejects }: Reading,
): Promise<number> {
  const checker = openChecker(plan, csv.form.bytes)
  let rowsRead = 0
  async function* copied(): AsyncGenerator<Uint8Array> {
    for await (const { request, answer } of checkInOrder(batches, checker)) {
      if (input.signal?.aborted) throw problem('import_stopped')
      await rejects.add(answer.rejected)
      rowsRead += request.rows.length
      if (answer.accepted > 0) yield answer.copy
      const { bytesRead } = request
      input.onProgress?.({
        step: 'reading',
        rowsRead,
        rejected: rejects.count(),
        bytesRead,
        bytesTotal: csv.form.bytes,
      })
    }
  }
  try {
    await copyStaged(client, copied())
  } finally {
    await checker.close()
  }
  return rowsRead
}

interface Staged {
  plan: Plan
  notes: string[]
  rows: number
  rejected: number
}

async function merge(db: Database, client: PoolClient, input: ImportInput, staged: Staged): Promise<ImportResult> {
  const tx = overClient(client)
  const large = staged.rows >= manyRows
  const drawn = { first: 0, n: 0 }
  const tell = (step: ImportProgress['step']) => {
    input.onProgress?.({ step, rowsRead: staged.rows, rejected: staged.rejected, bytesRead: 1, bytesTotal: 1 })
  }
  const free = await cancelOnAbort(db, tx, input.signal)
  try {
    if (large) await analyzeStage(client, ['profile_stage'])
    await tx.run(sql`begin`)
    if (large) await tx.run(sql`set local work_mem = '64MB'`)
    await lockProfiles(tx, input.workspaceId, () => tell('waiting'))
    tell('merging')
    const consents = await prepareWorkspace(tx, input, staged.plan)
    const merged = await mergeStaged(tx, {
      workspaceId: input.workspaceId,
      who: staged.plan.who,
      mode: input.mode,
      consents,
      now: input.now,
      draw: async n => {
        drawn.first = await drawProfileIds(tx, n)
        drawn.n = n
        return drawn.first
      },
      ...(large ? { filled: (table: string) => analyzeStage(client, [table]) } : {}),
    })
    const [full] = await overfull(tx, input.workspaceId)
    if (full !== undefined) refuseAttributesOfOne(full.count)
    const facts = await readFacts(tx, staged.rows)
    const { locked, ...counts } = merged
    const left =
      locked === 1
        ? ['1 profile is locked and was left as it is.']
        : [`${locked} profiles are locked and were left as they are.`]
    const notes = locked === 0 ? staged.notes : [...staged.notes, ...left]
    const result = { ...facts, ...counts, rejected: staged.rejected, notes }
    await input.onMerged?.(tx, result)
    if (input.signal?.aborted) throw problem('import_stopped')
    await tx.run(sql`commit`)
    if (large) await analyzeLists(tx)
    return result
  } catch (error) {
    await tx.run(sql`rollback`).catch(() => {})
    // If the connection is lost too, a gap remains.
    if (drawn.n > 0) await giveBackProfileIds(tx, drawn.first, drawn.n).catch(() => {})
    throw error
  } finally {
    free()
  }
}

/** Lets the next statements (a freeze, an upsert) be planned for the new rows, without waiting for autovacuum. */
async function analyzeLists(db: Db): Promise<void> {
  await db.run(sql`analyze profiles, profile_keys, consents, current_consents`).catch(() => {})
}

/** Creates the attributes, and the topic if a column has consents; returns the consents as a select, null if there are none. */
async function prepareWorkspace(tx: Db, input: ImportInput, plan: Plan): Promise<Sql | null> {
  const attributes = plan.columns.flatMap(column => (column.kind === 'attribute' ? [column] : []))
  await addAttributes(tx, input.workspaceId, attributes, input.now)
  const column = plan.columns.find(({ kind, ...rest }) => kind === 'key' && 'key' in rest && rest.key === 'sms_consent')
  if (input.topicName === null || column === undefined) return null
  const topic = await ensureTopic(tx, input.workspaceId, input.topicName, input.now)
  return sql`
    select s.line, ${topic.id}::int as topic_id, 'sms' as channel, s.consent as granted, 'import' as source,
      jsonb_build_object('import', ${input.importId}::bigint, 'file', ${input.fileName}::text, 'line', s.line,
        'column', ${plan.headers[column.index] ?? ''}::text, 'value', s.consent_given) as evidence
    from profile_stage s where s.consent is not null`
}

/** A merge is a few long statements: to stop it, the current one is cancelled. */
async function cancelOnAbort(db: Database, tx: Db, signal: AbortSignal | undefined): Promise<() => void> {
  if (signal === undefined) return () => {}
  const [row] = await tx.query<{ pid: number }>(sql`select pg_backend_pid() as pid`)
  const cancel = () => {
    db.run(sql`select pg_cancel_backend(${row?.pid ?? 0})`).catch(() => {})
  }
  signal.addEventListener('abort', cancel)
  return () => signal.removeEventListener('abort', cancel)
}
