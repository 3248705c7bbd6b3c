/**
 * The profiles of a workspace, newest first, found by the beginning of a name, a number, an e-mail or a key (search.ts).
 * A page costs the same whatever is searched: a few are named by the indexes; of many the newest are tested one by one, so
 * many at most, and a page that is not full by then says where to go on.
 */
import { problem } from '../../core/problems.ts'
import type { Db } from '../platform/db/database.ts'
import { type Sql, sql } from '../platform/db/sql.ts'
import { findProfiles, isFound, readSearch } from './search.ts'
import type { ProfileRow } from './view.ts'

export interface ListOptions {
  search?: string | undefined
  /** `next` of the page before */
  after?: string | undefined
  limit: number
  /** where numbers without a country code are from */
  country: string
}

/** Profiles that one page tests: 50 ms. */
const MOST_TESTED = 25_000

export async function listProfiles(
  db: Db,
  workspaceId: number,
  options: ListOptions,
): Promise<{ items: ProfileRow[]; next: string | null }> {
  const { limit } = options
  const before = options.after === undefined ? Number.MAX_SAFE_INTEGER : readCursor(options.after)
  const search = readSearch(options.search, options.country)
  const found = search && (await findProfiles(db, workspaceId, search, await mostProfiles(db)))
  const older = sql`from profiles p where p.workspace_id = ${workspaceId} and p.profile_id < ${before} and p.erased_at is null`
  if (search === undefined) return pageOf(await read(db, older, limit + 1), limit)
  if (found !== null && found !== undefined) {
    const ids = found.filter(id => id < before).sort((a, b) => b - a)
    const some = ids.slice(0, limit + 1)
    const named = sql`from profiles p where p.bucket = any(${some.map(id => id & 255)}::int[])
      and p.profile_id = any(${some}::bigint[]) and p.workspace_id = ${workspaceId}`
    return pageOf(await read(db, named, limit + 1), limit)
  }
  const newest = sql`from (select p.* ${older} order by p.profile_id desc limit ${MOST_TESTED}) p where ${isFound(search)}`
  const page = pageOf(await read(db, newest, limit + 1), limit)
  if (page.next !== null) return page
  const [last] = await db.query<{ id: number }>(
    sql`select p.profile_id as id ${older} order by p.profile_id desc limit 1 offset ${MOST_TESTED - 1}`,
  )
  return { ...page, next: last === undefined ? null : String(last.id) }
}

/** There are no more than these: ids are drawn for new profiles only. */
async function mostProfiles(db: Db): Promise<number> {
  const [drawn] = await db.query<{ n: number }>(sql`select last_value as n from profile_ids`, 'most-profiles')
  return drawn?.n ?? 0
}

async function read(db: Db, from: Sql, rows: number): Promise<ProfileRow[]> {
  return db.query<ProfileRow>(sql`
    select p.profile_id as "profileId", p.external_key as "externalKey", p.phone, p.country, p.email, p.first_name as "firstName",
      p.last_name as "lastName", p.created_at as "createdAt"
    ${from}
    order by p.profile_id desc limit ${rows}`)
}

function pageOf(rows: ProfileRow[], limit: number): { items: ProfileRow[]; next: string | null } {
  const items = rows.slice(0, limit)
  const last = rows.length > limit ? items.at(-1) : undefined
  return { items, next: last === undefined ? null : String(last.profileId) }
}

function readCursor(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw problem('invalid_input', { where: 'after', what: 'is no cursor of this list' })
  return Number(text)
}
