/**
 * An import as its row shows it: file, progress, result or error. `runImport` does the work and keeps the row up to date. The row becomes
 * "done" in the transaction that creates the profiles, so a repeated run never imports twice.
 *
 * The running process holds an advisory lock on the import: a row that is "running" without the lock belongs to a process that has ended.
 */
import type { EncodingName } from '../../core/encodings.ts'
import { Problem, problem } from '../../core/problems.ts'
import { audit } from '../access/audit.ts'
import type { ListInOptions } from '../files/list-in.ts'
import { type Database, type Db, overClient } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { countryOf } from '../profiles/phone-check.ts'
import type { Who } from '../profiles/stage.ts'
import { type ConsentAnswers, noAnswers } from './consent-words.ts'
import { type ImportInput, type ImportProgress, type ImportResult, importProfiles } from './import.ts'
import { mapFrom, whoOf } from './mapping.ts'

/** As in the API and in the row. */
export interface ImportOptions {
  /** the default country of numbers, two letters */
  country: string
  /** the topic of the consent column; null: no such column */
  topic: string | null
  /** key -> column */
  map: Record<string, string>
  mode: 'both' | 'create' | 'update'
  /** the key that identifies a row; absent: the first of customer id, number and e-mail that is mapped */
  key?: Who
  /** the words of the consent column that mean yes and no, where Homing does not know them */
  consentWords?: ConsentAnswers
  /** what was decided about the columns before the import, for its result */
  notes?: readonly string[]
  /** how the file is read; null: detected */
  encoding?: EncodingName | null
  /** the line of the column names; 0: there is none; null: detected */
  headerLine?: number | null
  /** the sheet of a workbook; null: the first one with rows */
  sheet?: string | null
}

export interface NewImport {
  workspaceId: number
  fileName: string
  options: ImportOptions
  /** The name of the uploaded file in the folder of imports; null: the caller runs the import at once, from its own file. */
  upload: string | null
  bytes: number
  actor: string
}

const running = 7303
const progressMs = 500

/** Throws the Problems of an invalid mapping or country. */
export async function createImport(db: Database, input: NewImport, now: Date): Promise<number> {
  readOptions(input.options)
  return db.tx(async tx => {
    const [row] = await tx.query<{ id: number }>(sql`
      insert into imports (workspace_id, file_name, options, bytes_total, upload, created_at)
      values (${input.workspaceId}, ${input.fileName.slice(0, 255)}, ${JSON.stringify(input.options)}::jsonb, ${input.bytes}, ${input.upload}, ${now})
      returning id`)
    const id = row?.id ?? 0
    const details = { file: input.fileName.slice(0, 255) }
    await audit(
      tx,
      { workspaceId: input.workspaceId, actor: input.actor, action: 'import.start', subject: `import ${id}`, details },
      now,
    )
    return id
  })
}

export interface RunInput {
  importId: number
  /** Path of the list. */
  path: string
  /** The path of rejected rows; the row stores its last part. Null: none are stored. */
  rejected: { path: string; name: string } | null
  now: () => Date
  onProgress?: (progress: ImportProgress) => void
  signal?: AbortSignal
}

/** Null if it is over already, or another process runs it. Throws why it failed; the row then contains the reason. */
export async function runImport(db: Database, input: RunInput): Promise<ImportResult | null> {
  const client = await db.connect()
  const holder = overClient(client)
  try {
    const [lock] = await holder.query<{ got: boolean }>(
      sql`select pg_try_advisory_lock(${running}, ${lockKey(input.importId)}) as got`,
    )
    if (!lock?.got) return null
    return await runLocked(db, input)
  } finally {
    // Closing the connection releases the lock.
    client.release(true)
  }
}

async function runLocked(db: Database, input: RunInput): Promise<ImportResult | null> {
  const [row] = await db.query<{
    workspaceId: number
    fileName: string
    options: ImportOptions
    stopping: boolean
  }>(sql`
    update imports set state = case state when 'stopping' then state else 'running' end, step = 'reading', starts = starts + 1,
      rows_read = 0, bytes_read = 0, rejected = 0
    where id = ${input.importId} and state in ('waiting', 'running', 'stopping')
    returning workspace_id as "workspaceId", file_name as "fileName", options, state = 'stopping' as stopping`)
  if (row === undefined) return null
  const stop = new AbortController()
  const signal = input.signal ? AbortSignal.any([input.signal, stop.signal]) : stop.signal
  const told = tellProgress(db, input, () => stop.abort())
  try {
    if (row.stopping) throw problem('import_stopped')
    return await importProfiles(db, {
      ...readOptions(row.options),
      workspaceId: row.workspaceId,
      importId: input.importId,
      path: input.path,
      fileName: row.fileName,
      now: input.now(),
      rejectedPath: input.rejected?.path ?? null,
      signal,
      onProgress: progress => {
        told.tell(progress)
        input.onProgress?.(progress)
      },
      // A run after a crash reads the file as this one did.
      onForm: ({ encoding, headerLine, sheet }) => {
        const read = JSON.stringify({ encoding, headerLine, sheet })
        return db.run(sql`update imports set options = options || ${read}::jsonb where id = ${input.importId}`)
      },
      onMerged: (tx, result, hasRowNotes) => writeDone(tx, input, result, hasRowNotes),
    })
  } catch (error) {
    await told.end()
    await writeFailed(db, input, error)
    throw error
  } finally {
    await told.end()
  }
}

function readOptions({
  country,
  topic,
  map,
  mode,
  key,
  consentWords = noAnswers,
  notes = [],
  ...reading
}: ImportOptions): Pick<
  ImportInput,
  'country' | 'topicName' | 'map' | 'mode' | 'who' | 'answers' | 'said' | 'reading'
> {
  const entries = mapFrom(Object.entries(map))
  if (topic === null && entries.some(({ target }) => target.kind === 'key' && target.key === 'sms_consent'))
    throw problem('consent_topic')
  return {
    country: countryOf(country),
    topicName: topic,
    map: entries,
    mode,
    who: whoOf(entries, key ?? null),
    answers: consentWords,
    said: notes,
    reading: readingOfRow(reading),
  }
}

export function readingOfRow({
  encoding,
  headerLine,
  sheet,
}: Pick<ImportOptions, 'encoding' | 'headerLine' | 'sheet'>): ListInOptions {
  return { encoding: encoding ?? undefined, headerLine: headerLine ?? undefined, sheet: sheet ?? undefined }
}

/** Writes the progress, at most twice per second, and learns if a person wants the import to stop. */
function tellProgress(db: Db, { importId }: RunInput, stop: () => void) {
  let latest: ImportProgress | undefined
  let writing: Promise<void> = Promise.resolve()
  const write = async () => {
    const { step, rowsRead, bytesRead, rejected } = latest ?? {
      step: null,
      rowsRead: null,
      bytesRead: null,
      rejected: null,
    }
    latest = undefined
    const [row] = await db.query<{ stopping: boolean }>(sql`
      update imports set step = coalesce(${step}, step), rows_read = coalesce(${rowsRead}, rows_read),
        bytes_read = coalesce(${bytesRead}, bytes_read), rejected = coalesce(${rejected}, rejected)
      where id = ${importId} and state in ('running', 'stopping') returning state = 'stopping' as stopping`)
    if (row?.stopping) stop()
  }
  // A failed write is repeated next time; progress is only for display.
  const timer = setInterval(() => {
    writing = writing.then(write).catch(() => {})
  }, progressMs)
  return {
    tell(progress: ImportProgress) {
      latest = progress
    },
    async end() {
      clearInterval(timer)
      await writing
    },
  }
}

async function writeDone(
  tx: Db,
  { importId, rejected, now }: RunInput,
  result: ImportResult,
  hasRowNotes: boolean,
): Promise<void> {
  const { created, updated, skipped, notes, rejected: rejectedRows, ...facts } = result
  await tx.run(sql`
    update imports set state = 'done', step = 'done', rows_read = ${facts.rows}, bytes_read = bytes_total, created = ${created},
      updated = ${updated}, rejected = ${rejectedRows}, facts = ${JSON.stringify(facts)}::jsonb, notes = ${notes}::text[],
      rejected_rows = ${hasRowNotes ? (rejected?.name ?? null) : null}, finished_at = ${now()}
    where id = ${importId}`)
}

async function writeFailed(db: Db, { importId, now, signal }: RunInput, error: unknown): Promise<void> {
  const known = error instanceof Problem ? error : problem('internal', {}, { cause: error })
  const state = known.code === 'import_stopped' ? 'stopped' : 'failed'
  // A worker that stops puts an upload back, and another worker takes it.
  if (state === 'stopped' && signal?.aborted) {
    const back = await db.run(sql`
      update imports set state = 'waiting', step = 'waiting', starts = starts - 1
      where id = ${importId} and upload is not null and state = 'running'`)
    if (back > 0) return
  }
  const shown = { code: known.code, title: known.title, fix: known.fix }
  await db.run(sql`
    update imports set state = ${state}, step = ${state}, problem = ${JSON.stringify(shown)}::jsonb, finished_at = ${now()}
    where id = ${importId} and state in ('waiting', 'running', 'stopping')`)
}

/** Advisory locks have two keys of 32 bits. */
function lockKey(importId: number): number {
  return importId % 2_147_483_647
}

/** The running imports: `key` is id % 2147483647. */
export const heldImports = sql`
  select l.objid::bigint as key from pg_locks l where l.locktype = 'advisory' and l.classid = ${running} and l.objsubid = 2
    and l.database = (select oid from pg_database where datname = current_database())`

/** A condition on `i`: its process runs. */
export const isHeld = sql`exists (select from (${heldImports}) h where h.key = i.id % 2147483647)`
