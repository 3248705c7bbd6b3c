/**
 * How many parts does a text need, and what is in each?
 *
 * Always: the parts joined give the text back; no part is too long; none ends between an escape and its second septet,
 * inside a surrogate pair or inside a cluster (clusters.ts); only a cluster larger than a whole part is cut, by code
 * point; `countParts` says what `splitIntoParts` makes. The text is not changed: smart.ts normalises it before.
 * Source: 3GPP TS 23.040 §9.2.3.24.1 and .8 (140 octets less a header of 6 or 7); vectors: test/vectors/gsm-vectors.json.
 */
import { clusterEnd, lastBoundary } from './clusters.ts'
import { type Encoding, gsmUnits, septetsOf } from './gsm-alphabet.ts'

/** `units` are septets (GSM-7) or UTF-16 units (UCS-2). */
export interface Part {
  text: string
  units: number
}

export interface Split {
  encoding: Encoding
  units: number
  /** At least one; an empty text is one part of 0 units. */
  parts: Part[]
}

/** Bits of the reference in the header of a concatenated message. 16 only for gateways that ask for it: it costs room. */
export type ReferenceBits = 8 | 16

/** The most parts of an SMS where a workspace says nothing else: many gateways and phones take no more. */
export const usualMaxParts = 10
/** The most that a workspace may allow: which parts are still to be sent is kept in the bits of an integer (core/messages/fold.ts). */
export const highestMaxParts = 20

const aloneGsm = 160
const aloneUcs2 = 70
const partGsm: Record<ReferenceBits, number> = { 8: 153, 16: 152 }
const partUcs2: Record<ReferenceBits, number> = { 8: 67, 16: 66 }

/** One part up to 160 septets / 70 UTF-16 units, else n of up to 153 / 67 (152 / 66 with a 16-bit reference). Never throws. */
export function splitIntoParts(text: string, reference: ReferenceBits = 8): Split {
  const septets = gsmUnits(text)
  const encoding = septets < 0 ? 'UCS-2' : 'GSM-7'
  const units = septets < 0 ? text.length : septets
  const parts: Part[] = []
  if (units <= (septets < 0 ? aloneUcs2 : aloneGsm)) parts.push({ text, units })
  else if (septets < 0) eachUcs2Part(text, partUcs2[reference], parts)
  else if (septets > text.length) eachGsmPart(text, partGsm[reference], parts)
  else eachPlainPart(text, partGsm[reference], parts)
  return { encoding, units, parts }
}

/** The number of parts that `splitIntoParts` would make; allocates nothing. */
export function countParts(text: string, reference: ReferenceBits = 8): number {
  const septets = gsmUnits(text)
  if (septets < 0) return text.length <= aloneUcs2 ? 1 : eachUcs2Part(text, partUcs2[reference])
  if (septets <= aloneGsm) return 1
  return septets > text.length ? eachGsmPart(text, partGsm[reference]) : Math.ceil(septets / partGsm[reference])
}

export interface Measure {
  encoding: Encoding
  units: number
  parts: number
  /** plain characters that may follow before there is one part more */
  room: number
  /** units to take away for one part less; 0 where there is only one */
  over: number
}

/** How long a text is, and how near to the next part and to the one before. */
export function measureText(text: string, reference: ReferenceBits = 8): Measure {
  const { encoding, units, parts } = splitIntoParts(text, reference)
  const [alone, room] = encoding === 'GSM-7' ? [aloneGsm, partGsm[reference]] : [aloneUcs2, partUcs2[reference]]
  if (parts.length === 1) return { encoding, units, parts: 1, room: alone - units, over: 0 }
  const last = parts[parts.length - 1]!.units
  return { encoding, units, parts: parts.length, room: room - last, over: parts.length === 2 ? units - alone : last }
}

/** GSM-7 without extension characters: an edge may fall anywhere. */
function eachPlainPart(text: string, room: number, parts: Part[]): void {
  for (let start = 0; start < text.length; start += room) {
    parts.push({ text: text.slice(start, start + room), units: Math.min(room, text.length - start) })
  }
}

/** GSM-7 with extension characters; gives the number of parts, and the parts where they are wanted. */
function eachGsmPart(text: string, room: number, parts?: Part[]): number {
  let count = 1
  let start = 0
  let units = 0
  for (let i = 0; i < text.length; i++) {
    const septets = septetsOf(text.charCodeAt(i))
    if (units + septets > room) {
      parts?.push({ text: text.slice(start, i), units })
      count++
      start = i
      units = 0
    }
    units += septets
  }
  parts?.push({ text: text.slice(start), units })
  return count
}

function eachUcs2Part(text: string, room: number, parts?: Part[]): number {
  let count = 0
  for (let start = 0; start < text.length; count++) {
    const end = ucs2PartEnd(text, start, room)
    parts?.push({ text: text.slice(start, end), units: end - start })
    start = end
  }
  return count
}

function ucs2PartEnd(text: string, start: number, room: number): number {
  const limit = start + room
  const end = lastBoundary(text, start, limit)
  if (end >= limit || clusterEnd(text, end, end + room) - end <= room) return end
  // The cluster that starts here fits into no part: fill this one, and cut between code points.
  return text.codePointAt(limit - 1)! > 0xffff ? limit - 1 : limit
}
