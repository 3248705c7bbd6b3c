/**
 * What became of the attempts of a session that died? Those without an answer were either never handed to a socket (its
 * journal on this machine tells: refused, free again) or may be on the air: unknown, pending, settled by their receipts, never
 * sent again.
 *
 * Always: the journal is read after the session was ended, that is after its owner's trust has ended: what is not in it by then is
 * never written. What cannot be settled holds up nothing else: neither another session, nor the other attempts of its own.
 */
import { homingCode } from '../../core/gateways/homing.ts'
import { type Grouping, groupForWriting } from '../messages/group.ts'
import type { MessageChange } from '../messages/message-change.ts'
import { keyColumns } from '../messages/message-change.ts'
import { record } from '../messages/record.ts'
import { Tallies } from '../messages/tallies.ts'
import { type Database, sqlState } from '../platform/db/database.ts'
import { int, orNull, rowsNamed, text, time } from '../platform/db/rows.ts'
import { sql } from '../platform/db/sql.ts'
import type { LeaseWatch } from '../platform/leases/lease-watch.ts'
import type { Warn } from '../platform/limited-warnings.ts'
import type { Log } from '../platform/log.ts'
import { checkClaimed } from './claim.ts'
import { listJournals, readJournal, removeJournal, type Written } from './journal.ts'
import { readPlanOrPause } from './plan.ts'
import { renderWindow } from './render.ts'
import { endExpired } from './session-lease.ts'

export interface SettleInput {
  db: Database
  grouping: Grouping
  journalFolder: string
  /** of this machine: see platform/leases/life.ts */
  boot: string | null
  linkUrl: string
  log: Pick<Log, 'info'>
  warn: Warn
  /** the same one at each look */
  watch: LeaseWatch
  /** business time */
  now: () => Date
}

interface DeadSession {
  id: number
  mark: string | null
  boot: string | null
  answeredUntil: Date
}

interface Unanswered {
  bucket: number
  activityId: number
  profileId: number
  n: number
  gatewayId: number
}

const batchSize = 1000

const deadRows = rowsNamed('sessions-dead', {
  id: int,
  mark: orNull(text),
  boot: orNull(text),
  answeredUntil: time,
})

/** Returns how many attempts were settled. */
export async function settleDeadSessions(input: SettleInput): Promise<number> {
  const { db, journalFolder, warn } = input
  await endExpired(db, input.watch)
  const dead = await db.query<DeadSession>(
    sql`select id, journal as mark, boot, answered_until as "answeredUntil" from gateway_sessions
      where ended_at is not null and not settled order by id`,
    deadRows,
  )
  let settled = 0
  for (const session of dead) {
    try {
      const { done, left } = await settleSession(input, session)
      settled += done
      if (left > 0) throw new Error(`${left} attempts of session ${session.id} could not be settled`)
      await db.run(sql`update gateway_sessions set settled = true where id = ${session.id}`)
      removeJournal(journalFolder, session.id)
    } catch (error) {
      warn(error, `what session ${session.id} had not answered is not settled yet`)
    }
  }
  return settled
}

/** Removes what is left here of sessions that another machine has settled. */
export async function forgetJournals(db: Database, journalFolder: string): Promise<void> {
  const found = listJournals(journalFolder)
  if (found.length === 0) return
  const settled = await db.query<{ id: number }>(
    sql`select s.id from gateway_sessions s join unnest(${found.map(({ sessionId }) => sessionId)}::bigint[], ${found.map(({ mark }) => mark)}::text[]) as f (id, mark)
      on f.id = s.id and f.mark = s.journal where s.settled and s.ended_at is not null`,
  )
  for (const { id } of settled) removeJournal(journalFolder, id)
}

async function settleSession(input: SettleInput, session: DeadSession): Promise<{ done: number; left: number }> {
  const { db, boot, journalFolder, log } = input
  const written = readJournal(journalFolder, { sessionId: session.id, mark: session.mark, boot: session.boot }, boot)
  const seen = new Set<string>()
  let done = 0
  let left = 0
  for (;;) {
    // What could not be settled is found again by each look.
    const found = await readUnanswered(db, session, batchSize + left)
    const unanswered = found.filter(one => !seen.has(keyOf(one)))
    if (unanswered.length === 0) break
    for (const one of unanswered) seen.add(keyOf(one))
    const changes = await changesOf(input, unanswered, written)
    for (const { items, tallyBucket } of groupForWriting(changes, input.grouping)) {
      const failed = await recordEach(input, items, tallyBucket)
      left += failed
      done += items.length - failed
    }
  }
  if (done + left > 0)
    log.info({ session: session.id, settled: done, left, doubt: written.doubt }, 'what a dead session had not answered')
  return { done, left }
}

const unansweredRows = rowsNamed('attempts-unanswered', {
  ...keyColumns,
  n: int,
  gatewayId: int,
})

/** In any order, so that the index of the session's own attempts is used. */
function readUnanswered(db: Database, { id, answeredUntil }: DeadSession, limit: number): Promise<Unanswered[]> {
  return db.query<Unanswered>(
    sql`select /* fanout */ a.bucket, a.activity_id as "activityId", a.profile_id as "profileId", a.n, a.gateway_id as "gatewayId" from attempts a
      where a.at >= ${answeredUntil} and a.session_id = ${id}
        and not exists (select from answers b where b.bucket = a.bucket and b.activity_id = a.activity_id and b.profile_id = a.profile_id and b.n = a.n)
        and exists (select from messages m where m.bucket = a.bucket and m.activity_id = a.activity_id and m.profile_id = a.profile_id)
      limit ${limit}`,
    unansweredRows,
  )
}

async function changesOf(
  input: SettleInput,
  unanswered: readonly Unanswered[],
  written: Written,
): Promise<MessageChange[]> {
  const unknown = unanswered.filter(one => written.has(one))
  const parts = await partsOfUnknown(input, unknown)
  const isUnknown = new Set(unknown)
  return unanswered.map((one): MessageChange => {
    const { bucket, activityId, profileId, n, gatewayId } = one
    const [outcome, code] = isUnknown.has(one)
      ? ['unknown' as const, homingCode('process_died')]
      : ['refused' as const, homingCode('never_written')]
    const answer = { n, part: 0, outcome, counts: false, at: input.now(), code, gatewayId, providerId: null }
    return { bucket, activityId, profileId, ...parts.get(`${activityId}/${profileId}`), answers: [answer] }
  })
}

/** Together where that goes, else by halves. Returns how many cannot be written even alone. */
async function recordEach(input: SettleInput, changes: readonly MessageChange[], tallyBucket: number): Promise<number> {
  try {
    await input.db.tx(async tx => {
      const tallies = new Tallies()
      await record(tx, changes, tallies)
      await tallies.flush(tx, tallyBucket)
    })
    return 0
  } catch (error) {
    if (!isOfTheData(error)) throw error
    if (changes.length === 1) {
      const { activityId, bucket } = changes[0]!
      input.warn(error, `an attempt of activity ${activityId} (bucket ${bucket}) cannot be settled`)
      return 1
    }
    const half = changes.length >> 1
    const first = await recordEach(input, changes.slice(0, half), tallyBucket)
    return first + (await recordEach(input, changes.slice(half), tallyBucket))
  }
}

/** It would go wrong again: a value that PostgreSQL does not take, or a fault of ours. Else the database is away or busy. */
function isOfTheData(error: unknown): boolean {
  const state = sqlState(error)
  return state === undefined ? error instanceof TypeError || error instanceof RangeError : /^(22|23|42)/.test(state)
}

/**
 * How many parts these messages have and what they cost: the process that rendered them died before it could say. The same
 * version and values give the same text again. Receipts need it: a long message is delivered when all of its parts are.
 * Of who was erased meanwhile nothing is known, and nothing is charged.
 */
async function partsOfUnknown(
  { db, linkUrl, now, warn }: SettleInput,
  unknown: readonly Unanswered[],
): Promise<Map<string, { parts: number; creditsE4: number }>> {
  const known = new Map<string, { parts: number; creditsE4: number }>()
  for (const [activityId, ofActivity] of Map.groupBy(unknown, one => one.activityId)) {
    const plan = await readPlanOrPause(db, activityId, linkUrl, now(), warn)
    if (plan === undefined) continue
    const checked = await checkClaimed(db, plan, ofActivity)
    for (const one of checked) {
      const { profileId, address } = one
      if (address === null) continue
      try {
        const [message] = renderWindow(plan, [{ ...one, address }])
        const parts = message?.parts ?? 1
        known.set(`${activityId}/${profileId}`, { parts, creditsE4: (plan.prices.creditsE4(address) ?? 0) * parts })
      } catch (error) {
        warn(error, `the text of a message of activity ${activityId} could not be made again: its parts are not known`)
      }
    }
  }
  return known
}

const keyOf = ({ bucket, activityId, profileId, n }: Omit<Unanswered, 'gatewayId'>) =>
  `${bucket}/${activityId}/${profileId}/${n}`
