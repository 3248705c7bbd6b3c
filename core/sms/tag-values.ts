/**
 * What of an attribute's value may occur in a text? It comes from imports and forms, so it is never trusted.
 *
 * Always: one line, trimmed, no control or direction characters, at most `limit` code points, cut between clusters; normalised,
 * and smart-encoded where the text is. An empty result means that the tag's default is to be used; a placeholder of a database is empty.
 */
import { isPlaceholder } from '../placeholders.ts'
import { clusterEnd } from './clusters.ts'
import { normaliseText, smartEncode } from './smart.ts'

export type VarValue = string | number | boolean | null | undefined
/** Attribute values by name; what is missing, null or neither text, number nor boolean is empty. */
export type Vars = Readonly<Record<string, VarValue>>

/** Code points of a value that go into a text. */
export const maxValueLength = 40
/** Code points of a value that go into the target of a link: keys and vouchers may be longer, and are not sent. */
export const maxTargetValueLength = 200

const lineBreaks = /[\t\n\v\f\r\u0085\u2028\u2029]+/g
// C0, C1, byte order mark, and what turns the direction of the text that follows.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is removed
const controlCharacters = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g

/** The value as it may be inserted; '' when nothing is left of it. Never throws. */
export function cleanValue(value: VarValue, smart: boolean, limit: number = maxValueLength): string {
  const raw =
    typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? `${value}` : ''
  if (isClean(raw, limit)) return isPlaceholder(raw) ? '' : raw
  const line = normaliseText(raw).replace(lineBreaks, ' ').replace(controlCharacters, '')
  const cleaned = cut((smart ? smartEncode(line).text : line).trim(), limit).trimEnd()
  return isPlaceholder(cleaned) ? '' : cleaned
}

/** True for what `cleanValue` would leave alone whatever its settings; nearly all names are such. */
function isClean(value: string, limit: number): boolean {
  if (value.length > limit) return false
  if (value.length === 0) return true
  if (value.charCodeAt(0) === 0x20 || value.charCodeAt(value.length - 1) === 0x20) return false
  for (let i = 0; i < value.length; i++) {
    const unit = value.charCodeAt(i)
    if (unit < 0x20 || unit === 0x60) return false
    // Above are the letters of À–ɏ; between ~ and them are control characters and the characters of the smart map.
    if (unit > 0x7e && (unit < 0xc0 || unit >= 0x300)) return false
  }
  return true
}

function cut(value: string, limit: number): string {
  if (value.length <= limit) return value
  let end = 0
  for (let points = 0; end < value.length; ) {
    const next = clusterEnd(value, end)
    for (let i = end; i < next; i += value.codePointAt(i)! > 0xffff ? 2 : 1) points++
    if (points > limit) break
    end = next
  }
  return value.slice(0, end)
}
