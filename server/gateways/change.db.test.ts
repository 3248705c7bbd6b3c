/** Gateways of one account, and gateways that are corrected. */
import { beforeAll, describe, expect, test } from 'vitest'
import { ownDatabase } from '../../test/database.ts'
import { createWorkspace } from '../access/workspaces.ts'
import { sql } from '../platform/sql.ts'
import { changeGateway, resumeGateway } from './change.ts'
import { addGateway, listGateways, offerSimulator } from './gateways.ts'

const now = new Date('2026-11-28T12:00:00Z')
const db = await ownDatabase({ installedAt: now })
const address = { host: 'smsc.example', port: 2775, systemId: 'acct', password: 'first' }
let shop: number
let other: number
const workspace = async (name: string) => (await createWorkspace(db, { name, owner: null, actor: 'test' }, now)).id
beforeAll(async () => {
  shop = await workspace('Shop')
  other = await workspace('Other')
})
const add = (workspaceId: number, name: string, more = {}) =>
  addGateway(db, { ...address, ...more, workspaceId, name, actor: 'test' }, now)
const passwordOf = async (id: number) =>
  (await db.query<{ password: string }>(sql`select password from gateways where id = ${id}`))[0]?.password

describe('an account', () => {
  test('is added once to a workspace: a second time names the gateway that has it', async () => {
    await add(shop, 'Operator')
    await expect(add(shop, 'Operator again')).rejects.toMatchObject({
      code: 'gateway_twice',
      details: { name: 'Operator', account: 'acct@smsc.example:2775' },
    })
    await expect(add(shop, 'Upper case', { host: 'SMSC.example' })).rejects.toMatchObject({ code: 'gateway_twice' })
    const both = await Promise.allSettled([add(shop, 'a', { port: 2776 }), add(shop, 'b', { port: 2776 })])
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  })

  test('of another workspace may be added, and both are told that it is shared', async () => {
    expect((await listGateways(db, shop)).map(({ shared }) => shared)).not.toContain(true)
    expect(await add(other, 'Operator')).toMatchObject({ shared: true })
    expect((await listGateways(db, shop)).find(({ name }) => name === 'Operator')).toMatchObject({ shared: true })
    expect(await add(other, 'Elsewhere', { systemId: 'acct2' })).toMatchObject({ shared: false })
  })

  test('at the simulator belongs to one workspace', async () => {
    const demo = await workspace('Demo')
    await add(demo, 'Simulator', { host: '127.0.0.1', port: 2999, systemId: 'homing', simulator: true })
    const fresh = await workspace('Fresh')
    await offerSimulator(db, fresh, now)
    expect(await listGateways(db, fresh)).toMatchObject([
      { name: 'Simulator', host: '127.0.0.1', port: 2999, systemId: `homing-${fresh}`, shared: false, test: true },
    ])
  })
})

describe('a gateway', () => {
  const of = (gatewayId: number, workspaceId = shop) => ({ workspaceId, gatewayId, actor: 'test' })

  test('is corrected: what is left out stays', async () => {
    const { id } = await add(shop, 'Typo', { systemId: 'tpyo', window: 20 })
    const changed = await changeGateway(db, of(id), { systemId: 'typo', password: 'second', rate: 30 }, now)
    expect(changed).toMatchObject({ id, name: 'Typo', systemId: 'typo', host: 'smsc.example', window: 20, rate: 30 })
    expect(await passwordOf(id)).toBe('second')
    expect(JSON.stringify(changed)).not.toContain('second')
    const acts = await db.query<{ details: object }>(
      sql`select details from audit where subject = ${`gateway ${id}`} order by id`,
    )
    expect(acts).toHaveLength(2)
    expect(JSON.stringify(acts)).not.toContain('second')
  })

  test('is not changed into a second one of its account, nor into one of another name', async () => {
    const { id } = await add(shop, 'Third', { systemId: 'third' })
    await expect(changeGateway(db, of(id), { systemId: 'acct', password: 'third' }, now)).rejects.toMatchObject({
      code: 'gateway_twice',
    })
    await expect(changeGateway(db, of(id), { name: 'Operator' }, now)).rejects.toMatchObject({ code: 'name_taken' })
    await expect(changeGateway(db, of(id), { window: 0 }, now)).rejects.toMatchObject({ code: 'invalid_input' })
    await expect(changeGateway(db, of(id), { systemId: '' }, now)).rejects.toMatchObject({ code: 'gateway_url' })
    expect(await changeGateway(db, of(id), { password: 'again' }, now)).toMatchObject({ name: 'Third' })
  })

  test('does not send the stored password to another host, port or user', async () => {
    const { id } = await add(shop, 'Kept', { systemId: 'kept', password: 'stored' })
    for (const move of [{ host: 'evil.example' }, { port: 2999 }, { systemId: 'other' }])
      await expect(changeGateway(db, of(id), move, now)).rejects.toMatchObject({
        code: 'invalid_input',
        message: expect.stringContaining('password'),
      })
    expect(await passwordOf(id)).toBe('stored')
    expect(await changeGateway(db, of(id), { host: 'new.example', password: 'new' }, now)).toMatchObject({
      host: 'new.example',
    })
  })

  test('never becomes one that reaches real phones where it was a test gateway', async () => {
    const { id } = await add(shop, 'Local', { host: '127.0.0.1', systemId: 'local' })
    await expect(changeGateway(db, of(id), { host: 'smsc.example' }, now)).rejects.toMatchObject({
      code: 'gateway_kept',
    })
    expect(await changeGateway(db, of(id), { port: 2780, password: 'local' }, now)).toMatchObject({
      port: 2780,
      test: true,
    })
  })

  test('of another workspace is not found', async () => {
    const [theirs] = await listGateways(db, other)
    await expect(changeGateway(db, of(theirs!.id), { rate: 1 }, now)).rejects.toMatchObject({ code: 'not_found' })
    await expect(resumeGateway(db, of(theirs!.id), now)).rejects.toMatchObject({ code: 'not_found' })
  })

  test('is told to begin again', async () => {
    const [first] = await listGateways(db, shop)
    await resumeGateway(db, of(first!.id), now)
    const [row] = await db.query<{ at: Date | null }>(
      sql`select resumed_at as at from gateways where id = ${first!.id}`,
    )
    expect(row?.at).toBeInstanceOf(Date)
  })
})
