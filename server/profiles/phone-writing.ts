/**
 * Which number does a cell contain? Digits behind punctuation are not part of a number: `0412345678 (2)`, `0412345678/9`, `412345678.0`
 * and `0412345678 ext 5` are one number and something else. Where lengths vary (Finland, Germany, Austria, Italy), the digits of both
 * would be the valid number of a stranger.
 *
 * Invariant: the result is the number that the cell shows as one plain writing, the first of several, or a fault; never digits of two
 * things together. A plain writing has digits of any script, + or 00, spaces, hyphens, dots, an area code in parentheses or before a slash,
 * and a word such as "tel:".
 */

import { withoutInvisible } from '../../core/invisible.ts'
import type { PhoneFault } from '../../core/phone.ts'

/** What the caller knows about a valid number. */
export interface Valid {
  /** digits of the country's calling code */
  callingCodeLength: number
}

/** `parse` gets + and digits, or digits only; undefined: not a valid number. */
export function readWriting<Number extends Valid>(
  given: string,
  parse: (digits: string) => Number | undefined,
): { number: Number } | { fault: PhoneFault } {
  const text = asciiDigits(withoutInvisible(given)).trim()
  if (/^(?:\+|00)?\d{5,20}$/.test(text)) return validOr(parse(text), 'not_valid')
  if (/^[+-]?\d(?:[.,]\d+)?E[+]?\d{1,2}$/i.test(text)) return { fault: 'digits_lost' }
  // A number that a program kept as a decimal.
  const whole = /^([+]?\d{5,15})[.,]0+$/.exec(text)?.[1]
  if (whole !== undefined) return validOr(parse(whole), 'not_valid')
  if (!/\d/.test(text)) return { fault: 'not_valid' }
  const writing = firstWriting(text)
  return 'fault' in writing ? writing : readGroups(writing, parse)
}

/** Why a text that was kept is not a number: for texts that were found invalid, whatever their country was. */
export function faultOfWriting(given: string): PhoneFault {
  const read = readWriting(given, () => undefined)
  return 'fault' in read ? read.fault : 'not_valid'
}

/** The first number of a cell, as written. */
interface Writing {
  international: boolean
  groups: readonly Group[]
  /** More follows. */
  several: boolean
}

interface Group {
  digits: string
  /** What separates it from the group before. */
  before: Separator
  /** In parentheses. */
  enclosed: boolean
}
type Separator = 'none' | 'space' | 'hyphen' | 'dot' | 'slash'

const labels = words(
  `tel tele telefon telefono teléfono telefone telephone téléphone telefoon telefonnr telefonnummer tfn tlf tlfn phone ph p t m mob mobil
  mobile mobiltelefon mobilnr mobilnummer mobiel móvil movil celular cel cell cellphone cellulare handy handynummer natel gsm gsmnr sms
  whatsapp wa portable port puh puhelin matkapuhelin kom komórka komorka nr no num number nummer número numero numéro hem hemma home private
  privat arbete work jobb job arbeit dienstlich main cellular тел моб телефон τηλ κιν κινητό 电话 手机 電話 携帯 휴대폰 전화 هاتف جوال`,
)
const extensions = words(
  'ext extn extension x xt anknytning ankn anr vx växel dw durchwahl poste int interno toestel tst linje lokal local alanumero alanro доб вн wew w linka',
)
const ors = words('or eller el oder od ou och and und et e y o og en of tai lub i или и veya nebo vagy és sau')
/** Anything longer is not a number with remarks. */
const maxTokens = 80

function firstWriting(text: string): Writing | { fault: PhoneFault } {
  const groups: Group[] = []
  const pieces = text.match(/\d+|\p{L}+|[^\p{L}\d]+/gu) ?? []
  if (pieces.length > maxTokens) return { fault: 'extra' }
  const lastDigits = pieces.findLastIndex(piece => /^\d/.test(piece))
  let international = false
  let ended = false
  let open = false
  let before: Separator = 'none'
  for (const [i, piece] of pieces.entries()) {
    if (isDigits(piece)) {
      if (ended) break
      groups.push({ digits: piece, before: groups.length === 0 ? 'none' : before, enclosed: open })
      before = 'none'
      continue
    }
    if (/^\p{L}/u.test(piece)) {
      const word = piece.toLowerCase()
      // A remark without digits behind it changes nothing.
      if (groups.length > 0 && !pieces.slice(i + 1).some(isDigits)) {
        open = false
        break
      }
      if (groups.length > 0 && extensions.has(word)) return { fault: 'extension' }
      if (!labels.has(word) && !ors.has(word)) return { fault: ended ? 'several' : 'extra' }
      if (groups.length > 0) ended = true
      if (ended) open = false
      continue
    }
    if (ended) continue
    const read = readSeparator(piece, groups.length > 0, open)
    if (read === 'break') ended = groups.length > 0
    else if (read === 'plus') {
      if (groups.length > 0) ended = true
      else international = true
      open = /[([（]/.test(piece)
    } else if (read === null) return { fault: piece.includes('#') ? 'extension' : 'extra' }
    else {
      before = read.separator
      open = read.open
    }
  }
  // An extension after a break: tel:+46…;ext=5
  if (ended && pieces.some((piece, i) => i < lastDigits && piece.length > 1 && extensions.has(piece.toLowerCase())))
    return { fault: 'extension' }
  if (groups.length === 0 || open) return { fault: 'extra' }
  const several = ended && pieces.filter(isDigits).length > groups.length
  return { international, groups, several }
}

const isDigits = (piece: string) => /^\d/.test(piece)

/** Null: nothing that a number contains. */
function readSeparator(piece: string, inside: boolean, open: boolean) {
  if (/[;,\n\r\t|&\u060c\u3001\uff0c\uff1b]|:::/.test(piece)) return 'break' as const
  if (/[+＋]/.test(piece)) return /^[\s:.([（']*[+＋]\s*$/.test(piece) || inside ? ('plus' as const) : null
  if (!/^[\s.:·()[\]（）/\u2044\u2215\uff0f'\u2010-\u2015\u2212\u30fc\uff0d-]+$/.test(piece)) return null
  if (/[:']/.test(piece) && inside) return null
  if (open ? /^[^)\]）]*[([（]/.test(piece) : /^[^([（]*[)\]）]/.test(piece)) return null
  const separator: Separator = /[/\u2044\u2215\uff0f]/.test(piece)
    ? 'slash'
    : /[.·]/.test(piece)
      ? 'dot'
      : /[\u2010-\u2015\u2212\u30fc\uff0d-]/.test(piece)
        ? 'hyphen'
        : /\s/.test(piece)
          ? 'space'
          : 'none'
  return { separator, open: /[([（]/.test(piece) || (open && !/[)\]）]/.test(piece)) }
}

function readGroups<Number extends Valid>(
  writing: Writing,
  parse: (digits: string) => Number | undefined,
): { number: Number } | { fault: PhoneFault } {
  const { groups, several } = writing
  const fault = several ? 'several' : 'extra'
  // All in parentheses is as none.
  const bare = groups.every(group => group.enclosed) ? groups.map(group => ({ ...group, enclosed: false })) : groups
  const slash = bare.findIndex(group => group.before === 'slash')
  if (slash > 0) return readSlashed({ ...writing, groups: bare }, slash, parse)
  if (!isEnclosedWell(bare)) return { fault }
  const number = parse(digitsOf(writing, bare))
  const international = writing.international || bare[0]!.digits.startsWith('00')
  if (number === undefined) {
    const first = bare.length > 1 ? firstOfTwo(writing, bare, parse) : undefined
    if (first !== undefined) return { number: first }
    return { fault: isPlain(bare, international ? 3 : 0) && !several ? 'not_valid' : fault }
  }
  if (!isPlain(bare, international ? number.callingCodeLength : 0)) return { fault }
  // Such an end may be a remark: if the writing is a number without it, nobody can tell.
  if (isDoubtful(bare) && parse(digitsOf(writing, bare.slice(0, -1))) !== undefined) return { fault }
  return { number }
}

/** Two numbers with only spaces between them: both begin as numbers do, and both are valid. */
function firstOfTwo<Number extends Valid>(
  writing: Writing,
  groups: readonly Group[],
  parse: (digits: string) => Number | undefined,
): Number | undefined {
  for (let at = 1; at < groups.length; at++) {
    if (groups[at]!.digits[0] !== '0' && groups[at]!.digits.length < 5) continue
    const first = groups.slice(0, at)
    const second = groups.slice(at)
    if (second.map(group => group.digits).join('').length < 5 || !isPlain(first, 3)) continue
    const number = parse(digitsOf(writing, first))
    if (number !== undefined && parse(digitsOf({ international: false }, second)) !== undefined) return number
  }
  return undefined
}

/** An area code may be before a slash: 0171/1234567. What is behind a whole number is another one, or another ending. */
function readSlashed<Number extends Valid>(
  writing: Writing,
  slash: number,
  parse: (digits: string) => Number | undefined,
): { number: Number } | { fault: PhoneFault } {
  const { groups } = writing
  const first = groups.slice(0, slash)
  const rest = groups.slice(slash)
  const plain = (all: readonly Group[]) =>
    all.map((group, i) => (i > 0 && group.before === 'slash' ? { ...group, before: 'hyphen' as const } : group))
  const alone = readGroups({ ...writing, groups: first, several: true }, parse)
  const behind = rest.map(group => group.digits).join('')
  const inPairs = rest.length >= 3 && rest.every(group => group.digits.length === 2)
  const isSubscriber = behind.length >= 5 && (!behind.startsWith('0') || inPairs)
  if ('number' in alone) return isSubscriber && !inPairs ? { fault: 'several' } : alone
  const area = first.map(group => group.digits).join('')
  if (!isSubscriber || area.length > (writing.international ? 8 : 6)) return { fault: 'several' }
  if (rest.slice(1).some(group => group.before === 'slash') && !inPairs) return { fault: 'extra' }
  return readGroups({ ...writing, groups: plain(groups) }, parse)
}

/** Are these the groups of one number? `codeLength`: digits of the calling code that the first group may contain. */
function isPlain(groups: readonly Group[], codeLength: number): boolean {
  const last = groups.length - 1
  if (last === 0) return true
  const end = groups[last]!
  for (let i = 0; i < last; i++) {
    const { digits } = groups[i]!
    const length =
      i === 0 ? digits.length - codeLength - (codeLength > 0 && digits.startsWith('00') ? 2 : 0) : digits.length
    const next = groups[i + 1]!.digits.length
    // People who write groups write no long run before the last one.
    if (length >= 8 || (length === 7 && (next !== 4 || i + 1 < last))) return false
    if (length === 6 && i + 1 === last && next <= 3) return false
  }
  if (end.digits.length !== 2 || (end.before !== 'hyphen' && end.before !== 'dot')) return true
  return groups.filter(group => group.before === end.before).length > 1 || groups.length > 5
}

/** A short last group that does not follow from the ones before it. */
function isDoubtful(groups: readonly Group[]): boolean {
  const last = groups.at(-1)!
  if (groups.length === 1 || last.digits.length > 4) return false
  if (last.digits.length === 1) return true
  // 08-123 456 78
  const [one, two] = groups.slice(-3)
  if (
    last.before === 'space' &&
    last.digits.length === 2 &&
    groups.length > 3 &&
    one?.digits.length === 3 &&
    two?.digits.length === 3
  )
    return false
  if (last.digits.length === 2) return !groups.slice(1, -1).some(({ digits }) => digits.length === 2)
  return last.before !== 'space' && (groups.length === 2 || last.before !== groups.at(-2)!.before)
}

/** Parentheses are around an area code, a country's code or a trunk zero: never at the end. */
function isEnclosedWell(groups: readonly Group[]): boolean {
  return groups.every(
    ({ enclosed, digits }, i) =>
      !enclosed ||
      (i < groups.length - 1 && i <= 2 && digits.length <= 5 && (i === 0 || groups[i - 1]!.digits.length <= 4)),
  )
}

function digitsOf({ international }: Pick<Writing, 'international'>, groups: readonly Group[]): string {
  return (international ? '+' : '') + groups.map(group => group.digits).join('')
}

function validOr<Number>(number: Number | undefined, fault: PhoneFault): { number: Number } | { fault: PhoneFault } {
  return number === undefined ? { fault } : { number }
}

/** Digits of all scripts, and the wide plus. A superscript is no digit: it refers to a footnote. */
function asciiDigits(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII
  if (/^[\x00-\x7f]*$/.test(text)) return text
  return text.replaceAll('＋', '+').replace(/\p{Nd}/gu, digit => String(digitOf(digit.codePointAt(0)!)))
}

/** The ten digits of a script follow each other, the zero first. */
function digitOf(codePoint: number): number {
  let zero = codePoint
  while (codePoint - zero < 50 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--
  return (codePoint - zero) % 10
}

function words(list: string): ReadonlySet<string> {
  return new Set(list.split(/\s+/))
}
