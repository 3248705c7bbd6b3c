/** One bind from its lease to the last committed answer, over a gateway that the test plays by hand. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { ownDatabase } from '../../test/database.ts'
import { kindOf } from '../gateways/find-kind.ts'
import type { GatewayAnswer, GatewayConnection, GatewayKind, Handlers, Outgoing } from '../gateways/gateway.ts'
import { sql } from '../platform/db/sql.ts'
import { GatewayRunner, type RunnerInput } from './runner.ts'

const now = new Date('2026-11-28T12:00:00Z')
const db = await ownDatabase({ max: 6, installedAt: now })
const journalFolder = mkdtempSync(join(tmpdir(), 'homing-runner-'))
afterAll(() => rmSync(journalFolder, { recursive: true, force: true }))
const until = (check: () => unknown) => vi.waitFor(check, { interval: 5, timeout: 20_000 })
const quiet = () => {}
const people = 30
const window = 5

interface Played {
  readonly written: Outgoing[]
  /** the largest number of messages that were submitted and not committed */
  most: number
  accept(): void
}

class PlayedConnection<O extends Outgoing> implements GatewayConnection<O>, Played {
  readonly written: O[] = []
  readonly #handlers: Handlers<O>
  ready = true
  most = 0
  #waiting: O[] = []
  #uncommitted = 0

  constructor(handlers: Handlers<O>) {
    this.#handlers = handlers
  }

  room(): number {
    return 1000
  }

  submit(messages: readonly O[]): void {
    this.#uncommitted += messages.length
    this.most = Math.max(this.most, this.#uncommitted)
    const may = this.#handlers.beforeWrite(messages)
    const taken = messages.filter(message => may && this.#handlers.mayStill(message))
    this.written.push(...taken)
    this.#waiting.push(...taken)
    const rest = messages.filter(message => !taken.includes(message))
    queueMicrotask(() => this.#answer(rest, { outcome: 'refused', code: 'homing:not_written' }))
  }

  committed(messages: readonly O[]): void {
    this.#uncommitted -= messages.length
  }

  accept(): void {
    this.#answer(this.#waiting.splice(0), { outcome: 'accepted', code: null })
  }

  async close(): Promise<void> {
    this.ready = false
    this.#answer(this.#waiting.splice(0), { outcome: 'unknown', code: 'homing:connection_lost_after_write' })
  }

  #answer(messages: readonly O[], how: Pick<GatewayAnswer<O>, 'outcome' | 'code'>): void {
    if (messages.length === 0) return
    const rest = { part: 0, counts: false, personal: false, late: false }
    this.#handlers.answered(messages.map(message => ({ message, ...rest, ...how, providerId: null })))
  }
}

let activityId = 0

beforeAll(async () => {
  await db.run(sql`insert into workspaces (name, created_at) values ('Shop', ${now})`)
  await db.run(sql`insert into topics (workspace_id, name, created_at) values (1, 'Offers', ${now})`)
  await db.run(
    sql`insert into gateways (workspace_id, name, kind, settings, account, test, created_at)
    values (1, 'G', 'smpp', '{"host": "127.0.0.1", "port": 2775, "systemId": "u"}', 'smpp:u@127.0.0.1:2775', true, ${now})`,
  )
  await db.run(sql`insert into profiles (bucket, profile_id, workspace_id, phone, phone_type, created_at, updated_at)
    select i & 255, i, 1, '+467017400' || lpad(i::text, 2, '0'), 'mobile', ${now}, ${now} from generate_series(1, ${people}::int) i`)
  await db.run(sql`insert into current_consents (bucket, profile_id, workspace_id, topic_id, channel, at, granted)
    select i & 255, i, 1, 1, 'sms', ${now}, true from generate_series(1, ${people}::int) i`)
})

beforeEach(async () => {
  await db.run(sql`update activities set state = 'sent' where state = 'sending'`)
  const [row] = await db.query<{ id: number }>(
    sql`insert into activities (workspace_id, name, state, gateway_id, version, created_at, updated_at, started_at, frozen_at)
      values (1, 'A', 'sending', 1, 1, ${now}, ${now}, ${now}, ${now}) returning id`,
  )
  activityId = row!.id
  const settings = {
    name: 'A',
    gatewayId: 1,
    sender: 'Shop',
    body: 'Hi',
    smart: true,
    sendTo: { topics: [{ id: 1, name: 'Offers' }], duplicates: 'all' },
  }
  await db.run(sql`insert into activity_versions (activity_id, version, settings, created_at)
    values (${activityId}, 1, ${JSON.stringify(settings)}::jsonb, ${now})`)
  await db.run(sql`insert into messages (bucket, workspace_id, activity_id, profile_id, status, address, country)
    select i & 255, 1, ${activityId}::bigint, i, 'queued', '+467017400' || lpad(i::text, 2, '0'), 'SE' from generate_series(1, ${people}::int) i`)
  await db.run(sql`insert into tallies (bucket, activity_id, figure, n) values (0, ${activityId}, 'queued', ${people})`)
})

const running: GatewayRunner[] = []
afterEach(() => Promise.all(running.splice(0).map(runner => runner.close())))

async function open(more: Partial<RunnerInput> = {}): Promise<{ runner: GatewayRunner; played: Played }> {
  let played: Played | undefined
  const kind: GatewayKind<unknown> = {
    open: (_, handlers) => {
      const connection = new PlayedConnection(handlers)
      played = connection
      return connection
    },
  }
  const runner = await GatewayRunner.open({ ...input(), kindOf: () => kind, ...more })
  running.push(runner!)
  return { runner: runner!, played: played! }
}

const input = (): RunnerInput => ({
  db,
  leases: db,
  clock: { rate: 1, now: () => now, realMsUntil: () => 0 },
  log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
  grouping: { byBucket: false, writer: 0 },
  inbox: { append: async () => ({ source: 1, seq: 1 }) },
  replies: { take: async () => true, behind: false },
  inboxWatch: { isBehind: false },
  barred: { lets: () => true },
  owner: { process: 'host:1', machine: 'host:/data', boot: 'boot', life: 'life' },
  journalFolder,
  url: 'https://l.example',
  linkUrl: 'https://l.example',
  reach: () => undefined,
  gateway: {
    id: 1,
    kind: 'played',
    host: '127.0.0.1',
    settings: {},
    binds: 1,
    window,
    rate: 0,
    resumedAt: null,
  },
  bindNo: 1,
})

const statuses = async () =>
  Object.fromEntries(
    (
      await db.query<{ status: string; n: number }>(
        sql`select status::text, count(*) as n from messages where activity_id = ${activityId} group by 1`,
      )
    ).map(({ status, n }) => [status, n]),
  )
const count = async (what: ReturnType<typeof sql>) =>
  (await db.query<{ n: number }>(sql`select count(*) as n from ${what}`))[0]!.n

test('every message is sent once, after its intent was committed, within twice the window', async () => {
  const { runner, played } = await open()
  await until(() => expect(played.written).toHaveLength(2 * window))
  expect(await count(sql`attempts where activity_id = ${activityId}`)).toBe(2 * window)
  await until(async () => {
    played.accept()
    expect(await statuses()).toEqual({ pending: people })
  })
  expect(new Set(played.written.map(({ to }) => to)).size).toBe(people)
  expect(played.written).toHaveLength(people)
  expect(played.most).toBeLessThanOrEqual(2 * window)
  await runner.close()
  expect(runner.unanswered).toBe(0)
  const [session] = await db.query(sql`select settled, state from gateway_sessions order by id desc limit 1`)
  expect(session).toEqual({ settled: true, state: 'stopped' })
  expect(readdirSync(journalFolder)).toEqual([])
})

test('what was written and not answered when it closes is unknown, and nothing is without an answer', async () => {
  const { runner, played } = await open()
  await until(() => expect(played.written).toHaveLength(2 * window))
  await runner.close()
  expect(await statuses()).toEqual({ pending: 2 * window, queued: people - 2 * window })
  expect(await count(sql`answers where activity_id = ${activityId} and outcome = 'unknown'`)).toBe(2 * window)
})

test('who was sent something else since the freeze is left out with that reason, and the rest is sent', async () => {
  const long = new Date(now.getTime() - 1000 * 3_600_000)
  await db.run(sql`update activities set finished_at = ${long}, swept_at = ${long} where id <> ${activityId}`)
  const [other] = await db.query<{ id: number }>(sql`
    insert into activities (workspace_id, name, state, created_at, updated_at, frozen_at, finished_at, swept_at)
    values (1, 'Other', 'sent', ${now}, ${now}, ${now}, ${now}, ${now}) returning id`)
  await db.run(sql`insert into messages (bucket, workspace_id, activity_id, profile_id, status, t0)
    select i & 255, 1, ${other!.id}::bigint, i, 'delivered', ${now} from generate_series(1, 5) i`)
  await db.run(
    sql`update activity_versions set settings = jsonb_set(settings, '{sendTo,frequency}', '{"hours": 24}') where activity_id = ${activityId}`,
  )
  const { played } = await open()
  await until(async () => {
    played.accept()
    expect(await statuses()).toEqual({ pending: people - 5, not_sent: 5 })
  })
  expect(
    await count(sql`messages where activity_id = ${activityId} and stop_reason = 'frequency' and profile_id <= 5`),
  ).toBe(5)
  expect(
    await db.query(
      sql`select sum(n)::bigint as n from tallies where activity_id = ${activityId} and figure = 'not_sent:frequency'`,
    ),
  ).toEqual([{ n: 5 }])
  await db.run(sql`delete from activities where id = ${other!.id}`)
})

test('a number that was barred at the last moment is not written, and its message waits', async () => {
  const { runner, played } = await open({ barred: { lets: (_, __, address) => address !== '+46701740003' } })
  await until(() => expect(played.written.length).toBeGreaterThanOrEqual(window))
  await until(async () => {
    played.accept()
    expect((await statuses()).pending).toBe(people - 1)
  })
  expect(played.written.map(({ to }) => to)).not.toContain('+46701740003')
  await runner.close()
  expect(await statuses()).toEqual({ pending: people - 1, queued: 1 })
})

test('nothing is claimed while replies or the inbox wait', async () => {
  const replies = { take: async () => true, behind: true }
  const { runner, played } = await open({ replies })
  await until(async () =>
    expect(await count(sql`gateway_sessions where ended_at is null and state = 'connecting'`)).toBe(1),
  )
  expect(await count(sql`attempts where activity_id = ${activityId}`)).toBe(0)
  replies.behind = false
  await until(() => expect(played.written.length).toBeGreaterThan(0))
  await runner.close()
})

test('a session that others have ended closes, and claims no more', async () => {
  const { runner, played } = await open()
  await until(() => expect(played.written).toHaveLength(2 * window))
  await db.run(sql`update gateway_sessions set ended_at = started_at where ended_at is null`)
  await until(() => expect(runner.ended).toBe(true))
  await runner.close()
  expect(played.written).toHaveLength(2 * window)
})

test('a kind that this version does not know is named, takes no bind, and is no fault of the journal', async () => {
  const before = await count(sql`gateway_sessions`)
  const faults: (Error | undefined)[] = []
  const opening = GatewayRunner.open({ ...input(), kindOf, onJournal: fault => faults.push(fault) })
  await expect(opening).rejects.toThrow('no gateway of the kind "played"')
  expect(await count(sql`gateway_sessions`)).toBe(before)
  expect(faults).toEqual([])
})
