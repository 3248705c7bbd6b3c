/**
 * The sort order of names, by the language of a country: in Swedish å, ä and ö follow z, in German they sort with a and o. ICU, which
 * PostgreSQL includes, defines it; a PostgreSQL that was built without ICU sorts by code point. Different texts never compare as equal,
 * so that each row has exactly one position.
 */
import type { Db } from './database.ts'
import { raw, type Sql, sql } from './sql.ts'

/** country: ISO 3166, two letters. Returns a `collate` clause for `order by` and comparisons. */
export async function readNameCollation(db: Db, country: string): Promise<Sql> {
  const known = await db.query<{ name: string }>(
    sql`select c.collname as name from pg_collation c
      where c.collname = any(${[ofLanguage(languageOfCountry(country)), anyLanguage]}::text[]) and c.collnamespace = 'pg_catalog'::regnamespace`,
    'name-collation',
  )
  const { name } = known.find(one => one.name !== anyLanguage) ?? known[0] ?? { name: 'C' }
  return sql`collate ${raw(`"${name}"`)}`
}

const ofLanguage = (language: string) => `${language}-x-icu`
const anyLanguage = ofLanguage('und')

/** The language most spoken there, by Unicode's likely subtags: SE -> sv. */
export function languageOfCountry(country: string): string {
  return /^[A-Z]{2}$/.test(country) ? new Intl.Locale(`und-${country}`).maximize().language : 'und'
}
