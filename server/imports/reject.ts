/** Writes rejected rows into a CSV for spreadsheets: line, column, value, reason. The file is created at the first row. */
import { createWriteStream, type WriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { csvBom, csvLine } from '../files/csv-out.ts'
import type { Rejected } from './check-row.ts'

export interface RejectFile {
  /** Resolves when the file can take more. */
  add(rows: readonly Rejected[]): Promise<void>
  /** How many were added, even without a file. */
  count(): number
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
  return {
    count: () => n,
    async add(rows) {
      if (rows.length === 0) return
      n += rows.length
      if (path === null) return
      file ??= open(path)
      if (broken) throw broken
      const text = rows.map(row => csvLine([row.line, row.column, row.value, row.reason])).join('')
      await new Promise<void>((resolve, reject) => {
        file?.write(text, error => (error ? reject(error) : resolve()))
      })
    },
    async close() {
      await close()
      if (broken) throw broken
    },
    async discard() {
      await close()
      if (path !== null && n > 0) await rm(path, { force: true })
    },
  }
}
