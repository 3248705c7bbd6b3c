/** Writes what to note of rows into a CSV for spreadsheets: line, column, value, reason. A note of an imported row
 * says so. Created at the first note. */
import { createWriteStream, type WriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { csvBom, csvLine } from '../files/csv-out.ts'
import type { RowNote } from './check-row.ts'

export interface RejectFile {
  /** Resolves when the file can take more. */
  add(notes: readonly RowNote[]): Promise<void>
  /** Rows that were imported and have an invalid number: they are in the file, and do not count. */
  mark(notes: readonly RowNote[]): Promise<void>
  /** Rejected rows that were added, even without a file. */
  count(): number
  /** Notes of imported rows. */
  noted(): number
  /** Ends the file. */
  close(): Promise<void>
  /** Ends and deletes it: a failed import leaves nothing. */
  discard(): Promise<void>
}

/** `path` null: they are only counted. */
export function openRejectFile(path: string | null): RejectFile {
  let file: WriteStream | undefined
  let broken: Error | undefined
  let n = 0
  let noted = 0
  const open = (at: string) => {
    const made = createWriteStream(at, { mode: 0o600 })
    made.on('error', error => {
      broken = error
    })
    made.write(csvBom + csvLine(['line', 'column', 'value', 'reason']))
    return made
  }
  const close = async () => {
    const ending = file
    file = undefined
    if (ending) await new Promise<void>(resolve => ending.close(() => resolve()))
  }
  const write = async (rows: readonly RowNote[]) => {
    if (rows.length === 0 || path === null) return
    file ??= open(path)
    if (broken) throw broken
    const text = rows.map(row => csvLine([row.line, row.column, row.value, row.reason])).join('')
    await new Promise<void>((resolve, reject) => {
      file?.write(text, error => (error ? reject(error) : resolve()))
    })
  }
  return {
    count: () => n,
    noted: () => noted,
    async add(notes) {
      const rejected = notes.filter(({ imported }) => !imported).length
      n += rejected
      noted += notes.length - rejected
      await write(notes)
    },
    mark: write,
    async close() {
      await close()
      if (broken) throw broken
    },
    async discard() {
      await close()
      if (path !== null) await rm(path, { force: true })
    },
  }
}
