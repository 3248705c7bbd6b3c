/**
 * A frozen worker (SIGSTOP, a machine that hangs) does not keep a lane of the inbox. Another worker takes over within seconds, even if
 * the first froze in the middle of a batch with its locks held. When it resumes, nothing is applied twice.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Database, openDatabase } from '../server/platform/db/database.ts'
import { sql } from '../server/platform/db/sql.ts'
import { ensureInstallation } from '../server/platform/installation/installation.ts'
import { makeSent, type SentActivity } from '../server/report/sent.fixture.ts'
import { verify } from '../server/verify/verify.ts'
import { lock, waitingFor } from './crash-campaign.ts'
import { type FreshDatabase, freshDatabase } from './database.ts'
import { type Child, killAll, startProcess, temporaryFolder, until } from './processes.ts'

const people = 60
const source = 1_000
const now = new Date()
const phoneOf = (i: number) => `+4670${1_740_000 + i}`

let fresh: FreshDatabase
let db: Database
let sent: SentActivity
const places = [temporaryFolder('frozen'), temporaryFolder('frozen')]

beforeAll(async () => {
  fresh = await freshDatabase()
  db = openDatabase({ connection: fresh.connection, lane: 'test' })
  await ensureInstallation(db, { identity: 'test', now })
  const attempts = [{ n: 1, try: 1, parts: null, at: now }]
  const answers = [{ n: 1, part: 1, outcome: 'accepted' as const, counts: false, at: now, code: null }]
  sent = await makeSent(
    db,
    Array.from({ length: people }, (_, i) => ({ phone: phoneOf(i), facts: { attempts, answers } })),
  )
  for (const [i, id] of sent.profileIds.entries())
    await db.run(
      sql`update answers set provider_id = ${`id-${i}`} where activity_id = ${sent.activityId} and profile_id = ${id}`,
    )
  for (const lane of ['gateway', 'replies'])
    await db.run(sql`insert into inbox_sources (id, process, started_at, lane, lease_until)
      values (${sourceOf(lane)}, 'test', ${now}, ${lane}, ${new Date(Date.now() + 3_600_000)})`)
})
afterAll(async () => {
  await killAll()
  await db.end()
  await fresh.drop()
  for (const place of places) place.remove()
})

const sourceOf = (lane: string) => (lane === 'gateway' ? source : source + 1)
const start = (i: number) =>
  startProcess(['worker'], { DATABASE_URL: fresh.connectionString, HOMING_DATA: places[i]!.path })

/** A STOP and a receipt of each of these people. */
async function deliver(from: number, to: number): Promise<void> {
  for (let i = from; i < to; i++) {
    const number = phoneOf(i).slice(1)
    const receipt = {
      providerId: `id-${i}`,
      state: 'delivered',
      counts: false,
      code: 'dlr:delivrd',
      number,
      sender: 'Acme',
    }
    const reply = { number, sender: 'Acme', text: 'STOP' }
    await db.run(sql`insert into inbox (source, seq, kind, gateway_id, at, body) values
      (${sourceOf('gateway')}, ${i + 1}, 'receipt', ${sent.gatewayId}, ${new Date()}, ${JSON.stringify(receipt)}::json),
      (${sourceOf('replies')}, ${i + 1}, 'reply', ${sent.gatewayId}, ${new Date()}, ${JSON.stringify(reply)}::json)`)
  }
}

async function counts(): Promise<Record<string, number>> {
  const [row] = await db.query<Record<string, number>>(sql`select
    (select count(*) from opt_outs) as "optOuts", (select count(*) from replies) as replies,
    (select count(*) from receipts) as receipts,
    (select count(*) from messages where status = 'delivered') as delivered`)
  return row!
}
const all = (n: number) => ({ optOuts: n, replies: n, receipts: n, delivered: n })
const isAll = async (n: number) => JSON.stringify(await counts()) === JSON.stringify(all(n))

async function holders(): Promise<string[]> {
  const rows = await db.query<{ holder: string | null }>(
    sql`select holder from inbox_lanes where lane in ('gateway', 'replies') order by lane`,
  )
  return rows.map(({ holder }) => holder ?? '')
}
const isHeldBy = async ({ pid }: Child) => (await holders()).every(holder => holder.includes(`:${pid}:`))

test('a worker that freezes in the middle of its batches: another applies all within seconds, and nothing twice', async () => {
  const one = await start(0)
  await until('the first worker has the lanes', () => isHeldBy(one))
  const other = await start(1)
  await deliver(0, 20)
  await until('it applies', () => isAll(20), { seen: counts })

  // Stopped while PostgreSQL works for it: both transactions are open when the answer comes, and nobody reads it.
  const held = [await lock(fresh.connectionString, 'lock table opt_outs in exclusive mode')]
  held.push(await lock(fresh.connectionString, 'lock table receipts in exclusive mode'))
  await deliver(20, 40)
  await until('both lanes are in a batch', async () => {
    // That of the receipts waits for its table, or for a message that the lane of the replies has marked.
    const waiting = [await waitingFor(db, 'apply', '%'), await waitingFor(db, 'apply-replies', '%')]
    return waiting.every(n => n > 0)
  })
  process.kill(one.pid, 'SIGSTOP')
  const frozenAt = performance.now()
  for (const { release } of held) await release()
  await deliver(40, 50)
  await until('the other worker has applied everything', () => isAll(50), { seen: counts })
  expect(performance.now() - frozenAt).toBeLessThan(50_000)
  expect(await isHeldBy(other)).toBe(true)

  process.kill(one.pid, 'SIGCONT')
  await deliver(50, 55)
  await until('the lanes continue', () => isAll(55), { seen: counts })
  await other.stop()
  await deliver(55, 60)
  await until('the first worker, awake again, takes over', () => isAll(60), { seen: counts })
  expect(await isHeldBy(one)).toBe(true)
  await one.stop()
  expect(await counts()).toEqual(all(60))
  expect(await db.query(sql`select from waiting`)).toEqual([])
  const { differences } = await verify(db, { activityId: sent.activityId, ledgerWaitMs: 0 })
  expect(differences.filter(({ what }) => !what.includes('ledger'))).toEqual([])
}, 300_000)
