/**
 * A campaign through a kind of gateway that the product does not have: the HTTP kind of the tests, added to the list of kinds and to nothing
 * else. Command line, API, sending, webhooks, receipts, replies and report know it by its declaration alone.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { problem } from '../core/problems.ts'
import { createWorkspace } from '../server/access/workspaces.ts'
import { runGateway, settingFlags } from '../server/cli/gateway.ts'
import { addGateway, listGateways } from '../server/gateways/gateways.ts'
import { type HttpPeer, startHttpPeer } from '../server/gateways/http-peer.fixture.ts'
import { deleteOldSecrets, removeGateway } from '../server/gateways/remove.ts'
import { readConfig } from '../server/platform/config.ts'
import { type Database, openDatabase } from '../server/platform/db/database.ts'
import { sql } from '../server/platform/db/sql.ts'
import { readClock } from '../server/platform/installation/business-clock.ts'
import { ensureInstallation } from '../server/platform/installation/installation.ts'
import { createLog } from '../server/platform/log.ts'
import { getReport } from '../server/report/overview.ts'
import type { Running } from '../server/supervisor/child.ts'
import { verify } from '../server/verify/verify.ts'
import { runWeb } from '../server/web.ts'
import { runWorker, type Worker } from '../server/worker.ts'
import { type FreshDatabase, freshDatabase } from './database.ts'
import { testKeys } from './keys.ts'
import { makePeople, type Sending, sendToAll } from './people.ts'
import { freePort, temporaryFolder, until } from './processes.ts'

vi.mock('../server/gateways/kinds.ts', async () => {
  const { smpp } = await import('../server/gateways/smpp/kind.ts')
  const { httpKind } = await import('../server/gateways/http-kind.fixture.ts')
  return { gatewayKinds: [smpp, httpKind] }
})

const people = 60
const token = 'geheim12'
const place = temporaryFolder('second-kind')
let database: FreshDatabase
let db: Database
let sending: Sending
let peer: HttpPeer
let worker: Worker
let web: Running
let url: string

beforeAll(async () => {
  database = await freshDatabase()
  db = openDatabase({ connection: database.connection, lane: 'test', max: 3 })
  await ensureInstallation(db, { identity: 'test', now: new Date() })
  sending = await makePeople(db, people)
  peer = await startHttpPeer(token)
  const port = await freePort()
  url = `http://127.0.0.1:${port}`
  const config = readConfig({
    HOMING_DATA: place.path,
    HOMING_PORT: String(port),
    HOMING_HOST: '127.0.0.1',
    HOMING_URL: url,
  })
  const log = createLog({ part: 'test', level: 'silent' })
  const { connection } = database
  web = await runWeb({ config, connection, keys: testKeys, log })
  worker = await runWorker({ connection, dataFolder: place.path, url, linkUrl: url, keys: testKeys, log })
  const words = await wordsOf(['add', '--kind', 'http-fixture', '--base-url', `http://127.0.0.1:${peer.port}`])
  await runGateway({ config, log, db, connection, clock: await readClock(db), keys: testKeys, linkUrl: url }, words)
})
afterAll(async () => {
  await worker?.stop()
  await web?.stop('requested')
  await peer?.close()
  await db?.end()
  await database?.drop()
  place.remove()
})

/** As server/cli.ts reads them. */
async function wordsOf(args: readonly string[]) {
  const file = join(place.path, 'token')
  writeFileSync(file, token)
  const string = { type: 'string' } as const
  const { values, positionals } = parseArgs({
    args: [...args, '--sender', 'shop', '--token-file', file, '--workspace', 'Shop', '--name', 'Provider'],
    options: { ...settingFlags(), kind: string, name: string, workspace: string },
    allowPositionals: true,
  })
  const given = new Map<string, unknown>(Object.entries(values))
  const text = (flag: string) => {
    const value = given.get(flag)
    return typeof value === 'string' ? value : undefined
  }
  return {
    positionals,
    text,
    needed: (flag: string) => {
      const value = text(flag)
      if (value === undefined) throw problem('cli_usage', { what: flag, usage: '' })
      return value
    },
    on: (flag: string) => given.get(flag) === true,
  }
}

const gateway = async () => (await listGateways(db, sending.context.workspaceId))[0]!
const inbox = async () => (await db.query<{ n: number }>(sql`select count(*) as n from inbox`))[0]!.n
const receipt = (id: string, to: string, status = 'delivered') => ({ type: 'receipt', id, to, status })

test('a campaign is sent, its receipts and a STOP come by webhook, and the report equals what the provider saw', async () => {
  const { id, ...shown } = await gateway()
  expect(shown).toMatchObject({
    kind: 'http-fixture',
    settings: { baseUrl: `http://127.0.0.1:${peer.port}`, sender: 'shop' },
    address: `127.0.0.1:${peer.port}`,
  })
  const activity = await sendToAll(db, sending, id)
  await until('all are sent', () => peer.taken.length === people)
  const [, first] = peer.taken
  expect(first).toMatchObject({ webhook: `${url}/webhooks/${id}`, text: expect.stringMatching(/^Hi! Stop: http/) })

  const statuses = peer.taken.map((_, i) => (i % 10 === 0 ? 'hard' : 'delivered'))
  const answers = await Promise.all(
    peer.taken.map((one, i) => peer.deliver(one.webhook, receipt(one.id, one.to, statuses[i]))),
  )
  expect(new Set(answers)).toEqual(new Set([204]))
  // A repetition changes nothing.
  expect(await peer.deliver(first!.webhook, receipt(first!.id, first!.to, statuses[1]))).toBe(204)
  expect(await peer.deliver(first!.webhook, { type: 'reply', from: first!.to, to: 'Shop', text: 'STOP' })).toBe(204)
  // What is answered is applied.
  expect(await db.query(sql`select address from opt_outs where released_at is null`)).toEqual([{ address: first!.to }])

  const { workspaceId } = sending.context
  const figures = async () => (await getReport(db, workspaceId, activity, new Date()))!.figures
  const settled = await until('nothing is pending', async () => {
    const now = await figures()
    return now.pending === 0 && now
  })
  expect(settled).toMatchObject({ sent: people, delivered: people - 6, bouncedHard: 6, unsubscribed: 1 })
  expect(await verify(db)).toMatchObject({ differences: [] })
})

test('what does not prove its origin, is too large or names no gateway is refused and leaves nothing', async () => {
  const { id } = await gateway()
  const before = await inbox()
  const posted = receipt('m-1', '+46701700001')
  expect(await peer.deliver(`${url}/webhooks/${id}`, posted, 'another secret')).toBe(403)
  expect(await peer.deliver(`${url}/webhooks/${id}`, { ...posted, more: 'x'.repeat(200_000) })).toBe(413)
  for (const nobody of ['99', '0', '-1', '1e1', `${id}x`, `0${id}`, '99999999999'])
    expect(await peer.deliver(`${url}/webhooks/${nobody}`, posted)).toBe(404)
  expect((await fetch(`${url}/webhooks/${id}`)).status).toBe(403)
  expect((await fetch(`${url}/webhooks/${id}`, { method: 'PUT' })).status).toBe(404)
  expect(await inbox()).toBe(before)
})

test('deliveries that are refused again and again raise an alarm, which the next good one ends', async () => {
  const { id, webhookPath } = await gateway()
  const alarms = () =>
    db.query<{ subject: string }>(sql`select subject from alarms where kind = 'webhook_refused' and cleared_at is null`)
  const deliver = (secret?: string) =>
    peer.deliver(`${url}${webhookPath}`, receipt(peer.taken[1]!.id, peer.taken[1]!.to), secret)
  expect(await deliver()).toBe(204)
  for (let i = 0; i < 5; i++) expect(await deliver('another secret')).toBe(403)
  await until('the alarm', async () => (await alarms()).length > 0)
  expect(await alarms()).toEqual([{ subject: `gateway ${id}` }])
  expect(await deliver()).toBe(204)
  await until('its end', async () => (await alarms()).length === 0)
})

test('a workspace forges no receipt of another that has the same account', async () => {
  const now = new Date()
  const { id: workspaceId } = await createWorkspace(db, { name: 'Other', owner: null, actor: 'test' }, now)
  const { settings } = await gateway()
  const own = {
    workspaceId,
    name: 'Mine',
    actor: 'test',
    kind: 'http-fixture',
    settings: { ...settings, token: 'mine' },
  }
  const { id, shared } = await addGateway(db, testKeys, own, now)
  expect(shared).toBe(false)
  const hard = peer.taken[0]!
  await until('its webhook is known', async () => {
    const status = await peer.deliver(`${url}/webhooks/${id}`, receipt(hard.id, hard.to, 'delivered'), 'mine')
    return status === 204
  })
  await until('it waits and matches nothing', async () => {
    const rows = await db.query(sql`select from waiting where gateway_id = ${id}`)
    return rows.length > 0
  })
  expect(await db.query(sql`select status from messages where address = ${hard.to}`)).toEqual([
    { status: 'bounced_hard' },
  ])
})

test('a removed gateway proves late receipts by its secret, which is deleted when no receipt comes any more', async () => {
  const { id, webhookPath } = await gateway()
  const { workspaceId } = sending.context
  const now = new Date()
  const hasSecret = async () =>
    (await db.query(sql`select from gateways where id = ${id} and secret is not null`)).length > 0
  await removeGateway(db, testKeys, { workspaceId, gatewayId: id, actor: 'test' }, now)
  const deliver = () => peer.deliver(`${url}${webhookPath}`, receipt(peer.taken[1]!.id, peer.taken[1]!.to))
  expect(await deliver()).toBe(204)
  const dayMs = 24 * 3_600_000
  await deleteOldSecrets(db, testKeys, new Date(now.getTime() + 5 * dayMs))
  expect(await hasSecret()).toBe(true)
  await deleteOldSecrets(db, testKeys, new Date(now.getTime() + 7 * dayMs))
  expect(await hasSecret()).toBe(false)
  await until('its address is gone', async () => (await deliver()) === 404)
})
