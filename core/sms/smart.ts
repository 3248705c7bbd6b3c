/**
 * Which characters can go without loss, so that a text stays in the cheap alphabet? Quotes, dashes, spaces, dots.
 *
 * Always: letters are never changed (`á` stays and makes the text UCS-2); a normalised text has LF only, is NFC and has
 * no lone surrogate; doing either twice changes nothing more. Both run before a text is counted and sent, in the browser
 * and on the server, so that what was counted is what is sent.
 * Source: UAX #15 (NFC); the 47 entries of the map (test/vectors/gsm-vectors.json `smartMap`).
 */

import { normalForm } from '../normal-form.ts'

/** `index` is a UTF-16 index into the normalised text, of `from` (one character); `to` may be empty or longer. */
export interface SmartChange {
  index: number
  from: string
  to: string
}

const replacements: Readonly<Record<string, string>> = {
  '\u201c': '"', // “
  '\u201d': '"', // ”
  '\u201e': '"', // „
  '\u201f': '"', // ‟
  '\u00ab': '"', // «
  '\u00bb': '"', // »
  '\u2033': '"', // ″
  '\u2018': "'", // ‘
  '\u2019': "'", // ’
  '\u201a': "'", // ‚
  '\u201b': "'", // ‛
  '\u2032': "'", // ′
  '\u00b4': "'", // ´
  '`': "'",
  '\u2010': '-', // hyphen
  '\u2011': '-', // non-breaking hyphen
  '\u2012': '-', // figure dash
  '\u2013': '-', // –
  '\u2014': '-', // —
  '\u2015': '-', // ―
  '\u2212': '-', // minus
  '\u2022': '-', // •
  '\u00b7': '-', // ·
  '\u2026': '...', // …
  '\u2044': '/', // ⁄
  '\t': ' ',
  '\u00a0': ' ', // no-break space
  '\u2000': ' ',
  '\u2001': ' ',
  '\u2002': ' ',
  '\u2003': ' ',
  '\u2004': ' ',
  '\u2005': ' ',
  '\u2006': ' ',
  '\u2007': ' ',
  '\u2008': ' ',
  '\u2009': ' ',
  '\u200a': ' ',
  '\u202f': ' ',
  '\u205f': ' ',
  '\u3000': ' ',
  '\u2028': '\n', // line separator
  '\u2029': '\n', // paragraph separator
  '\u200b': '', // zero-width space
  '\ufeff': '', // byte order mark
  '\u2060': '', // word joiner
  '\u00ad': '', // soft hyphen
}

export const smartMap: ReadonlyMap<string, string> = new Map(Object.entries(replacements))

const replaced = new Set(Array.from(smartMap.keys(), character => character.charCodeAt(0)))

/** NFC, CR LF and CR as LF, lone surrogates as U+FFFD. What this gives is what is counted, stored and sent. */
export function normaliseText(text: string): string {
  if (isPlain(text)) return text
  return normalForm(text.toWellFormed().replace(/\r\n?/g, '\n'))
}

/** The text normalised and with the replaceable characters replaced, and what was replaced where. Characters of `left` stay. */
export function smartEncode(text: string, left?: ReadonlySet<string>): { text: string; changes: SmartChange[] } {
  const normal = normaliseText(text)
  const changes: SmartChange[] = []
  let smart = ''
  let kept = 0
  for (let index = 0; index < normal.length; index++) {
    if (!isReplaced(normal.charCodeAt(index))) continue
    const from = normal.charAt(index)
    if (left?.has(from)) continue
    const to = replacements[from]!
    changes.push({ index, from, to })
    smart += normal.slice(kept, index) + to
    kept = index + 1
  }
  if (changes.length === 0) return { text: normal, changes }
  // Without a zero-width space a letter and its mark may have become neighbours: compose them.
  return { text: normaliseText(smart + normal.slice(kept)), changes }
}

function isReplaced(unit: number): boolean {
  if (unit < 0x80) return unit === 0x60 || unit === 0x09
  return unit < 0x2000 ? unit < 0xbc && replaced.has(unit) : replaced.has(unit)
}

/** Below U+0300 nothing composes, so a text without CR and without such characters is normal already. */
function isPlain(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit >= 0x300 || unit === 0x0d) return false
  }
  return true
}
