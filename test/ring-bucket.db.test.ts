/**
 * The ring on a small list, twice at the same time: with whole batches as on PostgreSQL, and with all writes grouped by
 * bucket as on a cluster. Each report is what its simulator counted, and both are the same: what becomes of a message
 * depends on its number alone.
 */
import { expect, test } from 'vitest'
import type { Counts } from '../server/gateways/simulator/register.ts'
import type { Report } from '../server/report/overview.ts'
import type { Verified } from '../server/verify/verify.ts'
import { freePort, homing } from './processes.ts'

interface Demo {
  report: Report
  simulator: Counts
  verify: Verified
  agree: boolean
}

test('grouped by bucket, the figures are the same', async () => {
  // Two that start at the same moment would look for the same free ports.
  const demo = async (group: Record<string, string>): Promise<Demo> => {
    const [port, simulator] = [String(await freePort()), String(await freePort())]
    const env = { HOMING_CLOCK_RATE: '7200', HOMING_PORT: port, HOMING_SIMULATOR_PORT: simulator, ...group }
    const { out, err } = await homing(['demo', '--profiles', '400', '--seed', '3', '--json'], env)
    expect(out, err).toMatch(/^\{/)
    return JSON.parse(out) as Demo
  }
  const [whole, byBucket] = await Promise.all([demo({}), demo({ HOMING_GROUP: 'bucket' })])
  for (const { agree, report, simulator, verify } of [whole, byBucket]) {
    expect({ simulator, figures: report.figures, agree }).toMatchObject({ agree: true, simulator: { doubles: 0 } })
    expect(verify.differences).toEqual([])
  }
  expect(byBucket.report.figures).toEqual(whole.report.figures)
  expect(byBucket.report.notSentReasons).toEqual(whole.report.notSentReasons)
  expect(byBucket.report.credits).toEqual(whole.report.credits)
  expect(whole.report.figures.queued).toBe(0)
  expect(whole.report.figures.bouncedHard + whole.report.figures.bouncedSoftFinal).toBeGreaterThan(0)
}, 180_000)
