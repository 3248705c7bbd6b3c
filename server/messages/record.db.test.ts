import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { foldMessage } from '../../core/messages/fold.ts'
import { ownDatabase } from '../../test/database.ts'
import { sql } from '../platform/db/sql.ts'
import { keyOf, type MessageChange } from './message-change.ts'
import { record, verdictColumns } from './record.ts'
import { lockMessages, readFacts } from './store.ts'
import { Tallies } from './tallies.ts'

const db = await ownDatabase({ max: 6 })
const at = (minutes: number) => new Date(Date.UTC(2026, 10, 1, 12, minutes))
let activityId = 0

beforeAll(async () => {
  await db.run(sql`insert into workspaces (name, created_at) values ('W', ${at(0)})`)
})

/** An activity with `count` queued messages, each with three attempts on record. */
async function frozen(count: number): Promise<number> {
  const [row] = await db.query<{ id: number }>(
    sql`insert into activities (workspace_id, name, created_at, updated_at) values (1, 'A', ${at(0)}, ${at(0)}) returning id`,
  )
  activityId = row!.id
  await db.run(
    sql`insert into messages (bucket, workspace_id, activity_id, profile_id, status, address, country, due)
      select i & 255, 1, ${activityId}::bigint, i, 'queued', '+4670' || lpad(i::text, 7, '0'), 'SE', ${at(0)} from generate_series(1, ${count}::int) i`,
  )
  await db.run(
    sql`insert into attempts (bucket, activity_id, profile_id, n, try, gateway_id, session_id, at)
      select m.bucket, m.activity_id, m.profile_id, n, n, 1, 1, ${at(0)}::timestamptz + n * interval '1 hour' from messages m, generate_series(1, 3) n
      where m.activity_id = ${activityId}`,
  )
  await db.run(
    sql`insert into tallies (bucket, activity_id, figure, n) values (0, ${activityId}, 'targeted', ${count}), (0, ${activityId}, 'queued', ${count})`,
  )
  return activityId
}

async function write(changes: MessageChange[], writer = 1): Promise<number> {
  return db.tx(async tx => {
    const tallies = new Tallies()
    const changed = await record(tx, changes, tallies)
    await tallies.flush(tx, writer)
    return changed
  })
}

async function sums(activity: number): Promise<Record<string, number>> {
  const rows = await db.query<{ figure: string; n: number }>(
    sql`select figure, sum(n)::bigint as n from tallies where activity_id = ${activity} group by 1 having sum(n) <> 0`,
  )
  return Object.fromEntries(rows.map(row => [row.figure, row.n]))
}

/** Every cached column is what the fold says of the facts, and every sum is what the rows say. */
async function expectTrue(activity: number): Promise<void> {
  const keys = await db.query<{ bucket: number; activityId: number; profileId: number }>(
    sql`select bucket, activity_id as "activityId", profile_id as "profileId" from messages where activity_id = ${activity} order by bucket, profile_id`,
  )
  const rows = await lockMessages(db, keys)
  const facts = await readFacts(db, keys)
  for (const row of rows) {
    const known = facts.get(keyOf(row))!
    const stop = row.stopReason !== null && row.stopAt !== null ? { reason: row.stopReason, at: row.stopAt } : null
    const verdict = foldMessage({
      ...known,
      channel: 'sms',
      parts: row.parts,
      excluded: row.excluded,
      stop,
      windowOverAt: row.windowOverAt,
      noReceiptAt: row.noReceiptAt,
    })
    expect({ ...row, countsNow: undefined }).toMatchObject(verdictColumns(verdict, row))
  }
  const counted: Record<string, number> = { targeted: rows.length }
  for (const row of rows) {
    counted[row.status] = (counted[row.status] ?? 0) + 1
    if (row.charged) counted.charged = (counted.charged ?? 0) + 1
    if (row.status === 'not_sent')
      counted[`not_sent:${row.excluded ?? row.stopReason}`] =
        (counted[`not_sent:${row.excluded ?? row.stopReason}`] ?? 0) + 1
  }
  expect(await sums(activity)).toEqual(counted)
}

const outcome = fc.constantFrom('accepted', 'soft', 'hard', 'refused', 'dropped', 'unknown' as const)
const receiptOutcome = fc.constantFrom('pending', 'delivered', 'soft', 'hard' as const)
const step = fc.record({
  profileId: fc.integer({ min: 1, max: 6 }),
  n: fc.integer({ min: 1, max: 3 }),
  part: fc.integer({ min: 0, max: 2 }),
  answer: fc.option(outcome),
  receipt: fc.option(receiptOutcome),
  sweep: fc.constantFrom(null, null, null, 'stop', 'window', 'silent'),
  minute: fc.integer({ min: 1, max: 200 }),
})

describe('recording facts', () => {
  test('whatever comes, in whatever order, by two writers at once: columns and sums are what the facts say', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(step, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 8 }),
        async batches => {
          const activity = await frozen(6)
          let seq = 0
          const changes = batches.map(batch =>
            batch.map(({ profileId, n, part: anyPart, answer, receipt, sweep, minute }): MessageChange => {
              // Even profiles have texts of two parts. A receipt is found through an accepted answer, so that one is there too.
              const parts = profileId % 2 === 0 ? 2 : 1
              const part = Math.min(parts, anyPart)
              const outcomes = [
                ...(answer === null ? [] : [answer]),
                ...(receipt === null ? [] : ['accepted' as const]),
              ]
              const base = { n, part, counts: false, at: at(minute), code: null }
              return {
                bucket: profileId & 255,
                activityId: activity,
                profileId,
                parts,
                creditsE4: 10_000,
                answers: outcomes.map(outcome => ({ ...base, outcome, gatewayId: 1, providerId: null })),
                ...(receipt === null
                  ? {}
                  : { receipts: [{ ...base, outcome: receipt, source: activity, seq: ++seq }] }),
                ...(sweep === 'stop' ? { stop: { reason: 'cancelled', at: at(minute) } } : {}),
                ...(sweep === 'window' ? { windowOverAt: at(minute) } : {}),
                ...(sweep === 'silent' ? { noReceiptAt: at(minute) } : {}),
              }
            }),
          )
          const half = Math.ceil(changes.length / 2)
          await Promise.all([
            (async () => {
              for (const batch of changes.slice(0, half)) await write(batch, 1)
            })(),
            (async () => {
              for (const batch of changes.slice(half)) await write(batch, 2)
            })(),
          ])
          await expectTrue(activity)
          for (const batch of changes) await write(batch, 3)
          await expectTrue(activity)
        },
      ),
      { numRuns: 60 },
    )
  })

  test.each([
    ['each part', 1],
    ['the whole message', 0],
  ])('the common way: accepted, then delivered, by facts of %s, without reading facts back', async (_, part) => {
    const activity = await frozen(3)
    const answered = [1, 2, 3].map(
      (profileId): MessageChange => ({
        bucket: profileId,
        activityId: activity,
        profileId,
        parts: 1,
        creditsE4: 15_000,
        attempt: { n: 1, try: 1, parts: null, at: new Date(at(0).getTime() + 3_600_000) },
        answers: [
          {
            n: 1,
            part,
            outcome: 'accepted',
            counts: false,
            at: at(61),
            code: null,
            gatewayId: 1,
            providerId: `p${profileId}`,
          },
        ],
      }),
    )
    expect(await write(answered)).toBe(3)
    expect(await write(answered)).toBe(0)
    const delivered = [1, 2].map(
      (profileId): MessageChange => ({
        bucket: profileId,
        activityId: activity,
        profileId,
        receipts: [
          {
            n: 1,
            part,
            outcome: 'delivered',
            counts: false,
            at: at(62),
            code: 'dlr:delivrd',
            source: 1,
            seq: profileId,
          },
        ],
      }),
    )
    expect(await write(delivered)).toBe(2)
    expect(await write(delivered)).toBe(0)
    expect(await sums(activity)).toEqual({ targeted: 3, pending: 1, delivered: 2, charged: 3 })
    const [charged] = await db.query<{ credits: string }>(
      sql`select sum(credits) as credits from tallies where activity_id = ${activity} and figure = 'charged'`,
    )
    expect(charged!.credits).toBe('4.5000')
    await expectTrue(activity)
  })

  test('one answer and one receipt for three parts: delivered, and charged for all three', async () => {
    const activity = await frozen(1)
    const key = { bucket: 1, activityId: activity, profileId: 1 }
    const whole = { n: 1, part: 0, counts: false, code: null }
    const accepted = { ...whole, outcome: 'accepted' as const, at: at(61), gatewayId: 1, providerId: 'one-id' }
    await write([{ ...key, parts: 3, creditsE4: 30_000, answers: [accepted] }])
    await expectTrue(activity)
    await write([{ ...key, receipts: [{ ...whole, outcome: 'delivered', at: at(62), source: 1, seq: 1 }] }])
    expect(await sums(activity)).toEqual({ targeted: 1, delivered: 1, charged: 1 })
    const [charged] = await db.query<{ credits: string }>(
      sql`select credits from tallies where activity_id = ${activity} and figure = 'charged' and n > 0`,
    )
    expect(charged!.credits).toBe('3.0000')
    await expectTrue(activity)
  })

  test('facts of a message that is gone are passed over', async () => {
    expect(
      await write([
        {
          bucket: 9,
          activityId: 999_999,
          profileId: 9,
          receipts: [{ n: 1, part: 1, outcome: 'delivered', counts: false, at: at(1), code: null, source: 1, seq: 9 }],
        },
      ]),
    ).toBe(0)
  })
})
