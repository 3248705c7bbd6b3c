/**
 * Which attempts of a session were handed to the socket? Written right before each socket write, to a local file that
 * survives the process (not synced: it need not survive the machine). After a crash an attempt without an answer that does
 * not stand here never left us and is free again; one that does is unknown.
 *
 * A line an attempt: "activity profile n"; of a test SMS "test 0 n", since no profile has the id 0. When the file has grown, it is written anew with what is still unanswered.
 */
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'

const maxBytes = 4 * 1024 * 1024

export interface JournalEntry {
  activityId: number
  profileId: number
  n: number
}

export const lineOf = (entry: JournalEntry): string => `${entry.activityId} ${entry.profileId} ${entry.n}\n`

export class Journal {
  readonly #path: string
  #file: number
  #bytes = 0

  constructor(folder: string, sessionId: number) {
    mkdirSync(folder, { recursive: true })
    this.#path = pathOf(folder, sessionId)
    this.#file = openSync(this.#path, 'a', 0o600)
  }

  /** Throws where the disk is full or gone: then nothing may be written to the socket. */
  write(entries: readonly JournalEntry[]): void {
    const text = entries.map(lineOf).join('')
    writeSync(this.#file, text)
    this.#bytes += text.length
  }

  /** Forgets what has been answered, once the file is large. */
  compact(unanswered: Iterable<JournalEntry>): void {
    if (this.#bytes < maxBytes) return
    const next = openSync(`${this.#path}.next`, 'w', 0o600)
    const text = [...unanswered].map(lineOf).join('')
    writeSync(next, text)
    renameSync(`${this.#path}.next`, this.#path)
    closeSync(this.#file)
    this.#file = next
    this.#bytes = text.length
  }

  close(): void {
    closeSync(this.#file)
  }
}

/** The attempts that session wrote, or undefined where no journal of it is on this machine. A torn last line counts as written. */
export function readJournal(folder: string, sessionId: number): ((entry: JournalEntry) => boolean) | undefined {
  const path = pathOf(folder, sessionId)
  if (!existsSync(path)) return undefined
  const text = readFileSync(path, 'utf8')
  const lines = new Set(text.split('\n').map(line => `${line}\n`))
  const torn = text.endsWith('\n') ? '' : text.slice(text.lastIndexOf('\n') + 1)
  return entry => lines.has(lineOf(entry)) || (torn !== '' && lineOf(entry).startsWith(torn))
}

export function removeJournal(folder: string, sessionId: number): void {
  rmSync(pathOf(folder, sessionId), { force: true })
}

const pathOf = (folder: string, sessionId: number) => join(folder, `session-${sessionId}.written`)
