/**
 * Whom does a search in a list mean? Profiles whose number, e-mail, name, last name or key is the text, or begins with it,
 * without regard to case. Numbers may be typed as people write them: "070-123 45", "0046 70…", "+46 (0)70…".
 */
import { type CountryCode, getCountryCallingCode, isSupportedCountry } from 'libphonenumber-js/max'
import { type Sql, sql } from '../platform/sql.ts'

/** A condition over `messages m` and `profiles p`. country: where numbers without a country code are from. */
export function isFound(text: string, country: string): Sql {
  const wanted = startsWith(text.trim().toLowerCase())
  const phones = phoneStarts(text, country).map(startsWith)
  return sql`(lower(p.email) like ${wanted} or lower(p.external_key) like ${wanted} or lower(p.last_name) like ${wanted}
    or lower(concat_ws(' ', p.first_name, p.last_name)) like ${wanted}
    or coalesce(m.phone, p.phone) like any(${phones}::text[]))`
}

/** The pattern of LIKE for a leading part; its own signs mean themselves. */
export function startsWith(text: string): string {
  return `${text.replace(/[\\%_]/g, sign => `\\${sign}`)}%`
}

/** How a number in E.164 may begin when its beginning was typed like this; none where the text is no number. */
export function phoneStarts(text: string, country: string): string[] {
  if (!/^\s*\+?[\d\s()./-]+$/.test(text)) return []
  const typed = text.replace(/\(0\)/g, '').replace(/[^\d+]/g, '')
  if (typed === '' || typed === '+') return []
  if (typed.startsWith('+')) return [typed]
  if (typed.startsWith('00')) return [`+${typed.slice(2)}`]
  const code = callingCode(country)
  if (typed.startsWith('0') && code !== undefined) return [`+${code}${typed.slice(1)}`]
  return code === undefined ? [`+${typed}`] : [`+${typed}`, `+${code}${typed}`]
}

function callingCode(country: string): string | undefined {
  return isSupportedCountry(country) ? getCountryCallingCode(country satisfies CountryCode) : undefined
}
