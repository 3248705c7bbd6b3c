/**
 * Imports a list into profiles: read as a stream, checked in threads, copied into a stage table, merged in one transaction.
 *
 * Invariants: an import that fails or is stopped leaves nothing, not even a topic, an attribute or a gap in the ids. Two imports into one
 * workspace merge one after the other. Memory is constant. Opt-outs and closed numbers are not changed.
 */
import type { CountryCode } from 'libphonenumber-js/max'
import type { PoolClient } from 'pg'
import { encodings } from '../../core/encodings.ts'
import { problem } from '../../core/problems.ts'
import { ensureTopic } from '../access/topics.ts'
import { listAttributes } from '../access/workspaces.ts'
import { type ListBatch, realRows } from '../files/list-batch.ts'
import { type ListForm, type ListIn, type ListInOptions, openList } from '../files/list-in.ts'
import { type Database, type Db, overClient } from '../platform/db/database.ts'
import { raw, type Sql, sql } from '../platform/db/sql.ts'
import { addAttributes, overfull, refuseAttributesOfOne } from '../profiles/catalogue.ts'
import { drawProfileIds, giveBackProfileIds, lockProfiles } from '../profiles/locks.ts'
import { type Merged, mergeStaged } from '../profiles/merge.ts'
import { analyzeStage, copyStaged, openStage, type Who } from '../profiles/stage.ts'
import type { BoundMapping } from './check-row.ts'
import { notesOf, planOf, sampleRows } from './column-plan.ts'
import { type ConsentAnswers, noAnswers } from './consent-words.ts'
import { type ImportFacts, numbersMerged, readImportFacts, readReach } from './list-figures.ts'
import { bindMap, type MapEntry, whoOf } from './mapping.ts'
import { checkInOrder, openChecker } from './pool.ts'
import { openRejectFile, type RejectFile } from './reject.ts'

export interface ImportInput {
  workspaceId: number
  /** Path of the list. */
  path: string
  /** The file name that people know; part of the evidence of consents. */
  fileName: string
  /** Part of the evidence of consents. */
  importId: number | null
  country: CountryCode
  /** How the file is to be read; what is undefined is detected. */
  reading?: ListInOptions
  map: readonly MapEntry[]
  /** The key that identifies a row; null: the first of customer id, number and e-mail that is mapped. */
  who?: Who | null
  /** What a person said about the words of the consent column. */
  answers?: ConsentAnswers
  /** Decided about the columns before the import: the first notes of the result. */
  said?: readonly string[]
  /** The topic of the consent column; created if it is missing. */
  topicName: string | null
  mode: 'both' | 'create' | 'update'
  now: Date
  /** Path of the rejected rows; null: they are only counted. */
  rejectedPath: string | null
  onProgress?: (progress: ImportProgress) => void
  signal?: AbortSignal
  /** Called with what was detected, before the first row is read. */
  onForm?: (form: ListForm) => Promise<unknown>
  /** Runs at the end of the merge's transaction, for changes that must commit together with the profiles. */
  onMerged?: (tx: Db, result: ImportResult, hasRowNotes: boolean) => Promise<void>
}

export interface ImportProgress {
  step: 'reading' | 'waiting' | 'merging'
  rowsRead: number
  rejected: number
  bytesRead: number
  bytesTotal: number
}

/** Locked profiles are among the notes. */
export interface ImportResult extends ImportFacts, Omit<Merged, 'locked' | 'withoutId' | 'consents'> {
  rejected: number
  /** Rows that were imported with a number that is invalid: they are in the file of rejected rows, too. */
  marked: number
  /** Who of the list can get an SMS about the topic of its consent column; null: it has none. */
  reach: { topic: string; people: number } | null
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
  const csv = await openList(input.path, input.reading)
  const rejects = openRejectFile(input.rejectedPath)
  let client: PoolClient | undefined
  try {
    await input.onForm?.(csv.form)
    const { plan, batches, notes } = await planFile(db, input, csv)
    client = await db.connect()
    await openStage(overClient(client), true)
    const { rows, placeholders, unknown, marked } = await stageRows(client, input, { csv, plan, batches, rejects })
    await rejects.close()
    const said = [
      ...readingNotes(csv.form, rejects.noted(), placeholders),
      ...csv.notes(),
      ...(input.said ?? []),
      ...notes,
      ...unknownNotes(unknown),
    ]
    return await merge(db, client, input, {
      plan,
      notes: said,
      rows,
      rejected: rejects.count(),
      noted: rejects.noted(),
      marked,
    })
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
export async function checkMapping(path: string, map: readonly MapEntry[], reading: ListInOptions): Promise<void> {
  const csv = await openList(path, reading)
  await csv.close()
  bindMap(map, csv.headers)
}

/** The plan by the file's first rows, and the batches including those rows. */
async function planFile(
  db: Db,
  { workspaceId, country, map, who = null, answers = noAnswers }: ImportInput,
  csv: ListIn,
) {
  const bound = bindMap(map, csv.headers)
  const rest = csv.batches(batchRows)
  const head = await rest.next()
  const sample = head.value === undefined ? [] : realRows(head.value).slice(0, sampleRows)
  const catalogue = new Map((await listAttributes(db, workspaceId)).map(({ name, type }) => [name, type]))
  const plan = planOf(bound, {
    headers: csv.headers,
    sample,
    separator: csv.form.separator,
    country,
    catalogue,
    who: whoOf(map, who),
    answers,
  })
  async function* batches(): AsyncGenerator<ListBatch> {
    if (head.value) yield head.value
    yield* rest
  }
  return { plan, batches: batches(), notes: notesOf(plan, sample) }
}

/** Sentences about how the file was read. */
function readingNotes(
  { format, sheet, sheets, encoding, ascii, headerLine }: ListForm,
  unreadable: number,
  placeholders: number,
): string[] {
  const notes: string[] = []
  if (sheets.length > 1) notes.push(`The sheet “${sheet}” was read; the workbook has ${sheets.length} sheets.`)
  if (!ascii && encoding !== 'utf-8') notes.push(`The file was read as ${encodings[encoding]}.`)
  if (headerLine > 1) notes.push(`The column names are on line ${headerLine}; the lines above were skipped.`)
  if (headerLine === 0 && format !== 'vcard') notes.push('The list has no column names; its first line was imported.')
  if (unreadable > 0)
    notes.push(
      `${cells(unreadable)} bytes that could not be read. They are shown as \uFFFD, and are in the file of row notes.`,
    )
  if (placeholders > 0)
    notes.push(`${cells(placeholders)} a placeholder such as #N/A, \\N or NULL, and counted as empty.`)
  return notes
}

/** About as many bytes as the list has as text: a workbook is compressed. */
export const textBytes = ({ format, bytes }: ListForm): number => (format === 'xlsx' ? bytes * 10 : bytes)

const cells = (n: number) => (n === 1 ? '1 cell has' : `${n} cells have`)

interface Reading {
  csv: ListIn
  plan: BoundMapping
  batches: AsyncIterable<ListBatch>
  rejects: RejectFile
}

/** Returns the number of data rows, rejected ones included, of cells with a word for "nothing", and the words that were not understood. */
async function stageRows(
  client: PoolClient,
  input: ImportInput,
  { csv, plan, batches, rejects }: Reading,
): Promise<{ rows: number; placeholders: number; unknown: ReadonlyMap<string, number>; marked: number }> {
  let marked = 0
  const unknown = new Map<string, number>()
  const checker = openChecker(plan, textBytes(csv.form))
  let rowsRead = 0
  let placeholders = 0
  async function* copied(): AsyncGenerator<Uint8Array> {
    for await (const { request, answer } of checkInOrder(batches, checker)) {
      if (input.signal?.aborted) throw problem('import_stopped')
      await rejects.add(answer.notes)
      await rejects.mark(answer.marked)
      marked += answer.marked.length
      placeholders += answer.placeholders
      for (const [word, n] of answer.unknown) {
        if (unknown.size < maxUnknown || unknown.has(word)) unknown.set(word, (unknown.get(word) ?? 0) + n)
      }
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
  return { rows: rowsRead, placeholders, unknown, marked }
}

/** Different words that are remembered; a column of texts has thousands. */
const maxUnknown = 100
const shownUnknown = 10

function unknownNotes(unknown: ReadonlyMap<string, number>): string[] {
  if (unknown.size === 0) return []
  const words = [...unknown].toSorted(([, a], [, b]) => b - a).slice(0, shownUnknown)
  const more = unknown.size > words.length ? ' and others' : ''
  const shown = words.map(([word, n]) => `“${word}” (${n})`).join(', ')
  return [
    `The consent column has words that are neither a yes nor a no: ${shown}${more}. No consent was recorded for their rows. Say which of them mean yes, and import the list again.`,
  ]
}

interface Staged {
  plan: BoundMapping
  notes: string[]
  rows: number
  rejected: number
  noted: number
  marked: number
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
    const topic = await prepareWorkspace(tx, input, staged.plan)
    const merged = await mergeStaged(tx, {
      workspaceId: input.workspaceId,
      who: staged.plan.who,
      fallback: true,
      mode: input.mode,
      consents: topic?.consents ?? null,
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
    const facts = await readImportFacts(tx, staged.rows)
    const { locked, withoutId, consents, ...counts } = merged
    const left =
      locked === 1
        ? ['1 profile is locked and was left as it is.']
        : [`${locked} profiles are locked and were left as they are.`]
    const notes = locked === 0 ? [...staged.notes] : [...staged.notes, ...left]
    if (withoutId > 0) {
      notes.push(
        `${withoutId} ${withoutId === 1 ? 'profile' : 'profiles'} did not get the customer id of the row, because another profile has it.`,
      )
    }
    if (staged.plan.who !== 'external_key') notes.push(...(await mergedNotes(tx, staged.plan.who)))
    const reach =
      topic === null ? null : { topic: topic.name, people: await readReach(tx, input.workspaceId, topic.id) }
    const { rejected, marked } = staged
    const result = { ...facts, ...counts, rejected, marked, reach, notes }
    await input.onMerged?.(tx, result, rejected + marked + staged.noted > 0)
    if (input.signal?.aborted) throw problem('import_stopped')
    await tx.run(sql`commit`)
    if (large) await analyzeGrown(tx, merged).catch(() => {})
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

/** People with a number of their own that are not, because they share the key. */
async function mergedNotes(tx: Db, who: Who): Promise<string[]> {
  const lost = await numbersMerged(tx)
  if (lost === 0) return []
  const key = who === 'email' ? 'e-mail address' : 'phone number'
  return [
    `${lost} ${lost === 1 ? 'number was' : 'numbers were'} not imported: a later row with the same ${key} has another number. Choose the phone number as the key to import each number.`,
  ]
}

/**
 * Lets the next statements (a freeze, an upsert) be planned for the new rows, without waiting for autovacuum: of the tables that grew by
 * more than a tenth. With a million profiles, analyzing takes as long as importing 40,000 rows.
 */
async function analyzeGrown(db: Db, { created, consents }: Pick<Merged, 'created' | 'consents'>): Promise<void> {
  const rows = { profiles: created, profile_keys: created, consents, current_consents: consents }
  const grown = await db.query<{ name: string }>(sql`
    select u.name from unnest(${Object.keys(rows)}::text[], ${Object.values(rows)}::bigint[]) as u (name, added)
    join pg_class c on c.oid = to_regclass(u.name) where u.added * 10 > c.reltuples`)
  for (const { name } of grown) await db.run(sql`analyze ${raw(name)}`)
}

/** Creates the attributes, and the topic if a column has consents; returns it with the consents as a select, null if there are none. */
async function prepareWorkspace(
  tx: Db,
  input: ImportInput,
  plan: BoundMapping,
): Promise<{ id: number; name: string; consents: Sql } | null> {
  const attributes = plan.columns.flatMap(column => (column.kind === 'attribute' ? [column] : []))
  await addAttributes(tx, input.workspaceId, attributes, input.now)
  const column = plan.columns.find(({ kind, ...rest }) => kind === 'key' && 'key' in rest && rest.key === 'sms_consent')
  if (input.topicName === null || column === undefined) return null
  const topic = await ensureTopic(tx, input.workspaceId, input.topicName, input.now)
  const consents = sql`
    select s.line, ${topic.id}::int as topic_id, 'sms' as channel, s.consent as granted, 'import' as source,
      jsonb_build_object('import', ${input.importId}::bigint, 'file', ${input.fileName}::text, 'line', s.line,
        'column', ${plan.headers[column.index] ?? ''}::text, 'value', s.consent_given) as evidence
    from profile_stage s where s.consent is not null`
  return { id: topic.id, name: topic.name, consents }
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
