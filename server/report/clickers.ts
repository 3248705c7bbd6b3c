/** The clicks of each profile on a page of a list. */
import { describeClick } from '../../core/clicks/click-reasons.ts'
import { type ClickVerdict, countClicks, type JudgedClick } from '../../core/clicks/count-clicks.ts'
import type { Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'

/** The clicks in a row of a list. */
export interface Clicker {
  profileId: number
  /** clicks only: human clicks, and the ids of the links they went to */
  clicks?: number
  links?: number[]
  /** clicks with suspected bots only: the number of visits by suspected bots, and the reasons */
  botClicks?: number
  suspicions?: Suspicion[]
}

/** Adds `clicks` (human, a double tap once) and `links` to the rows of a page. One statement. */
export async function addClicks(db: Db, activityId: number, items: Clicker[]): Promise<void> {
  const ids = items.map(item => item.profileId)
  const rows = await db.query<JudgedClick & { profileId: number }>(
    sql`select c.profile_id as "profileId", c.link_id as "linkId", c.at, c.verdict, c.device, c.source, c.seq
      from unnest(${ids.map(id => id & 255)}::int[], ${ids}::bigint[]) as u (bucket, profile_id)
      join clicks c on c.bucket = u.bucket and c.activity_id = ${activityId} and c.profile_id = u.profile_id
      where c.bucket = any(${[...new Set(ids.map(id => id & 255))]}::int[]) and c.verdict = 'human'`,
    'list-clicks',
  )
  const clicksOf = Map.groupBy(rows, row => row.profileId)
  for (const item of items) {
    const counts = countClicks(clicksOf.get(item.profileId) ?? [])
    item.clicks = counts.human
    item.links = [...counts.perLink.keys()].sort((a, b) => a - b)
  }
}

/** Suspected visits of one profile, by reason. */
export interface Suspicion {
  verdict: Exclude<ClickVerdict, 'human'>
  /** a key of core/clicks/click-reasons.ts */
  reason: string
  label: string
  sentence: string
  visits: number
}

/** Adds `botClicks` and `suspicions` to the rows of a page, the most frequent first, and their links. One statement. */
export async function addSuspicions(db: Db, activityId: number, items: Clicker[]): Promise<void> {
  const ids = items.map(item => item.profileId)
  const rows = await db.query<
    Pick<Suspicion, 'verdict' | 'reason' | 'visits'> & { profileId: number; links: number[] }
  >(
    sql`select c.profile_id as "profileId", c.verdict, coalesce(c.reason, '') as reason, count(*)::int as visits,
        array_agg(distinct c.link_id) as links
      from unnest(${ids.map(id => id & 255)}::int[], ${ids}::bigint[]) as u (bucket, profile_id)
      join clicks c on c.bucket = u.bucket and c.activity_id = ${activityId} and c.profile_id = u.profile_id
      where c.bucket = any(${[...new Set(ids.map(id => id & 255))]}::int[]) and c.verdict <> 'human'
      group by c.profile_id, c.verdict, c.reason order by visits desc, reason`,
    'list-suspicions',
  )
  const suspicionsOf = Map.groupBy(rows, row => row.profileId)
  for (const item of items) {
    const found = suspicionsOf.get(item.profileId) ?? []
    item.botClicks = found.reduce((n, { visits }) => n + visits, 0)
    item.links = [...new Set([...(item.links ?? []), ...found.flatMap(({ links }) => links)])].sort((a, b) => a - b)
    item.suspicions = found.map(({ verdict, reason, visits }) => ({
      verdict,
      reason,
      visits,
      ...describeClick(reason),
    }))
  }
}
