/**
 * The audience of an activity as it would be now: the number, who is left out and why, the parts, the cost in credits and
 * money, and what a character more or less would change. Exact, or at once from an eighth of the profiles, with ranges.
 */
import { problemOf } from '../../core/activities/fields.ts'
import { selectionOf } from '../../core/activities/send-to.ts'
import { type ActivitySettings, settingsFrom } from '../../core/activities/settings.ts'
import { willStart } from '../../core/activities/states.ts'
import { templateOf } from '../../core/activities/tags.ts'
import { type Estimate, estimateCount, estimateSum, sampledShare } from '../../core/audience/sample.ts'
import type { Edge, TooLong } from '../../core/credits/cost.ts'
import { moneyOf } from '../../core/money.ts'
import { type Members, membersOf } from '../audience/audience-members.ts'
import { type Audience, type AudienceQuestion, countAudience } from '../audience/count.ts'
import { keptMembers } from '../audience/kept.ts'
import { recentAudience } from '../audience/recent.ts'
import { type CodeLength, codeLengthFor } from '../links/seal.ts'
import { fromE4 } from '../messages/tallies.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import type { RequestContext } from './draft.ts'
import { readGotBefore } from './got-before.ts'
import { type ActivityRow, type ActivitySurroundings, readActivity, readSurroundings } from './store.ts'

export interface EdgeView {
  characters: number
  messages: number
  credits: string
}

interface Range<Value> {
  low: Value
  high: Value
}

export interface AudienceView {
  targeted: number
  notSent: number
  queued: number
  notSentReasons: Record<string, number>
  credits: string
  /** the credits in the workspace's currency, exactly */
  money: string
  currency: string
  /** over the built-in simulator: nobody pays for it */
  simulated: boolean
  parts: number
  byParts: Record<string, number>
  byCountry: Record<string, { messages: number; parts: number; credits: string }>
  /** null: the figures are exact. Else they are estimates, and the truth lies within these, 19 times of 20. */
  ranges: { queued: Range<number>; parts: Range<number>; credits: Range<string> } | null
  longest: { profileId: number; vars: Record<string, string>; parts: number } | null
  /** the most parts that are sent, and those who would get more: they are left out (too_long) */
  maxParts: number
  tooLong: TooLong | null
  more: EdgeView | null
  less: EdgeView | null
}

/** The same SQL as the freeze, as a count; ends, and rejects, with the signal. Throws not_found, and what of the activity cannot be read. */
export async function countActivityAudience(
  db: Database,
  context: RequestContext,
  id: number,
  { sampled = false, signal }: { sampled?: boolean | undefined; signal?: AbortSignal } = {},
): Promise<AudienceView> {
  const { workspaceId } = context
  const activity = await readWholeActivity(db, workspaceId, id)
  const surroundings = await readSurroundings(db, workspaceId)
  const question = await audienceQuestion(db, context, activity, surroundings, sampled)
  const audience = await countAudience(db, question, signal)
  const { maxParts, gateways } = surroundings
  const simulated = gateways.some(({ id, simulator }) => id === activity.gatewayId && simulator)
  const money = { ...(await readMoney(db, workspaceId)), maxParts, simulated }
  return sampled ? estimated(audience, money) : exact(audience, money)
}

/** For its figures: what cannot be read was filled with defaults, and their audience is another one. Throws not_found, and what cannot be read. */
export async function readWholeActivity(db: Db, workspaceId: number, id: number): Promise<ActivityRow> {
  const activity = await readActivity(db, workspaceId, id)
  if (activity.faults.length > 0) throw problemOf(activity.faults)
  return activity
}

/** What is asked of the audience of an activity as it is now: the same by every reader, so that their figures agree. */
export async function audienceQuestion(
  db: Db,
  { workspaceId, linkUrl, now }: RequestContext,
  {
    id,
    state,
    content,
    sendTo,
    sendAt,
    frozenAt,
  }: Pick<ActivityRow, 'id' | 'state' | 'content' | 'sendTo' | 'sendAt' | 'frozenAt'>,
  { attributes, maxParts }: Pick<ActivitySurroundings, 'attributes' | 'maxParts'>,
  sampled: boolean,
): Promise<AudienceQuestion> {
  const template = templateOf(content, attributes, linkUrl)
  const codeLength = await nextCodeLength(db, template.links.length + 1)
  const { channel } = content
  // What was sent today does not keep somebody from what is sent next week; what it has sent itself, from nothing.
  const { frequency, reminds } = sendTo
  const asked = { workspaceId, channel, frequency, reminds, now: laterOf(sendAt, now) }
  const recent = await recentAudience(db, frozenAt === null ? asked : { ...asked, activity: { id, frozenAt } })
  return {
    workspaceId,
    channel,
    sendTo,
    members: await membersNow(db, { id, state, sendTo, sendAt, frozenAt }, { workspaceId, now }),
    recent,
    template,
    linkUrl,
    codeLength,
    now,
    sampled,
    maxParts,
  }
}

const laterOf = (at: Date | null, now: Date): Date => (at !== null && at > now ? at : now)

/** Of one that is scheduled or has failed, as its start will find them: by the definitions that were frozen, whatever has become of the segments since. */
async function membersNow(
  db: Db,
  { id, state, sendTo, sendAt, frozenAt }: Pick<ActivityRow, 'id' | 'state' | 'sendTo' | 'sendAt' | 'frozenAt'>,
  asking: { workspaceId: number; now: Date },
): Promise<Members> {
  const settings = frozenAt === null && willStart(state) ? await readSettings(db, asking.workspaceId, id) : null
  if (settings === null) {
    const gotBefore = await readGotBefore(db, asking.workspaceId, { id, sendTo }, laterOf(sendAt, asking.now))
    return membersOf(db, selectionOf({ ...sendTo, gotBefore }), asking)
  }
  return settings.sendTo.frozen ? keptMembers(id) : membersOf(db, settings.sendTo.selection, asking)
}

async function readSettings(db: Db, workspaceId: number, id: number): Promise<ActivitySettings | null> {
  const [row] = await db.query<{ settings: unknown }>(
    sql`select v.settings from activities a join activity_versions v on v.activity_id = a.id and v.version = a.version
      where a.id = ${id} and a.workspace_id = ${workspaceId}`,
  )
  return row === undefined ? null : settingsFrom(row.settings)
}

interface Money {
  currency: string
  creditValue: string
}

interface Around extends Money {
  simulated: boolean
  maxParts: number
}

function exact({ cost, ...people }: Audience, money: Around): AudienceView {
  const credits = fromE4(cost.creditsE4)
  const byCountry = Object.entries(cost.byCountry).map(([country, { messages, parts, creditsE4 }]) => [
    country,
    { messages, parts, credits: fromE4(creditsE4) },
  ])
  return {
    ...people,
    credits,
    money: moneyOf(credits, money.creditValue),
    currency: money.currency,
    simulated: money.simulated,
    parts: cost.parts,
    byParts: cost.byParts,
    byCountry: Object.fromEntries(byCountry),
    ranges: null,
    longest: cost.longest && { ...cost.longest, vars: asText(cost.longest.vars) },
    maxParts: money.maxParts,
    tooLong: cost.tooLong,
    more: edgeView(cost.more),
    less: edgeView(cost.less),
  }
}

/** What a sample says of all: each figure scaled. Edges and the longest text are those of the sample: nothing is said of them. */
function estimated({ cost, ...people }: Audience, money: Around): AudienceView {
  const scaled = (n: number) => Math.round(n / sampledShare)
  const queued = estimateCount(people.queued, sampledShare)
  const mostParts = Math.max(1, ...Object.keys(cost.byParts).map(Number))
  const parts = estimateSum(cost.parts, cost.squares.parts, sampledShare, mostParts)
  const highestE4 = people.queued === 0 ? 10_000 : (mostParts * cost.creditsE4) / Math.max(1, cost.parts)
  const creditsE4 = estimateSum(cost.creditsE4, cost.squares.creditsE4, sampledShare, highestE4)
  const all = exact({ ...people, cost: { ...cost, creditsE4: creditsE4.value } }, money)
  const range = ({ low, high }: Estimate) => ({ low, high })
  return {
    ...all,
    targeted: scaled(people.targeted),
    notSent: scaled(people.notSent),
    queued: queued.value,
    notSentReasons: scaledAll(people.notSentReasons, scaled),
    parts: parts.value,
    byParts: scaledAll(all.byParts, scaled),
    byCountry: {},
    ranges: {
      queued: range(queued),
      parts: range(parts),
      credits: { low: fromE4(creditsE4.low), high: fromE4(creditsE4.high) },
    },
    longest: null,
    tooLong: cost.tooLong && { ...cost.tooLong, people: scaled(cost.tooLong.people) },
    more: null,
    less: null,
  }
}

function scaledAll(numbers: Record<string, number>, scaled: (n: number) => number): Record<string, number> {
  return Object.fromEntries(Object.entries(numbers).map(([key, n]) => [key, scaled(n)]))
}

function edgeView(edge: Edge | null): EdgeView | null {
  return edge && { characters: edge.characters, messages: edge.messages, credits: fromE4(edge.creditsE4) }
}

function asText(vars: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.entries(vars).map(([name, value]) => [name, String(value)]))
}

async function readMoney(db: Db, workspaceId: number): Promise<Money> {
  const [row] = await db.query<Money>(
    sql`select currency, credit_value as "creditValue" from workspaces where id = ${workspaceId}`,
  )
  return row ?? { currency: '', creditValue: '0' }
}

/** How long the short codes would be if the audience were frozen now. */
export async function nextCodeLength(db: Db, slots: number): Promise<CodeLength> {
  const [row] = await db.query<{ base: number; top: number }>(
    sql`select i.next_code_base as base, p.last_value + 2 as top from installation i, profile_ids p where i.id = 1`,
  )
  return codeLengthFor((row?.base ?? 1) + slots * (row?.top ?? 1))
}
