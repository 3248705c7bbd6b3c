/**
 * The profiles of a workspace, newest first, found by the beginning of a name, a number, an e-mail or a key (search.ts).
 * A page costs the same for every search: the indexes name a few matches; of many matches, the newest profiles are tested one by one, up to
 * a limit. A page that the limit cuts short says where the next one begins.
 */
import type { Db } from '../platform/db/database.ts'
import { type Sql, sql } from '../platform/db/sql.ts'
import { cursorOf } from '../platform/http/cursor.ts'
import { type Page, type PageRequest, type PageStretch, stretchOf, turnPage } from '../platform/http/page.ts'
import { faultOfWriting } from './phone-writing.ts'
import { findProfiles, isFound, readSearch } from './search.ts'
import type { ProfileRow } from './view.ts'

export interface ProfileListOptions extends PageRequest {
  search?: string | undefined
  limit: number
  /** the country of numbers without a country code */
  country: string
}

/** Profiles that one page tests: 50 ms. */
const MOST_TESTED = 25_000

const cursor = cursorOf('profiles', { profileId: 'id' })
const keyOf = ({ profileId }: { profileId: number }) => ({ profileId })

/** The caller has the total: it is not counted for every page. */
export async function listProfiles(
  db: Db,
  workspaceId: number,
  options: ProfileListOptions,
): Promise<Omit<Page<ProfileRow>, 'total'>> {
  const { limit } = options
  const search = readSearch(options.search, options.country)
  const found = (search && (await findProfiles(db, workspaceId, search, await mostProfiles(db)))) ?? null
  const { read, ...cursors } = await turnPage(
    cursor,
    options,
    async (from, backwards): Promise<PageStretch<ProfileRow, { profileId: number }>> => {
      const beyond = from === undefined ? sql`true` : sql`p.profile_id ${backwards ? sql`>` : sql`<`} ${from.profileId}`
      const order = sql`order by p.profile_id ${backwards ? sql`asc` : sql`desc`}`
      const all = sql`from profiles p /* fanout */ where p.workspace_id = ${workspaceId} and ${beyond} and p.erased_at is null`
      const stretch = async (rows: Sql) =>
        stretchOf(await readRows(db, sql`${rows} ${order} limit ${limit + 1}`), limit, backwards, keyOf)
      if (search === undefined) return stretch(all)
      if (found !== null) return stretch(named(workspaceId, pick(found, from?.profileId, backwards, limit + 1)))
      const tested = sql`from (select p.* ${all} ${order} limit ${MOST_TESTED}) p where ${isFound(search)}`
      const page = await stretch(tested)
      if (page.on !== null) return page
      const [last] = await db.query<{ profileId: number }>(
        sql`select p.profile_id as "profileId" ${all} ${order} limit 1 offset ${MOST_TESTED - 1}`,
      )
      return { ...page, on: last ?? null }
    },
    keyOf,
  )
  return { items: read.rows, ...cursors }
}

/** The next of the profiles that an index found, in this direction. */
function pick(ids: readonly number[], from: number | undefined, backwards: boolean, rows: number): number[] {
  const ahead = from === undefined ? ids : ids.filter(id => (backwards ? id > from : id < from))
  return ahead.toSorted((a, b) => (backwards ? a - b : b - a)).slice(0, rows)
}

const named = (workspaceId: number, ids: readonly number[]): Sql =>
  sql`from profiles p where p.bucket = any(${ids.map(id => id & 255)}::int[])
      and p.profile_id = any(${[...ids]}::bigint[]) and p.workspace_id = ${workspaceId}`

/** An upper bound: ids are drawn for new profiles only. */
async function mostProfiles(db: Db): Promise<number> {
  const [drawn] = await db.query<{ n: number }>(sql`select last_value as n from profile_ids`, 'most-profiles')
  return drawn?.n ?? 0
}

async function readRows(db: Db, from: Sql): Promise<ProfileRow[]> {
  const rows = await db.query<Omit<ProfileRow, 'phoneFault'>>(sql`
    select p.profile_id as "profileId", p.external_key as "externalKey", p.phone, p.phone_given as "phoneGiven", p.country, p.email, p.first_name as "firstName",
      p.last_name as "lastName", p.created_at as "createdAt"
    ${from}`)
  return rows.map(row => ({ ...row, phoneFault: row.phoneGiven === null ? null : faultOfWriting(row.phoneGiven) }))
}
