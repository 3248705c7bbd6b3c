/**
 * The end of a campaign whose processes were killed or paused: all messages are sent and final, and the report agrees with the
 * simulator's own counts. Nothing was sent twice or lost, and `verify` finds nothing.
 */
import { expect } from 'vitest'
import { sql } from '../server/platform/db/sql.ts'
import { setClockRate } from '../server/platform/installation/business-clock.ts'
import { triesOf30Seconds } from '../server/receipts/waiting-store.ts'
import { verify } from '../server/verify/verify.ts'
import { type Campaign, openOf, parts } from './crash-campaign.ts'
import { counted, until } from './processes.ts'

/**
 * hurriedPeople: the share of people whose click may count as a bot's. On a fast clock a pause of seconds is more than an hour, and
 * afterwards receipts and clicks of the same people arrive within moments.
 */
export async function expectTheTruth(
  campaign: Campaign,
  profiles: number,
  { hurriedPeople = 0 }: { hurriedPeople?: number } = {},
): Promise<void> {
  campaign.wire.latencyMs = 0
  await until(
    'everything is submitted and every receipt has arrived',
    async () => {
      const [open] = await campaign.db.query<{ queued: number }>(
        sql`select count(*) as queued from messages where status = 'queued'`,
      )
      return open?.queued === 0 && campaign.simulator().receiptsOpen === 0
    },
    { timeoutMs: 300_000, seen: () => stateOf(campaign) },
  )
  await until(
    'every receipt has found its message',
    async () => {
      // All of them are here, so that what waits needs no longer pauses: they would last up to ten minutes of real time.
      await campaign.db.run(
        sql`update waiting set tries = greatest(tries, ${triesOf30Seconds}), next_try_at = ${new Date()} where settled is null`,
      )
      const [open] = await campaign.db.query<{ waiting: number }>(
        sql`select count(*) as waiting from waiting where settled is null`,
      )
      return open?.waiting === 0
    },
    { timeoutMs: 120_000, everyMs: 500, seen: () => stateOf(campaign) },
  )
  await finish(campaign)

  const simulator = campaign.simulator()
  const { figures, credits, notSentReasons } = await campaign.report()
  expect(simulator).toMatchObject({ doubles: 0, incomplete: 0, deadLinks: 0 })
  expect(figures).toMatchObject({ targeted: profiles, queued: 0, sent: campaign.queued })
  expect(notSentReasons).toEqual({})
  // An aborted visit may have been counted before the person retried it.
  const exact = [...counted].filter(([theirs]) => theirs !== 'clicks' && theirs !== 'unique')
  expect(Object.fromEntries(exact.map(([theirs, ours]) => [theirs, figures[ours]]))).toEqual(
    Object.fromEntries(exact.map(([theirs]) => [theirs, simulator[theirs]])),
  )
  const most = 1 - hurriedPeople
  expect(figures.unique).toBeGreaterThanOrEqual(simulator.unique * most)
  expect(figures.unique).toBeLessThanOrEqual(simulator.unique)
  expect(figures.clicks).toBeGreaterThanOrEqual(simulator.clicks * most)
  expect(figures.clicks).toBeLessThanOrEqual(simulator.clicks + simulator.clicksUncertain)
  expect(credits.charged).toBe(`${parts * (figures.sent - (await unheard(campaign)))}.0000`)
  expect(await openOf(campaign)).toEqual({ attempts: 0, queued: 0 })
  expect(await refusals(campaign)).not.toContain('session_full')
  expect(await verify(campaign.db)).toEqual({ checked: profiles, toJudge: 0, differences: [] })
}

/** Lets the 72 hours pass in seconds: all processes stop normally and start again with a faster clock. */
async function finish(campaign: Campaign): Promise<void> {
  expect(await campaign.worker.stop()).toBe(0)
  expect((await openOf(campaign)).attempts).toBe(0)
  await setClockRate(campaign.db, 20_000)
  await campaign.startWorker()
  await until(
    'every message is final and all that people did is in the figures',
    async () => {
      const { completeness } = await campaign.report()
      const { receiptsOpen, visitsOpen } = campaign.simulator()
      const [behind] = await campaign.db.query<{ n: number }>(
        sql`select count(*) as n from inbox i join inbox_sources s on s.id = i.source where i.seq > s.watermark`,
      )
      return completeness === 1 && receiptsOpen === 0 && visitsOpen === 0 && behind?.n === 0
    },
    { timeoutMs: 300_000, seen: () => stateOf(campaign) },
  )
  expect(await campaign.worker.stop()).toBe(0)
}

/** The state that a test prints when a wait has timed out. */
export const stateOf = async (campaign: Campaign) => ({
  log: campaign.worker.log().slice(-3000),
  ...(await campaign.report()).figures,
  simulator: campaign.simulator(),
  open: await openOf(campaign),
  unanswered: await campaign.db.query(
    sql`select a.profile_id, a.n, a.parts, a.at, a.session_id, s.ended_at, s.settled, s.answered_until, m.status from attempts a
      join gateway_sessions s on s.id = a.session_id join messages m using (bucket, activity_id, profile_id)
      where not exists (select from answers b where b.bucket = a.bucket and b.activity_id = a.activity_id and b.profile_id = a.profile_id and b.n = a.n) limit 5`,
  ),
  waiting: await campaign.db.query(
    sql`select kind, body, tries, next_try_at, clock_timestamp() as now from waiting where settled is null limit 5`,
  ),
})

/** Messages without an answer or a receipt, which are not charged. */
async function unheard(campaign: Campaign): Promise<number> {
  const [row] = await campaign.db.query<{ n: number }>(
    sql`select count(*) as n from messages m where m.activity_id = ${campaign.activityId} and m.status = 'no_receipt' and not exists (
      select from answers b where b.bucket = m.bucket and b.activity_id = m.activity_id and b.profile_id = m.profile_id and b.outcome = 'accepted')`,
  )
  return row!.n
}

async function refusals(campaign: Campaign): Promise<string[]> {
  const rows = await campaign.db.query<{ code: string }>(
    sql`select distinct code from answers where outcome = 'refused' order by 1`,
  )
  return rows.map(({ code }) => code)
}
