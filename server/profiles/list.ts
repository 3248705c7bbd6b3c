/**
 * The profiles of a workspace, newest first, found by the beginning of a number, an e-mail, a name or a key. Numbers may be typed as
 * people write them ("070-123", "0046 70"). Keys, e-mails and numbers are looked up by index; names by a scan that stops at a full page (1 M profiles, none found: 2 s).
 */
import { type CountryCode, getCountryCallingCode, isSupportedCountry } from 'libphonenumber-js/max'
import { problem } from '../../core/problems.ts'
import type { Db } from '../platform/db.ts'
import { empty, type Sql, sql } from '../platform/sql.ts'
import type { ProfileRow } from './view.ts'

export interface ListOptions {
  search?: string | undefined
  /** `next` of the page before */
  after?: string | undefined
  limit: number
  /** where numbers without a country code are from */
  country: string
}

/** More than so many keys with the same beginning are no search. */
const maxKeys = 1000

export async function listProfiles(
  db: Db,
  workspaceId: number,
  options: ListOptions,
): Promise<{ items: ProfileRow[]; next: string | null }> {
  const before = options.after === undefined ? Number.MAX_SAFE_INTEGER : readCursor(options.after)
  const text = options.search?.trim() ?? ''
  const found = text === '' ? empty : await isFound(db, workspaceId, text, options.country)
  const rows = await db.query<ProfileRow>(sql`
    select p.profile_id as "profileId", p.external_key as "externalKey", p.phone, p.email, p.first_name as "firstName",
      p.last_name as "lastName", p.created_at as "createdAt"
    from profiles p
    where p.workspace_id = ${workspaceId} and p.profile_id < ${before} ${found}
    order by p.profile_id desc limit ${options.limit + 1}`)
  const items = rows.slice(0, options.limit)
  const last = rows.length > options.limit ? items.at(-1) : undefined
  return { items, next: last === undefined ? null : String(last.profileId) }
}

async function isFound(db: Db, workspaceId: number, typed: string, country: string): Promise<Sql> {
  const text = typed.toLowerCase()
  const phones = phoneBeginnings(text, country)
  // An index knows no "without regard to case": keys as they were typed, small, large, and as a word.
  const word = text.charAt(0).toUpperCase() + text.slice(1)
  const beginnings = [...new Set([typed, text, text.toUpperCase(), word, ...phones])]
  // The range is what an index can use; where the database sorts by a language it may miss some, which the scan below finds.
  const keys = await db.query<{ id: number }>(sql`
    select k.profile_id as id
    from unnest(${beginnings}::text[], ${beginnings.map(each => `${each}\u{10FFFF}`)}::text[]) as u (beginning, ending)
    cross join lateral (select k.profile_id from profile_keys k
      where k.workspace_id = ${workspaceId} and k.value >= u.beginning and k.value <= u.ending and starts_with(k.value, u.beginning)
      limit ${maxKeys}) k`)
  const ids = keys.map(({ id }) => id)
  // Nobody is called by digits or @: what the index found is all there is.
  if (ids.length > 0 && /[\d@]/.test(text)) return sql`and p.profile_id = any(${ids}::bigint[])`
  const like = (beginning: string) => `${beginning.replace(/[\\%_]/g, sign => `\\${sign}`)}%`
  const wanted = like(text)
  return sql`and (p.profile_id = any(${ids}::bigint[])
    or lower(p.last_name) like ${wanted} or lower(concat_ws(' ', p.first_name, p.last_name)) like ${wanted}
    or lower(p.email) like ${wanted} or lower(p.external_key) like ${wanted}
    or p.phone like any(${phones.map(like)}::text[]))`
}

/** How a number in E.164 may begin when its beginning was typed like this; none where the text is no number. */
function phoneBeginnings(text: string, country: string): string[] {
  if (!/^\+?[\d\s()./-]+$/.test(text)) return []
  const typed = text.replace(/\(0\)/g, '').replace(/[^\d+]/g, '')
  const code = isSupportedCountry(country) ? getCountryCallingCode(country satisfies CountryCode) : ''
  if (typed.replace('+', '') === '') return []
  if (typed.startsWith('+')) return [typed]
  if (typed.startsWith('00')) return [`+${typed.slice(2)}`]
  return typed.startsWith('0') ? [`+${code}${typed.slice(1)}`] : [`+${typed}`, `+${code}${typed}`]
}

function readCursor(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw problem('invalid_input', { where: 'after', what: 'is no cursor of this list' })
  return Number(text)
}
