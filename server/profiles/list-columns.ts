/** What a page of the list of all profiles shows beside its rows: what each has said on SMS, and how many there are in all. */
import type { Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import type { ProfileRow } from './view.ts'

export interface ListedProfile extends ProfileRow {
  /** current words on SMS, in the order of the topics' names */
  consents: { topic: string; granted: boolean }[]
  /** the number has said no to everything */
  optedOut: boolean
  /** the number is closed */
  closed: boolean
}

export async function withStanding(db: Db, workspaceId: number, rows: readonly ProfileRow[]): Promise<ListedProfile[]> {
  if (rows.length === 0) return []
  const ids = rows.map(row => row.profileId)
  const said = await db.query<{ profileId: number; topic: string; granted: boolean }>(sql`
    select c.profile_id as "profileId", t.name as topic, c.granted from current_consents c join topics t on t.id = c.topic_id
    where c.bucket = any(${[...new Set(ids.map(id => id & 255))]}::int[]) and c.profile_id = any(${ids}::bigint[])
      and c.workspace_id = ${workspaceId} and c.channel = 'sms'
    order by t.name`)
  const consents = Map.groupBy(said, row => row.profileId)
  const phones = rows.flatMap(row => (row.phone === null ? [] : [row.phone]))
  const shut = await db.query<{ phone: string; why: 'opted_out' | 'closed' }>(sql`
    select o.address as phone, 'opted_out' as why from opt_outs o
      where o.workspace_id = ${workspaceId} and o.channel = 'sms' and o.address = any(${phones}::text[]) and o.topic_id is null and o.released_at is null
    union select s.address, 'closed' from suppressions s
      where s.workspace_id = ${workspaceId} and s.channel = 'sms' and s.address = any(${phones}::text[]) and s.released_at is null`)
  const isShut = (phone: string | null, why: string) => shut.some(row => row.phone === phone && row.why === why)
  return rows.map(row => ({
    ...row,
    consents: (consents.get(row.profileId) ?? []).map(({ topic, granted }) => ({ topic, granted })),
    optedOut: isShut(row.phone, 'opted_out'),
    closed: isShut(row.phone, 'closed'),
  }))
}

/** Up to here they are counted one by one: a few milliseconds. */
const COUNTED = 20_000

/** Above that it is the planner's estimate, which follows the table within minutes. */
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
