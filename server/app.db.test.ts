/** The API as a whole: its document, keys, members, bad input. Who may call what: server/roles.db.test.ts. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { testApp } from './access/app.fixture.ts'
import { ensureTopic } from './access/topics.ts'
import { sql } from './platform/db/sql.ts'

const app = testApp()
// The first answer says what is not known.
const warned = vi.spyOn(console, 'warn')
afterAll(() => warned.mockRestore())

interface Operation {
  operationId?: string
  summary?: string
  tags?: string[]
  security?: unknown[]
  parameters?: { name: string; in: string; required?: boolean }[]
  requestBody?: { content: Record<string, unknown> }
  responses: Record<string, { content?: Record<string, { schema?: unknown }> }>
}
interface Document {
  openapi: string
  info: { title: string; version: string }
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, unknown>; securitySchemes: Record<string, unknown> }
}
interface Route {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  path: string
  operation: Operation
}

let document: Document
let routes: Route[]
let mine: { id: number; key: string; base: string }
let theirs: { id: number; key: string; base: string }
let theirActivity: number

beforeAll(async () => {
  document = (await app.call('GET', '/api/v1/openapi.json')).body as Document
  routes = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      method: method.toUpperCase() as Route['method'],
      path,
      operation,
    })),
  )
  // Ids of activities that no other thing has.
  await app.db.run(sql`alter table activities alter column id restart with 700001`)
  mine = await app.workspace('Mine')
  theirs = await app.workspace('Theirs')
  await ensureTopic(app.db, theirs.id, 'Secret topic', new Date())
  const { body } = await app.call('POST', `${theirs.base}/activities`, {
    key: theirs.key,
    body: { name: 'Secret activity' },
  })
  theirActivity = (body as { id: number }).id
})

const inWorkspace = () => routes.filter(({ path }) => path.startsWith('/api/v1/workspaces/{w}/'))
/** The address of a route with ids in it. */
const fill = (path: string, w: number | string, id: number | string) =>
  path
    .replace('{w}', String(w))
    .replace('{tab}', 'delivered')
    .replace(/\{\w+\}/g, String(id))
/** Fastify routes with a `files` body take no JSON: a caller that passes the guard gets 400 or 415, never 404. */
/** What must be named before a route looks for the thing itself. */
const bodies: Readonly<Record<string, object>> = {
  changeGateway: { name: 'mine now' },
  planReminder: { revision: 1, reminder: { after: { n: 2, unit: 'days' }, body: null } },
  sendTestSms: { phone: '070 174 06 05' },
  announceExport: { tab: 'sent', format: 'csv' },
  lockProfile: { reason: 'x' },
  releaseOptOut: { reason: 'x' },
  releaseSuppression: { reason: 'x' },
  eraseProfile: { confirm: 'erase' },
}
const bodyFor = ({ operation }: Route) =>
  operation.requestBody === undefined ? {} : { body: bodies[operation.operationId ?? ''] ?? {} }

describe('the document', () => {
  test('is OpenAPI 3.1 with a unique operationId, a summary and a tag for every operation', () => {
    expect(document).toMatchObject({ openapi: '3.1.0', info: { title: 'Homing' } })
    const ids = routes.map(({ operation }) => operation.operationId)
    expect(new Set(ids).size).toBe(ids.length)
    for (const { path, method, operation } of routes) {
      expect([method, path, operation]).toMatchObject([
        method,
        path,
        {
          operationId: expect.stringMatching(/^[a-z]\w+$/),
          summary: expect.stringMatching(/\S/),
          tags: [expect.any(String)],
        },
      ])
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(match => match[1])
      const declared = (operation.parameters ?? []).filter(parameter => parameter.in === 'path')
      expect(declared.map(({ name }) => name).sort()).toEqual(inPath.sort())
      expect(declared.every(({ required }) => required === true)).toBe(true)
    }
  })

  test('has every reference that it makes, and says how every operation can fail', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(match => match[1]!)
    expect(references).toContain('#/components/schemas/Problem')
    for (const reference of new Set(references)) {
      const found = reference
        .replace('#/', '')
        .split('/')
        .reduce<unknown>((at, step) => (at as Record<string, unknown>)[step], document)
      expect([reference, found]).toEqual([reference, expect.any(Object)])
    }
    for (const { operation } of routes)
      expect(operation.responses.default?.content).toHaveProperty(['application/problem+json'])
    expect(Object.keys(document.components.securitySchemes).sort()).toEqual(['apiKey', 'session'])
  })

  test('has one shape for every list, with a cursor for either way where there is more than one page', () => {
    const schemaOf = ({ operation }: Route) => operation.responses[200]?.content?.['application/json']?.schema
    const lists = routes.filter(({ operation }) => operation.operationId?.startsWith('list'))
    expect(lists.length).toBeGreaterThan(12)
    for (const { operation, ...route } of lists)
      expect([route.path, schemaOf({ operation, ...route })]).toMatchObject([
        route.path,
        { required: expect.arrayContaining(['items', 'next', 'previous', 'total']) },
      ])
    for (const { operation, ...route } of routes) {
      expect(schemaOf({ operation, ...route })).not.toMatchObject({ type: 'array' })
      const cursors = (operation.parameters ?? []).filter(({ name }) => name === 'after' || name === 'before')
      expect([route.path, cursors.length]).toEqual([route.path, cursors.length === 0 ? 0 : 2])
    }
  })

  test('has the routes that pages and clients are built on', () => {
    const has = new Set(routes.map(({ method, path }) => `${method} ${path.replace('/api/v1/workspaces/{w}/', '')}`))
    for (const route of [
      'GET topics',
      'POST topics',
      'GET attributes',
      'DELETE attributes/{name}',
      'GET gateways',
      'POST gateways',
      'GET activities',
      'POST activities',
      'GET activities/{id}',
      'PATCH activities/{id}',
      'DELETE activities/{id}',
      'POST activities/{id}/duplicate',
      'POST activities/{id}/audience',
      'POST activities/{id}/text-cases',
      'POST activities/{id}/look',
      'POST activities/{id}/changes',
      'GET activities/{id}/changes',
      'POST activities/{id}/overlaps',
      'POST activities/{id}/schedule',
      'POST activities/{id}/pause',
      'POST activities/{id}/resume',
      'POST activities/{id}/cancel',
      'GET /api/v1/me',
      'POST /api/v1/workspaces',
    ])
      expect(has).toContain(route)
  })
})

describe('every route of a workspace', () => {
  test('has no workspace where there is no number of one', async () => {
    for (const route of inWorkspace())
      for (const odd of ['0', '-1', '1e3', 'abc', '99999999999999999999', '1%00', "1'or'1"])
        expect(
          (await app.call(route.method, fill(route.path, odd, theirActivity), { key: mine.key, ...bodyFor(route) }))
            .status,
        ).toBe(404)
  })

  test('answers a deleted draft as one that does not exist, except to who brings it back', async () => {
    const { body } = await app.call('POST', `${mine.base}/activities`, { key: mine.key, body: { name: 'Deleted' } })
    const { id } = body as { id: number }
    await app.call('DELETE', `${mine.base}/activities/${id}`, { key: mine.key })
    const ofActivity = inWorkspace().filter(
      ({ path, operation }) => /\/activities\/\{id\}/.test(path) && operation.operationId !== 'restoreActivity',
    )
    for (const route of ofActivity) {
      const given = route.operation.operationId === 'changeActivity' ? { body: { revision: 1 } } : bodyFor(route)
      const answer = await app.call(route.method, fill(route.path, mine.id, id), { key: mine.key, ...given })
      expect([route.method, route.path, answer.status]).toEqual([route.method, route.path, 404])
    }
    const compared = await app.call('GET', `${mine.base}/activities/compare?ids=${id}`, { key: mine.key })
    expect(compared.status).toBe(404)
  })

  test('does not show a thing of another workspace', async () => {
    for (const route of inWorkspace().filter(
      ({ method, path }) => method === 'GET' && !/\{(id|userId)\}/.test(path.replace('{w}', '')),
    )) {
      const owner = /\/(api-keys|audit|invitations)$/.test(route.path) ? { cookie: await cookie() } : { key: mine.key }
      // What must be named is theirs: there is no such thing here.
      const named = (route.operation.parameters ?? []).filter(
        ({ in: place, required }) => place === 'query' && required,
      )
      const query = new URLSearchParams(named.map(({ name }): [string, string] => [name, String(theirActivity)]))
      const { status, body } = await app.call('GET', `${fill(route.path, mine.id, 1)}?${query}`, owner)
      // A tag is any text: nobody has it, and nothing names it.
      const isThing = named.some(({ name }) => name !== 'tag') || route.path.includes('{name}')
      expect([route.path, status]).toEqual([route.path, isThing ? 404 : 200])
      expect(JSON.stringify(body)).not.toContain('Secret')
    }
  })

  let owner: string | undefined
  const cookie = async () => (owner ??= await app.ownerCookie())
})

describe('API keys', () => {
  test('open until they are revoked, at once', async () => {
    const cookie = await app.ownerCookie()
    const made = await app.call('POST', `${mine.base}/api-keys`, {
      cookie,
      body: { name: 'Shop system', role: 'editor' },
    })
    const { id, key } = made.body as { id: number; key: string }
    expect(key).toMatch(/^homing_[\w-]{43}$/)
    expect((await app.call('GET', '/api/v1/me', { key })).body).toMatchObject({
      user: { id: `key:${id}` },
      workspaces: [{ id: mine.id, role: 'editor' }],
    })
    const listed = await app.call('GET', `${mine.base}/api-keys`, { cookie })
    expect(JSON.stringify(listed.body)).not.toContain(key.slice(14))
    expect((await app.call('DELETE', `${mine.base}/api-keys/${id}`, { cookie })).status).toBe(204)
    expect(await app.call('GET', '/api/v1/me', { key })).toMatchObject({
      status: 401,
      body: { code: 'api_key_invalid' },
    })
    const stored = await app.db.query<{ text: string }>(sql`select k::text as text from api_keys k`)
    expect(stored.some(({ text }) => text.includes(key))).toBe(false)
  })

  test('guessing is slowed down', async () => {
    const guess = (i: number) =>
      app.call('GET', '/api/v1/me', { key: `homing_${String(i).padStart(43, 'x')}`, from: '10.9.9.9' })
    const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => guess(i)))
    expect(answers[0]).toMatchObject({ status: 401, body: { code: 'api_key_invalid' } })
    expect(answers.at(-1)).toMatchObject({ status: 429 })
    expect((await app.call('GET', '/api/v1/me', { key: mine.key, from: '10.9.9.9' })).status).toBe(200)
  })

  test.each(['', 'Bearer', 'Bearer x', 'Basic abc', 'Bearer homing_', `Bearer homing_${'a'.repeat(43)} b`])(
    '"%s" is none',
    async authorization => {
      expect(
        (await app.call('GET', '/api/v1/me', { headers: { authorization }, from: `10.8.0.${authorization.length}` }))
          .status,
      ).toBe(401)
    },
  )
})

describe('members', () => {
  test('come by a link of their own, see only their workspace, and leave', async () => {
    const cookie = await app.ownerCookie()
    const added = await app.call('POST', `${mine.base}/members`, {
      cookie,
      body: { email: 'Eva@shop.example', role: 'viewer' },
    })
    const { link } = added.body as { link: string }
    const eva = await app.cookieOf(link)
    const { body } = await app.call('GET', '/api/v1/me', { cookie: eva })
    expect(body).toMatchObject({ user: { email: 'eva@shop.example' }, workspaces: [{ id: mine.id, role: 'viewer' }] })
    const { user } = body as { user: { id: string } }
    expect((await app.call('GET', `${theirs.base}/activities`, { cookie: eva })).status).toBe(404)
    expect((await app.call('POST', `${mine.base}/activities`, { cookie: eva, body: { name: 'x' } })).status).toBe(403)
    expect((await app.call('POST', '/api/v1/workspaces', { cookie: eva, body: { name: 'Evas' } })).status).toBe(403)
    expect((await app.call('DELETE', `${mine.base}/members/${user.id}`, { cookie })).status).toBe(204)
    expect((await app.call('GET', `${mine.base}/activities`, { cookie: eva })).status).toBe(401)
  })
})

describe('bad input', () => {
  const bad: [string, 'POST' | 'PATCH', string, unknown, string][] = [
    ['a wrong type', 'POST', '/activities', { name: 5 }, 'body.name'],
    ['a missing field', 'POST', '/activities', { gatewayId: 1 }, 'body.name'],
    ['an unknown field', 'POST', '/activities', { name: 'x', sendr: 'y' }, 'body.sendr'],
    ['content of no channel', 'POST', '/activities', { name: 'x', content: { sender: 'y' } }, 'body.content.channel'],
    ['an unknown channel', 'POST', '/activities', { name: 'x', content: { channel: 'fax' } }, 'body.content.channel'],
    [
      'a wrong value deep inside',
      'POST',
      '/activities',
      { name: 'x', sendTo: { topics: ['1'], duplicates: 'all' } },
      'body.sendTo.topics.0',
    ],
    [
      'a word that is none',
      'POST',
      '/activities',
      { name: 'x', sendTo: { topics: [], duplicates: 'some' } },
      'body.sendTo.duplicates',
    ],
    ['a number that is too large', 'POST', '/activities', { name: 'x', gatewayId: 1e12 }, 'body.gatewayId'],
    ['a text that is too long', 'POST', '/activities', { name: 'x'.repeat(201) }, 'body.name'],
    ['a time that is none', 'POST', '/activities', { name: 'x', sendAt: '2026-13-01' }, 'body.sendAt'],
    [
      'a topic of nobody',
      'POST',
      '/activities',
      { name: 'x', sendTo: { topics: [12345], duplicates: 'all' } },
      'sendTo.topics',
    ],
    ['a gateway of nobody', 'POST', '/activities', { name: 'x', gatewayId: 12345 }, 'gatewayId'],
    ['an array for an object', 'POST', '/activities', [], 'body'],
    ['null', 'POST', '/topics', { name: null }, 'body.name'],
    ['no body where one is needed', 'POST', '/topics', undefined, 'body.name'],
    [
      'a port that is none',
      'POST',
      '/gateways',
      { kind: 'smpp', name: 'x', settings: { host: 'h', port: 70000, systemId: 'u', password: 'p' } },
      'settings.port',
    ],
  ]

  test.each(bad)(
    '%s: says where, what and how to fix it, and changes nothing',
    async (_, method, path, body, where) => {
      const count = () =>
        app.db.query(
          sql`select (select count(*) from activities) as a, (select count(*) from topics) as t, (select count(*) from gateways) as g`,
        )
      const before = await count()
      const answer = await app.call(method, `${mine.base}${path}`, {
        key: mine.key,
        ...(body === undefined ? {} : { body }),
      })
      expect(answer).toMatchObject({
        status: 400,
        headers: { 'content-type': 'application/problem+json' },
      })
      const told = answer.body as { code: string; title: string; fix: string; errors?: { where: string }[] }
      expect(told).toMatchObject({ code: 'invalid_input', fix: expect.stringMatching(/\S/) })
      expect(told.title.startsWith(`${where}: `)).toBe(true)
      expect(await count()).toEqual(before)
    },
  )

  test('a body that is no JSON, a NUL, too much and a strange type each get their sentence', async () => {
    const post = (payload: string, type: string) =>
      app.built.app.inject({
        method: 'POST',
        url: `${mine.base}/topics`,
        headers: { authorization: `Bearer ${mine.key}`, 'content-type': type },
        payload,
      })
    expect(await post('{"name":', 'application/json')).toMatchObject({ statusCode: 400 })
    expect((await post(JSON.stringify({ name: 'a\u0000b' }), 'application/json')).json()).toMatchObject({
      status: 400,
      code: 'invalid_input',
    })
    expect(
      (await post(JSON.stringify({ name: 'x', body: 'y'.repeat(5_000_000) }), 'application/json')).json(),
    ).toMatchObject({ status: 413, code: 'body_too_large' })
    expect((await post('<a/>', 'text/xml')).json()).toMatchObject({ status: 415, code: 'media_type' })
    expect((await post('{"__proto__":{"admin":true},"name":"x"}', 'application/json')).json()).toMatchObject({
      status: 400,
      errors: [{ where: expect.stringContaining('__proto__') }],
    })
    const nul = await app.call('POST', `${mine.base}/activities`, {
      key: mine.key,
      body: { name: 'x', body: 'a\u0000b' },
    })
    expect(nul).toMatchObject({ status: 400, body: { code: 'invalid_input' } })
  })

  test('an address that is none, and a method that is none, are 404', async () => {
    for (const path of ['/api/v1/nothing', '/api/v1/workspaces/1/nothing', '/api', '/api/v2/me', '/nothing'])
      expect(await app.call('GET', path, { key: mine.key })).toMatchObject({ status: 404, body: { code: 'not_found' } })
    expect((await app.call('PUT', `${mine.base}/topics`, { key: mine.key })).status).toBe(404)
  })
})

test('answers carry the headers that keep a browser safe', async () => {
  const { headers } = await app.call('GET', '/api/v1/me', { key: mine.key })
  expect(headers).toMatchObject({
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'x-request-id': expect.any(String),
  })
  expect(headers['content-security-policy']).toContain("default-src 'self'")
  expect(headers['strict-transport-security']).toBeUndefined()
})

test('alive and ready', async () => {
  expect((await app.call('GET', '/health')).status).toBe(200)
  expect(await app.call('GET', '/ready')).toMatchObject({ status: 200, body: { status: 'ready' } })
})

test('no fault of the server was logged', () => expect(app.faults).toEqual([]))

test('a format in the schema of an answer is known to what writes it', async () => {
  const tags = { include: { match: 'any', tags: ['vip'] }, exclude: { match: 'any', tags: [] } }
  const body = { name: 'Tagged', sendTo: { topics: [], duplicates: 'all', tags } }
  const made = await app.call('POST', `${mine.base}/activities`, { key: mine.key, body })
  expect(made, JSON.stringify(made.body)).toMatchObject({ status: 201 })
  expect(warned.mock.calls.filter(([said]) => String(said).includes('format'))).toEqual([])
})

test('half of an emoji, as a cut text ends with, is a broken character in what is kept, not a fault of the server', async () => {
  const consents = [{ topic: 'Offers\ud83d', channel: 'sms', granted: true, source: 'shop\ud83d' }]
  const profiles = [{ externalKey: 'half', firstName: 'Anna\ud83d', consents }]
  const kept = await app.call('POST', `${mine.base}/profiles`, { key: mine.key, body: { profiles } })
  expect(kept).toMatchObject({ status: 200, body: { results: [{ created: true }] } })
  const draft = await app.call('POST', `${mine.base}/activities`, {
    key: mine.key,
    body: {
      name: 'Autumn',
      content: { channel: 'sms', utm: { on: true, source: 'sms\ud83d', medium: '', name: '' } },
    },
  })
  expect(draft).toMatchObject({ status: 201, body: { content: { utm: { source: 'sms\u{FFFD}' } } } })
})
