/**
 * Where in a text is a link, what does it lead to, and may it?
 *
 * Always: a link begins with http://, https:// or www. It ends at a space, a quote, an emoji, a bracket that was not opened in it, and any
 * punctuation that is not ASCII; ASCII punctuation of a sentence at its end is not part of it, `_` and `-` are. Data tags may occur in its
 * path, query or fragment, never in scheme or host, and their values are URL-encoded, so that no attribute can change where a link leads.
 * User names in addresses are refused: they make a wrong host look right.
 * Why so strict: a link of ours must never become an open redirect (CWE-601).
 */
import type { ProblemCode, ProblemDetails } from '../problems.ts'
import { cleanValue, maxTargetValueLength, type Vars } from './tag-values.ts'

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
// A letter before www. makes another word of it, an @ an e-mail address.
const wordBefore = /[\p{L}\p{N}@_]$|[\p{L}\p{N}@_][+-]$/u
const schemeBehind = /https?:\/\//iy
const hostCharacter = /[\p{L}\p{M}\p{N}.\-_~%:@[\]\u00b7\p{Join_Control}\u30fb]/u
/** Punctuation, emoji and invisible characters beyond ASCII; of them, those that occur inside of words. */
const foreignEnd = /[\s\p{Cc}\p{Cf}\p{Ps}\p{Pe}\p{Pi}\p{Pf}\p{Po}\p{Extended_Pictographic}\uff01-\uff65]/u
const insideWords = /[\p{L}\p{N}\u00b7\p{Join_Control}\u30fb]/u
const closerOf: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' }
const closers = new Set(Object.values(closerOf))
const sentenceCharacters = ".,;:!?'*`|\u30fb"
/** What people put around a link, as in _https://example.com_: the same character before it is not part of it behind it. */
const wrappers = "'_*~"
/** An ending such as ".com" that continues in letters of another script: no domain has one. */
const endOfLatinDomain = /^[A-Za-z]{2,}(?=\p{L})(?!\p{Script=Latin})/u

/** The link that begins at `at`, if one does. */
export function readUrl(text: string, at: number, readTag: ReadTag): FoundUrl | undefined {
  linkStart.lastIndex = at
  const start = linkStart.exec(text)?.[0]
  if (start === undefined) return undefined
  const isWww = /^www/i.test(start)
  if (isWww && wordBefore.test(text.slice(Math.max(0, at - 3), at))) return undefined
  const end = endOf(text, at, at + start.length, readTag)
  const pieces = piecesOf(text.slice(0, end), at, readTag)
  if (isWww) pieces[0] = `https://${pieces[0]}`
  return { written: text.slice(at, end), pieces: pieces.filter(piece => piece !== ''), end }
}

/** Behind the last character of the link whose host begins at `host`. */
function endOf(text: string, at: number, host: number, readTag: ReadTag): number {
  const wrapper = wrappers.includes(text.charAt(at - 1)) ? text.charAt(at - 1) : ''
  const opened: { closer: string; at: number }[] = []
  let hostEnd: number | undefined
  let query = false
  let lastTag = host
  let end = host
  while (end < text.length) {
    if (isTagAt(text, end)) {
      const found = readTag(text, end)
      if (!found) break
      lastTag = end = found.end
      continue
    }
    const character = String.fromCodePoint(text.codePointAt(end)!)
    if ('/?#\\'.includes(character)) hostEnd ??= end
    if (
      hostEnd === undefined
        ? !hostCharacter.test(character)
        : endsUrl(character) || (character === "'" && wrapper === "'")
    )
      break
    if (closers.has(character) && opened.pop()?.closer !== character) break
    if (closerOf[character] !== undefined) opened.push({ closer: closerOf[character], at: end })
    if ('?#'.includes(character)) query = true
    if (!query && ',;|'.includes(character) && beginsAt(schemeBehind, text, end + 1)) break
    end += character.length
  }
  end = Math.min(end, opened[0]?.at ?? end)
  end = Math.min(end, hostEndOf(text, host, hostEnd ?? end) ?? end)
  const first = lastTag <= end ? lastTag : host
  while (end > first && sentenceCharacters.includes(text.charAt(end - 1))) end--
  if (wrapper !== '' && end > first && text.charAt(end - 1) === wrapper) end--
  return end
}

/** Where a host must end before `end`: behind the digits of its port, or where its ending changes the script. */
function hostEndOf(text: string, host: number, end: number): number | undefined {
  const written = text.slice(host, Math.min(end, host + maxHostLength))
  if (/[@[]/.test(written) || written.includes('##')) return undefined
  const port = /:[0-9]*/.exec(written)
  if (port && port.index + port[0].length < written.length)
    return host + port.index + (port[0].length > 1 ? port[0].length : 0)
  const ending = written.lastIndexOf('.') + 1
  const latin = ending > 0 ? endOfLatinDomain.exec(written.slice(ending))?.[0] : undefined
  return latin === undefined ? undefined : host + ending + latin.length
}

function endsUrl(character: string): boolean {
  return character < '\u0080'
    ? /[\s<>"\p{Cc}]/u.test(character)
    : foreignEnd.test(character) && !insideWords.test(character)
}

function beginsAt(pattern: RegExp, text: string, at: number): boolean {
  pattern.lastIndex = at
  return pattern.test(text)
}

/** Of ### the last two open a tag. */
const isTagAt = (text: string, at: number) => text.startsWith('##', at) && text.charAt(at + 2) !== '#'

function piecesOf(text: string, from: number, readTag: ReadTag): TargetPiece[] {
  const pieces: TargetPiece[] = []
  let literal = from
  for (let at = from; at < text.length; ) {
    const found = isTagAt(text, at) ? readTag(text, at) : undefined
    if (found) pieces.push(text.slice(literal, at), found.tag)
    at = found?.end ?? at + 1
    if (found) literal = at
  }
  return [...pieces, text.slice(literal)]
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
  if (/^https?:?$/i.test(host[1]!))
    return {
      code: 'text_link_typo',
      details: { written: url.written, meant: url.written.slice(host[0].length - host[1]!.length - 1) },
    }
  // Labels of a host are not empty.
  if (host[1]!.startsWith('.') || host[1]!.includes('..')) return { code: 'text_link_invalid', details }
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
