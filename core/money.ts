/** What credits are worth: exact decimals as text, never a float. */
import { trimEndWhere } from './trim.ts'

/** "12.5000" credits at "0.4500" each -> "5.625": at least two places, no more than are needed. */
export function moneyOf(credits: string, creditValue: string): string {
  const [a, b] = [readDecimal(credits), readDecimal(creditValue)]
  return writeDecimal(a.digits * b.digits, a.places + b.places)
}

/** Decimals of an amount in this currency: SEK 2, JPY 0, KWD 3 (ISO 4217, by Intl). A code that Intl refuses has 2. */
export function placesOf(currency: string): number {
  if (!/^[A-Za-z]{3}$/.test(currency)) return 2
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2
}

/** As an amount in this currency: "5.625", "SEK" -> "5.63"; "JPY" -> "6"; "KWD" -> "5.625". Halves away from zero. */
export function inCurrency(amount: string, currency: string): string {
  const { digits, places } = readDecimal(amount)
  const wanted = placesOf(currency)
  const steps =
    places <= wanted ? digits * 10n ** BigInt(wanted - places) : rounded(digits, 10n ** BigInt(places - wanted))
  return writeDecimal(steps, wanted, wanted)
}

/**
 * What several amounts of credits are worth, in the decimals of their currency, so that they add up to what their sum is worth: each is
 * rounded down, and the smallest units that are missing go to those that lost most (the largest remainder; of equal ones the first).
 */
export function sharesOf(
  credits: readonly string[],
  creditValue: string,
  currency: string,
): { total: string; shares: string[] } {
  const decimals = placesOf(currency)
  const value = readDecimal(creditValue)
  const amounts = credits.map(readDecimal)
  // In steps so small that every amount is a whole number of them, and a smallest unit of the currency too.
  const places = Math.max(0, ...amounts.map(amount => amount.places)) + value.places + decimals
  const unit = 10n ** BigInt(places - decimals)
  const exact = amounts.map(
    amount => amount.digits * value.digits * 10n ** BigInt(places - amount.places - value.places),
  )
  const down = exact.map(steps => floorOf(steps, unit))
  const total = rounded(
    exact.reduce((sum, steps) => sum + steps, 0n),
    unit,
  )
  const missing = Number(total - down.reduce((sum, n) => sum + n, 0n))
  const lost = exact.map((steps, i) => ({ i, steps: steps - down[i]! * unit }))
  lost.sort((a, b) => (a.steps === b.steps ? a.i - b.i : a.steps < b.steps ? 1 : -1))
  for (const { i } of lost.slice(0, missing)) down[i] = down[i]! + 1n
  return { total: writeDecimal(total, decimals, decimals), shares: down.map(n => writeDecimal(n, decimals, decimals)) }
}

function floorOf(n: bigint, by: bigint): bigint {
  return n >= 0n || n % by === 0n ? n / by : n / by - 1n
}

/** Halves away from zero, as PostgreSQL rounds. */
function rounded(n: bigint, by: bigint): bigint {
  return n < 0n ? -((-n + by / 2n) / by) : (n + by / 2n) / by
}

/** In whole steps of a place: "12.5" at 4 places -> 125000n. Digits beyond them are an error. */
export function stepsOf(text: string, places: number): bigint {
  const { digits, places: has } = readDecimal(text)
  if (has > places) throw new RangeError(`"${text}" has more than ${places} places`)
  return digits * 10n ** BigInt(places - has)
}

/** As people write it: "12.5000" -> "12.5", "900.0000" -> "900". */
export function plainDecimal(text: string): string {
  return text.includes('.') ? withoutPoint(trimEndWhere(text, digit => digit === '0')) : text
}

const withoutPoint = (text: string): string => (text.endsWith('.') ? text.slice(0, -1) : text)

function readDecimal(text: string): { digits: bigint; places: number } {
  const found = /^(-?\d+)(?:\.(\d+))?$/.exec(text)
  if (found === null) throw new RangeError(`"${text}" is not a decimal number`)
  const fraction = found[2] ?? ''
  return { digits: BigInt(`${found[1]}${fraction}`), places: fraction.length }
}

/** least: decimals that are written even if they are 0. */
function writeDecimal(digits: bigint, places: number, least = 2): string {
  const sign = digits < 0n ? '-' : ''
  const all = (digits < 0n ? -digits : digits).toString().padStart(places + 1, '0')
  const whole = all.slice(0, all.length - places)
  const fraction = trimEndWhere(all.slice(all.length - places), digit => digit === '0').padEnd(least, '0')
  return fraction === '' ? `${sign}${whole}` : `${sign}${whole}.${fraction}`
}
