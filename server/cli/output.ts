/** The files that verbs write: whole, or not at all. */
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import type { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { problem } from '../../core/problems.ts'
import type { CommandWords } from './arguments.ts'
import { printAnswer } from './set-up.ts'

/** To `file`, or with - to stdout. Returns the exit code. */
export async function writeOut(
  words: CommandWords,
  file: string,
  write: (out: Writable) => Promise<{ rows: number }>,
): Promise<number> {
  if (file === '-') return toStdout(write)
  const { rows } = await writeWhole(file, write)
  printAnswer(words, { file, rows }, `${rows} profiles in ${file}`)
  return 0
}

/** A reader that has seen enough (`| head`) is no error to tell, only a file that is not whole. */
async function toStdout(write: (out: Writable) => Promise<unknown>): Promise<number> {
  const { stdout } = process
  let closed = false
  stdout.on('error', (error: Error & { code?: string }) => {
    closed = error.code === 'EPIPE'
  })
  try {
    await write(stdout)
    return 0
  } catch (error) {
    if (closed) return 1
    throw error
  }
}

/** The file is there whole, or not at all: it gets its name when it is finished. */
async function writeWhole<Result>(file: string, write: (out: Writable) => Promise<Result>): Promise<Result> {
  const unfinished = `${file}.part`
  const out = createWriteStream(unfinished)
  try {
    await once(out, 'open')
    const result = await write(out)
    out.end()
    await finished(out)
    await rename(unfinished, file)
    return result
  } catch (error) {
    out.destroy()
    await rm(unfinished, { force: true })
    if (error instanceof Error && 'syscall' in error)
      throw problem('file_not_written', { file, what: error.message }, { cause: error })
    throw error
  }
}
