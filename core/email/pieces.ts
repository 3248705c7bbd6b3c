/**
 * What an e-mail is written from for one person: literal text, and what differs between people. A value is escaped by its place, and nothing
 * else of it reaches the e-mail: it comes from imports and forms, so it is never trusted.
 */
import { escapeHtml } from '../escape-html.ts'
import { cleanValue, maxTargetValueLength, maxValueLength, type Vars } from '../sms/tag-values.ts'
import type { Tag, TargetPiece } from '../sms/urls.ts'

/**
 * html: text of the HTML, or a quoted attribute. line: a header, one line. text: the text part. url: part of an address in an attribute.
 * urlText: part of an address in the text part.
 */
export type Place = 'html' | 'line' | 'text' | 'url' | 'urlText'

export type EmailPiece =
  | { kind: 'text'; text: string }
  | ({ kind: 'tag'; place: Place } & Tag)
  | { kind: 'link'; slot: number; place: 'html' | 'text' }
  | { kind: 'unsubscribe'; place: 'html' | 'text' }

/** Code points of a value in the body; in a header, where a name is expected, as many as in an SMS. */
export const maxBodyValueLength = 200
const limits: Readonly<Record<Place, number>> = {
  html: maxBodyValueLength,
  text: maxBodyValueLength,
  line: maxValueLength,
  url: maxTargetValueLength,
  urlText: maxTargetValueLength,
}

export interface Addresses {
  /** the short link of a slot */
  linkFor(slot: number): string
  unsubscribe: string
}

export function renderPieces(pieces: readonly EmailPiece[], vars: Vars, addresses: Addresses): string {
  let written = ''
  for (const piece of pieces) {
    if (piece.kind === 'text') written += piece.text
    else if (piece.kind === 'tag') written += valueIn(piece, vars)
    else {
      const address = piece.kind === 'link' ? addresses.linkFor(piece.slot) : addresses.unsubscribe
      written += piece.place === 'html' ? escapeHtml(address) : address
    }
  }
  return written
}

function valueIn({ name, fallback, place }: Tag & { place: Place }, vars: Vars): string {
  const value = cleanValue(vars[name], false, limits[place]) || fallback
  if (place === 'html') return escapeHtml(value)
  if (place === 'line' || place === 'text') return value
  // A value of dots alone would climb up the path.
  const encoded = /^\.+$/.test(value) ? '' : encodeURIComponent(value.toWellFormed())
  return place === 'url' ? escapeHtml(encoded) : encoded
}

export function cleanFallback(fallback: string, place: Place): string {
  return cleanValue(fallback, false, limits[place])
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is removed
const notInHeaders = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g
const bidi = /[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g

/** A header is one line without control characters: what follows a line break would be another header (CWE-93). */
export function headerLine(text: string): string {
  return text.toWellFormed().replace(notInHeaders, ' ').replace(bidi, '')
}

/** An address that is not tracked, with its tags. */
export function piecesOfAddress(target: readonly TargetPiece[], place: 'url' | 'urlText'): EmailPiece[] {
  return target.map(piece =>
    typeof piece === 'string'
      ? { kind: 'text', text: place === 'url' ? escapeHtml(piece) : piece }
      : { kind: 'tag', place, ...piece },
  )
}

/** Adjacent literal texts become one piece: fewer to write for each person. */
export function joinPieces(pieces: readonly EmailPiece[]): EmailPiece[] {
  const joined: EmailPiece[] = []
  let literal = ''
  for (const piece of pieces) {
    if (piece.kind === 'text') {
      literal += piece.text
      continue
    }
    if (literal !== '') joined.push({ kind: 'text', text: literal })
    literal = ''
    joined.push(piece)
  }
  if (literal !== '') joined.push({ kind: 'text', text: literal })
  return joined
}

/** Bytes in UTF-8. */
export function byteLength(text: string): number {
  let bytes = 0
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    // Of a pair of surrogates each half counts two.
    bytes += unit < 0x80 ? 1 : unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 2 : 3
  }
  return bytes
}
