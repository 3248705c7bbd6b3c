/** What credits are worth: exact decimals as text, never a float. */

/** "12.5000" credits at "0.4500" each -> "5.625": at least two places, no more than are needed. */
export function moneyOf(credits: string, creditValue: string): string {
  const [a, b] = [readDecimal(credits), readDecimal(creditValue)]
  return writeDecimal(a.digits * b.digits, a.places + b.places)
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
