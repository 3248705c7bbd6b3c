/** Names of characters that show nothing, for people who look for them in a text. */
import { withoutInvisible } from '../invisible.ts'

const names: Readonly<Record<string, string>> = {
  ' ': 'space',
  '\n': 'line break',
  '\t': 'tab',
  '\u00a0': 'no-break space',
  '\u00ad': 'soft hyphen',
  '\u034f': 'grapheme joiner',
  '\u061c': 'Arabic letter mark',
  '\u115f': 'Hangul filler',
  '\u1160': 'Hangul filler',
  '\u180e': 'vowel separator',
  '\u200b': 'zero width space',
  '\u200c': 'zero width non-joiner',
  '\u200d': 'zero width joiner',
  '\u200e': 'left-to-right mark',
  '\u200f': 'right-to-left mark',
  '\u2028': 'line separator',
  '\u2029': 'paragraph separator',
  '\u202a': 'left-to-right embedding',
  '\u202b': 'right-to-left embedding',
  '\u202c': 'end of direction',
  '\u202d': 'left-to-right override',
  '\u202e': 'right-to-left override',
  '\u202f': 'narrow no-break space',
  '\u2060': 'word joiner',
  '\u2066': 'left-to-right isolate',
  '\u2067': 'right-to-left isolate',
  '\u2068': 'first strong isolate',
  '\u2069': 'end of isolate',
  '\u2800': 'empty Braille pattern',
  '\u3000': 'full-width space',
  '\u3164': 'Hangul filler',
  '\ufe0e': 'text variation selector',
  '\ufe0f': 'emoji variation selector',
  '\ufeff': 'byte order mark',
}

/** The name of a character that shows nothing; undefined for one that can be seen. */
export function invisibleName(character: string): string | undefined {
  const known = names[character]
  if (known !== undefined) return known
  if (/^\s$/u.test(character)) return 'special space'
  return /^\p{Cf}$/u.test(character) ? `invisible character ${codeOf(character)}` : undefined
}

function codeOf(character: string): string {
  return `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`
}

const removable = /\p{Cf}|\u034f|\u2800|\u3164/u
const fromRightToLeft = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u
const spaces = /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/u

/** A character of a text that shows nothing and that its author hardly typed. */
export interface Invisible {
  index: number
  character: string
  name: string
  /** what to write in its place: a space for spaces that only look like one */
  instead: string
}

/**
 * Those of a text, in their order; of a script that is written from right to left, without what sets directions, and without joiners where
 * they join.
 */
export function invisibleOf(text: string): Invisible[] {
  const found: Invisible[] = []
  const hasDirections = fromRightToLeft.test(text)
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index)
    const isSpace = spaces.test(character)
    if (!isSpace && !(removable.test(character) && isNeedless(text, index, hasDirections))) continue
    // Between Chinese or Japanese characters a full-width space is what one types.
    if (character === '\u3000' && /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u.test(text)) continue
    found.push({
      index,
      character,
      name: invisibleName(character) ?? 'invisible character',
      instead: isSpace ? ' ' : '',
    })
  }
  return found
}

function isNeedless(text: string, index: number, hasDirections: boolean): boolean {
  const character = text.charAt(index)
  if (character === '\u200c' || character === '\u200d') {
    const before = String.fromCodePoint(text.codePointAt(index - (isLow(text, index - 1) ? 2 : 1)) ?? 0x20)
    const around = before + character + String.fromCodePoint(text.codePointAt(index + 1) ?? 0x20)
    return !withoutInvisible(around).includes(character)
  }
  return !(hasDirections && /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/.test(character))
}

function isLow(text: string, index: number): boolean {
  const unit = text.charCodeAt(index)
  return unit >= 0xdc00 && unit <= 0xdfff
}
