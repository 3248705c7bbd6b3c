/**
 * Where records go that the database cannot take now: files in the data folder, synced before the caller learns that the
 * record is safe. They survive kill -9 and are appended to the database in order, by their own process or the next one.
 *
 * A spool is a row of files (segments) `inbox-SOURCE-ORDINAL-RANDOM.spool`. A file is removed only when all of it is in the
 * database. A process that starts may take over the files of any other, dead or not (replay.ts): it renames first and reads
 * then; a writer looks after each sync whether the name is still its own, and writes the batch again into a new file if
 * not. So every acknowledged record is in a file that is still to be appended.
 */
import { randomBytes } from 'node:crypto'
import { type FileHandle, mkdir, open, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { Problem, problem } from '../../core/problems.ts'
import { monotonicMs } from '../platform/clock.ts'
import { messageOf } from './connect.ts'
import { frameEntry, frameHeader, parseEntry, readLines, type SpoolHeader } from './frames.ts'
import type { InboxEntry } from './insert.ts'

/** A new file is begun above this, so that what was appended can be removed while the spool still grows. */
export const segmentBytes = 64 * 1024 * 1024
const readBytes = 1024 * 1024
/** After a write that failed. */
const pauseMs = 250

interface Segment {
  handle: FileHandle
  path: string
  inode: number
  /** bytes written and synced */
  size: number
  /** bytes that are in the database */
  appended: number
}

export interface SpoolOptions {
  folder: string
  header: SpoolHeader
  /** All segments together; above it `write` rejects with `inbox_full`. */
  limitBytes: number
}

export class Spool {
  readonly #options: SpoolOptions
  readonly #segments: Segment[] = []
  #ordinal = 0
  #failed: { problem: Problem; atMs: number } | undefined

  constructor(options: SpoolOptions) {
    this.#options = options
  }

  /**
   * Resolves when the entries are on the disk. One write at a time. Rejects with `inbox_full`: a write that failed leaves nothing
   * behind, and the disk is not asked again for a moment.
   */
  async write(entries: readonly InboxEntry[]): Promise<void> {
    if (this.#failed !== undefined && monotonicMs() - this.#failed.atMs < pauseMs) throw this.#failed.problem
    try {
      await this.#write(entries)
      this.#failed = undefined
    } catch (error) {
      const refused =
        error instanceof Problem
          ? error
          : problem('inbox_full', { what: `the spool cannot be written: ${codeOf(error)}` }, { cause: error })
      this.#failed = { problem: refused, atMs: monotonicMs() }
      throw refused
    }
  }

  async #write(entries: readonly InboxEntry[]): Promise<void> {
    const bytes = Buffer.from(entries.map(frameEntry).join(''))
    if (this.bytes + bytes.length > this.#options.limitBytes) throw problem('inbox_full', { what: 'the spool is full' })
    for (;;) {
      let segment = this.#segments.at(-1)
      if (segment === undefined || segment.size > segmentBytes || !(await isOwn(segment))) {
        segment = await this.#begin()
        this.#segments.push(segment)
      }
      await appendSynced(segment, bytes)
      // Taken over meanwhile: the other may have read past before these bytes came. The batch goes into a file of our own.
      if (!(await isOwn(segment))) continue
      segment.size += bytes.length
      return
    }
  }

  /** The oldest entries that are not in the database yet, at most about 1 MiB of them; none: all are. Files that are done are removed. */
  async read(): Promise<{ entries: InboxEntry[]; bytes: number; damagedBytes: number }> {
    while (this.#segments.length > 1 && isDone(this.#segments[0]!)) await remove(this.#segments.shift()!)
    const segment = this.#segments[0]
    const left = segment === undefined ? 0 : segment.size - segment.appended
    if (segment === undefined || left === 0) return { entries: [], bytes: 0, damagedBytes: 0 }
    for (let length = Math.min(readBytes, left); ; length = Math.min(length * 4, left)) {
      const piece = Buffer.alloc(length)
      const { bytesRead } = await segment.handle.read(piece, 0, length, segment.appended)
      const { lines, bytes, damagedBytes } = readLines(piece.subarray(0, bytesRead))
      if (bytes > 0) return { entries: lines.map(parseEntry), bytes, damagedBytes }
      if (length === left) return { entries: [], bytes: left, damagedBytes: left }
    }
  }

  /** The entries of the last `read` are in the database. */
  appended(bytes: number): void {
    const segment = this.#segments[0]
    if (segment !== undefined) segment.appended += bytes
  }

  /** All is in the database. What comes next begins a new file. */
  async clear(): Promise<void> {
    await Promise.all(this.#segments.splice(0).map(remove))
  }

  /** Leaves the files for the next process. */
  async leave(): Promise<void> {
    await Promise.all(this.#segments.splice(0).map(segment => segment.handle.close()))
  }

  get bytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.size, 0)
  }

  /** True where everything written is in the database. */
  get isAppended(): boolean {
    return this.#segments.every(isDone)
  }

  async #begin(): Promise<Segment> {
    const { folder, header } = this.#options
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const path = join(folder, segmentName(header.source, ++this.#ordinal))
    const handle = await open(path, 'wx+', 0o600)
    try {
      const head = Buffer.from(frameHeader(header))
      await writeAll(handle, head, 0)
      await handle.datasync()
      await syncFolder(folder)
      return { handle, path, inode: (await handle.stat()).ino, size: head.length, appended: head.length }
    } catch (error) {
      await handle.close()
      await unlink(path).catch(() => {})
      throw error
    }
  }
}

/** Sorts by source and age as text. */
export function segmentName(source: number, ordinal: number): string {
  const pad = (n: number, digits: number) => String(n).padStart(digits, '0')
  return `inbox-${pad(source, 12)}-${pad(ordinal, 6)}-${randomBytes(4).toString('hex')}.spool`
}

async function appendSynced(segment: Segment, bytes: Buffer): Promise<void> {
  try {
    await writeAll(segment.handle, bytes, segment.size)
    await segment.handle.datasync()
  } catch (error) {
    // The caller learns that the records are not safe, so a replay must not bring them back.
    await segment.handle.truncate(segment.size).catch(() => {})
    throw error
  }
}

// A disk that fills up takes a part of a write, and says so by its count only.
async function writeAll(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, position + written)
    if (bytesWritten === 0) throw new Error('the disk took nothing of a write')
    written += bytesWritten
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : messageOf(error)

async function isOwn(segment: Segment): Promise<boolean> {
  return stat(segment.path).then(
    found => found.ino === segment.inode,
    () => false,
  )
}

const isDone = (segment: Segment) => segment.appended === segment.size

async function remove(segment: Segment): Promise<void> {
  await segment.handle.close()
  await unlink(segment.path).catch(() => {}) // taken over by a replay, which removes it
}

// The name of a new file is safe only when its folder is synced too. Windows cannot sync a folder and needs not.
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.datasync()
  } finally {
    await handle.close()
  }
}
