/**
 * `homing sms [--smart]`: what does each text of a stream cost? NDJSON in, NDJSON out, one line for one line.
 *
 * Always: the n-th line out answers the n-th line in, a bad one with {"error": …} (and exit code 1 at the end); memory does
 * not grow with the input, nor with a line that never ends; without --smart a text is counted unchanged.
 */
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { smartEncode } from '../../core/sms/smart.ts'
import { splitIntoParts } from '../../core/sms/split.ts'

export interface SmsCommand {
  /** Normalise and smart-encode each text before it is counted. */
  smart: boolean
  input: AsyncIterable<string | Uint8Array>
  output: Writable
}

/** Octets of one line: a hundred times what any phone would take. */
export const maxLineBytes = 256 * 1024

const newline = 0x0a

/** Resolves with the exit code: 0, or 1 where a line was bad. Ends early when nobody reads any more; rejects when the output fails. */
export async function runSms({ smart, input, output }: SmsCommand): Promise<number> {
  const lines = new Lines()
  let line = 0
  let bad = 0
  const answer = (octets: Uint8Array | undefined): string => {
    line++
    const result = countLine(octets, smart)
    if (typeof result !== 'string') bad++
    return typeof result === 'string' ? result : `${JSON.stringify({ error: `Line ${line}: ${result.error}` })}\n`
  }
  // A reader that goes away (`| head`) is no error of ours; a full disk is.
  const gone = new AbortController()
  let failure: unknown
  const leave = (error?: NodeJS.ErrnoException) => {
    if (error && error.code !== 'EPIPE') failure = error
    gone.abort()
  }
  output.on('error', leave).on('close', leave)
  try {
    for await (const chunk of input) {
      let out = ''
      lines.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk, octets => {
        out += answer(octets)
      })
      if (out !== '') await write(output, out, gone.signal)
      if (gone.signal.aborted) break
    }
    let rest = ''
    lines.end(octets => {
      rest += answer(octets)
    })
    if (rest !== '') await write(output, rest, gone.signal)
  } finally {
    output.off('error', leave).off('close', leave)
  }
  if (failure) throw failure
  return bad > 0 ? 1 : 0
}

type OnLine = (octets: Uint8Array | undefined) => void

/** Cuts chunks into lines; a line above the limit is given as undefined, and its octets are dropped as they come. */
class Lines {
  private pending: Uint8Array[] = []
  private size = 0

  push(chunk: Uint8Array, onLine: OnLine): void {
    let start = 0
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      this.keep(chunk.subarray(start, end))
      this.give(onLine)
      start = end + 1
    }
    this.keep(chunk.subarray(start))
  }

  /** The text after the last line break is a line, unless it is empty. */
  end(onLine: OnLine): void {
    if (this.size > 0) this.give(onLine)
  }

  private keep(octets: Uint8Array): void {
    this.size += octets.length
    if (this.size > maxLineBytes) this.pending = []
    else if (octets.length > 0) this.pending.push(octets)
  }

  private give(onLine: OnLine): void {
    const [first] = this.pending
    if (this.size > maxLineBytes) onLine(undefined)
    else onLine(this.pending.length === 1 && first ? first : Buffer.concat(this.pending))
    this.pending = []
    this.size = 0
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true }) // drops a byte order mark

function countLine(octets: Uint8Array | undefined, smart: boolean): string | { error: string } {
  if (!octets) return { error: `longer than ${maxLineBytes} bytes; send one text a line.` }
  let json: string
  try {
    json = utf8.decode(octets)
  } catch {
    return { error: 'not UTF-8; save the texts as UTF-8.' }
  }
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    return { error: 'not JSON; write one object a line, as in {"text":"Hello"}.' }
  }
  const text = typeof value === 'object' && value !== null && 'text' in value ? value.text : undefined
  if (typeof text !== 'string') return { error: 'no "text" that is a string; write {"text":"Hello"}.' }
  const { encoding, units, parts } = splitIntoParts(smart ? smartEncode(text).text : text)
  let list = `${parts[0]!.units}`
  for (let i = 1; i < parts.length; i++) list += `,${parts[i]!.units}`
  return `{"encoding":"${encoding}","units":${units},"parts":[${list}]}\n`
}

async function write(output: Writable, text: string, gone: AbortSignal): Promise<void> {
  if (gone.aborted || output.write(text)) return
  await once(output, 'drain', { signal: gone }).catch((error: unknown) => {
    if (!gone.aborted) throw error
  })
}
