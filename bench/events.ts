/**
 * How many website events per second become facts, and does a receipt wait for them? First as many as the lane applies; then 5,000 per second for some
 * seconds, with a receipt every 50 ms, whose time from the append until it is applied is compared with the same receipts alone. A third of the events
 * are of people who came by a link; a new page view has one of 500 addresses.
 */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Inbox, openInbox } from '../server/inbox/append.ts'
import type { Lane } from '../server/inbox/lanes.ts'
import { makeClock } from '../server/platform/clock.ts'
import { openDatabase } from '../server/platform/db/database.ts'
import { sql } from '../server/platform/db/sql.ts'
import { createLog } from '../server/platform/log.ts'
import { runLanes } from '../server/run-lanes.ts'
import { pageIdOf } from '../server/website/event-ids.ts'
import type { WebsiteEventBody } from '../server/website/website-kind.ts'
import { type FreshHoming, inFreshHoming } from './fresh-homing.ts'
import type { BenchResult } from './result.ts'

const rate = 5_000
const besideSeconds = 15
const people = 20_000
const receiptEveryMs = 50

export function events({ size = 100_000 }: { size?: number } = {}): Promise<BenchResult> {
  return inFreshHoming('events', async homing => {
    const { connectionString, folder, db, now, atEnd } = homing
    await prepare(homing)
    const connection = { connectionString }
    const clock = makeClock(1, Date.now(), now.getTime())
    const log = createLog({ part: 'bench', level: 'silent' })
    const open = (lane: Lane) =>
      openInbox({ connection, process: 'bench', lane, spoolFolder: join(folder, 'spool'), clock, log, slowMs: 10_000 })
    const [inbox, receipts] = [await open('events'), await open('gateway')]
    const leases = openDatabase({ connection, lane: 'leases', max: 3 })
    const lanes = runLanes({
      open: (lane, max) => openDatabase({ connection, lane, max }),
      leases,
      clock,
      log,
      grouping: { byBucket: false, writer: 0 },
    })
    atEnd(async () => {
      await lanes.stop()
      await inbox.close()
      await receipts.close()
      await leases.end()
    })
    const append = (n: number) =>
      inbox.append(
        Array.from({ length: n }, () => ({
          kind: 'website_event',
          at: clock.now(),
          gatewayId: null,
          body: someEvent(clock.now()),
        })),
      )
    const applied = async (source: number, seq: number, pollMs: number) => {
      for (;;) {
        const [row] = await db.query<{ n: number }>(sql`select watermark as n from inbox_sources where id = ${source}`)
        if ((row?.n ?? 0) >= seq) return
        await sleep(pollMs)
      }
    }
    const begun = performance.now()
    let last = { source: inbox.source, seq: 0 }
    for (let sent = 0; sent < size; sent += 1_000) last = await append(1_000)
    await applied(last.source, last.seq, 50)
    const perSecond = size / ((performance.now() - begun) / 1000)

    const alone = await receiptTimes(receipts, applied, async () => sleep(besideSeconds * 1000))
    let most = 0
    const beside = await receiptTimes(receipts, applied, async () => {
      const from = performance.now()
      for (let sent = 0; sent < rate * besideSeconds; sent += rate / 20) {
        const key = await append(rate / 20)
        const [row] = await db.query<{ n: number }>(
          sql`select watermark as n from inbox_sources where id = ${inbox.source}`,
        )
        most = Math.max(most, key.seq - (row?.n ?? 0))
        last = key
        const due = from + ((sent + rate / 20) / rate) * 1000
        if (performance.now() < due) await sleep(due - performance.now())
      }
    })
    const tail = performance.now()
    await applied(last.source, last.seq, 20)
    const [kept] = await db.query<{ n: number }>(
      sql`select count(*)::int as n from website_events e where e.bucket >= 0`,
    )
    return {
      name: 'events',
      figure: Math.round(perSecond),
      unit: 'events/s',
      better: 'higher',
      reference: null,
      ratio: null,
      size,
      detail: {
        receiptAloneMs: { median: at(alone, 0.5), p99: at(alone, 0.99), n: alone.length },
        receiptBesideMs: { median: at(beside, 0.5), p99: at(beside, 0.99), n: beside.length },
        besideEventsPerSecond: rate,
        mostBehind: most,
        lastAppliedAfterMs: Math.round(performance.now() - tail),
        ofPeople: kept?.n,
      },
    }
  })
}

async function prepare({ db, now }: FreshHoming): Promise<void> {
  await db.run(sql`insert into workspaces (id, name, created_at) values (1, 'Bench', ${now})`)
  await db.run(sql`insert into gateways (workspace_id, name, kind, settings, account, password, test, created_at)
    values (1, 'G', 'smpp', '{"host": "127.0.0.1", "port": 2775, "systemId": "u"}', 'smpp:u@127.0.0.1:2775', 'p', true, ${now})`)
  await db.run(sql`insert into websites (id, workspace_id, name, hosts, public_key, signing_secret, created_at)
    values (1, 1, 'Shop', '{shop.example}', 'bench', '', ${now})`)
  await db.run(sql`insert into profiles (bucket, profile_id, workspace_id, phone_type, created_at, updated_at)
    select i & 255, i, 1, 'none', ${now}::timestamptz, ${now}::timestamptz from generate_series(1, ${people}) i`)
  await db.run(sql`insert into visitors (visitor_id, workspace_id, website_id, profile_id, known_by, since, seen_at)
    select ('00000000-0000-4000-8000-' || lpad(i::text, 12, '0'))::uuid, 1, 1, i, 'link', ${now}::timestamptz, ${now}::timestamptz
    from generate_series(1, ${people}) i`)
}

function someEvent(now: Date): WebsiteEventBody {
  const who = Math.floor(Math.random() * people * 3)
  const known = `00000000-0000-4000-8000-${String(1 + who).padStart(12, '0')}`
  return {
    websiteId: 1,
    workspaceId: 1,
    kind: 'page',
    key: randomUUID(),
    at: now.getTime(),
    visitor: who < people ? known : pageIdOf(0, String(who), ''),
    url: `shop.example/product/${Math.floor(Math.random() * 500)}`,
    title: 'A product',
  }
}

async function receiptTimes(
  inbox: Inbox,
  applied: (source: number, seq: number, pollMs: number) => Promise<void>,
  work: () => Promise<void>,
): Promise<number[]> {
  const times: number[] = []
  let isOver = false
  const ending = work().finally(() => {
    isOver = true
  })
  for (let n = 0; !isOver; n++) {
    const begun = performance.now()
    const body = {
      providerId: `${begun} ${n}`,
      state: 'delivered',
      counts: true,
      code: 'dlr:delivrd',
      number: '46701740605',
      sender: 'Shop',
    }
    const { source, seq } = await inbox.append([{ kind: 'receipt', at: new Date(), gatewayId: 1, body }])
    await applied(source, seq, 2)
    times.push(performance.now() - begun)
    await sleep(receiptEveryMs)
  }
  await ending
  return times.sort((a, b) => a - b)
}

const at = (sorted: readonly number[], share: number) =>
  Math.round(sorted[Math.floor((sorted.length - 1) * share)] ?? 0)
