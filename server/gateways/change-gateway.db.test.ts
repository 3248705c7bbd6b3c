/** Gateways of one account, and gateways that are corrected. */
import { beforeAll, describe, expect, test } from 'vitest'
import { ownDatabase } from '../../test/database.ts'
import { testKeys } from '../../test/keys.ts'
import { createWorkspace } from '../access/workspaces.ts'
import { sql } from '../platform/db/sql.ts'
import { makeReach } from '../platform/reach.ts'
import { makeKeyring } from '../platform/secrets/keyring.ts'
import { randomKey } from '../platform/secrets/sealed-secret.ts'
import { readAccounts } from './account.ts'
import { changeGateway } from './change-gateway.ts'
import { addGateway, listGateways, type NewGateway, withoutDetails } from './gateways.ts'
import type { Entered } from './kind.ts'
import { resumeGateway } from './pause.ts'
import { openSecrets, resealSecrets, type StoredSecrets, sealPlainPasswords } from './secrets.ts'
import { offerSimulator } from './simulator/offer.ts'

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
type Options = Pick<NewGateway, 'window' | 'simulator' | 'reach'>
const add = (workspaceId: number, name: string, { window, simulator, reach, ...settings }: Options & Entered = {}) => {
  const options = { ...(window && { window }), ...(simulator && { simulator }), ...(reach && { reach }) }
  const gateway = { kind: 'smpp', settings: { ...address, ...settings }, workspaceId, name, actor: 'test' }
  return addGateway(db, testKeys, { ...gateway, ...options }, now)
}
const storedOf = async (id: number) => {
  const [row] = await db.query<StoredSecrets & { password: string }>(
    sql`select id, workspace_id as "workspaceId", secret, simulator, password from gateways where id = ${id}`,
  )
  return row!
}
const openedOf = async (id: number) => openSecrets(await storedOf(id), testKeys)?.password

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

  test('of another workspace may be added, and both show that it is shared', async () => {
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
      {
        name: 'Simulator',
        settings: { host: '127.0.0.1', port: 2999, systemId: `homing-${fresh}` },
        shared: false,
        test: true,
      },
    ])
  })
})

const of = (gatewayId: number, workspaceId = shop) => ({ workspaceId, gatewayId, actor: 'test' })

describe('a gateway', () => {
  test('is corrected: what is left out stays', async () => {
    const { id } = await add(shop, 'Typo', { systemId: 'tpyo', window: 20 })
    const changed = await changeGateway(
      db,
      testKeys,
      of(id),
      { settings: { systemId: 'typo', password: 'second' }, rate: 30 },
      now,
    )
    expect(changed).toMatchObject({
      id,
      name: 'Typo',
      settings: { systemId: 'typo', host: 'smsc.example' },
      window: 20,
      rate: 30,
    })
    expect(await openedOf(id)).toBe('second')
    expect(JSON.stringify(changed)).not.toContain('second')
    const acts = await db.query<{ details: object }>(
      sql`select details from audit where subject = ${`gateway ${id}`} order by id`,
    )
    expect(acts).toHaveLength(2)
    expect(JSON.stringify(acts)).not.toContain('second')
  })

  test('is not changed into a second one of its account, nor into one of another name', async () => {
    const { id } = await add(shop, 'Third', { systemId: 'third' })
    await expect(
      changeGateway(db, testKeys, of(id), { settings: { systemId: 'acct', password: 'third' } }, now),
    ).rejects.toMatchObject({
      code: 'gateway_twice',
    })
    await expect(changeGateway(db, testKeys, of(id), { name: 'Operator' }, now)).rejects.toMatchObject({
      code: 'name_taken',
    })
    await expect(changeGateway(db, testKeys, of(id), { window: 0 }, now)).rejects.toMatchObject({
      code: 'invalid_input',
    })
    await expect(changeGateway(db, testKeys, of(id), { settings: { systemId: '' } }, now)).rejects.toMatchObject({
      code: 'invalid_input',
      details: { where: 'settings.systemId' },
    })
    await expect(changeGateway(db, testKeys, of(id), { kind: 'other' }, now)).rejects.toMatchObject({
      code: 'invalid_input',
      details: { where: 'kind' },
    })
    expect(await changeGateway(db, testKeys, of(id), { settings: { password: 'again' } }, now)).toMatchObject({
      name: 'Third',
    })
  })

  test('does not send the stored password to another host, port or user', async () => {
    const { id } = await add(shop, 'Kept', { systemId: 'kept', password: 'stored' })
    for (const move of [{ host: 'evil.example' }, { port: 2999 }, { systemId: 'other' }])
      await expect(changeGateway(db, testKeys, of(id), { settings: move }, now)).rejects.toMatchObject({
        code: 'invalid_input',
        message: expect.stringContaining('password'),
      })
    expect(await openedOf(id)).toBe('stored')
    expect(
      await changeGateway(db, testKeys, of(id), { settings: { host: 'new.example', password: 'new' } }, now),
    ).toMatchObject({
      settings: { host: 'new.example' },
      address: 'new.example:2775',
    })
  })

  test('never becomes one that reaches real phones where it was a test gateway', async () => {
    const { id } = await add(shop, 'Local', { host: '127.0.0.1', systemId: 'local' })
    await expect(
      changeGateway(db, testKeys, of(id), { settings: { host: 'smsc.example' } }, now),
    ).rejects.toMatchObject({
      code: 'gateway_kept',
    })
    expect(
      await changeGateway(db, testKeys, of(id), { settings: { port: 2780, password: 'local' } }, now),
    ).toMatchObject({
      settings: { port: 2780 },
      test: true,
    })
  })

  test('of another workspace is not found', async () => {
    const [theirs] = await listGateways(db, other)
    await expect(changeGateway(db, testKeys, of(theirs!.id), { rate: 1 }, now)).rejects.toMatchObject({
      code: 'not_found',
    })
    await expect(resumeGateway(db, of(theirs!.id), now)).rejects.toMatchObject({ code: 'not_found' })
  })

  test('is made to begin again', async () => {
    const [first] = await listGateways(db, shop)
    await resumeGateway(db, of(first!.id), now)
    const [row] = await db.query<{ at: Date | null }>(
      sql`select resumed_at as at from gateways where id = ${first!.id}`,
    )
    expect(row?.at).toBeInstanceOf(Date)
  })
})

describe('a gateway whose row this version cannot read', () => {
  const broken = {
    'of an unknown kind': sql`kind = 'twilio', settings = '{"sid": "AC1"}'`,
    'without a port': sql`settings = '{"host": "smsc.example", "systemId": "x"}'`,
    'with a port that is none': sql`settings = '{"host": "smsc.example", "port": 99999, "systemId": "x"}'`,
    'with more than its kind knows': sql`settings = settings || '{"tls": true}'`,
    'with a host that no address has': sql`settings = settings || '{"host": "user@smsc"}'`,
    'with null': sql`settings = 'null'`,
  }
  test.each(Object.entries(broken))(
    '%s is named in the list beside the others, and can be corrected',
    async (how, set) => {
      const { id } = await add(shop, how, { systemId: `b${how.length}`, password: 'before' })
      await db.run(sql`update gateways set ${set}, account = null where id = ${id}`)
      const others = (await listGateways(db, shop)).filter(one => one.id !== id)
      expect(others.filter(({ state }) => state === 'unreadable')).toEqual([])
      const found = (await listGateways(db, shop)).find(one => one.id === id)!
      expect(found).toMatchObject({ state: 'unreadable', settings: null, address: null, name: how })
      expect(found.detail).toMatch(/kind/)
      expect(withoutDetails(found).detail).toBe(found.detail)
      expect(await readAccounts(db, [id])).toEqual(new Map([[id, [{ of: id, gatewayId: id, workspaceId: shop }]]]))
      for (const part of [
        { rate: 5 },
        { kind: 'smpp', settings: { host: 'smsc.example' } },
        { kind: 'smpp', settings: { host: 'smsc.example', port: 2775, systemId: 'again' } },
      ])
        await expect(changeGateway(db, testKeys, of(id), part, now)).rejects.toMatchObject({ code: 'invalid_input' })
      const whole = { host: 'smsc.example', port: 2775, systemId: `c${how.length}`, password: 'after' }
      const { password: _, ...shown } = whole
      expect(await changeGateway(db, testKeys, of(id), { kind: 'smpp', settings: whole }, now)).toMatchObject({
        settings: shown,
        kind: 'smpp',
        state: 'idle',
      })
      expect(await openedOf(id)).toBe('after')
    },
  )

  test('that was for tests does not become one that reaches real phones', async () => {
    const { id } = await add(shop, 'Broken test', { host: '127.0.0.1', systemId: 'brokentest' })
    await db.run(sql`update gateways set settings = '{}' where id = ${id}`)
    const whole = { host: 'smsc.example', port: 2775, systemId: 'real', password: 'x' }
    await expect(changeGateway(db, testKeys, of(id), { settings: whole }, now)).rejects.toMatchObject({
      code: 'gateway_kept',
    })
    expect(await changeGateway(db, testKeys, of(id), { settings: { ...whole, host: '127.0.0.1' } }, now)).toMatchObject(
      {
        test: true,
      },
    )
  })
})

describe('the host of a gateway', () => {
  test('is no metadata and no private address, in no way to write it, unless it is allowed', async () => {
    const hosts = [
      '169.254.169.254',
      '10.0.0.1',
      '10.1',
      '::ffff:10.0.0.1',
      '0',
      '2852039166',
      'fd00:ec2::254',
      '192.168.1.1.',
    ]
    const { id } = await add(shop, 'Public', { systemId: 'public' })
    for (const host of hosts) {
      await expect(add(shop, host, { host })).rejects.toMatchObject({ code: 'gateway_host' })
      await expect(
        changeGateway(db, testKeys, of(id), { settings: { host, password: 'x' } }, now),
      ).rejects.toMatchObject({
        code: 'gateway_host',
      })
    }
    const reach = makeReach(['10.0.0.0/8'])
    expect(await add(shop, 'VPN', { host: '10.1', reach, systemId: 'vpn' })).toMatchObject({
      settings: { host: '10.0.0.1' },
      test: false,
    })
    expect(await add(shop, 'Short', { host: '127.1', systemId: 'short' })).toMatchObject({
      settings: { host: '127.0.0.1' },
      test: true,
    })
  })

  test('and only admins see what came of its connections', async () => {
    const [gateway] = await listGateways(db, shop)
    const detail = 'connection failed: connect ECONNREFUSED 10.0.0.1:22'
    const session = { bindNo: 1, state: 'lost', detail, process: 'p' }
    const shown = withoutDetails({ ...gateway!, state: 'lost', detail, sessions: [session] })
    expect(JSON.stringify(shown)).not.toContain('ECONNREFUSED')
    expect(shown).toMatchObject({ detail: 'Not reachable.', sessions: [{ state: 'lost', detail: 'Not reachable.' }] })
  })
})

describe('the password of a gateway', () => {
  const whole = async () => JSON.stringify(await db.query(sql`select to_jsonb(g) as row from gateways g`))
  const plain = async (password: string) => {
    const { id } = await add(shop, password, { systemId: password.slice(0, 15) })
    await db.run(sql`update gateways set secret = null, password = ${password} where id = ${id}`)
    return id
  }

  test('is nowhere in its row, and opens only for its own gateway and workspace', async () => {
    const { id } = await add(shop, 'Sealed', { systemId: 'sealed', password: 'geheim-12' })
    expect(await whole()).not.toContain('geheim-12')
    const stored = await storedOf(id)
    expect(openSecrets(stored, testKeys)).toEqual({ password: 'geheim-12' })
    expect(openSecrets({ ...stored, id: id + 1 }, testKeys)).toBeUndefined()
    expect(openSecrets({ ...stored, workspaceId: other }, testKeys)).toBeUndefined()
    expect(openSecrets(stored, makeKeyring([randomKey()]))).toBeUndefined()
  })

  test('of an earlier version is sealed at a start, by several processes at once, and again after a crash between two', async () => {
    const ids = [await plain('plain-one'), await plain('plain-two')]
    await Promise.all([1, 2, 3].map(() => sealPlainPasswords(db, testKeys)))
    await db.run(sql`update gateways set secret = null, password = 'plain-two' where id = ${ids[1]!}`)
    await sealPlainPasswords(db, testKeys)
    expect(await Promise.all(ids.map(openedOf))).toEqual(['plain-one', 'plain-two'])
    expect((await storedOf(ids[1]!)).password).toBe('')
  })

  test('sealed alone by an earlier version is still read, and is sealed with its name under the next key', async () => {
    const { id } = await add(shop, 'Older', { systemId: 'older', password: 'x' })
    const older = testKeys.seal('{"odd": 1}', `gateway password ${shop} ${id}`)
    await db.run(sql`update gateways set secret = ${older} where id = ${id}`)
    expect(await openedOf(id)).toBe('{"odd": 1}')
    await db.tx(tx => resealSecrets(tx, testKeys, testKeys))
    expect((await storedOf(id)).secret).not.toBe(older)
    expect(await openedOf(id)).toBe('{"odd": 1}')
  })

  test('is neither stored nor changed where the key is missing', async () => {
    const { id } = await add(shop, 'No key', { systemId: 'nokey', password: 'kept' })
    const none = makeKeyring([])
    await expect(changeGateway(db, none, of(id), { settings: { password: 'changed' } }, now)).rejects.toMatchObject({
      code: 'secret_key',
    })
    const settings = { ...address, systemId: 'none' }
    const more = { kind: 'smpp', settings, workspaceId: shop, name: 'None', actor: 'test' }
    await expect(addGateway(db, none, more, now)).rejects.toMatchObject({ code: 'secret_key' })
    await expect(sealPlainPasswords(db, none)).resolves.toBeUndefined()
    expect(await openedOf(id)).toBe('kept')
    expect(await changeGateway(db, none, of(id), { rate: 5 }, now)).toMatchObject({ rate: 5 })
  })

  test('is sealed again under a new key; what the old one does not open stays as it is', async () => {
    const { id } = await add(shop, 'Rotated', { systemId: 'rotated', password: 'rotates' })
    const next = makeKeyring([randomKey()])
    const lost = makeKeyring([randomKey()])
    const before = await storedOf(id)
    await db.tx(tx => resealSecrets(tx, lost, next))
    expect(await storedOf(id)).toEqual(before)
    await db.tx(tx => resealSecrets(tx, testKeys, next))
    expect(openSecrets(await storedOf(id), next)).toEqual({ password: 'rotates' })
    await db.tx(tx => resealSecrets(tx, next, testKeys))
  })
})
