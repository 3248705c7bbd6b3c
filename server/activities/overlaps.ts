/**
 * How many of the people of an activity also get another one that is scheduled or being sent? Each audience is read once, by the SQL of its freeze (or from its
 * messages, once it is frozen), as a set of ids, and the sets are compared here. The cost is bounded: the nearest few activities, one after
 * the other, and none is begun after the time is up. An estimate reads an eighth of the profiles.
 */
import type { ActivityState } from '../../core/activities/states.ts'
import { type Estimate, estimateCount, sampledShare } from '../../core/audience/sample.ts'
import type { Channel } from '../../core/channels.ts'
import { Problem } from '../../core/problems.ts'
import type { AudienceQuestion } from '../audience/count.ts'
import { countCommon, type PeopleSet, sizeOf } from '../audience/people-set.ts'
import { readFrozenRecipients, readRecipients } from '../audience/recipients.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { audienceQuestion } from './activity-audience.ts'
import type { RequestContext } from './draft.ts'
import { type ActivityRow, readActivity, readSurroundings } from './store.ts'

/** The most others that are counted. */
export const comparedActivities = 5
const timeMs = 10_000

export interface OtherActivity {
  id: number
  name: string
  state: ActivityState
  sendAt: Date | null
  /** in both; null: it was not counted in time, or its people cannot be read any more */
  people: number | null
  /** null: exact */
  range: Estimate | null
}

export interface Overlaps {
  asOf: Date
  /** who would get this one; an estimate where the others are */
  people: number
  /** those with somebody in both, or not counted, in the order of their start */
  others: OtherActivity[]
  /** scheduled or being sent, and not looked at */
  more: number
}

interface Other {
  id: number
  name: string
  state: ActivityState
  sendAt: Date | null
  frozen: boolean
}

/** Rejects with the signal's reason where that is aborted. Throws not_found. */
export async function countOverlaps(
  db: Database,
  context: RequestContext,
  id: number,
  {
    sampled = false,
    signal,
    within = AbortSignal.timeout(timeMs),
  }: { sampled?: boolean | undefined; signal?: AbortSignal; within?: AbortSignal } = {},
): Promise<Overlaps> {
  const { workspaceId, now: asOf } = context
  const activity = await readActivity(db, workspaceId, id)
  const { others, more } = await readOthers(db, workspaceId, id, activity.content.channel, activity.sendAt ?? asOf)
  if (others.length === 0) return { asOf, people: 0, others: [], more }
  const surroundings = await readSurroundings(db, workspaceId)
  const question = (of: ActivityRow) => audienceQuestion(db, context, of, surroundings, sampled)
  const own = await readRecipients(db, await question(activity), signal)
  const stop = signal === undefined ? within : AbortSignal.any([signal, within])
  const counted: OtherActivity[] = []
  for (const { frozen, ...other } of others) {
    const theirs = await readOther(db, { workspaceId, id: other.id, frozen, sampled }, question, stop, signal)
    counted.push({ ...other, ...inBoth(own, theirs, sampled) })
  }
  return {
    asOf,
    people: sampled ? estimateCount(sizeOf(own), sampledShare).value : sizeOf(own),
    others: counted.filter(({ people }) => people !== 0),
    more,
  }
}

function inBoth(own: PeopleSet, theirs: PeopleSet | null, sampled: boolean): Pick<OtherActivity, 'people' | 'range'> {
  if (theirs === null) return { people: null, range: null }
  const found = countCommon(own, theirs)
  if (!sampled) return { people: found, range: null }
  const range = estimateCount(found, sampledShare)
  return { people: range.value, range }
}

/** The nearest in time. Those that are being sent have something left to send. */
async function readOthers(
  db: Db,
  workspaceId: number,
  id: number,
  channel: Channel,
  at: Date,
): Promise<{ others: Other[]; more: number }> {
  const rows = await db.query<Other>(sql`
    select a.id, a.name, a.state, a.send_at as "sendAt", a.frozen_at is not null as frozen from activities a
    where a.workspace_id = ${workspaceId} and a.channel = ${channel} and a.kind = 'sending' and a.deleted_at is null and a.swept_at is null
      and a.state in ('scheduled', 'starting', 'sending', 'paused') and a.id <> ${id}
    order by abs(extract(epoch from coalesce(a.send_at, ${at}::timestamptz) - ${at}::timestamptz)), a.id limit 1000`)
  const start = ({ sendAt }: Other) => sendAt?.getTime() ?? 0
  const others = rows.slice(0, comparedActivities).sort((one, other) => start(one) - start(other) || one.id - other.id)
  return { others, more: rows.length - others.length }
}

/** Null: not in time, or it cannot be read: it has ended meanwhile, or names something that is gone. */
async function readOther(
  db: Database,
  { workspaceId, id, frozen, sampled }: { workspaceId: number; id: number; frozen: boolean; sampled: boolean },
  question: (of: ActivityRow) => Promise<AudienceQuestion>,
  stop: AbortSignal,
  signal: AbortSignal | undefined,
): Promise<PeopleSet | null> {
  try {
    stop.throwIfAborted()
    const other = await readActivity(db, workspaceId, id)
    if (frozen || other.frozenAt !== null)
      return await readFrozenRecipients(db, { workspaceId, activityId: id, sampled }, stop)
    return await readRecipients(db, await question(other), stop)
  } catch (error) {
    if (signal?.aborted) throw signal.reason
    if (stop.aborted || error instanceof Problem) return null
    throw error
  }
}
