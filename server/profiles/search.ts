/**
 * Whom does a search mean? Profiles whose first name, last name, "first last", number, e-mail or key is the text, or begins with
 * it, without regard to capitals. Numbers may be typed as people write them: "070-123 45", "0046 70…", "+46 (0)70…". A number
 * or an address is the one that the profile has now.
 *
 * Two ways: `findProfiles` asks the indexes whom it is, as long as it is a few; `isFound` tests one profile after the other, for a
 * beginning that so many share that the first rows of any list have enough of them. Both mean the same profiles.
 */
import { type CountryCode, getCountryCallingCode, isSupportedCountry } from 'libphonenumber-js/max'
import type { Db } from '../platform/db/database.ts'
import { join, raw, type Sql, sql } from '../platform/db/sql.ts'

export interface Search {
  /** trimmed; never empty */
  text: string
  /** how a number in E.164 may begin when it was typed like this; none where the text is no number */
  phones: string[]
}

/** Longer is no search; `maxLength` of its parameter. */
export const maxSearch = 500

/**
 * Up to how many are a few, among so many? To name n of them costs n look-ups; to meet 25 of them in the order of a list costs
 * 25 * among / n, each a look-up too. Where both are the same: 5,000 among a million, 16,000 among ten.
 */
export function fewOf(among: number): number {
  return Math.max(5_000, Math.ceil(Math.sqrt(25 * among)))
}

/** The name as one text, as its index has it: "first last". */
const name = sql`lower(coalesce(p.first_name || ' ', '') || coalesce(p.last_name, ''))`
/** So many signs of a name stand in its index. */
const indexed = 80

/** What names are in order by, over `profiles p`. A profile without a name, or none, comes first. */
export const nameKey = sql`left(${name}, ${raw(String(indexed))})`

/** country: where numbers without a country code are from. Undefined: nothing is searched for. */
export function readSearch(text: string | undefined, country: string): Search | undefined {
  // PostgreSQL knows no NUL, and nobody's name holds one.
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
 * Ids in no order; null: more than a few. `among`: how many profiles the list holds that is searched. The statements are not
 * named: a plan for a beginning is made for that beginning.
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
  // A number as it was typed is compared with numbers only: an e-mail or a key may begin with "+" too.
  const keys = [
    begins(text, sql``),
    ...phones.filter(phone => phone !== text).map(phone => begins(phone, sql`and k.kind = 'phone'`)),
  ]
  const names = [sql`${name}`, sql`lower(p.last_name)`].map(
    called => sql`(select p.profile_id as id from profiles p
      where p.workspace_id = ${workspaceId} and ${leads(called, text)} limit ${few + 1})`,
  )
  for (const ways of [keys, names]) {
    // As one value: so many rows would cost more than it costs to find them.
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

/** What an index can find first, and where the text is longer than that, the whole of it. */
function leads(called: Sql, text: string): Sql {
  const signs = [...text]
  const index = sql`left(${called}, ${indexed}) like lower(${startsWith(signs.slice(0, indexed).join(''))})`
  return signs.length > indexed ? sql`${index} and starts_with(${called}, lower(${text}))` : index
}

/** The pattern of LIKE for a leading part; its own signs mean themselves. */
function startsWith(text: string): string {
  return `${text.replace(/[\\%_]/g, sign => `\\${sign}`)}%`
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
