/**
 * Clicks from the inbox become facts and figures, in transactions of the apply lane. The key of a click contains the key of its record,
 * so a replay changes nothing. How verdicts are made and revised: docs/clicks.md.
 */
import { isbot } from 'isbot'
import { type HitEvidence, isSigned, judgeHit } from '../../core/clicks/hit.ts'
import { testRecipient } from '../../core/messages/test-sms.ts'
import { makeApplier, type Registration } from '../inbox/applier.ts'
import { type CodeTarget, type LinkRanges, makeLinkRanges } from '../links/range.ts'
import { type Grouping, groupForWriting } from '../messages/group.ts'
import type { MessageKey } from '../messages/message-change.ts'
import type { Tallies } from '../messages/tallies.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { turnCrowds } from './crowds.ts'
import { deviceOf } from './device.ts'
import { judgeInTransaction, judgeMessages } from './judge.ts'
import { type Click, type Hit, readVisited, type StoredClick } from './store.ts'
import { type VisitRow, visitKinds } from './visit-kinds.ts'
import { wipeVisitsOfErased } from './wipe-visits.ts'

/** A visit with the message that it belongs to, before it is a fact. */
export type NewVisit = MessageKey & ({ click: Click } | { view: Hit })

export const visits: Registration = {
  kinds: visitKinds,
  makeApplier({ db, grouping }) {
    const ranges = makeLinkRanges(db)
    return makeApplier(visitKinds, async (rows, finish) => {
      const fresh = await newVisits(db, rows, ranges)
      await applyVisits(db, fresh, grouping)
      const hits = fresh.map(visit => ('click' in visit ? visit.click : visit.view))
      await db.tx(async tx => {
        await wipeVisitsOfErased(tx, hits)
        await finish(tx)
      })
    })
  },
}

/** The test SMS and unknown numbers drop out. */
export async function newVisits(db: Db, rows: readonly VisitRow[], ranges: LinkRanges): Promise<NewVisit[]> {
  const visits: NewVisit[] = []
  for (const row of rows) {
    const target = ranges.find(row.body.codeNumber) ?? (await ranges.resolve(row.body.codeNumber, db))
    if (target === undefined || target.profileId === testRecipient) continue
    if (row.kind === 'click' && target.kind === 'link') visits.push(newClick(row, target))
    if (row.kind === 'opt_out_view' && target.kind === 'unsubscribe') visits.push(newView(row, target))
  }
  return visits
}

/**
 * Writes visits, and turns those that make a crowd at one address with them, whichever messages the others belong to. Each
 * group in a transaction of its own; what a crash cuts off is done again with the same rows.
 */
export async function applyVisits(db: Database, visits: readonly NewVisit[], grouping: Grouping): Promise<void> {
  const signed: StoredClick[] = []
  for (const { items, tallyBucket } of groupForWriting(visits, grouping)) {
    const clicks = items.flatMap(item => ('click' in item ? [item.click] : []))
    const views = items.flatMap(item => ('view' in item ? [item.view] : []))
    signed.push(...(await judgeInTransaction(db, tallyBucket, { clicks, views })))
  }
  await turnCrowds(db, signed, grouping)
}

/** Judges the clicks of those messages again that have any. In the transaction that has locked them for their receipts. */
export async function judgeDelivered(tx: Db, delivered: readonly MessageKey[], tallies: Tallies): Promise<void> {
  await judgeMessages(tx, { messages: await readVisited(tx, delivered) }, tallies)
}

function newClick(row: VisitRow, target: CodeTarget): NewVisit {
  const { method, agent, addressClass = null, headers = null } = row.body
  const evidence: HitEvidence = { method, agent, isBot: isbot(agent), headers, addressClass }
  const click: Click = {
    ...hitOf(row, target, evidence),
    linkId: target.linkId,
    device: deviceOf(agent),
    ownSign: isSigned(evidence),
    addressClass,
    headers,
  }
  const { bucket, activityId, profileId } = click
  return { bucket, activityId, profileId, click }
}

function newView(row: VisitRow, target: CodeTarget): NewVisit {
  const { method, agent, addressClass = null, headers = null } = row.body
  const view = hitOf(row, target, { method, agent, isBot: isbot(agent), headers, addressClass })
  const { bucket, activityId, profileId } = view
  return { bucket, activityId, profileId, view }
}

function hitOf(row: VisitRow, target: CodeTarget, evidence: HitEvidence): Hit {
  const { method, agent, addressHash } = row.body
  return {
    bucket: target.profileId & 255,
    activityId: target.activityId,
    profileId: target.profileId,
    at: row.at,
    source: row.source,
    seq: row.seq,
    ownReason: judgeHit(evidence),
    method,
    agent: agent === '' ? null : agent,
    addressHash: addressHash === '' ? null : addressHash,
  }
}
