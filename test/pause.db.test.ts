/**
 * Each process in turn stops in the middle of a send (SIGSTOP) and goes on later, as a machine does that swaps, a container that
 * is paused, a virtual machine that is moved; statements take long, and connections hang. Nobody gets an SMS twice, nothing is
 * lost, sending goes on, and the report is what the simulator counted.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { monotonicMs } from '../server/platform/clock.ts'
import { type Campaign, lock, openCampaign, openOf, waitingFor } from './crash-campaign.ts'
import { expectTheTruth, stateOf } from './crash-end.ts'
import { until } from './processes.ts'

const profiles = 2500
const window = 40
/** Longer than a lease, and than a gateway's answer is waited for. */
const longMs = 11_500

let campaign: Campaign

beforeAll(async () => {
  campaign = await openCampaign({ profiles, window, clockRate: 360, latencyMs: 300, seed: 9 })
}, 300_000)
afterAll(() => campaign?.close())

/** Stops these processes for so long; they are let go whatever happens. */
async function paused(pids: readonly number[], ms: number): Promise<void> {
  const began = monotonicMs()
  for (const pid of pids) process.kill(pid, 'SIGSTOP')
  try {
    await until('the pause is over', () => monotonicMs() - began >= ms)
  } finally {
    for (const pid of pids) process.kill(pid, 'SIGCONT')
  }
}

async function goesOn(): Promise<void> {
  const before = campaign.simulator().submits
  await until('sending goes on', () => campaign.simulator().submits > before + window, {
    timeoutMs: 45_000,
    seen: () => stateOf(campaign),
  })
}

test('the worker, for longer than its lease', async () => {
  await goesOn()
  expect((await openOf(campaign)).queued).toBeGreaterThan(0)
  await paused([campaign.worker.pid], longMs)
  await goesOn()
}, 300_000)

test('the database and the web process', async () => {
  await paused([...campaign.postgresPids(), campaign.web.pid], 4_000)
  await goesOn()
}, 300_000)

test('the gateway, for longer than an answer is waited for', async () => {
  await paused([campaign.gateway.pid], longMs)
  await goesOn()
}, 300_000)

test('the wire, in the direction of the answers', async () => {
  campaign.wire.withhold()
  const began = monotonicMs()
  await until('the pause is over', () => monotonicMs() - began >= longMs)
  campaign.wire.release()
  await goesOn()
}, 300_000)

test('the look at who may still be sent to, for longer than it is believed', async () => {
  const held = await lock(campaign.env.HOMING_CONNECTION!, 'lock table current_consents in access exclusive mode')
  await until(
    'a window waits to be checked',
    async () => (await waitingFor(campaign.db, 'sending', '%as settled%')) > 0,
    {
      seen: () => stateOf(campaign),
    },
  )
  const began = monotonicMs()
  await until('the check is too old', () => monotonicMs() - began >= 6_000)
  await held.release()
  await goesOn()
  expect((await openOf(campaign)).queued).toBeGreaterThan(0)
}, 300_000)

test(
  'nobody was sent to twice, nothing is lost, and the report is what the simulator counted',
  // A pause of 11 s is more than an hour there: what people did meanwhile comes within moments after it.
  () => expectTheTruth(campaign, profiles, { hurriedPeople: 0.05 }),
  660_000,
)
