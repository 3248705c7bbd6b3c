/**
 * Which characters cost what on the air, and what are their octets? The default alphabet of GSM 03.38 and UTF-16.
 *
 * Always: a text is GSM-7 when each of its UTF-16 units is in the alphabet or its extension table, else UCS-2;
 * septets are unpacked, one octet each, as SMPP's short_message carries them; code 0x00 is `@`, no end of text.
 * Source: 3GPP TS 23.038 §6.2.1 and §6.2.1.1; vectors: test/vectors/gsm-vectors.json.
 */

export type Encoding = 'GSM-7' | 'UCS-2'

const escapeCode = 0x1b

// In the order of their codes; the blank at 0x1B is the escape, which is no character of its own.
const basicAlphabet =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u0000ÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?' +
  '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà'

const extensionTable: readonly (readonly [code: number, character: string])[] = [
  [0x0a, '\f'],
  [0x14, '^'],
  [0x28, '{'],
  [0x29, '}'],
  [0x2f, '\\'],
  [0x3c, '['],
  [0x3d, '~'],
  [0x3e, ']'],
  [0x40, '|'],
  [0x65, '€'],
]

const lastCharacter = 0x20ac // €, the highest UTF-16 unit in the alphabet
const outside = escapeCode // no character has this code, so it marks what the alphabet lacks
const extended = 0x80 // set on codes that follow an escape

/** UTF-16 unit -> code, `extended | code` for two septets, `outside` for what must go as UCS-2. */
const codeOfUnit = new Uint8Array(lastCharacter + 1).fill(outside)
const characterOfCode = new Uint16Array(0x80)
const extendedCharacterOfCode = new Uint16Array(0x80)

for (let code = 0; code < basicAlphabet.length; code++) {
  if (code === escapeCode) continue
  const unit = basicAlphabet.charCodeAt(code)
  codeOfUnit[unit] = code
  characterOfCode[code] = unit
}
for (const [code, character] of extensionTable) {
  const unit = character.charCodeAt(0)
  codeOfUnit[unit] = extended | code
  extendedCharacterOfCode[code] = unit
}
characterOfCode[escapeCode] = 0x20 // §6.2.1.1: an escape that nothing known follows is shown as a space

/** Septets that the character at this UTF-16 unit costs: 1, or 2 with its escape; 0 when the alphabet has no such character. */
export function septetsOf(unit: number): 0 | 1 | 2 {
  if (unit > lastCharacter) return 0
  const code = codeOfUnit[unit]!
  return code === outside ? 0 : code < extended ? 1 : 2
}

/** Septets of the whole text, or -1 when a character of it is not in the alphabet. Allocates nothing. */
export function gsmUnits(text: string): number {
  let units = text.length
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit > lastCharacter) return -1
    const code = codeOfUnit[unit]!
    if (code === outside) return -1
    units += code >> 7
  }
  return units
}

/** What the whole text must be sent as: one character outside of the alphabet makes all of it UCS-2. */
export function encodingOf(text: string): Encoding {
  return gsmUnits(text) < 0 ? 'UCS-2' : 'GSM-7'
}

/**
 * Writes the septets of `text` into `target` from `offset`, one octet each, and returns the offset behind them.
 * The text must be GSM-7 and fit: a caller asks `gsmUnits` first; a character outside of the alphabet is a RangeError.
 */
export function writeGsm(text: string, target: Uint8Array, offset = 0): number {
  let at = offset
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    const code = unit > lastCharacter ? outside : codeOfUnit[unit]!
    if (code === outside) throw new RangeError(`Unit ${i} (U+${unit.toString(16)}) is not in the GSM alphabet.`)
    if (code >= extended) target[at++] = escapeCode
    target[at++] = code & 0x7f
  }
  if (at > target.length) throw new RangeError(`The text needs ${at - offset} octets from ${offset}.`)
  return at
}

/** The septets of a GSM-7 text, unpacked, one octet each; a character outside of the alphabet is a RangeError. */
export function encodeGsm(text: string): Uint8Array {
  const septets = new Uint8Array(Math.max(0, gsmUnits(text)))
  writeGsm(text, septets)
  return septets
}

/**
 * The text of unpacked septets. Never throws, as they come from outside: an unknown extension code is shown as the
 * character of the default table, a lone or doubled escape as a space (§6.2.1.1), and the eighth bit is ignored.
 */
export function decodeGsm(septets: Uint8Array): string {
  let text = ''
  for (let i = 0; i < septets.length; i++) {
    const code = septets[i]! & 0x7f
    const next = septets[i + 1]
    if (code !== escapeCode || next === undefined) {
      text += String.fromCharCode(characterOfCode[code]!)
      continue
    }
    i++
    text += String.fromCharCode(extendedCharacterOfCode[next & 0x7f] || characterOfCode[next & 0x7f]!)
  }
  return text
}

/** Writes `text` as big-endian UTF-16 into `target` from `offset` and returns the offset behind it. */
export function writeUcs2(text: string, target: Uint8Array, offset = 0): number {
  let at = offset
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    target[at++] = unit >> 8
    target[at++] = unit & 0xff
  }
  if (at > target.length) throw new RangeError(`The text needs ${at - offset} octets from ${offset}.`)
  return at
}

/** The text as big-endian UTF-16 (data_coding 8): phones take surrogate pairs, though UCS-2 does not know them. */
export function encodeUcs2(text: string): Uint8Array {
  const octets = new Uint8Array(text.length * 2)
  writeUcs2(text, octets)
  return octets
}

/** The text of big-endian UTF-16; never throws; an odd last octet is dropped. */
export function decodeUcs2(octets: Uint8Array): string {
  let text = ''
  for (let i = 0; i + 1 < octets.length; i += 2) text += String.fromCharCode((octets[i]! << 8) | octets[i + 1]!)
  return text
}
