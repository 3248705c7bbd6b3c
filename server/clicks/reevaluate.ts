/**
 * Re-evaluates stored clicks by today's rules: after an upgrade that changed the rules, all messages with clicks are walked
 * through once, in the order of their keys, in batches. What comes in meanwhile is judged by today's rules anyway, whatever
 * the walk has reached; the hot path knows nothing of it.
 *
 * How far it has come is the mark in `clicks_judged`, which a migration sets back. Always: everything up to the mark is judged.
 * It moves after its batch is committed, and a batch that is done twice changes nothing: a crash at any point, and a second
 * worker, are harmless.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { isbot } from 'isbot'
import { type HitEvidence, isSigned, judgeHit } from '../../core/clicks/hit.ts'
import { type Grouping, groupForWriting } from '../messages/group.ts'
import type { MessageKey } from '../messages/message-change.ts'
import type { Database, Db } from '../platform/db/database.ts'
import type { Log } from '../platform/log.ts'
import { turnCrowds } from './crowds.ts'
import { deviceOf } from './device.ts'
import { byKey, judgeInTransaction, type OwnVerdict } from './judge.ts'
import { type KeptClick, moveJudged, readClicked, readJudged, readKept } from './judged-store.ts'
import type { StoredClick } from './store.ts'

/** Their rows are locked together, and what came in for one of them waits so long: some 100 ms. */
const messagesAtOnce = 500
/** A batch ends with the message that reaches this: some have a thousand. */
const clicksAtOnce = 5_000
const tellMs = 10_000

export interface ReevaluateInput {
  db: Database
  grouping: Grouping
  log: Log
  /** ends it between two batches */
  signal?: AbortSignal
  atOnce?: number
}

/** Walks on from the mark to the end. Returns how many messages it has looked at; 0 is what it nearly always finds to do. */
export async function reevaluateClicks({
  db,
  grouping,
  log,
  signal,
  atOnce = messagesAtOnce,
}: ReevaluateInput): Promise<number> {
  let looked = 0
  let toldMs = 0
  for (;;) {
    const mark = await readJudged(db)
    if (isPast(mark) || signal?.aborted) break
    const begunMs = performance.now()
    if (looked === 0 || begunMs - toldMs > tellMs) {
      log.info({ messages: mark.messages, bucket: mark.bucket }, 're-evaluating stored clicks by today’s rules')
      toldMs = begunMs
    }
    const keys = await nextClicked(db, mark, atOnce)
    const last = keys.at(-1)
    if (last === undefined) {
      if (await moveJudged(db, mark, end, 0))
        log.info({ messages: mark.messages }, 'all clicks are judged by today’s rules')
      break
    }
    await judgeBatch(db, keys, grouping)
    looked += keys.length
    // Moved by somebody else meanwhile: another worker walks, this one looks again later.
    if (!(await moveJudged(db, mark, last, keys.length))) break
    // Half of the time is everybody else's.
    await sleep(performance.now() - begunMs, undefined, { signal }).catch(() => {})
  }
  return looked
}

/** Which messages are not re-evaluated yet, in the caller's snapshot? */
export async function readToJudge(db: Db): Promise<(message: MessageKey) => boolean> {
  const mark = await readJudged(db)
  return message => byKey(message, mark) > 0
}

const end: MessageKey = { bucket: 256, activityId: 0, profileId: 0 }
const isPast = (mark: MessageKey) => mark.bucket >= end.bucket

async function nextClicked(db: Db, mark: MessageKey, atOnce: number): Promise<MessageKey[]> {
  const found = await readClicked(db, mark, atOnce)
  let clicks = 0
  const enough = found.findIndex(message => {
    clicks += message.clicks
    return clicks >= clicksAtOnce
  })
  return enough === -1 ? found : found.slice(0, enough + 1)
}

/** Verdicts and figures of a group change in one transaction. Then what that makes of clicks at the same addresses. */
async function judgeBatch(db: Database, keys: readonly MessageKey[], grouping: Grouping): Promise<void> {
  const signed: StoredClick[] = []
  for (const { items, tallyBucket } of groupForWriting(keys, grouping)) {
    const own = (await readKept(db, items)).map(ownVerdictOf)
    signed.push(...(await judgeInTransaction(db, tallyBucket, { messages: items, own })))
  }
  await turnCrowds(db, signed, grouping)
}

function ownVerdictOf({ agent, method, headers, addressClass, ...place }: KeptClick): OwnVerdict {
  const evidence: HitEvidence = { method, agent: agent ?? '', isBot: isbot(agent), headers, addressClass }
  return { ...place, ownReason: judgeHit(evidence), ownSign: isSigned(evidence), device: deviceOf(agent ?? '') }
}
