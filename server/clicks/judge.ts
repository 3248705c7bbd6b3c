/**
 * Judges the clicks of messages again whenever something is added that may change a verdict (clicks, views of the opt-out page,
 * a delivered receipt, a crowd at one address, other rules), all visits of the message are judged together, and what changes is written:
 * verdicts, first click, figures by the difference. In the caller's transaction: lock the messages in key order, read their
 * facts in later statements, write. A verdict is a function of the facts, so it never matters in which order they came.
 */

import { type ClickCounts, type ClickVerdict, countClicks } from '../../core/clicks/count-clicks.ts'
import { type Judged, judgeVisits, type MessageContext, type Visit } from '../../core/clicks/message.ts'
import type { Tally } from '../../core/report/sums.ts'
import { keyOf, type MessageKey } from '../messages/message-change.ts'
import { Tallies } from '../messages/tallies.ts'
import type { Database, Db } from '../platform/db/database.ts'
import {
  type Click,
  type ClickedMessage,
  type Hit,
  insertClicks,
  insertViews,
  type JudgedNew,
  lockClicked,
  readClicks,
  readDeliveries,
  readPagesSeen,
  readSlots,
  readSubmissions,
  readViews,
  reviseClicks,
  type StoredClick,
  writeFirstClicks,
} from './store.ts'

/** More than these clicks of one message are not kept: nobody clicks so often, and each batch reads all of them. */
export const clicksKept = 1_000

/** What is new; any of it may be there already. */
export interface News {
  clicks?: readonly Click[]
  views?: readonly Hit[]
  /** stored clicks whose verdict the rule over one address changed */
  crowd?: readonly Place[]
  /** messages of which something else has changed: a delivered receipt */
  messages?: readonly MessageKey[]
  /** stored clicks as today's rules over one visit see them */
  own?: readonly OwnVerdict[]
}

/** What one click alone shows: core/clicks/hit.ts. */
export interface OwnVerdict extends Place {
  ownReason: string | null
  ownSign: boolean
  device: string
}

interface Place extends MessageKey {
  source: number
  seq: number
}

/** Returns the clicks of these messages that count for the rule over one address. Messages that are gone are skipped. */
export async function judgeMessages(tx: Db, news: News, tallies: Tallies): Promise<StoredClick[]> {
  const { clicks = [], views = [], crowd = [], messages: others = [], own = [] } = news
  const keys = [...new Map([...clicks, ...views, ...crowd, ...others, ...own].map(key => [keyOf(key), key])).values()]
  if (keys.length === 0) return []
  const messages = await lockClicked(tx, keys.sort(byKey))
  const facts = await readFacts(tx, messages)
  const given = { clicks: Map.groupBy(clicks, keyOf), views: Map.groupBy(views, keyOf) }
  const turned = new Set(crowd.map(placeOf))
  const ownOf = new Map(
    own.map(({ ownReason, ownSign, device, ...at }) => [placeOf(at), { ownReason, ownSign, device }]),
  )

  const fresh: JudgedNew[] = []
  const freshViews: (Hit & { workspaceId: number })[] = []
  const revised: StoredClick[] = []
  const moved: ClickedMessage[] = []
  const signed: StoredClick[] = []
  for (const message of messages) {
    const { workspaceId, activityId } = message
    const { known, seen, slots, context } = facts(message)
    const added = message.erased ? [] : unknown(given.clicks.get(keyOf(message)) ?? [], known)
    const addedViews = message.erased ? [] : unknown(given.views.get(keyOf(message)) ?? [], seen)
    freshViews.push(...addedViews.map(view => ({ ...view, workspaceId })))
    // What was made of an erased visit stays: its evidence is gone.
    const judgedAgain = message.erased ? known : known.map(click => ({ ...click, ...ownOf.get(placeOf(click)) }))
    const all = [...judgedAgain, ...added.map(click => ({ ...click, crowd: false }))]
    const judged = judge(all, [...seen, ...addedViews], slots, context, turned)
    const judgedNow = judged.map(({ click, said, isCrowd }) => ({ ...click, ...said, crowd: isCrowd }))
    const [before, after] = [countClicks(known), countClicks(judgedNow)]
    const now = judgedNow.map((click, i) => ({ ...click, counts: after.counts[i] === true }))
    for (const [i, click] of added.entries()) {
      const { verdict, reason, signed, counts } = now[known.length + i]!
      fresh.push({ ...click, workspaceId, verdict, reason, signed, counts })
    }
    for (const [i, was] of known.entries()) if (!same(was, now[i]!)) revised.push(now[i]!)
    if (!message.erased) signed.push(...now.filter(click => click.signed && click.addressHash !== null))
    tallyDifference(tallies, activityId, before, after)
    if (!sameTime(message.firstClickAt, after.firstHumanAt) || !sameTime(message.firstVisitAt, after.firstVisitAt))
      moved.push({ ...message, firstClickAt: after.firstHumanAt, firstVisitAt: after.firstVisitAt })
  }
  await insertClicks(tx, fresh)
  await insertViews(tx, freshViews)
  await reviseClicks(tx, revised)
  await writeFirstClicks(tx, moved)
  return signed
}

/** In a transaction of its own. */
export function judgeInTransaction(db: Database, tallyBucket: number, news: News): Promise<StoredClick[]> {
  return db.tx(async tx => {
    const tallies = new Tallies()
    const signed = await judgeMessages(tx, news, tallies)
    await tallies.flush(tx, tallyBucket)
    return signed
  })
}

/** What a message's visits are judged by. */
type Judgeable = Pick<StoredClick, 'linkId' | 'at' | 'ownReason' | 'ownSign' | 'agent' | 'addressHash' | 'crowd'>

/** A page that was seen by somebody who came by a click on this link at this time. */
export type PageSeen = Pick<StoredClick, 'linkId' | 'at'>

/** Shared with `verify`. */
export function judgeClicks(
  clicks: readonly Judgeable[],
  views: readonly Pick<Hit, 'at' | 'ownReason' | 'agent' | 'addressHash'>[],
  slots: ReadonlyMap<number, number>,
  context: JudgingContext,
): Judged[] {
  const { pagesSeen, ...ofMessage } = context
  const seen = new Set(pagesSeen.map(clickKey))
  const visitor = (hit: Pick<Hit, 'agent' | 'addressHash'>) => `${hit.addressHash ?? ''} ${hit.agent ?? ''}`
  const visits: Visit[] = clicks.map(click => ({
    slot: slots.get(click.linkId) ?? -1,
    at: click.at,
    ownReason: click.ownReason,
    ownSign: click.ownSign,
    visitor: visitor(click),
    crowd: click.crowd,
    pageSeen: seen.has(clickKey(click)),
  }))
  for (const { at, ownReason, ...from } of views)
    visits.push({ slot: null, at, ownReason, ownSign: false, visitor: visitor(from), crowd: false })
  return judgeVisits(visits, { ...ofMessage, slots: [...slots.values()] }).slice(0, clicks.length)
}

/** The token of a click has its link and its time. */
const clickKey = ({ linkId, at }: PageSeen) => `${linkId} ${at.getTime()}`

export interface JudgingContext extends Omit<MessageContext, 'slots'> {
  pagesSeen: readonly PageSeen[]
}

function judge<One extends Judgeable & Place>(
  clicks: readonly One[],
  views: readonly Hit[],
  slots: ReadonlyMap<number, number>,
  context: JudgingContext,
  turned: ReadonlySet<string>,
): { click: One; said: Judged; isCrowd: boolean }[] {
  const withCrowd = clicks.map(click => ({ ...click, crowd: click.crowd || turned.has(placeOf(click)) }))
  const said = judgeClicks(withCrowd, views, slots, context)
  return clicks.map((click, i) => ({ click, said: said[i]!, isCrowd: withCrowd[i]!.crowd }))
}

interface MessageFacts {
  known: StoredClick[]
  seen: Hit[]
  slots: ReadonlyMap<number, number>
  context: JudgingContext
}

async function readFacts(tx: Db, messages: readonly MessageKey[]): Promise<(key: MessageKey) => MessageFacts> {
  const clicks = Map.groupBy(await readClicks(tx, messages), keyOf)
  const views = Map.groupBy(await readViews(tx, messages), keyOf)
  const submissions = Map.groupBy(await readSubmissions(tx, messages), keyOf)
  const deliveries = new Map((await readDeliveries(tx, messages)).map(row => [keyOf(row), row]))
  const pagesSeen = Map.groupBy(await readPagesSeen(tx, messages), keyOf)
  const slots = new Map<number, Map<number, number>>()
  for (const { activityId, linkId, slot } of await readSlots(
    tx,
    messages.map(message => message.activityId),
  )) {
    const known = slots.get(activityId)
    if (known === undefined) slots.set(activityId, new Map([[linkId, slot]]))
    else known.set(linkId, slot)
  }
  return key => ({
    known: clicks.get(keyOf(key)) ?? [],
    seen: views.get(keyOf(key)) ?? [],
    slots: slots.get(key.activityId) ?? new Map(),
    context: {
      submittedAt: (submissions.get(keyOf(key)) ?? []).map(({ at }) => at),
      deliveredAt: deliveries.get(keyOf(key))?.at ?? null,
      pagesSeen: pagesSeen.get(keyOf(key)) ?? [],
    },
  })
}

function unknown<One extends Place>(given: readonly One[], known: readonly Place[]): One[] {
  const places = new Set(known.map(placeOf))
  const room = Math.max(0, clicksKept - known.length)
  return given.filter(one => !places.has(placeOf(one)) && places.add(placeOf(one))).slice(0, room)
}

const placeOf = ({ source, seq }: Pick<Place, 'source' | 'seq'>) => `${source}/${seq}`

const judgedColumns = ['verdict', 'reason', 'signed', 'crowd', 'ownReason', 'ownSign', 'device', 'counts'] as const

function same(a: StoredClick, b: StoredClick): boolean {
  return judgedColumns.every(column => a[column] === b[column])
}

const sameTime = (a: Date | null, b: Date | null) => a?.getTime() === b?.getTime()

export function byKey(a: MessageKey, b: MessageKey): number {
  return a.bucket - b.bucket || a.activityId - b.activityId || a.profileId - b.profileId
}

const figures = [
  ['human', 'clicks'],
  ['bot', 'bot_clicks'],
  ['suspect', 'suspect_clicks'],
] as const satisfies [ClickVerdict, Tally][]

function tallyDifference(tallies: Tallies, activityId: number, was: ClickCounts, now: ClickCounts): void {
  for (const [verdict, figure] of figures) tallies.add(activityId, figure, now[verdict] - was[verdict])
  tallies.add(activityId, 'unique', Number(now.human > 0) - Number(was.human > 0))
  tallies.add(activityId, 'visited', Number(now.firstVisitAt !== null) - Number(was.firstVisitAt !== null))
  tallies.moveSeries(activityId, 'unique', was.firstHumanAt, now.firstHumanAt)
  for (const at of was.humanAt) tallies.addSeries(activityId, at, 'clicked', -1)
  for (const at of now.humanAt) tallies.addSeries(activityId, at, 'clicked', 1)
  for (const [device, n] of was.perDevice) tallies.addBreakdown(activityId, 'device', device, 'clicks', -n)
  for (const [device, n] of now.perDevice) tallies.addBreakdown(activityId, 'device', device, 'clicks', n)
  for (const [linkId, counts] of now.perLink) {
    const link = String(linkId)
    const before = was.perLink.get(linkId)
    for (const [verdict, figure] of figures)
      tallies.addBreakdown(activityId, 'link', link, figure, counts[verdict] - (before?.[verdict] ?? 0))
    const unique = Number(counts.human > 0) - Number((before?.human ?? 0) > 0)
    tallies.addBreakdown(activityId, 'link', link, 'unique', unique)
    if (before === undefined) tallies.addBreakdown(activityId, 'link', link, 'visited', 1)
  }
}
