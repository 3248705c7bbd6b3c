/** What the list of all profiles shows beside its rows: each profile's consents on a channel, and the total. */
import { type Channel, channels } from '../../core/channels.ts'
import type { Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import type { ProfileRow } from './view.ts'

export interface ListedProfile extends ProfileRow {
  /** current consents on the channel, ordered by the topics' names */
  consents: { topic: string; granted: boolean }[]
  /** the address is opted out of everything */
  optedOut: boolean
  /** the address is closed */
  closed: boolean
}

export async function withStanding(
  db: Db,
  workspaceId: number,
  rows: readonly ProfileRow[],
  channel: Channel,
): Promise<ListedProfile[]> {
  if (rows.length === 0) return []
  const { addressColumn } = channels[channel]
  const ids = rows.map(row => row.profileId)
  const said = await db.query<{ profileId: number; topic: string; granted: boolean }>(sql`
    select c.profile_id as "profileId", t.name as topic, c.granted from current_consents c join topics t on t.id = c.topic_id
    where c.bucket = any(${[...new Set(ids.map(id => id & 255))]}::int[]) and c.profile_id = any(${ids}::bigint[])
      and c.workspace_id = ${workspaceId} and c.channel = ${channel}
    order by t.name`)
  const consents = Map.groupBy(said, row => row.profileId)
  const addresses = rows.flatMap(row => row[addressColumn] ?? [])
  const shut = await db.query<{ address: string; why: 'opted_out' | 'closed' }>(sql`
    select o.address, 'opted_out' as why from opt_outs o
      where o.workspace_id = ${workspaceId} and o.channel = ${channel} and o.address = any(${addresses}::text[]) and o.topic_id is null and o.released_at is null
    union select s.address, 'closed' from suppressions s
      where s.workspace_id = ${workspaceId} and s.channel = ${channel} and s.address = any(${addresses}::text[]) and s.released_at is null`)
  const isShut = (address: string | null, why: string) => shut.some(row => row.address === address && row.why === why)
  return rows.map(row => ({
    ...row,
    consents: (consents.get(row.profileId) ?? []).map(({ topic, granted }) => ({ topic, granted })),
    optedOut: isShut(row[addressColumn], 'opted_out'),
    closed: isShut(row[addressColumn], 'closed'),
  }))
}

/** Up to here profiles are counted exactly: a few milliseconds. */
const COUNTED = 20_000

/** Above that, the planner's estimate, which follows the table within minutes. */
export async function countProfiles(db: Db, workspaceId: number): Promise<{ n: number; exact: boolean }> {
  const all = sql`select /* fanout */ p.profile_id from profiles p where p.workspace_id = ${workspaceId} and p.erased_at is null`
  const [counted] = await db.query<{ n: number }>(sql`select count(*) as n from (${all} limit ${COUNTED}) x`)
  const n = counted?.n ?? 0
  if (n < COUNTED) return { n, exact: true }
  const [plan] = await db.query<{ 'QUERY PLAN': [{ Plan: { 'Plan Rows': number } }] }>(
    sql`explain (format json) ${all}`,
  )
  return { n: Math.max(n, plan?.['QUERY PLAN'][0].Plan['Plan Rows'] ?? 0), exact: false }
}
