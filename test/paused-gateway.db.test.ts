/** A gateway is paused, resumed and removed over the API, while a worker in another process sends over it to a real SMPP peer. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApiKey } from '../server/access/keys.ts'
import { sql } from '../server/platform/db/sql.ts'
import { verify } from '../server/verify/verify.ts'
import { startProcess, until } from './processes.ts'
import { openScene, type Scene, type Sent, type Shop } from './scene.ts'
import { receiptOf, type Smsc, startSmsc } from './smsc.ts'

const people = 200
const phones = Array.from({ length: people }, (_, i) => `+4670${1_000_000 + i}`)

let scene: Scene
let smsc: Smsc
let free: Smsc
let shop: Shop
let key: string
let sent: Sent

beforeAll(async () => {
  scene = await openScene()
  smsc = await startSmsc({ react: () => ({ answer: { afterMs: 50 } }) })
  free = await startSmsc()
  await startProcess(['web'], { ...scene.env, HOMING_URL: scene.env.HOMING_LINK_URL! })
  shop = await scene.shop('One', { port: smsc.port, phones, window: 10 })
  key = (
    await createApiKey(scene.db, { workspaceId: shop.workspaceId, name: 'k', role: 'admin', actor: 'test' }, new Date())
  ).key
})
afterAll(async () => {
  await scene?.close()
  await smsc?.close()
  await free?.close()
})

async function call(method: string, path: string, body?: object) {
  const base = `http://127.0.0.1:${scene.env.HOMING_PORT}/api/v1/workspaces/${shop.workspaceId}`
  const answer = await fetch(`${base}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) }
}

const gateway = () => `/gateways/${shop.gatewayId}`
const unsettled = async () => {
  const [row] = await scene.db.query<{ n: number }>(
    sql`select count(*)::int as n from attempts a where not exists (select from answers b
      where b.bucket = a.bucket and b.activity_id = a.activity_id and b.profile_id = a.profile_id and b.n = a.n)`,
  )
  return row?.n
}

test('while it is paused nothing new is submitted, by no process; what is in flight is answered, and receipts count', async () => {
  sent = await shop.send()
  await until('it is sending', () => smsc.submitted.length >= 20)
  expect(await call('POST', `${gateway()}/pause`)).toMatchObject({
    status: 200,
    body: { pausedAt: expect.any(String) },
  })
  await until('what was in flight is answered', async () => (await unsettled()) === 0)
  const submitted = smsc.submitted.length
  expect(submitted).toBeLessThan(people)
  for (const sms of smsc.submitted) await smsc.deliver(receiptOf(sms))
  await until('the receipts count', async () => (await sent.report()).figures.delivered === submitted)
  expect(await sent.report()).toMatchObject({
    state: 'sending',
    overview: { pausedGateway: 'gate' },
    figures: { queued: people - submitted },
  })
  expect((await call('GET', '/activities')).body.items).toMatchObject([{ state: 'sending', pausedGateway: 'gate' }])

  // Another worker begins after a crash: it connects, and sends over the other gateway only.
  await scene.worker.kill()
  await scene.startWorker()
  const other = await scene.shop('Two', { port: free.port, systemId: 'free', phones: phones.slice(0, 20) })
  await other.send()
  await until('the other gateway sends', () => free.submitted.length === 20)
  await until('it is connected', () => smsc.binds.some(bind => bind.open))
  expect(smsc.submitted).toHaveLength(submitted)
})

test('it cannot be removed while an activity needs it, and the refusal names the activity', async () => {
  expect((await call('GET', `${gateway()}/use`)).body).toMatchObject({
    activities: [{ id: sent.activityId, name: 'Autumn', state: 'sending' }],
    isLast: true,
  })
  expect(await call('DELETE', gateway())).toMatchObject({
    status: 409,
    body: { code: 'gateway_in_use', title: expect.stringContaining('“Autumn” (sending)') },
  })
})

test('resumed, it sends the rest, nothing twice', async () => {
  expect(await call('POST', `${gateway()}/resume`)).toMatchObject({ status: 200, body: { pausedAt: null } })
  await until('all of it is sent', async () => (await sent.report()).state === 'sent', {
    seen: () => smsc.submitted.length,
  })
  expect(smsc.submitted).toHaveLength(people)
  expect(new Set(smsc.submitted.map(({ to }) => to)).size).toBe(people)
  expect(await verify(scene.db)).toMatchObject({ differences: [] })
})

test('removed, it has no secret and no session; its receipts still count over its account, and reports have its name', async () => {
  const before = (await sent.report()).figures.delivered
  const late = smsc.submitted.slice(before)
  expect((await call('GET', `${gateway()}/use`)).body).toEqual({
    activities: [],
    drafts: 0,
    unanswered: people - before,
    isLast: true,
  })
  expect((await call('DELETE', gateway())).status).toBe(204)
  await until('its sessions are closed', () => smsc.binds.every(bind => !bind.open))
  expect(
    await scene.db.query(
      sql`select secret, password, removed_at is not null as removed from gateways where id = ${shop.gatewayId}`,
    ),
  ).toEqual([{ secret: null, password: '', removed: true }])
  expect((await call('GET', '/gateways')).body.items).toEqual([])
  expect((await call('POST', `${gateway()}/resume`)).status).toBe(404)

  const again = {
    kind: 'smpp',
    name: 'gate',
    settings: { host: '127.0.0.1', port: smsc.port, systemId: 'acct', password: 'pw' },
  }
  expect((await call('POST', '/gateways', again)).status).toBe(201)
  await until('its account is connected again', () => smsc.binds.some(bind => bind.open))
  for (const sms of late) await smsc.deliver(receiptOf(sms))
  await until('they count', async () => (await sent.report()).figures.delivered === people, {
    seen: async () => (await sent.report()).figures.delivered,
  })
  expect((await sent.report()).overview.gateway).toBe('gate')
  const acts = await scene.db.query<{ action: string }>(
    sql`select action from audit where workspace_id = ${shop.workspaceId} and action like 'gateway.%' order by id`,
  )
  expect(acts.map(({ action }) => action)).toEqual([
    'gateway.add',
    'gateway.pause',
    'gateway.resume',
    'gateway.remove',
    'gateway.add',
  ])
})
