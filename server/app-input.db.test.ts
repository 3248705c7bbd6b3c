/** Bad input over the whole API: numbers, times and names follow one rule in every route. Whatever else is sent: server/hostile.db.test.ts. */
import { beforeAll, describe, expect, test } from 'vitest'
import { testApp } from './access/app.fixture.ts'
import { sql } from './platform/db/sql.ts'
import { fieldsOf, type Operation, operationsOf } from './routes.fixture.ts'

const app = testApp()

let routes: { path: string; operation: Operation }[]
let mine: { id: number; key: string; base: string }
let draftId: number

const call = (method: Operation['method'], path: string, body?: unknown) =>
  app.call(method, `${mine.base}${path}`, { key: mine.key, ...(body === undefined ? {} : { body }) })

beforeAll(async () => {
  routes = (await operationsOf(app)).map(operation => ({ path: operation.path, operation }))
  mine = await app.workspace('Mine')
  draftId = ((await call('POST', '/activities', { name: 'Draft' })).body as { id: number }).id
})

test('a whole number has bounds in every route that takes one: what is stored has them too', () => {
  const unbounded = routes.flatMap(({ path, operation }) => [
    ...(operation.parameters ?? [])
      .filter(({ name, schema }) => name !== 'w' && schema.type === 'integer' && schema.maximum === undefined)
      .map(({ name }) => [path, name]),
    ...fieldsOf(operation.requestBody?.content['application/json']?.schema)
      .filter(({ schema }) => schema.type === 'integer' && schema.maximum === undefined)
      .map(({ at }) => [path, at.join('.')]),
  ])
  expect(unbounded).toEqual([])
})

describe('a time', () => {
  const odd = [
    '2026-12-31T23:59:60Z',
    '2026-03-02T24:00:00Z',
    '10000-01-01T00:00:00Z',
    '+010000-01-01T00:00:00Z',
    '9999-12-31T23:59:59-01:00',
    '2030-03-02T10:00:00',
    '2030-02-30T10:00:00Z',
    '2030-03-02T10:00:00Z[Europe/Stockholm]',
    '2030-03-02',
    'tomorrow',
    '',
  ]
  test('that does not exist, or has no zone, is refused with what and where, and changes nothing', async () => {
    const before = (await call('GET', `/activities/${draftId}`)).body as { revision: number }
    for (const time of odd)
      for (const field of ['sendAt', 'latestAt']) {
        const refused = {
          status: 400,
          body: {
            code: 'invalid_input',
            errors: expect.arrayContaining([
              { where: `body.${field}`, what: expect.stringContaining('must be a time like') },
            ]),
          },
        }
        expect([time, await call('POST', '/activities', { name: 'A', [field]: time })]).toMatchObject([time, refused])
        const change = { revision: before.revision, [field]: time }
        expect(await call('PATCH', `/activities/${draftId}`, change)).toMatchObject(refused)
        if (field === 'sendAt')
          expect(await call('POST', `/activities/${draftId}/schedule`, { sendAt: time })).toMatchObject(refused)
      }
    expect((await call('GET', `/activities/${draftId}`)).body).toEqual(before)
  })

  test('in any zone is kept as the instant that it is', async () => {
    const made = await call('POST', '/activities', { name: 'A', sendAt: '2030-03-02T10:00:00.5+05:45' })
    expect(made).toMatchObject({ status: 201, body: { sendAt: '2030-03-02T04:15:00.500Z' } })
  })

  test('of an attribute is a day of the calendar, or a text', async () => {
    const put = async (birthday: string) =>
      (await call('POST', '/profiles', { profiles: [{ externalKey: 'K', attributes: { birthday } }] })).body
    expect(await put('2024-02-29')).toMatchObject({ results: [{ created: true }] })
    expect(await put('2026-02-30')).toMatchObject({ results: [{ problem: { code: 'invalid_input' } }] })
  })
})

describe('a name', () => {
  test('is checked by one rule in every route that takes one', () => {
    const all = routes.flatMap(({ path, operation }) =>
      fieldsOf(operation.requestBody?.content['application/json']?.schema).map(field => ({ path, ...field })),
    )
    const named = all.filter(({ at }) => /^(name|topic|source|reason)$/.test(at.at(-1) ?? '') && !at.includes('utm'))
    expect(named.length).toBeGreaterThan(8)
    for (const { path, at, schema } of named)
      expect([path, at.join('.'), schema.format]).toEqual([
        path,
        at.join('.'),
        expect.stringMatching(/^(name|line|text)$/),
      ])
  })

  test('of only spaces, invisible or with control characters is refused; spaces around one are taken off', async () => {
    for (const name of [' ', '\u00a0\u2003', '\u200b', '\t', 'a\u0007', 'a\u001b'])
      for (const [method, path, body, where] of [
        ['POST', '/activities', { name }, 'body.name'],
        ['POST', '/topics', { name }, 'body.name'],
        [
          'POST',
          '/gateways',
          { kind: 'smpp', name, settings: { host: 'localhost', port: 2775, systemId: 'x', password: '' } },
          'body.name',
        ],
        [
          'POST',
          '/profiles',
          { profiles: [{ externalKey: 'K', consents: [{ topic: name, channel: 'sms', granted: true, source: 'x' }] }] },
          'body.profiles.0.consents.0.topic',
        ],
      ] as const)
        expect([name, path, await call(method, path, body)]).toMatchObject([
          name,
          path,
          { status: 400, body: { code: 'invalid_input', errors: [{ where }] } },
        ])
    const cookie = await app.ownerCookie()
    for (const path of ['/api/v1/workspaces', `${mine.base}/api-keys`])
      expect((await app.call('POST', path, { cookie, body: { name: ' \u200b' } })).status).toBe(400)
    expect(await call('POST', '/activities', { name: ' Ho\u0308st ' })).toMatchObject({
      status: 201,
      body: { name: 'Höst' },
    })
    await app.call('POST', `${mine.base}/api-keys`, { cookie, body: { name: ' Shop ' } })
    expect(await app.db.query(sql`select name from api_keys order by id desc limit 1`)).toEqual([{ name: 'Shop' }])
  })

  test('that was copied from a spreadsheet is kept as one line, wherever it is given', async () => {
    const name = 'Autumn\tsale\r\n2026'
    const kept = 'Autumn sale 2026'
    const made = await call('POST', '/activities', { name })
    expect(made).toMatchObject({ status: 201, body: { name: kept } })
    const { id, revision } = made.body as { id: number; revision: number }
    const changed = await call('PATCH', `/activities/${id}`, { revision, name: `${name}\t` })
    expect(changed).toMatchObject({ status: 200, body: { name: kept } })
    expect(await call('POST', '/topics', { name })).toMatchObject({ body: { name: kept } })
    const consents = [{ topic: name, channel: 'sms', granted: true, source: name }]
    await call('POST', '/profiles', { profiles: [{ externalKey: 'cells', consents }] })
    const sources = await app.db.query(sql`select t.name, c.source from consents c join topics t on t.id = c.topic_id
      where c.workspace_id = ${mine.id} and t.name like 'Autumn%'`)
    expect(sources).toEqual([{ name: kept, source: kept }])
  })

  test('of a draft may be emptied while somebody types, and is then what is missing', async () => {
    const { id, revision } = (await call('POST', '/activities', { name: 'A' })).body as { id: number; revision: number }
    const emptied = await call('PATCH', `/activities/${id}`, { revision, name: '  ' })
    expect(emptied).toMatchObject({
      status: 200,
      body: { name: '', problems: expect.arrayContaining([expect.objectContaining({ code: 'name_empty' })]) },
    })
  })
})

test('no fault of the server was logged', () => expect(app.faults).toEqual([]))
