/**
 * The verb `demo`: the whole ring without a browser, in a temporary folder, on a fast business clock: a list is made and
 * imported, sent through the simulator, clicked, bounced, opted out; when every message is final, the report must say what
 * the simulator counted on its own, and `verify` must find nothing.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { problem } from '../../core/problems.ts'
import { prepareRing, type Ring } from '../demo/ring.ts'
import type { Counts } from '../gateways/simulator/register.ts'
import { readConfig } from '../platform/config.ts'
import { type Database, openDatabase } from '../platform/db/database.ts'
import { readClock } from '../platform/installation/business-clock.ts'
import { createLog } from '../platform/log.ts'
import { getReport, type Report } from '../report/overview.ts'
import { start } from '../supervisor/start.ts'
import { verify } from '../verify/verify.ts'
import type { CommandWords } from './arguments.ts'
import { isFinal } from './send.ts'
import { startHooks } from './start.ts'

const fastest = 3600
const pairs = [
  ['accepted', 'sent'],
  ['delivered', 'delivered'],
  ['hard', 'bouncedHard'],
  ['softFinal', 'bouncedSoftFinal'],
  ['pending', 'pending'],
  ['clicks', 'clicks'],
  ['unique', 'unique'],
  ['unsubscribed', 'unsubscribed'],
] as const

export async function runDemo(words: CommandWords): Promise<number> {
  const profiles = positive(words, 'profiles', 10_000)
  const seed = positive(words, 'seed', 1)
  const folder = await mkdtemp(join(tmpdir(), 'homing-demo-'))
  const own = readConfig(
    { ...process.env, HOMING_CLOCK_RATE: process.env.HOMING_CLOCK_RATE || String(fastest), DATABASE_URL: '' },
    { data: folder },
  )
  // Ports of its own, not the next after 8080: two demos may run at once.
  const port = own.portAsked ? own.port : await freePort()
  const config = { ...own, url: null, linkUrl: null, port, portAsked: true }
  process.env.HOMING_SIMULATOR_PORT ||= String(await freePort())
  process.env.HOMING_SIMULATOR_SEED = String(seed)
  const log = createLog({ part: 'demo' })
  const stop = new AbortController()
  try {
    const ready = Promise.withResolvers<Ready>()
    const hooks = startHooks(config, log, { demo: false })
    const started = start({
      config,
      log,
      signal: stop.signal,
      out: () => {},
      pages: async () => ({ folder: null, built: false }),
      hooks: {
        ...hooks,
        async prepare(prepared) {
          const db = openDatabase({ connection: { connectionString: prepared.connectionString }, lane: 'demo', max: 3 })
          await hooks.prepare?.(prepared)
          const now = (await readClock(db)).now()
          const demo = await prepareRing(db, {
            dataFolder: folder,
            url: prepared.url,
            linkUrl: prepared.linkUrl,
            profiles,
            seed,
            now,
          })
          await hooks.prepare?.(prepared)
          ready.resolve({ db, demo })
        },
      },
    })
    started.catch(error => ready.reject(error))
    const { db, demo } = await ready.promise
    try {
      return await compare(words, db, demo, folder, started)
    } finally {
      await db.end()
      stop.abort()
      await started
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

interface Ready {
  db: Database
  demo: Ring
}

async function compare(
  words: CommandWords,
  db: Database,
  { workspaceId, activityId }: Ring,
  folder: string,
  started: Promise<void>,
): Promise<number> {
  let over = false
  void started.finally(() => {
    over = true
  })
  const clock = await readClock(db)
  // Final, and nothing of the simulator's people is still on its way.
  let simulator: Counts | undefined
  let report: Report | undefined
  for (let quiet = 0; quiet < 10 && !over; ) {
    await sleep(200)
    simulator = await countsOf(folder)
    report = await getReport(db, workspaceId, activityId, clock.now())
    progress(words, report)
    const settled = (await isFinal(db, activityId)) && simulator?.receiptsOpen === 0 && simulator.visitsOpen === 0
    quiet = settled && agrees(report, simulator) ? quiet + 5 : settled ? quiet + 0.25 : 0
  }
  const verified = await verify(db, { activityId })
  const agree = agrees(report, simulator) && verified.differences.length === 0
  process.stdout.write(
    words.on('json')
      ? `${JSON.stringify({ report, simulator, verify: verified, agree })}\n`
      : `${table(report, simulator)}\nverify: ${verified.checked} messages, ${verified.differences.length} differences\n${agree ? 'All agree.' : 'They do not agree.'}\n`,
  )
  return agree ? 0 : 1
}

async function countsOf(folder: string): Promise<Counts | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, 'simulator', 'simulator.json'), 'utf8')) as Counts
  } catch {
    return undefined
  }
}

function agrees(report: Report | undefined, simulator: Counts | undefined): boolean {
  return (
    report !== undefined &&
    simulator !== undefined &&
    pairs.every(([theirs, ours]) => simulator[theirs] === report.figures[ours])
  )
}

function table(report: Report | undefined, simulator: Counts | undefined): string {
  const lines = pairs.map(
    ([theirs, ours]) =>
      `${ours.padEnd(18)}${String(report?.figures[ours]).padStart(9)}${String(simulator?.[theirs]).padStart(12)}`,
  )
  return `${'figure'.padEnd(18)}${'report'.padStart(9)}${'simulator'.padStart(12)}\n${lines.join('\n')}`
}

function progress(words: CommandWords, report: Report | undefined): void {
  if (report === undefined || words.on('json') || process.stderr.isTTY !== true) return
  const { sent, delivered, bounced, pending, clicks } = report.figures
  process.stderr.write(
    `\r${Math.floor(report.completeness * 100)}% final: ${sent} sent, ${delivered} delivered, ${bounced} bounced, ${pending} pending, ${clicks} clicks   `,
  )
}

function positive(words: CommandWords, flag: string, otherwise: number): number {
  const text = words.text(flag)
  if (text === undefined) return otherwise
  const n = Number(text)
  if (!Number.isInteger(n) || n < 1 || n > 10_000_000)
    throw problem('cli_usage', {
      what: `--${flag} is no whole number from 1: ${text}`,
      usage: 'demo [--profiles 10000] [--seed 1] [--json]',
    })
  return n
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject)
    probe.listen(0, () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
