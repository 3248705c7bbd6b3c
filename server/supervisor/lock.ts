/**
 * Does a `start` already run on this data folder, in any container, and at which address? The running one holds a lock in the folder
 * (server/platform/file-lock.ts) and leaves a note with its address beside it, which a second start shows.
 *
 * The kernel of one machine keeps the lock. If the host of a virtual machine (or, with DATABASE_URL, any machine of a network) can reach the
 * folder too, the note decides: its holder increments a counter in it, and a note that still counts belongs to a living process.
 */
import { randomUUID } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { problem } from '../../core/problems.ts'
import { reachOf, tryLock } from '../platform/file-lock.ts'
import { folderProblem } from '../platform/postgres/cluster-folder.ts'

export interface FolderLock {
  /** From now on a second start shows this address. */
  announce(url: string): void
  release(): Promise<void>
}

export interface LockOptions {
  /** May other machines reach the folder? Default: judged by its file system; tests set it. */
  shared?: boolean
  /** How often the holder of a shared folder increments its counter. */
  countMs?: number
}

interface Note {
  /** of one holder */
  id: string
  host: string
  pid: number
  since: string
  url: string
  /** goes up while the holder lives */
  count: number
  over: boolean
}

const LOCK = 'start.lock'
const NOTE = 'start.json'
/** The holder is gone after this many missing increments. */
const PATIENCE = 4

/** Takes the lock of a data folder (its real path). Throws `already_running`, which names the holder. */
export async function lockFolder(
  folder: string,
  { shared = reachOf(folder).reach !== 'machine', countMs = 2_000 }: LockOptions = {},
): Promise<FolderLock> {
  const lock = locked(folder)
  if (lock === undefined) throw refusal(folder, readNote(folder))
  try {
    if (shared) await waitForSilence(folder, countMs)
    const note: Note = {
      id: randomUUID(),
      host: hostname(),
      pid: process.pid,
      since: new Date().toISOString(),
      url: '',
      count: 0,
      over: false,
    }
    writeNote(folder, note)
    if (shared) await sleep(countMs)
    const last = readNote(folder)
    if (last?.id !== note.id) throw refusal(folder, last)
    const counting = setInterval(() => {
      note.count++
      // Other code reports a full disk; an old note only matters once the kernel's lock is free.
      if (shared) attempt(() => writeNote(folder, note))
    }, countMs).unref()
    return {
      announce: url => {
        note.url = url
        attempt(() => writeNote(folder, note))
      },
      release: async () => {
        clearInterval(counting)
        note.over = true
        attempt(() => writeNote(folder, note))
        lock.release()
      },
    }
  } catch (error) {
    lock.release()
    throw folderProblem(error, folder)
  }
}

/** The address of the `start` that runs on a data folder, by its note; undefined if none runs. */
export function startedAt(folder: string): string | undefined {
  const note = readNote(folder)
  return note === undefined || note.over ? undefined : note.url || undefined
}

function locked(folder: string) {
  try {
    return tryLock(join(folder, LOCK))
  } catch (error) {
    throw folderProblem(error, folder)
  }
}

/** Returns when the holder in the note has ended or stopped counting. */
async function waitForSilence(folder: string, countMs: number): Promise<void> {
  const before = readNote(folder)
  if (before === undefined || before.over) return
  for (let looks = 0; looks < PATIENCE; looks++) {
    await sleep(countMs)
    const now = readNote(folder)
    if (now?.over) return
    if (now?.id !== before.id || now.count !== before.count) throw refusal(folder, now)
  }
}

function refusal(folder: string, note: Note | undefined) {
  return problem('already_running', {
    folder,
    pid: note?.pid ?? '?',
    host: note?.host ?? '?',
    since: note === undefined ? '?' : `${note.since.slice(0, 16).replace('T', ' ')} UTC`,
    at: note?.url ? ` at ${note.url}` : '',
  })
}

function readNote(folder: string): Note | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, NOTE), 'utf8')) as Note
  } catch {
    return undefined
  }
}

/** Written atomically: a reader never sees half of it. */
function writeNote(folder: string, note: Note): void {
  const file = join(folder, NOTE)
  writeFileSync(`${file}.${note.id}`, JSON.stringify(note), { mode: 0o644 })
  renameSync(`${file}.${note.id}`, file)
}

function attempt(work: () => void): void {
  try {
    work()
  } catch {}
}
