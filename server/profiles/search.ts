/**
 * Which profiles match a search? Those whose first name, last name, "first last", number, e-mail or key equals the text or begins with it,
 * ignoring case. Numbers may be typed as people write them: "070-123 45", "0046 70…", "+46 (0)70…". Only the current number and
 * address of a profile count.
 *
 * Two ways: `findProfiles` asks the indexes, as long as there are few matches. `isFound` tests one profile after the other, for a beginning
 * that many profiles share, so that the first rows of any list contain enough of them. Both find the same profiles.
 */
import { type CountryCode, getCountryCallingCode, isSupportedCountry } from 'libphonenumber-js/max'
import type { Db } from '../platform/db/database.ts'
import { join, raw, type Sql, sql } from '../platform/db/sql.ts'

export interface Search {
  /** trimmed; never empty */
  text: string
  /** possible beginnings of the number in E.164; none if the text is no number */
  phones: string[]
}

/** A longer text is no search; `maxLength` of its parameter. */
export const maxProfileSearch = 500

/**
 * How many matches are few? Naming n of them costs n look-ups; meeting 25 of them in the order of a list of `among` profiles costs
 * 25 * among / n look-ups. Both are equal at 5,000 among a million and 16,000 among ten million.
 */
export function fewOf(among: number): number {
  return Math.max(5_000, Math.ceil(Math.sqrt(25 * among)))
}

/** The name as one text, as in its index: "first last". */
const name = sql`lower(coalesce(p.first_name || ' ', '') || coalesce(p.last_name, ''))`
/** Characters of a name in its index. */
const indexed = 80

/** The sort key of names, over `profiles p`. A profile without a name comes first. */
export const nameKey = sql`left(${name}, ${raw(String(indexed))})`

/** country: of numbers without a country code. Undefined: no search. */
export function readSearch(text: string | undefined, country: string): Search | undefined {
  // PostgreSQL accepts no NUL, and no name contains one.
  const typed = text?.replaceAll('\0', '\u{FFFD}').toWellFormed().trim() ?? ''
  return typed === '' ? undefined : { text: typed, phones: phoneStarts(typed, country) }
}

/** A condition over `profiles p`. */
export function isFound({ text, phones }: Search): Sql {
  const wanted = startsWith(text)
  return sql`(${isCalled(text)} or (p.email_valid and lower(p.email) like lower(${wanted})) or lower(p.external_key) like lower(${wanted})
    or p.phone like any(${[text, ...phones].map(startsWith)}::text[]))`
}

/**
 * Ids in no order; null: more than a few. `among`: the number of profiles in the searched list. The statements are not named, because a
 * plan for a beginning must know that beginning.
 */
export async function findProfiles(
  db: Db,
  workspaceId: number,
  { text, phones }: Search,
  among: number,
): Promise<number[] | null> {
  const few = fewOf(among)
  const found = new Set<number>()
  const begins = (value: string, kind: Sql) => sql`(select k.profile_id as id from profile_keys k
    where k.workspace_id = ${workspaceId} and lower(k.value) like lower(${startsWith(value)}) ${kind} limit ${few + 1})`
  // A number is only compared with numbers: an e-mail or a key may begin with "+" too.
  const keys = [
    begins(text, sql``),
    ...phones.filter(phone => phone !== text).map(phone => begins(phone, sql`and k.kind = 'phone'`)),
  ]
  const names = [sql`${name}`, sql`lower(p.last_name)`].map(
    called => sql`(select p.profile_id as id from profiles p
      where p.workspace_id = ${workspaceId} and ${leads(called, text)} limit ${few + 1})`,
  )
  for (const ways of [keys, names]) {
    // As one value: this many rows would cost more than finding them.
    const [all] = await db.query<{ ids: number[] | null }>(
      sql`select /* fanout */ array_agg(w.id) as ids from (select * from (${join(ways, ' union all ')}) w limit ${few + 1}) w`,
    )
    for (const id of all?.ids ?? []) found.add(id)
    if ((all?.ids?.length ?? 0) > few || found.size > few) return null
  }
  return [...found]
}

function isCalled(text: string): Sql {
  return sql`(${leads(name, text)} or ${leads(sql`lower(p.last_name)`, text)})`
}

/** The leading part that an index can find, and, if the text is longer, the whole text. */
function leads(called: Sql, text: string): Sql {
  const characters = [...text]
  const index = sql`left(${called}, ${indexed}) like lower(${startsWith(characters.slice(0, indexed).join(''))})`
  return characters.length > indexed ? sql`${index} and starts_with(${called}, lower(${text}))` : index
}

/** A LIKE pattern for a leading part, with its wildcards escaped. */
function startsWith(text: string): string {
  return `${text.replace(/[\\%_]/g, character => `\\${character}`)}%`
}

function phoneStarts(text: string, country: string): string[] {
  if (!/^\+?[\d\s()./-]+$/.test(text)) return []
  const typed = text.replace(/\(0\)/g, '').replace(/[^\d+]/g, '')
  if (typed === '' || typed === '+') return []
  if (typed.startsWith('+')) return [typed]
  if (typed.startsWith('00')) return [`+${typed.slice(2)}`]
  const code = isSupportedCountry(country) ? getCountryCallingCode(country satisfies CountryCode) : undefined
  if (typed.startsWith('0')) return code === undefined ? [] : [`+${code}${typed.slice(1)}`]
  return code === undefined ? [`+${typed}`] : [`+${typed}`, `+${code}${typed}`]
}
