/** The text of an SMS in a file. */
import { readFile } from 'node:fs/promises'
import { cleanText } from '../../core/clean-text.ts'
import { problem } from '../../core/problems.ts'

const maxTextBytes = 64 * 1024

export async function readTextFile(path: string): Promise<string> {
  let text: Buffer
  try {
    text = await readFile(path)
  } catch (error) {
    throw problem('file_unreadable', { file: path, what: error instanceof Error ? error.message : String(error) })
  }
  if (text.length > maxTextBytes)
    throw problem('file_unreadable', { file: path, what: `it is larger than ${maxTextBytes} bytes` })
  // the line break that editors put at the end of a file is not part of the text
  return cleanText(text.toString('utf8'))
    .replace(/^\uFEFF/, '')
    .replace(/\r?\n$/, '')
}
