/**
 * Each process in turn is paused in the middle of a send (SIGSTOP), as by swapping, by pausing a container or by moving a virtual
 * machine. Statements take long, and connections hang. Nobody gets an SMS twice, nothing is lost, sending continues, and the report
 * agrees with the simulator's counts.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { monotonicMs } from '../server/platform/clock.ts'
import { type Campaign, lock, openCampaign, openOf, waitingFor } from './crash-campaign.ts'
import { expectTheTruth, stateOf } from './crash-end.ts'
import { until } from './processes.ts'

const window = 40
/** Longer than a lease and than the timeout of a gateway's answer. */
const longMs = 11_500

let campaign: Campaign

/** Pauses these processes for `ms`. They resume even if the test fails. */
async function paused(pids: readonly number[], ms: number): Promise<void> {
  const began = monotonicMs()
  for (const pid of pids) process.kill(pid, 'SIGSTOP')
  try {
    await until('the pause is over', () => monotonicMs() - began >= ms)
  } finally {
    for (const pid of pids) process.kill(pid, 'SIGCONT')
  }
}

async function keepsWorking(): Promise<void> {
  const before = campaign.simulator().submits
  await until('sending continues', () => campaign.simulator().submits > before + window, {
    timeoutMs: 45_000,
    seen: () => stateOf(campaign),
  })
}

/** The tests of a file. `wire`: also of the wire between the worker and the gateway. */
export function testPauses({ profiles, wire }: { profiles: number; wire: boolean }): void {
  beforeAll(async () => {
    campaign = await openCampaign({ profiles, window, clockRate: 360, latencyMs: 300, seed: 9 })
  }, 300_000)
  afterAll(() => campaign?.close())

  test('the worker, for longer than its lease', async () => {
    await keepsWorking()
    expect((await openOf(campaign)).queued).toBeGreaterThan(0)
    await paused([campaign.worker.pid], longMs)
    await keepsWorking()
  }, 300_000)

  test('the database and the web process', async () => {
    await paused([...campaign.postgresPids(), campaign.web.pid], 4_000)
    await keepsWorking()
  }, 300_000)

  test('the gateway, for longer than the timeout of an answer', async () => {
    await paused([campaign.gateway.pid], longMs)
    await keepsWorking()
  }, 300_000)

  if (wire)
    test('the wire, in the direction of the answers', async () => {
      campaign.wire.withhold()
      const began = monotonicMs()
      await until('the pause is over', () => monotonicMs() - began >= longMs)
      campaign.wire.release()
      await keepsWorking()
    }, 300_000)

  test('the check of who may still be sent to, for longer than it is valid', async () => {
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
    await keepsWorking()
    expect((await openOf(campaign)).queued).toBeGreaterThan(0)
  }, 300_000)

  test(
    'nobody was sent to twice, nothing is lost, and the report agrees with the simulator',
    // A pause of 11 s is more than an hour of business time. The clicks of that hour arrive within moments after it.
    () => expectTheTruth(campaign, profiles, { hurriedPeople: 0.05 }),
    660_000,
  )
}
