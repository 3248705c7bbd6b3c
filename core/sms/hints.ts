/**
 * What in a text is probably not meant as it is written, though it can be sent: addresses that are not tracked, invisible characters, words in
 * brackets that name an attribute. A problem (template.ts) keeps a text from being sent; a hint does not.
 */
import { invisibleOf } from './characters.ts'
import type { Correction } from './correction.ts'
import { smartMap } from './smart.ts'

export type HintKind = 'untracked' | 'email' | 'invisible' | 'tag' | 'link_continues' | 'no_domain'

export interface Hint {
  kind: HintKind
  /** UTF-16, in `Template.text` */
  index: number
  length: number
  /** as in the text; of an invisible character its name */
  written: string
  /** what was probably meant, in its place */
  correction?: Correction
}

/** More are not told: nobody reads them. */
export const maxHints = 50

/** Domains whose ending is common, or that a path follows: `butik.se`, `shop.example/rea`. */
const address = /[\p{L}\p{N}._%+-]{1,64}(?:@[\p{L}\p{N}.-]{1,190})?/gu
const commonEndings = new Set(
  (
    'com net org info biz shop store app dev online site io eu nu se no dk fi is de at ch uk ie nl be lu fr es pt it pl cz sk hu ro bg gr ' +
    'ee lv lt us ca au nz in jp cn kr br mx ar za ae tr ua ru me tv co ly gl page link live club blog tech cloud'
  ).split(' '),
)
const pathBehind = /(?:\/[^\s<>"]{0,500}|:[0-9]{2,5}(?:\/[^\s<>"]{0,500})?)/uy

/** The hints of a literal part of a text, which lies at `from` of it. */
export function hintsOfText(literal: string, from: number, smart: boolean): Hint[] {
  return [...addressesOf(literal, from), ...invisiblesOf(literal, from, smart)]
}

function addressesOf(literal: string, from: number): Hint[] {
  const found: Hint[] = []
  for (const match of literal.matchAll(address)) {
    const written = match[0].replace(/^[._%+-]{1,64}/, '')
    const start = match.index + match[0].length - written.length
    const at = written.indexOf('@')
    const bare = withoutEnd(written)
    if (at > 0) {
      if (/^[^.].*\.\p{L}{2,}$/u.test(bare.slice(at + 1)))
        found.push({ kind: 'email', index: from + start, length: bare.length, written: bare })
      continue
    }
    // What an @ precedes is a name.
    if (match.index > 0 && /[@:/#]/.test(literal.charAt(match.index - 1))) continue
    pathBehind.lastIndex = start + bare.length
    const path = withoutEnd(bare.length === written.length ? (pathBehind.exec(literal)?.[0] ?? '') : '')
    if (!isDomain(bare, path.length > 1)) continue
    const whole = bare + path
    const correction = { index: from + start, length: 0, text: 'https://' }
    found.push({ kind: 'untracked', index: from + start, length: whole.length, written: whole, correction })
  }
  return found
}

function withoutEnd(text: string): string {
  let end = text.length
  while (end > 0 && ".,:;!?'_%+-)".includes(text.charAt(end - 1))) end--
  return text.slice(0, end)
}

/** "butik.se", but not "bra.Se" at the end of a sentence, "kl.18", "t.ex" or "1.5h". */
function isDomain(text: string, hasPath: boolean): boolean {
  const labels = text.split('.')
  const ending = labels.at(-1) ?? ''
  const name = labels.at(-2) ?? ''
  if (labels.length < 2 || labels.some(label => label === '' || /[%+_]/.test(label))) return false
  if (!/\p{L}/u.test(name) || Array.from(name).length < 2) return false
  if (ending !== ending.toLowerCase() && text !== text.toUpperCase()) return false
  return commonEndings.has(ending.toLowerCase()) || (hasPath && /^[a-z]{2,}$/i.test(ending))
}

/** Smart encoding replaces some of them, and says so itself. */
function invisiblesOf(literal: string, from: number, smart: boolean): Hint[] {
  return invisibleOf(literal)
    .filter(({ character }) => !(smart && smartMap.has(character)))
    .map(({ index, name, instead }) => ({
      kind: 'invisible' as const,
      ...{ index: from + index, length: 1, written: name },
      correction: { index: from + index, length: 1, text: instead },
    }))
}

/** "zero width space at 14": what a person reads. `plain`: without a link the address is only text. */
export function hintSentence({ kind, written, index }: Hint): string {
  const at = `at position ${index + 1}`
  switch (kind) {
    case 'untracked':
      return `"${written}" ${at} is not tracked: it does not begin with https:// or www.`
    case 'email':
      return `The e-mail address "${written}" is sent as it is and is not tracked.`
    case 'invisible':
      return `Invisible character: ${written} ${at}.`
    case 'tag':
      return `"${written}" ${at} looks like a data tag and is sent as it is.`
    case 'link_continues':
      return `The link at position ${index + 1} includes "${written}". Put a space before it if it is not part of the address.`
    case 'no_domain':
      return `The link "${written}" ${at} has no domain such as example.com.`
  }
}
