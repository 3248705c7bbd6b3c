/**
 * How many of the people of an activity also get another one that is scheduled or being sent? Each audience is read once, by the SQL of its freeze (or from its
 * messages, once it is frozen), as a set of hashed addresses, and the sets are compared here: a phone that is reached through two profiles gets both. The
 * cost is bounded: the nearest few activities, one after the other, and none is begun after the time is up. An estimate reads an eighth of the
 * profiles: of two that share an address it may see one only.
 */
import type { ActivityState } from '../../core/activities/states.ts'
import { type Estimate, estimateCount, sampledShare } from '../../core/audience/sample.ts'
import type { Channel } from '../../core/channels.ts'
import { Problem } from '../../core/problems.ts'
import { type AddressSet, countAlsoIn } from '../audience/address-set.ts'
import type { AudienceQuestion } from '../audience/count.ts'
import { readFrozenAddresses, readRecipientAddresses } from '../audience/recipients.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { audienceQuestion, readWholeActivity } from './activity-audience.ts'
import type { RequestContext } from './draft.ts'
import { type ActivityRow, readSurroundings } from './store.ts'

/** The most others that are counted. */
export const comparedActivities = 5
const timeMs = 10_000

export interface OtherActivity {
  id: number
  name: string
  state: ActivityState
  sendAt: Date | null
  /** of them, those whose address gets this one too; null: it was not counted in time, or its people cannot be read any more */
  people: number | null
  /** null: exact */
  range: Estimate | null
}

export interface Overlaps {
  asOf: Date
  /** who would get this one; an estimate where the others are */
  people: number
  /** without those with nobody in both; an estimate does not know that of any */
  others: OtherActivity[]
  /** scheduled or being sent, and not looked at */
  more: number
}

interface Other {
  id: number
  name: string
  state: ActivityState
  sendAt: Date | null
}

/** What every audience is read with. */
interface Asking {
  db: Database
  workspaceId: number
  sampled: boolean
  question: (of: ActivityRow) => Promise<AudienceQuestion>
}

/** Rejects with the signal's reason where that is aborted. Throws not_found, and what of the activity cannot be read. */
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
  const activity = await readWholeActivity(db, workspaceId, id)
  const surroundings = await readSurroundings(db, workspaceId)
  const question = (of: ActivityRow) => audienceQuestion(db, context, of, surroundings, sampled)
  const asking = { db, workspaceId, sampled, question }
  const own = await readAddresses(asking, activity, signal)
  const { others, more } = await readOthers(db, workspaceId, id, activity.content.channel, activity.sendAt ?? asOf)
  const stop = signal === undefined ? within : AbortSignal.any([signal, within])
  const counted: OtherActivity[] = []
  for (const other of others)
    counted.push({ ...other, ...(await inBoth(own, await readOther(asking, other.id, stop, signal), sampled)) })
  return {
    asOf,
    people: sampled ? estimateCount(own.size, sampledShare).value : own.size,
    others: sampled ? counted : counted.filter(({ people }) => people !== 0),
    more,
  }
}

async function inBoth(
  own: AddressSet,
  theirs: AddressSet | null,
  sampled: boolean,
): Promise<Pick<OtherActivity, 'people' | 'range'>> {
  if (theirs === null) return { people: null, range: null }
  const found = await countAlsoIn(own, theirs)
  if (!sampled) return { people: found, range: null }
  const range = estimateCount(found, sampledShare)
  return { people: range.value, range }
}

/** Of one that is frozen, its messages are its audience. */
async function readAddresses(
  { db, workspaceId, sampled, question }: Asking,
  activity: ActivityRow,
  signal: AbortSignal | undefined,
): Promise<AddressSet> {
  return activity.frozenAt === null
    ? readRecipientAddresses(db, await question(activity), signal)
    : readFrozenAddresses(db, { workspaceId, activityId: activity.id, sampled }, signal)
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
    select a.id, a.name, a.state, a.send_at as "sendAt" from activities a
    where a.workspace_id = ${workspaceId} and a.channel = ${channel} and a.kind = 'sending' and a.deleted_at is null and a.swept_at is null
      and a.state in ('scheduled', 'starting', 'sending', 'paused') and a.id <> ${id}
    order by abs(extract(epoch from coalesce(a.send_at, ${at}::timestamptz) - ${at}::timestamptz)), a.id limit 1000`)
  const start = ({ sendAt }: Other) => sendAt?.getTime() ?? 0
  const others = rows.slice(0, comparedActivities).sort((one, other) => start(one) - start(other) || one.id - other.id)
  return { others, more: rows.length - others.length }
}

/** Null: not in time, or it cannot be read: it has ended meanwhile, or names something that is gone. */
async function readOther(
  asking: Asking,
  id: number,
  stop: AbortSignal,
  signal: AbortSignal | undefined,
): Promise<AddressSet | null> {
  try {
    stop.throwIfAborted()
    return await readAddresses(asking, await readWholeActivity(asking.db, asking.workspaceId, id), stop)
  } catch (error) {
    if (signal?.aborted) throw signal.reason
    if (stop.aborted || error instanceof Problem) return null
    throw error
  }
}
