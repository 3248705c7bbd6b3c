/**
 * How long after a fact is at the socket does somebody who looks at the report see it in a figure? At half of the full load, which
 * is measured just before: real processes (worker, web, PostgreSQL), an SSE client on the report, the simulator in this
 * process. Facts are identified by their number: the simulator's count of what it has accepted, and of what it has had delivery
 * receipts acknowledged for, is read 50 times per second; the client sees fact k with the first event whose figure is k or more. So each
 * latency is at most one reading (20 ms) too long. Full load: from the freeze until nothing is queued any more.
 */
import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Figures } from '../core/report/figures.ts'
import { createApiKey } from '../server/access/keys.ts'
import { ensureTopic } from '../server/access/topics.ts'
import { createWorkspace } from '../server/access/workspaces.ts'
import { createActivity } from '../server/activities/draft.ts'
import { scheduleActivity } from '../server/activities/schedule.ts'
import { addGateway } from '../server/gateways/gateways.ts'
import { runSimulator } from '../server/gateways/simulator/main.ts'
import type { Database } from '../server/platform/db/database.ts'
import { getReport } from '../server/report/overview.ts'
import { testKeys } from '../test/keys.ts'
import { child, freePort } from './child.ts'
import { body, fill } from './e2e.ts'
import { inFreshHoming } from './fresh-homing.ts'
import type { BenchResult } from './result.ts'

const readingMs = 20
const shares = 'click=0,scan=0,optOut=0,softThenDelivered=0,softForever=0,silent=0,late=0'

export function freshness({ size = 100_000 }: { size?: number } = {}): Promise<BenchResult> {
  return inFreshHoming('freshness', async ({ db, now, env: own, atEnd }) => {
    const workspace = await createWorkspace(db, { name: 'Bench', owner: null, actor: 'bench' }, now)
    const topic = await ensureTopic(db, workspace.id, 'Offers', now)
    await fill(db, workspace.id, topic.id, size, now)
    const { key } = await createApiKey(db, { workspaceId: workspace.id, name: 'bench', actor: 'bench' }, now)
    const env = { ...own, HOMING_LINK_URL: 'http://127.0.0.1:9' }
    const port = await freePort()
    for (const [verb, more] of [
      ['worker', {}],
      ['web', { HOMING_PORT: String(port) }],
    ] as const) {
      const one = await child(verb, { ...env, ...more })
      atEnd(() => one.stop())
    }
    // A simulator each: one sends its receipts over any session that it has, also that of the other gateway.
    const send = async (name: string, rate: number) => {
      const simulator = await runSimulator({}, { HOMING_SIMULATOR_SHARES: shares })
      atEnd(() => simulator.close())
      const gateway = await addGateway(
        db,
        testKeys,
        {
          workspaceId: workspace.id,
          name,
          actor: 'bench',
          kind: 'smpp',
          settings: { host: '127.0.0.1', port: simulator.port, systemId: 'homing', password: 'homing' },
          window: 1000,
          rate,
        },
        new Date(),
      )
      const context = {
        workspaceId: workspace.id,
        actor: 'bench',
        url: 'http://127.0.0.1:9',
        linkUrl: 'http://127.0.0.1:9',
        now: new Date(),
      }
      const sendTo = { topics: [topic.id], duplicates: 'one_per_address' as const }
      const { id } = await createActivity(db, context, {
        name,
        content: { channel: 'sms', sender: 'Homing', body },
        sendTo,
        gatewayId: gateway.id,
        quietHours: false,
      })
      await scheduleActivity(db, context, id, { sendAt: null })
      return { id, simulator }
    }

    const { id: full } = await send('full', 0)
    const { seconds } = await untilSent(db, workspace.id, full)
    await untilFinal(db, workspace.id, full)
    const fullPerSecond = size / seconds
    const { id: half, simulator } = await send('half', Math.max(1, Math.round(fullPerSecond / 2)))
    const accepted: Step[] = []
    const delivered: Step[] = []
    const reading = setInterval(() => {
      const counts = simulator.counts()
      accepted.push({ at: performance.now(), n: counts.accepted })
      delivered.push({ at: performance.now(), n: counts.delivered })
    }, readingMs)
    const seen = watch(port, `/api/v1/workspaces/${workspace.id}/activities/${half}/live`, key)
    const { seconds: halfSeconds } = await untilSent(db, workspace.id, half)
    await untilFinal(db, workspace.id, half)
    await sleep(3_000)
    clearInterval(reading)
    seen.close()
    const sent = latencies(
      accepted,
      seen.events.map(({ at, figures }) => ({ at, n: figures.sent })),
    )
    const receipts = latencies(
      delivered,
      seen.events.map(({ at, figures }) => ({ at, n: figures.delivered })),
    )
    const all = [...sent, ...receipts]
    return {
      name: 'freshness',
      figure: percentile(all, 0.99),
      unit: 'ms, p99 from the socket to an SSE client',
      better: 'lower',
      reference: null,
      ratio: null,
      size,
      detail: {
        p50Ms: percentile(all, 0.5),
        p99Ms: percentile(all, 0.99),
        sent: { p50Ms: percentile(sent, 0.5), p99Ms: percentile(sent, 0.99), facts: sent.length },
        delivered: { p50Ms: percentile(receipts, 0.5), p99Ms: percentile(receipts, 0.99), facts: receipts.length },
        fullPerSecond: Math.round(fullPerSecond),
        halfPerSecond: Math.round(size / halfSeconds),
        events: seen.events.length,
        readingMs,
      },
    }
  })
}

interface Step {
  at: number
  n: number
}

/** Of each fact, from the reading before the one that has it to the event that shows it. */
function latencies(facts: readonly Step[], shown: readonly Step[]): number[] {
  const found: number[] = []
  let fact = 0
  let known = 0
  for (const { at, n } of shown) {
    for (; known < n; known++) {
      while (fact < facts.length && (facts[fact]?.n ?? 0) <= known) fact++
      const reading = facts[Math.max(0, fact - 1)]
      if (fact < facts.length && reading !== undefined) found.push(Math.max(0, at - reading.at))
    }
  }
  return found
}

async function figuresOf(db: Database, workspaceId: number, id: number): Promise<Figures | undefined> {
  return (await getReport(db, workspaceId, id, new Date()))?.figures
}

/** From the freeze until nothing is queued. */
async function untilSent(db: Database, workspaceId: number, id: number): Promise<{ seconds: number }> {
  let frozen = 0
  for (;;) {
    await sleep(200)
    const figures = await figuresOf(db, workspaceId, id)
    if (figures === undefined || figures.targeted === 0) continue
    frozen ||= performance.now()
    if (figures.queued === 0) return { seconds: (performance.now() - frozen) / 1000 }
  }
}

async function untilFinal(db: Database, workspaceId: number, id: number): Promise<void> {
  while ((await figuresOf(db, workspaceId, id))?.pending !== 0) await sleep(200)
}

function watch(port: number, path: string, key: string): { events: { at: number; figures: Figures }[]; close(): void } {
  const events: { at: number; figures: Figures }[] = []
  let text = ''
  const asked = request({ host: '127.0.0.1', port, path, headers: { authorization: `Bearer ${key}` } }, answer => {
    answer.setEncoding('utf8')
    answer.on('data', (chunk: string) => {
      const at = performance.now()
      text += chunk
      const blocks = text.split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) {
        const data = /^data: (.*)$/m.exec(block)?.[1]
        if (data === undefined) continue
        const report: { figures: Figures } = JSON.parse(data)
        events.push({ at, figures: report.figures })
      }
    })
  })
  asked.on('error', () => {}) // closed by us
  asked.end()
  return { events, close: () => asked.destroy() }
}

function percentile(ms: number[], share: number): number {
  const sorted = [...ms].sort((a, b) => a - b)
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0)
}
