/**
 * What became of the attempts of a session that died? Those without an answer were either never handed to a socket (the
 * journal on this machine tells: refused, free again) or may be on the air: unknown, pending, settled by their receipts,
 * never sent again.
 */
import { countParts } from '../../core/sms/split.ts'
import { type Grouping, groupForWriting } from '../messages/group.ts'
import { type Change, record } from '../messages/record.ts'
import { Tallies } from '../messages/tallies.ts'
import type { Database } from '../platform/db.ts'
import { sql } from '../platform/sql.ts'
import { checkClaimed } from './claim.ts'
import { type JournalEntry, readJournal, removeJournal } from './journal.ts'
import { endExpired } from './lease.ts'
import { readPlan, renderWindow } from './plan.ts'
import { settleTests } from './test-claim.ts'

export interface SettleInput {
  db: Database
  grouping: Grouping
  journalFolder: string
  machine: string
  linkUrl: string
  /** business time */
  now: () => Date
}

interface Unanswered {
  bucket: number
  activityId: number
  profileId: number
  n: number
  gatewayId: number
}

const batchSize = 1000

/** Returns how many attempts were settled. */
export async function settleDeadSessions(input: SettleInput): Promise<number> {
  const { db } = input
  await endExpired(db)
  const dead = await db.query<{ id: number; machine: string; answeredUntil: Date }>(
    sql`select id, machine, answered_until as "answeredUntil" from gateway_sessions where ended_at is not null and not settled`,
    'sessions-dead',
  )
  let settled = 0
  for (const session of dead) {
    // Without its journal (another machine's), all of it may be on the air.
    const journal = session.machine === input.machine ? readJournal(input.journalFolder, session.id) : undefined
    const wasWritten = journal ?? (() => true)
    settled += await settleSession(input, session, wasWritten)
    settled += await settleTests(
      db,
      session.id,
      ({ testId, n }) => wasWritten({ activityId: testId, profileId: 0, n }),
      input.now(),
    )
    await db.run(sql`update gateway_sessions set settled = true where id = ${session.id}`)
    removeJournal(input.journalFolder, session.id)
  }
  return settled
}

async function settleSession(
  input: SettleInput,
  session: { id: number; answeredUntil: Date },
  wasWritten: (entry: JournalEntry) => boolean,
): Promise<number> {
  const { db, grouping, now } = input
  let settled = 0
  for (;;) {
    const unanswered = await db.query<Unanswered>(
      sql`select a.bucket, a.activity_id as "activityId", a.profile_id as "profileId", a.n, a.gateway_id as "gatewayId" from attempts a
        where a.at >= ${session.answeredUntil} and a.session_id = ${session.id}
          and not exists (select from answers b where b.bucket = a.bucket and b.activity_id = a.activity_id and b.profile_id = a.profile_id and b.n = a.n)
          and exists (select from messages m where m.bucket = a.bucket and m.activity_id = a.activity_id and m.profile_id = a.profile_id)
        limit ${batchSize}`,
      'attempts-unanswered',
    )
    if (unanswered.length === 0) return settled
    const parts = await partsOfUnknown(input, unanswered)
    const changes = unanswered.map(({ bucket, activityId, profileId, n, gatewayId }): Change => {
      const known = parts.get(`${activityId}/${profileId}`)
      const outcome = wasWritten({ activityId, profileId, n }) ? 'unknown' : 'refused'
      const code = outcome === 'unknown' ? 'process_died' : 'never_written'
      return {
        bucket,
        activityId,
        profileId,
        ...known,
        answers: [{ n, part: 0, outcome, counts: false, at: now(), code, gatewayId, providerId: null }],
      }
    })
    for (const group of groupForWriting(changes, grouping))
      await db.tx(async tx => {
        const tallies = new Tallies()
        await record(tx, group.items, tallies)
        await tallies.flush(tx, group.tallyBucket)
      })
    settled += changes.length
  }
}

/**
 * How many parts these messages have and what they cost: the process that rendered them died before it could say. The same
 * version and values give the same text again. Receipts need it: a long message is delivered when all of its parts are.
 */
async function partsOfUnknown(
  { db, linkUrl, now }: SettleInput,
  unanswered: readonly Unanswered[],
): Promise<Map<string, { parts: number; creditsE4: number }>> {
  const known = new Map<string, { parts: number; creditsE4: number }>()
  for (const [activityId, ofActivity] of Map.groupBy(unanswered, one => one.activityId)) {
    const plan = await readPlan(db, activityId, linkUrl, now())
    if (plan === undefined) continue
    const recipients = await checkClaimed(db, activityId, plan.topics, ofActivity)
    renderWindow(plan, recipients).forEach((text, i) => {
      const { profileId, phone } = recipients[i]!
      const parts = countParts(text)
      known.set(`${activityId}/${profileId}`, { parts, creditsE4: (plan.prices.creditsE4(phone) ?? 0) * parts })
    })
  }
  return known
}
