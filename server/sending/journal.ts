/**
 * Which attempts of a session were handed to the socket? Written right before each socket write, to a local file that survives
 * the process. After a crash an attempt without an answer that is not in it never left us and is free again; one that is in it is
 * unknown.
 *
 * Always: **what is not certain counts as written**. The file is believed only as a whole: when it is the one that this session
 * made (its mark, its own inode: no copy of it), in the same boot of the machine (it is not synced: after a power cut its last
 * lines are missing), and when its checksum covers every byte of it. A file that was cut at any place, that has a damaged byte, or
 * whose last write stopped half-way is believed in nothing.
 *
 *     homing-journal 2 SESSION MARK BOOT INODE
 *     ACTIVITY PROFILE N        one attempt
 *     end CHECKSUM              CRC-32 of all bytes before it; each write begins by overwriting the last one
 */
import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { sameBoot } from '../platform/leases/life.ts'

export interface JournalEntry {
  activityId: number
  profileId: number
  n: number
}

/** Which journal: all of it is in the row of the session too. */
export interface JournalName {
  sessionId: number
  /** made for this session alone; null: of a version that made none */
  mark: string | null
  /** of the machine that the session ran on; null: unknown */
  boot: string | null
}

const defaultMaxBytes = 4 * 1024 * 1024

export class Journal {
  readonly #path: string
  readonly #name: JournalName
  readonly #maxBytes: number
  #file: JournalFile
  #compactAt: number

  /** Throws where the disk is full or the folder cannot be written. */
  constructor(folder: string, name: JournalName, maxBytes = defaultMaxBytes) {
    mkdirSync(folder, { recursive: true })
    this.#path = pathOf(folder, name.sessionId)
    this.#name = name
    this.#maxBytes = maxBytes
    this.#compactAt = maxBytes
    this.#file = new JournalFile(this.#path, name, [])
  }

  /** All of them, or it throws and none has to be thought of as written: then nothing may go to the socket. */
  write(entries: readonly JournalEntry[]): void {
    this.#file.append(entries)
  }

  /** Forgets what has been answered, once the file is large. Where that fails, the old file stays in use, complete. */
  compact(unanswered: Iterable<JournalEntry>): void {
    if (this.#file.bytes < this.#compactAt) return
    const path = `${this.#path}.next`
    let next: JournalFile | undefined
    try {
      next = new JournalFile(path, this.#name, [...unanswered])
      next.sync()
      renameSync(path, this.#path)
    } catch {
      next?.close()
      discard(path)
      this.#compactAt = this.#file.bytes + this.#maxBytes
      return
    }
    this.#file.close()
    this.#file = next
    this.#compactAt = next.bytes + this.#maxBytes
  }

  close(): void {
    this.#file.close()
  }
}

/** A file that is whole after each write, and after each failed one where the disk lets it be. */
class JournalFile {
  readonly #fd: number
  /** where the next line goes: the last `end` begins here */
  #end = 0
  #checksum = 0
  /** a write failed, and the file could not be made whole again yet */
  #torn = false

  constructor(path: string, name: JournalName, entries: readonly JournalEntry[]) {
    this.#fd = openSync(path, 'w', 0o600)
    try {
      this.#add(headerOf(name, inodeOf(this.#fd)) + linesOf(entries))
    } catch (error) {
      this.close()
      discard(path)
      throw error
    }
  }

  get bytes(): number {
    return this.#end
  }

  append(entries: readonly JournalEntry[]): void {
    if (this.#torn) this.#restore()
    try {
      this.#add(linesOf(entries))
    } catch (error) {
      this.#torn = true
      try {
        this.#restore()
      } catch {
        // The next write tries again; until then nobody believes the file.
      }
      throw error
    }
  }

  sync(): void {
    fsyncSync(this.#fd)
  }

  close(): void {
    closeSync(this.#fd)
  }

  #add(text: string): void {
    const bytes = Buffer.from(text)
    const checksum = crc32(bytes, this.#checksum)
    this.#put(Buffer.concat([bytes, endOf(checksum)]))
    this.#end += bytes.length
    this.#checksum = checksum
  }

  /** Back to what it was before the write that failed. */
  #restore(): void {
    ftruncateSync(this.#fd, this.#end)
    this.#put(endOf(this.#checksum))
    this.#torn = false
  }

  /** A full disk may take a part of it and say so only by the count. */
  #put(bytes: Buffer): void {
    for (let done = 0; done < bytes.length; ) {
      const count = writeSync(this.#fd, bytes, done, bytes.length - done, this.#end + done)
      if (count === 0) throw new Error('the disk takes no more bytes')
      done += count
    }
  }
}

export interface Written {
  /** May this attempt have been handed to the socket? */
  has(entry: JournalEntry): boolean
  /** why the journal is not believed, and `has` says yes to all; null: it is */
  doubt: 'other_boot' | 'no_journal' | 'other_journal' | 'damaged' | null
}

/** What that session wrote. `boot`: the one in which it is asked. */
export function readJournal(folder: string, name: JournalName, boot: string | null): Written {
  const nothingKnown = (doubt: Written['doubt']): Written => ({ has: () => true, doubt })
  if (name.mark === null || name.boot === null || !sameBoot(name.boot, boot)) return nothingKnown('other_boot')
  let bytes: Buffer
  let inode: bigint
  try {
    const fd = openSync(pathOf(folder, name.sessionId), 'r')
    try {
      bytes = readFileSync(fd)
      inode = inodeOf(fd)
    } finally {
      closeSync(fd)
    }
  } catch {
    return nothingKnown('no_journal')
  }
  const body = bytes.subarray(0, Math.max(0, bytes.length - endBytes))
  if (!endOf(crc32(body)).equals(bytes.subarray(body.length))) return nothingKnown('damaged')
  const text = body.toString()
  const header = headerOf(name, inode)
  if (!text.startsWith(header)) return nothingKnown('other_journal')
  const lines = new Set(text.slice(header.length).split('\n'))
  return { has: entry => lines.has(lineOf(entry)), doubt: null }
}

/** The journals in a folder, by what their first lines say. What cannot be read is left out. */
export function listJournals(folder: string): { sessionId: number; mark: string }[] {
  return namesIn(folder).flatMap(name => {
    const [, id] = name.match(/^session-(\d+)\.written$/) ?? []
    if (id === undefined) return []
    try {
      const [, , sessionId, mark] = readFileSync(join(folder, name), 'utf8').split('\n', 1)[0]!.split(' ')
      return sessionId === id && mark !== undefined ? [{ sessionId: Number(id), mark }] : []
    } catch {
      return []
    }
  })
}

export function removeJournal(folder: string, sessionId: number): void {
  rmSync(pathOf(folder, sessionId), { force: true })
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** What could not be finished. Where it cannot be removed it is overwritten by the next one. */
function discard(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch {
    // said by the fault that made it useless
  }
}

const pathOf = (folder: string, sessionId: number) => join(folder, `session-${sessionId}.written`)
const headerOf = ({ sessionId, mark, boot }: JournalName, inode: bigint) =>
  `homing-journal 2 ${sessionId} ${mark} ${boot} ${inode}\n`
const lineOf = (entry: JournalEntry) => `${entry.activityId} ${entry.profileId} ${entry.n}`
const linesOf = (entries: readonly JournalEntry[]) => entries.map(entry => `${lineOf(entry)}\n`).join('')
const endOf = (checksum: number) => Buffer.from(`end ${checksum.toString(16).padStart(8, '0')}\n`)
const endBytes = endOf(0).length
const inodeOf = (fd: number) => fstatSync(fd, { bigint: true }).ino
