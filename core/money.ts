/** What credits are worth: exact decimals as text, never a float. */

/** "12.5000" credits at "0.4500" each -> "5.625": at least two places, no more than are needed. */
export function moneyOf(credits: string, creditValue: string): string {
  const [a, b] = [readDecimal(credits), readDecimal(creditValue)]
  return writeDecimal(a.digits * b.digits, a.places + b.places)
}

/** In whole steps of a place: "12.5" at 4 places -> 125000n. Digits beyond them are an error. */
export function stepsOf(text: string, places: number): bigint {
  const { digits, places: has } = readDecimal(text)
  if (has > places) throw new RangeError(`"${text}" has more than ${places} places`)
  return digits * 10n ** BigInt(places - has)
}

/** As people write it: "12.5000" -> "12.5", "900.0000" -> "900". */
export function plainDecimal(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}

function readDecimal(text: string): { digits: bigint; places: number } {
  const found = /^(-?\d+)(?:\.(\d+))?$/.exec(text)
  if (found === null) throw new RangeError(`"${text}" is not a decimal number`)
  const fraction = found[2] ?? ''
  return { digits: BigInt(`${found[1]}${fraction}`), places: fraction.length }
}

function writeDecimal(digits: bigint, places: number): string {
  const sign = digits < 0n ? '-' : ''
  const all = (digits < 0n ? -digits : digits).toString().padStart(places + 1, '0')
  const whole = all.slice(0, all.length - places)
  const fraction = all
    .slice(all.length - places)
    .replace(/0+$/, '')
    .padEnd(2, '0')
  return `${sign}${whole}.${fraction}`
}
