/**
 * What dead processes left in the spool, appended before anyone says "ready".
 *
 * One replay at a time (an advisory lock), the files of a source in their order, so that the inbox of a source grows without
 * gaps. A file is renamed first: a writer that is alive notices and continues in a new one (spool.ts). Files of another
 * installation stay where they are. A source that this database does not know (it was restored from an older backup)
 * continues as a new source, always the same one for the same file.
 */
import { open, readdir, rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type pg from 'pg'
import type { ConnectionConfig } from '../platform/db/database.ts'
import { openGuarded } from '../platform/db/query-guard.ts'
import type { Log } from '../platform/log.ts'
import { parseEntry, parseHeader, readLines, type SpoolHeader } from './frames.ts'
import { type InboxEntry, insertEntries } from './insert.ts'
import { renewSource } from './sources.ts'
import { segmentName } from './spool.ts'

/** "spool" in ASCII. */
const REPLAY_LOCK = '495807590252'
const pieceBytes = 1024 * 1024
/** Longer lines were never written. */
const lineLimitBytes = 8 * 1024 * 1024

export interface Replayed {
  files: number
  records: number
  /** bytes of a torn tail (never acknowledged) and of lines that the disk damaged */
  cutBytes: number
}

/** Appends all spool files of this installation in the folder and removes them. Rejects where the database does not answer; the files stay then. */
export async function replaySpools(folder: string, connection: ConnectionConfig, log?: Log): Promise<Replayed> {
  const replayed: Replayed = { files: 0, records: 0, cutBytes: 0 }
  if ((await spoolFiles(folder)).length === 0) return replayed
  const { client, end } = await openGuarded({ ...connection, application_name: 'homing/inbox-replay' })
  try {
    await client.query('set synchronous_commit = on')
    await client.query(`select pg_advisory_lock(${REPLAY_LOCK})`)
    const installation = await readFingerprint(client)
    // Listed under the lock: nobody else renames now.
    for (const file of await spoolFiles(folder)) {
      const done = await replayFile(client, folder, file, installation, log)
      if (done === undefined) continue
      replayed.files++
      replayed.records += done.records
      replayed.cutBytes += done.cutBytes
    }
  } finally {
    await end()
  }
  if (replayed.files > 0) log?.info({ ...replayed }, 'appended what an earlier process had left in the spool')
  return replayed
}

/** Tells one installation from another; a copy of the database keeps it. */
export async function readFingerprint(client: pg.ClientBase): Promise<string> {
  const found = await client.query<{ fingerprint: string }>(
    `select encode(sha256(link_key_1), 'hex') as fingerprint from installation where id = 1`,
  )
  if (found.rows[0] === undefined) throw new Error('the installation row is missing: migrate first')
  return found.rows[0].fingerprint.slice(0, 16)
}

async function replayFile(client: pg.Client, folder: string, file: SpoolFile, installation: string, log?: Log) {
  const claimed = join(folder, segmentName(file.source, file.ordinal))
  try {
    await rename(join(folder, file.name), claimed)
  } catch (error) {
    // Its living owner has just appended and removed it.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  let records = 0
  let source: number | undefined
  const { tornBytes, damagedBytes, known } = await readSpool(claimed, installation, async (header, entries) => {
    source ??= await sourceOf(client, header, file)
    await renewSource(client, source)
    await insertEntries(client, source, 'maybeStored', entries)
    records += entries.length
  })
  if (!known) {
    log?.warn({ file: claimed }, 'a spool file of another installation was left alone')
    return undefined
  }
  const cutBytes = tornBytes + damagedBytes
  if (cutBytes > 0)
    log?.warn(
      { file: claimed, tornBytes, damagedBytes },
      'a spool file had a torn tail or damaged lines, which were cut',
    )
  await unlink(claimed)
  return { records, cutBytes }
}

/** Hands the entries on in order, by pieces. */
async function readSpool(
  path: string,
  installation: string,
  take: (header: SpoolHeader, entries: InboxEntry[]) => Promise<void>,
): Promise<{ tornBytes: number; damagedBytes: number; known: boolean }> {
  const handle = await open(path, 'r')
  try {
    let header: SpoolHeader | undefined
    let rest = Buffer.alloc(0)
    let damagedBytes = 0
    for (;;) {
      const piece = Buffer.alloc(pieceBytes)
      const { bytesRead } = await handle.read(piece, 0, pieceBytes, null)
      if (bytesRead === 0) return { tornBytes: rest.length, damagedBytes, known: true }
      rest = Buffer.concat([rest, piece.subarray(0, bytesRead)])
      const read = readLines(rest)
      rest = rest.subarray(read.bytes)
      if (rest.length > lineLimitBytes) rest = Buffer.alloc(0)
      damagedBytes += read.damagedBytes
      // Killed while it wrote the first line: the file holds nothing yet.
      if (header === undefined && read.lines.length === 0) continue
      header ??= parseHeader(read.lines.shift()!)
      if (header.installation !== installation) return { tornBytes: 0, damagedBytes: 0, known: false }
      if (read.lines.length > 0) await take(header, read.lines.map(parseEntry))
    }
  } finally {
    await handle.close()
  }
}

async function sourceOf(client: pg.Client, header: SpoolHeader, file: SpoolFile): Promise<number> {
  const own = await client.query(`select from inbox_sources where id = $1 and started_at = $2`, [
    header.source,
    header.startedAt,
  ])
  if (own.rowCount === 1) return header.source
  const process = `spool ${header.source} of ${header.startedAt}`
  const known = await client.query<{ id: string }>(
    'select id from inbox_sources where process = $1 and started_at = $2',
    [process, header.startedAt],
  )
  if (known.rows[0] !== undefined) return Number(known.rows[0].id)
  const fresh = await client.query<{ id: string }>(
    'insert into inbox_sources (process, started_at) values ($1, $2) returning id',
    [process, header.startedAt],
  )
  if (fresh.rows[0] === undefined) throw new Error(`no source for the spool file ${file.name}`)
  return Number(fresh.rows[0].id)
}

interface SpoolFile {
  name: string
  source: number
  ordinal: number
}

async function spoolFiles(folder: string): Promise<SpoolFile[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  return names.sort().flatMap(name => {
    const found = /^inbox-(\d+)-(\d+)-[0-9a-f]+\.spool$/.exec(name)
    return found === null ? [] : [{ name, source: Number(found[1]), ordinal: Number(found[2]) }]
  })
}
