/** Countries in English, by their ISO 3166-1 code. */
const names = new Intl.DisplayNames('en', { type: 'region', fallback: 'code' })

/** "SE" -> "Sweden". An invalid code is shown unchanged, an empty one as "Unknown country". */
export function countryName(code: string): string {
  return /^[A-Z]{2}$/.test(code) ? (names.of(code) ?? code) : code || 'Unknown country'
}
