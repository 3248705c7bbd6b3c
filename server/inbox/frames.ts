/**
 * The format of entries in a spool file: one line each, `LENGTH CRC JSON\n` (both eight hexadecimal digits; the length in bytes
 * and the CRC-32 of the JSON). JSON holds no raw line break, so a line that is torn or damaged costs itself and nothing else.
 */
import { crc32 } from 'node:zlib'
import type { InboxEntry } from './insert.ts'

/** Where the entries of a spool file belong: the first line of each file. */
export interface SpoolHeader {
  /** fingerprint of the installation whose database knows the source */
  installation: string
  source: number
  /** when the source began, as in inbox_sources: an older backup may give its number to another */
  startedAt: string
}

export interface Lines {
  lines: string[]
  /** bytes from the start up to and with the last line break */
  bytes: number
  /** bytes of lines whose length or CRC is wrong */
  damagedBytes: number
}

const prefixBytes = 18

export function frameHeader(header: SpoolHeader): string {
  return frame(JSON.stringify(header))
}

export function frameEntry(entry: InboxEntry): string {
  const { seq, kind, gatewayId, at, body } = entry
  // The body goes in as a string: it comes out byte for byte.
  return frame(JSON.stringify({ seq, kind, gatewayId, at: at.toISOString(), body }))
}

export function parseHeader(line: string): SpoolHeader {
  return JSON.parse(line)
}

export function parseEntry(line: string): InboxEntry {
  const entry: Omit<InboxEntry, 'at'> & { at: string } = JSON.parse(line)
  return { ...entry, at: new Date(entry.at) }
}

/** The whole lines of a piece of a file; what follows the last line break is left for the next piece. */
export function readLines(piece: Buffer): Lines {
  const lines: string[] = []
  let damagedBytes = 0
  let start = 0
  for (;;) {
    const end = piece.indexOf(0x0a, start)
    if (end === -1) return { lines, bytes: start, damagedBytes }
    const json = unframe(piece.subarray(start, end))
    if (json === undefined) damagedBytes += end + 1 - start
    else lines.push(json)
    start = end + 1
  }
}

function frame(json: string): string {
  const bytes = Buffer.from(json)
  return `${hex(bytes.length)} ${hex(crc32(bytes))} ${json}\n`
}

function unframe(line: Buffer): string | undefined {
  const prefix = line.toString('latin1', 0, prefixBytes)
  if (!/^[0-9a-f]{8} [0-9a-f]{8} $/.test(prefix)) return undefined
  const json = line.subarray(prefixBytes)
  if (json.length !== Number.parseInt(prefix.slice(0, 8), 16)) return undefined
  return crc32(json) === Number.parseInt(prefix.slice(9, 17), 16) ? json.toString() : undefined
}

function hex(n: number): string {
  return n.toString(16).padStart(8, '0')
}
