/** Number formats: thousands separators, rates with one decimal, "–" for an unknown value. */
import { inCurrency } from '../../core/money.ts'

const whole = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 })
const decimal = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 4 })

export const none = '–'

/** 12345 -> "12,345"; null -> "–". */
export function count(value: number | null | undefined): string {
  return value == null ? none : whole.format(value)
}

/** 0.9876 -> "98.8%"; null -> "–". A share below 1 is never 100%, and one above 0 never 0%. */
export function percent(share: number | null | undefined): string {
  if (share == null) return none
  if (share > 0 && share < 0.0005) return '< 0.1%'
  if (share < 1 && share > 0.9995) return '> 99.9%'
  const value = share * 100
  return `${value === 0 || value === 100 ? value : value.toFixed(1)}%`
}

/** "1234.5000" -> "1,234.5"; null -> "–". Credits are decimal text in the API, so that they stay exact. */
export function credits(value: string | null | undefined): string {
  return value == null ? none : decimal.format(Number(value))
}

/** "1234.5", "SEK" -> "1,234.50", with the decimals of the currency: of JPY none, of KWD three. */
export function amount(value: string, currency: string): string {
  const [digits = '0', fraction = ''] = inCurrency(value, currency).split('.')
  const grouped = digits.replace(/\B(?=(\d{3})+$)/g, ',')
  return fraction === '' ? grouped : `${grouped}.${fraction}`
}

/** "1234.5", "SEK" -> "1,234.50 SEK" */
export function money(value: string, currency: string): string {
  return `${amount(value, currency)} ${currency}`
}

/** A sum at a glance: "18414.40", "SEK" -> "18,414 SEK"; below 1,000 with its decimals. */
export function roundMoney(value: string, currency: string): string {
  return Number(value) >= 1_000 ? `${count(Math.round(Number(value)))} ${currency}` : money(value, currency)
}

/** plural(1, 'profile') -> "1 profile"; plural(2000, 'person', 'people') -> "2,000 people". */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`
}
