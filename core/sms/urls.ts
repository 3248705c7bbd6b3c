/**
 * Where in a text is a link, what does it lead to, and may it?
 *
 * Always: a link begins with http://, https:// or www. and ends before the punctuation that belongs to the sentence; data
 * tags may occur in its path, query or fragment, never in scheme or host, and their values are URL-encoded, so that no
 * attribute can change where a link leads. User names in addresses are refused: they make a wrong host look right.
 * Why so strict: a link of ours must never become an open redirect (CWE-601).
 */
import type { ProblemCode, ProblemDetails } from '../problems.ts'
import { cleanValue, maxTargetValueLength, type Vars } from './values.ts'

/** A data tag: `##name|fallback##`. The fallback is '' when none is given. */
export interface Tag {
  name: string
  fallback: string
}

/** A piece of a link's address: a literal string, or a tag whose value is URL-encoded. */
export type TargetPiece = string | Tag

export interface FoundUrl {
  /** As written in the text, without the punctuation behind it. */
  written: string
  /** The address with its scheme (www. becomes https://www.), tags apart. */
  pieces: TargetPiece[]
  end: number
}

/** Reads the tag that opens at `at` (the first of its two #) or nothing; told by the template's parser. */
export type ReadTag = (text: string, at: number) => { tag: Tag; end: number } | undefined

export const maxUrlLength = 2000
const maxHostLength = 260

const linkStart = /https?:\/\/|www\.(?=[\p{L}\p{N}-]+\.[\p{L}\p{N}])/iuy
// A letter before it makes another word or scheme of it, an @ a mail address.
const wordBefore = /[\p{L}\p{N}@_+-]$/u
const urlEnd = /[\s\p{Cc}<>"“”„«»\u200b\u2060\ufeff]/u
const closerOf: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' }
const sentenceSigns = ".,;:!?'’‘…*_"

/** The link that begins at `at`, if one does. */
export function readUrl(text: string, at: number, readTag: ReadTag): FoundUrl | undefined {
  linkStart.lastIndex = at
  const start = linkStart.exec(text)?.[0]
  if (start === undefined || wordBefore.test(text.slice(Math.max(0, at - 2), at))) return undefined
  const pieces: TargetPiece[] = []
  let literal = at
  let end = at + start.length
  while (end < text.length && !urlEnd.test(text.charAt(end))) {
    if (!text.startsWith('##', end) || text.charAt(end + 2) === '#') {
      end++
      continue
    }
    const found = readTag(text, end)
    if (!found) break
    pieces.push(text.slice(literal, end), found.tag)
    literal = end = found.end
  }
  const last = withoutSentenceSigns(text.slice(literal, end))
  if (last !== '') pieces.push(last)
  end = literal + last.length
  if (/^www/i.test(start)) pieces[0] = `https://${pieces[0]}`
  return { written: text.slice(at, end), pieces: pieces.filter(piece => piece !== ''), end }
}

/** What is wrong with the address, if anything. `ownHosts`: hosts of our own short links, which a text may not lead to. */
export function checkUrl(
  url: FoundUrl,
  ownHosts: readonly string[],
): { code: ProblemCode; details: ProblemDetails } | undefined {
  const details = { url: url.written }
  if (url.written.length > maxUrlLength) return { code: 'text_link_too_long', details: { limit: maxUrlLength } }
  const head = url.pieces[0]
  const host = typeof head === 'string' ? /^https?:\/\/([^/?#\\]*)([/?#\\])?/i.exec(head) : null
  if (!host || (host[2] === undefined && url.pieces.length > 1)) return { code: 'text_tag_in_host', details }
  if (host[1]!.includes('@')) return { code: 'text_link_userinfo', details }
  // No host with its port is longer (RFC 1035); to write one of other alphabets takes time that grows with its square.
  if (host[1]!.length > maxHostLength) return { code: 'text_link_invalid', details }
  const sample = url.pieces.map(piece => (typeof piece === 'string' ? piece : 'x')).join('')
  if (!URL.canParse(sample) || host[1] === '' || host[2] === '\\') return { code: 'text_link_invalid', details }
  if (ownHosts.includes(new URL(sample).host)) return { code: 'text_link_own', details }
  return undefined
}

/** The address for one profile: tags replaced by their URL-encoded values. Never throws. */
export function renderTarget(pieces: readonly TargetPiece[], vars: Vars): string {
  let url = ''
  for (const piece of pieces) {
    if (typeof piece === 'string') {
      url += piece
      continue
    }
    const value = cleanValue(vars[piece.name], false, maxTargetValueLength) || piece.fallback
    // A value of dots alone would climb up the path.
    url += /^\.+$/.test(value) ? '' : encodeURIComponent(value)
  }
  return url
}

/** A closing bracket belongs to the address where it was opened there. */
function withoutSentenceSigns(url: string): string {
  // How many more of each bracket are closed than opened, in what is left of the address.
  const surplus = new Map<string, number>(Object.values(closerOf).map(closer => [closer, 0]))
  for (const sign of url) {
    const closer = closerOf[sign]
    if (closer !== undefined) surplus.set(closer, surplus.get(closer)! - 1)
    else if (surplus.has(sign)) surplus.set(sign, surplus.get(sign)! + 1)
  }
  let end = url.length
  for (; end > 0; end--) {
    const sign = url.charAt(end - 1)
    if (sentenceSigns.includes(sign)) continue
    const over = surplus.get(sign) ?? 0
    if (over <= 0) break
    surplus.set(sign, over - 1)
  }
  return url.slice(0, end)
}
