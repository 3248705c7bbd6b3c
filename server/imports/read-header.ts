/**
 * What may a column mean, by its header alone? `readHeader` splits the header into phrases of `header-words.ts` and combines their meanings:
 * "Assistant's Phone" contains a phone, but not the person's; "Samtycke nyhetsbrev" contains a consent, but not to SMS.
 *
 * A score is between 0 and 1: 1 for a header that says exactly this, less for every reservation. `doubt` names the reservation for a person.
 * A word that stands for something else (a date, another person, another purpose, a refusal) leaves no reading: no suggestion is better than a wrong one.
 */
import { normalForm } from '../../core/normal-form.ts'
import { type HeaderLanguage, headerWords, type Meaning } from './header-words.ts'

export type ColumnKey = 'external_key' | 'phone' | 'email' | 'first_name' | 'last_name' | 'city' | 'sms_consent'

export interface HeaderReading {
  key: ColumnKey
  score: number
  /** The reservation in words; null: none. */
  doubt: string | null
  /** Only if its cells have one word each: a "Name" may be a whole name. */
  oneWord: boolean
}

export interface HeaderRead {
  readings: HeaderReading[]
  /** Whether it is about a permission at all, of any purpose and channel, given or refused. */
  permission: boolean
  /** Whether it says something that no field has: its cells must not suggest one. */
  elsewhere: boolean
  /** The languages that the phrases belong to. */
  languages: ReadonlySet<HeaderLanguage>
}

interface Phrase {
  meanings: Set<Meaning>
  languages: Set<HeaderLanguage>
}
type Piece = Phrase | { unknown: string }

/** Longer headers are texts. */
const maxLength = 200
const maxPhraseTokens = 6
/** A shorter part of a compound would be found in any word. */
const minPart = 3
const maxCompound = 60

const letters: Readonly<Record<string, string>> = { ø: 'o', æ: 'ae', ß: 'ss', ł: 'l', ı: 'i', đ: 'd', ς: 'σ', œ: 'oe' }

const phrases = new Map<string, Phrase>()
for (const [meaning, byLanguage] of Object.entries(headerWords) as [Meaning, Record<HeaderLanguage, string>][]) {
  for (const [language, list] of Object.entries(byLanguage) as [HeaderLanguage, string][]) {
    for (const text of list.split(',')) {
      const key = tokensOf(text).join('')
      const phrase = phrases.get(key) ?? { meanings: new Set(), languages: new Set() }
      phrase.meanings.add(meaning)
      phrase.languages.add(language)
      phrases.set(key, phrase)
    }
  }
}

export function readHeader(header: string): HeaderRead {
  const { tokens, numbers } = split(header)
  const pieces = piecesOf(tokens)
  const known = pieces.filter(isPhrase)
  const unknown = pieces.flatMap(piece => (isPhrase(piece) ? [] : [piece.unknown]))
  const only = known.filter(({ languages }) => languages.size < 4)
  return {
    readings: [phone, email, key, firstName, lastName, city, consent].flatMap(read => {
      const reading = read({ known, unknown, numbers })
      return reading === null ? [] : [{ oneWord: false, ...reading, score: reading.score * later(numbers) }]
    }),
    permission:
      has(known, 'consent') ||
      known.some(({ meanings }) => meanings.has('negation') && !meanings.has('number')) ||
      (has(known, 'sms') && !has(known, 'mobile') && !has(known, 'phone') && !has(known, 'about')),
    elsewhere: known.some(({ meanings }) => othersMeanings.some(meaning => meanings.has(meaning))),
    languages: new Set(only.flatMap(({ languages }) => [...languages])),
  }
}

const othersMeanings: readonly Meaning[] = [
  'landline',
  'foreign',
  'negation',
  'about',
  'consent',
  'purpose',
  'channel',
  'first',
  'last',
  'whole',
]

interface Parts {
  known: readonly Phrase[]
  unknown: readonly string[]
  numbers: readonly number[]
}
type Reader = (parts: Parts) => (Omit<HeaderReading, 'oneWord'> & { oneWord?: true }) | null

/** "Phone 2" is a further phone. */
const later = (numbers: readonly number[]) => (numbers.some(n => n > 1 && n < 10) ? 0.6 : 1)

/** The phrases that the field allows, each with a meaning of `wanted` or `allowed`; null if one has none, or none is wanted. */
function fitting(known: readonly Phrase[], wanted: readonly Meaning[], allowed: readonly Meaning[]): boolean {
  return (
    known.some(({ meanings }) => wanted.some(meaning => meanings.has(meaning))) &&
    known.every(({ meanings }) => [...wanted, ...allowed, 'neutral' as const].some(meaning => meanings.has(meaning)))
  )
}

const also = (unknown: readonly string[]) => (unknown.length === 0 ? null : `It also says “${unknown.join(' ')}”.`)

const phone: Reader = ({ known, unknown }) => {
  if (has(known, 'sms') && !has(known, 'phone') && !has(known, 'mobile')) {
    // Brevo calls the number "SMS".
    const bare = unknown.length === 0 && fitting(known, ['sms'], ['number'])
    return bare ? { key: 'phone', score: 0.8, doubt: 'It says SMS, not phone number.' } : null
  }
  if (!fitting(known, ['mobile', 'phone'], ['sms', 'number', 'place', 'channel'])) return null
  const mobile = has(known, 'mobile')
  const other = is(known, 'place') || is(known, 'channel')
  const score = (mobile ? 1 : 0.9) * (other ? (mobile ? 0.8 : 0.5) : 1) * (unknown.length === 0 ? 1 : 0.7)
  const doubt = other ? 'A person may have another number, which they carry with them.' : also(unknown)
  return { key: 'phone', score, doubt }
}

const email: Reader = ({ known, unknown }) => {
  if (!fitting(known, ['email'], ['place', 'number'])) return null
  return {
    key: 'email',
    score: (is(known, 'place') ? 0.8 : 1) * (unknown.length === 0 ? 1 : 0.7),
    doubt: also(unknown),
  }
}

/** An id of something unknown (an order, a device) identifies no person. */
const key: Reader = ({ known, unknown, numbers }) => {
  if (unknown.length > 0 || numbers.length > 0 || !fitting(known, ['key', 'id'], ['number'])) return null
  const exact = known.every(({ meanings }) => meanings.has('key'))
  const external = exact && known.length === 1
  return { key: 'external_key', score: external ? 1 : exact ? 0.9 : 0.75, doubt: null }
}

const firstName: Reader = ({ known, unknown }) => {
  if (unknown.length > 0) return null
  if (fitting(known, ['first'], ['place'])) {
    return { key: 'first_name', score: is(known, 'place') ? 0.6 : 1, doubt: null }
  }
  if (!fitting(known, ['whole'], [])) return null
  return { key: 'first_name', score: 0.5, doubt: 'It says name, not first name.', oneWord: true }
}

const lastName: Reader = ({ known, unknown }) => {
  if (unknown.length > 0) return null
  if (fitting(known, ['last'], ['place'])) {
    return { key: 'last_name', score: is(known, 'place') ? 0.6 : 1, doubt: null }
  }
  if (!fitting(known, ['whole'], [])) return null
  return { key: 'last_name', score: 0.45, doubt: 'It says name, not last name.', oneWord: true }
}

const city: Reader = ({ known, unknown }) => {
  if (unknown.length > 0 || !fitting(known, ['city'], ['place'])) return null
  return { key: 'city', score: is(known, 'place') ? 0.7 : 1, doubt: null }
}

/** Any meaning that limits or denies a consent decides, even if the phrase has others. */
const consent: Reader = ({ known, unknown }) => {
  if (known.some(({ meanings }) => meanings.has('negation') || meanings.has('foreign') || meanings.has('about')))
    return null
  const sms = has(known, 'sms')
  const given = has(known, 'consent')
  if (!sms) {
    const alone =
      unknown.length === 0 && known.every(({ meanings }) => meanings.has('consent') || meanings.has('neutral'))
    return given && alone
      ? { key: 'sms_consent', score: 0.6, doubt: 'It does not say that the consent is for SMS.' }
      : null
  }
  const letter = known.some(
    ({ meanings }) => meanings.has('purpose') && !meanings.has('consent') && !meanings.has('marketing'),
  )
  // A newsletter by SMS is marketing by SMS; terms, photos and reminders are not.
  if (letter && !known.every(phrase => !phrase.meanings.has('purpose') || newsletters.has(phrase))) return null
  if (has(known, 'mobile') && !given) return null
  const others = known.some(({ meanings }) => meanings.has('email') || meanings.has('channel') || meanings.has('phone'))
  if (others && !given) return null
  const doubt = letter
    ? 'It names a newsletter.'
    : others
      ? 'It names other channels besides SMS.'
      : (also(unknown) ?? (given ? null : 'It says SMS, not consent.'))
  return { key: 'sms_consent', score: (given ? 1 : 0.75) * (doubt === null || !given ? 1 : 0.7), doubt }
}

const newsletters = new Set(
  [
    'newsletter',
    'newsletters',
    'nyhetsbrev',
    'nyhedsbrev',
    'uutiskirje',
    'nieuwsbrief',
    'infolettre',
    'boletin',
  ].flatMap(word => phrases.get(word) ?? []),
)

const isPhrase = (piece: Piece): piece is Phrase => 'meanings' in piece
const has = (known: readonly Phrase[], meaning: Meaning) => known.some(({ meanings }) => meanings.has(meaning))
/** Like `has`, of phrases that the field needs for nothing else. */
const is = (known: readonly Phrase[], meaning: Meaning) =>
  known.some(
    ({ meanings }) =>
      meanings.has(meaning) &&
      !['mobile', 'phone', 'email', 'first', 'last', 'city', 'neutral'].some(needed => meanings.has(needed as Meaning)),
  )

/** The longest phrase at each place; what is left is split as a compound. */
function piecesOf(tokens: readonly string[]): Piece[] {
  const pieces: Piece[] = []
  for (let at = 0; at < tokens.length; ) {
    let taken = 0
    for (let n = Math.min(maxPhraseTokens, tokens.length - at); n > 0 && taken === 0; n--) {
      const phrase = phrases.get(tokens.slice(at, at + n).join(''))
      if (phrase === undefined) continue
      pieces.push(phrase)
      taken = n
    }
    if (taken === 0) {
      const token = tokens[at] ?? ''
      pieces.push(...(compound(token) ?? genitive(token) ?? [{ unknown: token }]))
      taken = 1
    }
    at += taken
  }
  return pieces
}

/** "Anhörigs telefon" */
function genitive(token: string): Phrase[] | null {
  if (token.length < minPart + 2 || token.length > maxCompound || !token.endsWith('s')) return null
  const bare = phrases.get(token.slice(0, -1))
  return bare === undefined ? compound(token.slice(0, -1)) : [bare]
}

/** "kontaktmobilnummer" is kontakt, mobil, nummer; letters that only join ("s", "n") belong to no part. The fewest parts win. */
function compound(token: string): Phrase[] | null {
  if (token.length > maxCompound) return null
  const best: (Phrase[] | undefined)[] = [[]]
  for (let end = 1; end <= token.length; end++) {
    for (let start = 0; start <= end - minPart; start++) {
      const phrase = phrases.get(token.slice(start, end))
      if (phrase === undefined) continue
      const joined = start > 1 && 'sneo'.includes(token.charAt(start - 1)) ? best[start - 1] : undefined
      const before = best[start] ?? joined
      if (before === undefined) continue
      const now = best[end]
      if (now === undefined || before.length + 1 < now.length) best[end] = [...before, phrase]
    }
  }
  return best[token.length] ?? null
}

/** The words of a header, without case, accents and punctuation, and its numbers apart. "mobilePhone1" is mobile, phone and 1. */
function split(header: string): { tokens: string[]; numbers: number[] } {
  const parts = tokensOf(header)
  return {
    tokens: parts.filter(part => !/^\d+$/.test(part)),
    numbers: parts.filter(part => /^\d{1,3}$/.test(part)).map(Number),
  }
}

function tokensOf(text: string): string[] {
  const cased = text
    .slice(0, maxLength)
    .replace(/(?<=\p{Ll})(?=\p{Lu})/gu, ' ')
    .replace(/(?<=\p{Lu})(?=\p{Lu}\p{Ll})/gu, ' ')
  return folded(cased).match(/\p{L}+|\p{N}+/gu) ?? []
}

/** Lower case without accents: header words and their languages are compared in this form. */
export function folded(text: string): string {
  return normalForm(text.toLowerCase(), 'NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[øæßłıđςœ]/g, letter => letters[letter] ?? letter)
}
