/** Gateways over HTTP: the kind, its settings in one object, and the places of what is wrong with them. */
import { beforeAll, expect, test } from 'vitest'
import { testKeys } from '../../test/keys.ts'
import { testApp } from '../access/app.fixture.ts'
import { sql } from '../platform/db/sql.ts'
import { makeReach } from '../platform/reach.ts'
import { openSecrets, type StoredSecrets } from './secrets.ts'
import { publicHalf } from './smtp/dkim.ts'

const app = testApp({ reach: makeReach(['10.0.0.0/8']) })
let shop: { id: number; key: string; base: string }
beforeAll(async () => {
  shop = await app.workspace('Shop')
})
const call = (method: 'GET' | 'POST' | 'PATCH', path: string, body?: object) =>
  app.call(method, `${shop.base}${path}`, { key: shop.key, ...(body === undefined ? {} : { body }) })

const settings = { host: 'smsc.example', port: 2775, systemId: 'acct', password: 'geheim12' }
const gateway = { kind: 'smpp', name: 'Operator', settings, rate: 20 }

test('the kinds are listed with the schema of their settings, secrets among them as such', async () => {
  const { items } = (await call('GET', '/gateway-kinds')).body as { items: Record<string, unknown>[] }
  expect(items.filter(({ kind }) => kind === 'smpp')).toMatchObject([
    {
      kind: 'smpp',
      label: 'SMPP',
      settings: {
        properties: { host: { title: 'Host' }, port: { default: 2775 }, password: { writeOnly: true } },
        required: ['host', 'port', 'systemId', 'password'],
      },
    },
  ])
})

test('a gateway has its settings in one object, without its secret', async () => {
  const { password: _, ...shown } = settings
  const added = await call('POST', '/gateways', gateway)
  expect(added).toMatchObject({
    status: 201,
    body: { kind: 'smpp', settings: shown, address: 'smsc.example:2775', rate: 20, binds: 1 },
  })
  const { id } = added.body as { id: number }
  const changed = await call('PATCH', `/gateways/${id}`, { settings: { systemId: 'other', password: 'geheim34' } })
  expect(changed).toMatchObject({ status: 200, body: { settings: { ...shown, systemId: 'other' } } })
  const everything = [added, changed, await call('GET', '/gateways'), await call('GET', '/audit')]
  expect(JSON.stringify(everything)).not.toContain('geheim')
  expect(JSON.stringify(await app.db.query(sql`select to_jsonb(g) from gateways g`))).not.toContain('geheim')
  const acts = await app.db.query(sql`select details from audit where action like 'gateway.%' order by id`)
  expect(acts).toEqual([
    { details: { name: 'Operator', kind: 'smpp', address: 'smsc.example:2775', test: false } },
    { details: { fields: ['settings.systemId', 'settings.password'], address: 'smsc.example:2775' } },
  ])
})

test.each([
  ['settings.port', { ...gateway, settings: { ...settings, port: 70_000 } }],
  ['settings.host', { ...gateway, settings: { ...settings, host: 'smpp://x' } }],
  ['settings.password', { ...gateway, settings: { host: 'x', port: 1, systemId: 'u' } }],
  ['settings.tls', { ...gateway, settings: { ...settings, tls: true } }],
  ['kind', { ...gateway, kind: 'pigeon' }],
  ['body.kind', { name: 'Operator', settings }],
  ['body.settings', { kind: 'smpp', name: 'Operator' }],
  ['body.settings', { ...gateway, settings: 'x' }],
  ['body.host', { ...gateway, host: 'x' }],
])('what is wrong is named: %s', async (where, body) => {
  const answer = await call('POST', '/gateways', body)
  expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_input', errors: [{ where }] } })
  expect(JSON.stringify(answer.body)).not.toContain('geheim')
})

test('a gateway is changed to a private host that the operator allows, and to no other', async () => {
  const { body } = await call('POST', '/gateways', { ...gateway, name: 'VPN', settings: { ...settings, port: 2776 } })
  const { id } = body as { id: number }
  const move = (host: string) => call('PATCH', `/gateways/${id}`, { settings: { host, password: 'p' } })
  expect(await move('192.168.1.1')).toMatchObject({ status: 400, body: { code: 'gateway_host' } })
  expect(await move('10.0.0.1')).toMatchObject({ status: 200, body: { address: '10.0.0.1:2776' } })
})

test('a gateway of a mail server makes its DKIM key, shows the record of it, and never the key', async () => {
  const { host, ...mail } = {
    host: 'smtp.example',
    port: 465,
    security: 'tls',
    password: 'geheim56',
    perConnection: 200,
  }
  const made = { ...mail, host, bounceDomain: 'Bounce.Example.com', dkimDomain: 'example.com', dkimSelector: 'h1' }
  const added = await call('POST', '/gateways', {
    kind: 'smtp',
    name: 'Mail',
    settings: { ...made, dkimPublicKey: 'AAAA' },
  })
  expect(added).toMatchObject({
    status: 201,
    body: { channel: 'email', window: 4, settings: { bounceDomain: 'bounce.example.com' } },
  })
  const {
    id,
    records,
    settings: shown,
  } = added.body as {
    id: number
    records: { name: string; value: string }[]
    settings: Record<string, string>
  }
  const key = records.find(({ name }) => name === 'h1._domainkey.example.com')
  expect(key?.value).toBe(`v=DKIM1; k=rsa; p=${shown.dkimPublicKey}`)
  expect(shown.dkimPublicKey).toMatch(/^MIIB[A-Za-z0-9+/]{300,}={0,2}$/)
  const changed = await call('PATCH', `/gateways/${id}`, { settings: { perConnection: 10, dkimPublicKey: 'BBBB' } })
  expect(changed).toMatchObject({ status: 200, body: { settings: { dkimPublicKey: shown.dkimPublicKey } } })
  const everything = JSON.stringify([added, changed, await call('GET', '/gateways'), await call('GET', '/audit')])
  expect(everything).not.toMatch(/PRIVATE|geheim/)
  const [stored] = await app.db.query<StoredSecrets>(
    sql`select id, workspace_id as "workspaceId", secret, simulator from gateways where id = ${id}`,
  )
  const secrets = openSecrets(stored!, testKeys)
  expect(publicHalf(secrets?.dkimKey ?? '')).toBe(shown.dkimPublicKey)
  expect(secrets?.password).toBe('geheim56')
})

test('a mail server without encryption is refused, but on this machine or at a private address', async () => {
  const settings = {
    port: 25,
    security: 'none',
    password: '',
    perConnection: 200,
    bounceDomain: 'b.example.com',
    dkimSelector: 'h1',
  }
  const add = (host: string) =>
    call('POST', '/gateways', { kind: 'smtp', name: `Plain ${host}`, settings: { ...settings, host } })
  expect(await add('smtp.example')).toMatchObject({
    status: 400,
    body: { detail: expect.stringContaining('settings.security') },
  })
  expect(await add('10.0.0.9')).toMatchObject({ status: 201 })
  expect(await add('127.0.0.1')).toMatchObject({ status: 201, body: { test: true } })
})

test('the document describes a gateway by its kind, and marks the secret', async () => {
  const { paths } = (await app.call('GET', '/api/v1/openapi.json')).body as {
    paths: Record<string, Record<string, { requestBody: { content: { 'application/json': { schema: unknown } } } }>>
  }
  const { schema } = paths['/api/v1/workspaces/{w}/gateways']!.post!.requestBody.content['application/json']
  expect(schema).toMatchObject({
    anyOf: [
      {
        properties: {
          kind: { enum: ['smpp'] },
          settings: { properties: { password: { writeOnly: true }, port: { type: 'integer' } } },
        },
      },
      {
        properties: {
          kind: { enum: ['smtp'] },
          settings: { required: expect.not.arrayContaining(['dkimKey']), properties: { dkimKey: { writeOnly: true } } },
        },
      },
    ],
    discriminator: { propertyName: 'kind' },
  })
})

test('no fault of the server was logged', () => expect(app.faults).toEqual([]))
