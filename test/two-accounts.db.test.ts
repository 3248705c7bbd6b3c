/**
 * Two workspaces at once over one account: on one simulator, and on a foreign SMSC that delivers everything over the first
 * bind it ever had. Each sees the receipts of what it sent, and nothing of the other.
 */
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { addGateway, listGateways } from '../server/gateways/gateways.ts'
import { sql } from '../server/platform/db/sql.ts'
import { verify } from '../server/verify/verify.ts'
import { testKeys } from './keys.ts'
import { countsOf, homing, homingJson, startProcess, until } from './processes.ts'
import { openScene, type Scene, type Sent, type Shop } from './scene.ts'
import { deliverSm, receiptOf, receiptText, type Smsc, startSmsc } from './smsc.ts'

const people = 400
/** Half of them are in both lists. */
const phones = (from: number) => Array.from({ length: people }, (_, i) => `+4670${1_000_000 + from + i}`)
const lists = [phones(0), phones(people / 2)] as const

let scene: Scene
let smsc: Smsc | undefined
afterEach(async () => {
  await scene.close()
  await smsc?.close()
  smsc = undefined
})

async function figuresOf(sents: readonly Sent[]) {
  const reports = await Promise.all(sents.map(sent => sent.report()))
  return reports.map(({ figures: { sent, delivered, pending, bouncedHard } }) => ({
    sent,
    delivered,
    pending,
    bouncedHard,
  }))
}

async function allSettled(sents: readonly Sent[]): Promise<void> {
  await until(
    'nothing is pending',
    async () => (await figuresOf(sents)).every(({ sent, pending }) => sent === people && pending === 0),
    { timeoutMs: 60_000, seen: () => figuresOf(sents) },
  )
  const [row] = await scene.db.query(sql`select count(*) as n from waiting where settled is null`)
  expect(row).toEqual({ n: 0 })
  expect(await verify(scene.db)).toMatchObject({ differences: [] })
}

test('one simulator: accounts of their own, and one account for two, whose binds break while receipts are under way', async () => {
  const shares = 'softThenDelivered=0,softForever=0,hard=0.1,silent=0,late=0,duplicate=0.1,click=0,scan=0,optOut=0'
  scene = await openScene({ env: { HOMING_SIMULATOR_SHARES: shares } })
  const folder = join(scene.folder, 'simulator')
  const { info } = await startProcess(['simulator', '--folder', folder, '--seed', '5'], scene.env)
  const of = { port: Number(info.port), password: 'homing' }
  const shops = await Promise.all([
    scene.shop('One', { ...of, systemId: 'homing-1', phones: lists[0] }),
    scene.shop('Two', { ...of, systemId: 'homing-2', phones: lists[1] }),
    scene.shop('Three', { ...of, systemId: 'homing', phones: phones(10_000) }),
    scene.shop('Four', { ...of, systemId: 'homing', phones: phones(20_000), binds: 2 }),
  ])
  const sents = await Promise.all(shops.map(shop => shop.send()))
  await until('all have begun', async () => (await figuresOf(sents)).every(({ delivered }) => delivered > 10))
  await scene.worker.stop()
  await scene.startWorker()
  await allSettled(sents)
  const figures = await figuresOf(sents)
  const counts = countsOf(folder)!
  expect(counts).toMatchObject({ accepted: 4 * people, doubles: 0 })
  expect(figures.reduce((sum, { delivered }) => sum + delivered, 0)).toBe(counts.delivered)
  expect(figures.reduce((sum, { bouncedHard }) => sum + bouncedHard, 0)).toBe(counts.hard)
})

describe('a foreign SMSC that delivers everything over its first bind', () => {
  let shops: Shop[]
  async function foreign(): Promise<Sent[]> {
    scene = await openScene()
    smsc = await startSmsc({
      // Every tenth is not in use; ids are hexadecimal in the answer and decimal in the receipt.
      react: sms => {
        const n = Number(sms.id.slice(1))
        const id = String(0x5000_0000 + n)
        const fate = n % 10 === 0 ? { stat: 'UNDELIV', err: '001', dlvrd: '000' } : {}
        return {
          answer: { id: (0x5000_0000 + n).toString(16) },
          deliveries: [{ pdu: receiptOf(sms, id, { text: receiptText(id, fate) }), over: 0, afterMs: n % 50 }],
        }
      },
    })
    const { port } = smsc
    const one = await scene.shop('One', { port, phones: lists[0] })
    await until('the first is bound', () => smsc!.binds.length === 1)
    shops = [one, await scene.shop('Two', { port, phones: lists[1] })]
    return Promise.all(shops.map(shop => shop.send()))
  }

  test('both see their receipts, and a reply belongs to its sender', async () => {
    const sents = await foreign()
    await allSettled(sents)
    expect(new Set(smsc!.submitted.map(({ bind }) => bind))).toEqual(new Set([0, 1]))
    const bounced = (await figuresOf(sents)).reduce((sum, { bouncedHard }) => sum + bouncedHard, 0)
    expect(bounced).toBe((2 * people) / 10)
    // Only the second has written to this number; its reply comes over the bind of the first.
    const phone = lists[1].at(-1)!
    await smsc!.deliver(deliverSm({ from: phone.slice(1), to: smsc!.submitted[0]!.from, text: 'STOP' }), 0)
    const [, two] = shops
    await until('the second has the STOP', async () => {
      const rows = await scene.db.query<{ w: number }>(
        sql`select workspace_id as w from opt_outs where address = ${phone} and released_at is null`,
      )
      return rows.length === 1 && rows[0]?.w === two?.workspaceId
    })
  })

  test('the first gateway is removed while receipts are under way: what it sent still counts', async () => {
    const sents = await foreign()
    await until('both are on the air', async () => (await figuresOf(sents)).every(({ sent }) => sent === people))
    await scene.db.run(sql`update gateways set removed_at = ${new Date()} where id = ${shops[0]!.gatewayId}`)
    await until('its bind is closed', () => smsc!.binds[0]?.open === false)
    await allSettled(sents)
  })
})

test('the command line says what it means that two workspaces have one account', async () => {
  scene = await openScene()
  smsc = await startSmsc()
  const url = `smpp://acct@127.0.0.1:${smsc.port}`
  const add = (workspace: string, name: string) =>
    homing(['gateway', 'add', url, '--workspace', workspace, '--name', name], scene.env)
  for (const name of ['One', 'Two']) await homingJson(['workspace', 'create', name], scene.env)
  expect((await add('One', 'gate')).out).not.toMatch(/same account/)
  const again = await add('One', 'again')
  expect(again).toMatchObject({ code: 1, out: '' })
  expect(again.err).toMatch(/"gate".*has the account acct@127\.0\.0\.1/)
  const second = await add('Two', 'gate')
  expect(second).toMatchObject({ code: 0 })
  expect(second.out).toMatch(/Another workspace uses the same account/)
})

test('a wrong password, three times, is corrected and the gateway connects', async () => {
  scene = await openScene()
  smsc = await startSmsc({ bind: (_, password) => (password === 'right' ? 0 : 0x0e) })
  const shop = await scene.shop('One', { port: smsc.port, password: 'wrong', phones: lists[0].slice(0, 5) })
  const sent = await shop.send()
  const state = async () => (await listGateways(scene.db, shop.workspaceId))[0]?.state
  await until('it has given up', async () => (await state()) === 'refused_credentials', { seen: state })
  const alarm = await until('an alarm says so', async () => {
    const [row] = await scene.db.query<{ fix: string }>(
      sql`select fix from alarms where kind = 'gateway_credentials' and cleared_at is null`,
    )
    return row
  })
  expect(alarm.fix).toMatch(/Settings → Gateways/)
  const url = `smpp://acct@127.0.0.1:${smsc.port}`
  await homingJson(['gateway', 'change', 'gate', '--workspace', 'One', '--url', url], {
    ...scene.env,
    HOMING_GATEWAY_PASSWORD: 'right',
  })
  await until('all are sent', async () => (await sent.report()).figures.sent === 5)
  await until('it is bound', async () => (await state()) === 'bound')
  await until('the alarm is over', async () => {
    const rows = await scene.db.query(
      sql`select 1 from alarms where kind = 'gateway_credentials' and cleared_at is null`,
    )
    return rows.length === 0
  })
  // Resumed without a change: another bind.
  const before = smsc.binds.length
  await homingJson(['gateway', 'resume', 'gate', '--workspace', 'One'], scene.env)
  await until('it has connected again', () => smsc!.binds.length === before + 1)
  await expect(
    addGateway(
      scene.db,
      testKeys,
      {
        kind: 'smpp',
        settings: { host: '127.0.0.1', port: smsc.port, systemId: 'acct', password: 'x' },
        workspaceId: shop.workspaceId,
        name: 'n',
        actor: 'test',
      },
      new Date(),
    ),
  ).rejects.toMatchObject({ code: 'gateway_twice' })
})
