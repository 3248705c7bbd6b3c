/**
 * Clicks from the inbox become facts and figures, in the transaction of the apply lane: lock the messages in key order, read
 * their clicks in a later statement, insert the new ones, count before and after, write the difference. The inbox key
 * stands in a click's key, so a replay changes nothing.
 */
import { isbot } from 'isbot'
import {
  type ClickCounts,
  type ClickVerdict,
  countClicks,
  type JudgedClick,
  verdictOf,
} from '../../core/clicks/verdict.ts'
import type { InboxRow } from '../inbox/record.ts'
import type { CodeTarget, LinkRanges } from '../links/range.ts'
import { keyOf, type MessageKey } from '../messages/record.ts'
import type { Tallies } from '../messages/tallies.ts'
import type { Db } from '../platform/db.ts'
import { insertClicks, lockClicked, readClicks, writeFirstClicks } from './store.ts'

/** More than these clicks of one message are not kept: nobody clicks so often, and each batch reads all of them. */
export const clicksKept = 1_000

export type ClickRow = Extract<InboxRow, { kind: 'click' }>

/** A click on a link of a message, before it is a fact. */
export interface NewClick extends MessageKey, JudgedClick {
  source: number
  seq: number
  reason: string | null
  method: string
  agent: string | null
  addressHash: string | null
}

/** Clicks on tracked links, with the message that they belong to. The test SMS, the unsubscribe link and unknown numbers drop out. */
export async function newClicks(tx: Db, rows: readonly ClickRow[], ranges: LinkRanges): Promise<NewClick[]> {
  const clicks: NewClick[] = []
  for (const row of rows) {
    const target = ranges.find(row.body.codeNumber) ?? (await ranges.resolve(row.body.codeNumber, tx))
    if (target?.kind === 'link' && target.profileId !== 0) clicks.push(newClick(row, target))
  }
  return clicks
}

/** Call within a transaction; `tallies` is flushed by the caller. Clicks of messages that are gone are skipped. */
export async function applyClicks(
  tx: Db,
  rows: readonly ClickRow[],
  tallies: Tallies,
  ranges: LinkRanges,
): Promise<void> {
  await recordClicks(tx, await newClicks(tx, rows, ranges), tallies)
}

/** The same for clicks that are grouped for writing already. */
export async function recordClicks(tx: Db, clicks: readonly NewClick[], tallies: Tallies): Promise<void> {
  if (clicks.length === 0) return
  const given = Map.groupBy(clicks, keyOf)
  const keys = [...given.values()].map(([first]) => first!).sort(byKey)
  const messages = await lockClicked(tx, keys)
  const known = Map.groupBy(await readClicks(tx, messages), keyOf)

  const fresh: (NewClick & { workspaceId: number })[] = []
  const firstClicks: (MessageKey & { firstClickAt: Date })[] = []
  for (const message of messages) {
    const before = known.get(keyOf(message)) ?? []
    const added = unknownClicks(given.get(keyOf(message))!, before)
    if (added.length === 0) continue
    fresh.push(...added.map(click => ({ ...click, workspaceId: message.workspaceId })))
    const now = countClicks([...before, ...added])
    tallyDifference(tallies, message.activityId, countClicks(before), now)
    if (now.firstHumanAt !== null && now.firstHumanAt.getTime() !== message.firstClickAt?.getTime())
      firstClicks.push({ ...message, firstClickAt: now.firstHumanAt })
  }
  await insertClicks(tx, fresh)
  await writeFirstClicks(tx, firstClicks)
}

function newClick(row: ClickRow, target: CodeTarget): NewClick {
  const { method, agent, addressHash } = row.body
  return {
    bucket: target.profileId & 255,
    activityId: target.activityId,
    profileId: target.profileId,
    linkId: target.linkId,
    at: row.at,
    source: row.source,
    seq: row.seq,
    ...verdictOf({ method, agent, isBot: isbot(agent) }),
    method,
    agent: agent === '' ? null : agent,
    addressHash: addressHash === '' ? null : addressHash,
  }
}

interface Place {
  source: number
  seq: number
}

function unknownClicks(given: readonly NewClick[], known: readonly Place[]): NewClick[] {
  const places = new Set(known.map(placeOf))
  const room = Math.max(0, clicksKept - known.length)
  return given.filter(click => !places.has(placeOf(click)) && places.add(placeOf(click))).slice(0, room)
}

const placeOf = ({ source, seq }: Place) => `${source}/${seq}`

function byKey(a: MessageKey, b: MessageKey): number {
  return a.bucket - b.bucket || a.activityId - b.activityId || a.profileId - b.profileId
}

const figures = [
  ['human', 'clicks'],
  ['bot', 'bot_clicks'],
  ['suspect', 'suspect_clicks'],
] as const satisfies [ClickVerdict, string][]

function tallyDifference(tallies: Tallies, activityId: number, was: ClickCounts, now: ClickCounts): void {
  for (const [verdict, figure] of figures) tallies.add(activityId, figure, now[verdict] - was[verdict])
  tallies.add(activityId, 'unique', Number(now.human > 0) - Number(was.human > 0))
  tallies.moveSeries(activityId, 'unique', was.firstHumanAt, now.firstHumanAt)
  for (const at of was.humanAt) tallies.addSeries(activityId, at, 'clicked', -1)
  for (const at of now.humanAt) tallies.addSeries(activityId, at, 'clicked', 1)
  for (const [linkId, counts] of now.perLink) {
    const link = String(linkId)
    const before = was.perLink.get(linkId)
    for (const [verdict, figure] of figures)
      tallies.addBreakdown(activityId, 'link', link, figure, counts[verdict] - (before?.[verdict] ?? 0))
    tallies.addBreakdown(
      activityId,
      'link',
      link,
      'unique',
      Number(counts.human > 0) - Number((before?.human ?? 0) > 0),
    )
  }
}
