/**
 * Reads a pasted text as a stream: the pieces of its lines, as they are, with the line of each. Unlike a CSV it has no quotes, no columns and no
 * header. Constant memory at any size.
 */
import { createReadStream } from 'node:fs'
import { problem } from '../../core/problems.ts'
import { sniffText } from './csv-sniff.ts'
import { decoderOf } from './decode.ts'

export interface LineBatch {
  values: string[]
  lines: number[]
  /** Bytes of the file read so far. */
  bytesRead: number
}

/** A longer piece is none that a person wrote. */
export const maxPiece = 1024 * 1024
const chunkBytes = 256 * 1024

const lineEnds = /\r\n|\n|\r/g
const separators = /\r\n|[\n\r,;\t]/g

/**
 * `split`: commas, semicolons and tabs separate pieces too. Empty pieces are left out. Throws `file_unreadable`, `csv_empty`, `line_too_long`.
 */
export async function* readPieces(path: string, { split }: { split: boolean }): AsyncGenerator<LineBatch> {
  const { encoding } = await sniffText(path)
  const decoder = decoderOf(encoding)
  const file = createReadStream(path, { highWaterMark: chunkBytes })
  const ends = split ? separators : lineEnds
  let rest = ''
  let line = 1
  let first = true
  const take = (text: string, isLast: boolean): LineBatch => {
    const batch: LineBatch = { values: [], lines: [], bytesRead: file.bytesRead }
    const push = (value: string) => {
      if (value.trim() === '') return
      batch.values.push(value)
      batch.lines.push(line)
    }
    let from = 0
    ends.lastIndex = 0
    for (let end = ends.exec(text); end !== null; end = ends.exec(text)) {
      // The line feed of a carriage return may be in the next chunk.
      if (end[0] === '\r' && end.index === text.length - 1 && !isLast) break
      push(text.slice(from, end.index))
      if (end[0].includes('\n') || end[0] === '\r') line++
      from = end.index + end[0].length
    }
    rest = text.slice(from)
    if (isLast) push(rest)
    else if (rest.length > maxPiece) throw problem('line_too_long', { line, limit: maxPiece })
    return batch
  }
  try {
    for await (const chunk of file) {
      let text = decoder.write(chunk)
      if (first && text !== '') {
        if (text.startsWith('\uFEFF')) text = text.slice(1)
        first = false
      }
      const batch = take(rest + text, false)
      if (batch.values.length > 0) yield batch
    }
    const batch = take(rest + (decoder.end() ?? ''), true)
    if (batch.values.length > 0) yield batch
  } finally {
    file.destroy()
  }
}
