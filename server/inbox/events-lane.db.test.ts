/** Website events have a lane of their own: ten thousand of them, slow to apply and one unreadable, delay no receipt, no STOP and no click. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Static, Type } from 'typebox'
import { afterAll, expect, test } from 'vitest'
import { freshDatabase } from '../../test/database.ts'
import { until } from '../../test/processes.ts'
import { makeClock } from '../platform/clock.ts'
import { openDatabase } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { ensureInstallation } from '../platform/installation/installation.ts'
import { createLog } from '../platform/log.ts'
import { recordKinds, registrations } from '../record-kinds.ts'
import { runLanes } from '../run-lanes.ts'
import { openInbox } from './append.ts'
import { makeApplier, type Registration } from './applier.ts'
import type { Lane } from './lanes.ts'
import { type InboxRecord, recordKind } from './record-kind.ts'
import { listUnmatched } from './unmatched.ts'

const events = 10_000
const unreadable = 5_000
const now = new Date('2026-11-01T12:00:00Z')
const clock = makeClock(1, Date.now(), now.getTime())
const log = createLog({ part: 'test', level: 'silent' })

const database = await freshDatabase()
const db = openDatabase({ connection: database.connection, lane: 'test', max: 12 })
await ensureInstallation(db, { identity: 'test', now })
await db.run(sql`insert into workspaces (name, created_at) values ('Shop', ${now})`)
await db.run(
  sql`insert into gateways (workspace_id, name, kind, settings, account, password, test, created_at) values (1, 'G', 'smpp', jsonb_build_object('host', '127.0.0.1', 'port', 2775, 'systemId', 'u'), 'smpp:u@127.0.0.1:2775', 'p', true, ${now})`,
)
const folder = mkdtempSync(join(tmpdir(), 'homing-events-'))
afterAll(async () => {
  await db.end()
  await database.drop()
  rmSync(folder, { recursive: true, force: true })
})

const EventBody = Type.Object({ id: Type.Number(), page: Type.String() })

/** Applies nothing until it is released. */
function slowEvents() {
  const released = Promise.withResolvers<void>()
  const applied: number[] = []
  const kind = recordKind({
    name: 'test_event',
    lane: 'events',
    label: 'Test event',
    schema: EventBody,
    reference: 'page',
    erase: ({ id }: Static<typeof EventBody>) => ({ id }),
    recordsOf: async () => [],
  })
  let held = 0
  const registration: Registration = {
    kinds: [kind],
    makeApplier: ({ db }) =>
      makeApplier([kind], async (rows, finish) => {
        held++
        await released.promise
        await db.tx(finish)
        applied.push(...rows.map(({ body }) => body.id))
      }),
  }
  return { registration, applied, release: released.resolve, isHeld: () => held > 0 }
}

const open = (lane: Lane) =>
  openInbox({ connection: database.connection, process: 'test', lane, spoolFolder: folder, clock, log })
const watermark = async (source: number) =>
  (await db.query<{ n: number }>(sql`select watermark as n from inbox_sources where id = ${source}`))[0]?.n
const record = (kind: string, body: object, gatewayId: number | null): InboxRecord => ({
  kind,
  body,
  gatewayId,
  at: now,
})

test('a receipt, a STOP and a click are applied while the events lane is held up; then the events are, in order', async () => {
  const slow = slowEvents()
  const eventInbox = await open('events')
  for (let from = 1; from <= events; from += 1_000)
    await eventInbox.append(
      Array.from({ length: 1_000 }, (_, i) => from + i).map(id =>
        record('test_event', id === unreadable ? { id: 'many', page: '/autumn' } : { id, page: '/' }, null),
      ),
    )
  const lanes = runLanes({
    open: () => ({ ...db, end: async () => {} }),
    leases: db,
    clock,
    log,
    grouping: { byBucket: false, writer: 0 },
    kinds: [...registrations, slow.registration],
  })
  const inboxes = [eventInbox]
  try {
    await until('the events lane is held up', async () => slow.isHeld())
    const address = { number: '46701740605', sender: 'Shop' }
    const live: [Lane, InboxRecord][] = [
      [
        'gateway',
        record('receipt', { ...address, providerId: 'a', state: 'delivered', counts: true, code: 'dlr:delivrd' }, 1),
      ],
      ['replies', record('reply', { ...address, text: 'STOP' }, 1)],
      ['web', record('click', { codeNumber: 1, method: 'GET', agent: 'Mozilla', addressHash: '' }, null)],
    ]
    for (const [lane, one] of live) {
      const inbox = await open(lane)
      inboxes.push(inbox)
      await inbox.append([one])
      await until(`the lane ${lane} has applied it`, async () => (await watermark(inbox.source)) === 1)
    }
    expect(await db.query(sql`select address from opt_outs`)).toEqual([{ address: '+46701740605' }])
    expect(await db.query(sql`select body->>'providerId' as id from waiting`)).toEqual([{ id: 'a' }])
    expect([await watermark(eventInbox.source), slow.applied]).toEqual([0, []])

    slow.release()
    await until('all events are applied', async () => (await watermark(eventInbox.source)) === events)
  } finally {
    slow.release()
    await lanes.stop()
    for (const inbox of inboxes) await inbox.close()
  }
  expect(slow.applied).toEqual(Array.from({ length: events }, (_, i) => i + 1).filter(id => id !== unreadable))
})

test('an unreadable event is set aside with the reason, and shown with its kind and its reference', async () => {
  const kinds = [...recordKinds, ...slowEvents().registration.kinds]
  const { items } = await listUnmatched(db, { workspaceId: null, state: 'set_aside', limit: 10, kinds })
  expect(items).toMatchObject([
    {
      seq: unreadable,
      kind: 'test_event',
      label: 'Test event',
      reference: '/autumn',
      why: 'The test_event cannot be read: id must be number.',
    },
  ])
})
