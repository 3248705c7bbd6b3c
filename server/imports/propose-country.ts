/**
 * In which country were the numbers of a list written? Numbers without a country code are valid in many countries. The country in which most of
 * them can get an SMS is proposed; the workspace's, if no other is clearly better. Among equals the language of the headers decides.
 */
import { type CountryCode, getCountries, parsePhoneNumberFromString } from 'libphonenumber-js/max'
import { isSendable, phoneTypeOf } from '../../core/phone.ts'
import { breather } from '../platform/breathe.ts'
import type { HeaderLanguage } from './header-words.ts'

export interface CountryProposal {
  country: CountryCode
  /** Different numbers without a country code that were looked at. */
  numbers: number
  /** How many of them can get an SMS if they belong to the country: the proposal first, then the workspace's, then others; five at most. */
  counts: { country: CountryCode; mobile: number }[]
}

/** Each number is read once per country: 245 countries × 15 µs. */
const maxNumbers = 60
const shownCountries = 5

const countriesOf: Record<HeaderLanguage, readonly CountryCode[]> = {
  en: ['GB', 'US', 'IE', 'AU', 'CA', 'NZ'],
  sv: ['SE'],
  no: ['NO'],
  da: ['DK'],
  fi: ['FI'],
  de: ['DE', 'AT', 'CH'],
  nl: ['NL', 'BE'],
  fr: ['FR', 'BE', 'CH'],
  es: ['ES', 'MX', 'AR', 'CO', 'CL'],
  it: ['IT'],
  pt: ['PT', 'BR'],
  pl: ['PL'],
  tr: ['TR'],
  el: ['GR', 'CY'],
}
const usual = [...new Set(Object.values(countriesOf).flatMap(([first, ...rest]) => (first ? [first, ...rest] : [])))]

interface Counted {
  country: CountryCode
  sendable: number
  /** of a type that is always a mobile */
  mobile: number
  /** of any type */
  valid: number
}

/**
 * What a valid number that gets no SMS counts in a country whose language the headers speak: a Norwegian list has landlines, and each of them is
 * a number in Denmark too, where landlines and mobiles have the same numbers.
 */
const landlineWeight = 0.95
/** The same in the workspace's own country: a column of phones has landlines, and a number of another country may be valid by accident. */
const ownLandlineWeight = 0.5

/** `cells`: of the columns with numbers. `languages`: of the headers, one entry per header and language. */
export async function proposeCountry(
  cells: readonly string[],
  own: CountryCode,
  languages: readonly HeaderLanguage[],
): Promise<CountryProposal> {
  const numbers = [...new Set(cells.map(cell => cell.trim()).filter(isNational))].slice(0, maxNumbers)
  const mine = countIn(own, numbers)
  if (mine.sendable === numbers.length) return proposal(numbers, [mine])
  const breathe = breather()
  const others: Counted[] = []
  for (const country of getCountries()) {
    if (country === own) continue
    others.push(countIn(country, numbers))
    await breathe()
  }
  const spoken = (country: CountryCode) => languages.filter(language => countriesOf[language].includes(country)).length
  const most = Math.max(...[mine, ...others].map(({ country }) => spoken(country)))
  const landlineWeightOf = (country: CountryCode) =>
    most > 0 && spoken(country) === most ? landlineWeight : country === own ? ownLandlineWeight : 0
  const weight = ({ country, sendable, valid }: Counted) => sendable + landlineWeightOf(country) * (valid - sendable)
  const top = Math.max(...others.map(weight))
  const margin = Math.max(1, numbers.length / 10)
  if (top - weight(mine) < margin)
    return proposal(numbers, [mine, ...others.toSorted((a, b) => b.sendable - a.sendable)])
  const usualPlace = (country: CountryCode) => (usual.includes(country) ? usual.indexOf(country) : usual.length)
  const [best, ...rest] = others.toSorted(
    (a, b) =>
      Number(top - weight(a) >= margin) - Number(top - weight(b) >= margin) ||
      spoken(b.country) - spoken(a.country) ||
      b.sendable - a.sendable ||
      b.mobile - a.mobile ||
      usualPlace(a.country) - usualPlace(b.country),
  )
  return proposal(numbers, best === undefined ? [mine] : [best, mine, ...rest])
}

function proposal(numbers: readonly string[], counted: readonly Counted[]): CountryProposal {
  const counts = counted
    .filter(({ sendable }, i) => i < 2 || sendable > 0)
    .slice(0, shownCountries)
    .map(({ country, sendable }) => ({ country, mobile: sendable }))
  const [best] = counts
  if (best === undefined) throw new Error('a proposal has a country')
  return { country: best.country, numbers: numbers.length, counts }
}

function countIn(country: CountryCode, numbers: readonly string[]): Counted {
  const counted = { country, sendable: 0, mobile: 0, valid: 0 }
  for (const number of numbers) {
    const type = parsePhoneNumberFromString(number, country)?.getType()
    if (type === undefined) continue
    counted.valid++
    if (isSendable(phoneTypeOf(type))) counted.sendable++
    if (type === 'MOBILE') counted.mobile++
  }
  return counted
}

/** Written without a country code, and a number at all. */
function isNational(cell: string): boolean {
  if (cell.length > 30 || !/^[\d\s()./-]+$/.test(cell)) return false
  const digits = cell.replace(/\D/g, '')
  return digits.length >= 6 && digits.length <= 12 && !digits.startsWith('00')
}
