/**
 * In which order do names stand? As the language of a country has them: in Swedish å, ä and ö follow z, in German they stand beside a
 * and o. By ICU, which comes with PostgreSQL; by code points where somebody's own was built without it. Always: what is not the same text is
 * not equal, so that a row has one place among the others.
 */
import type { Db } from './database.ts'
import { raw, type Sql, sql } from './sql.ts'

/** country: ISO 3166, two letters. A `collate` clause, for `order by` and for comparisons. */
export async function readNameCollation(db: Db, country: string): Promise<Sql> {
  const known = await db.query<{ name: string }>(
    sql`select c.collname as name from pg_collation c
      where c.collname = any(${[ofLanguage(languageOf(country)), anyLanguage]}::text[]) and c.collnamespace = 'pg_catalog'::regnamespace`,
    'name-collation',
  )
  const { name } = known.find(one => one.name !== anyLanguage) ?? known[0] ?? { name: 'C' }
  return sql`collate ${raw(`"${name}"`)}`
}

const ofLanguage = (language: string) => `${language}-x-icu`
const anyLanguage = ofLanguage('und')

/** The language that most speak there, by Unicode's likely subtags: SE -> sv. */
export function languageOf(country: string): string {
  return /^[A-Z]{2}$/.test(country) ? new Intl.Locale(`und-${country}`).maximize().language : 'und'
}
