/**
 * Who may call what: every operation of the document that the server serves, called by everybody on everything. What the document
 * says of an operation (`x-role`, its security schemes) is what is enforced, and no answer tells a thing of another workspace from
 * one that does not exist. As a list for people: docs/roles.md. Signing in and being invited: server/access.
 */
import { beforeAll, describe, expect, test } from 'vitest'
import { testApp, url } from './access/app.fixture.ts'
import {
  type Caller,
  everything,
  fieldsOf,
  fill,
  goodBody,
  type Ids,
  idsIn,
  makeCallers,
  makeThings,
  type Operation,
  operationsOf,
  type Things,
} from './routes.fixture.ts'

const app = testApp()
const nowhere = 99_999_999

let operations: Operation[]
let callers: Caller[]
let mine: Things
let theirs: Things
let asked = 0

beforeAll(async () => {
  operations = await operationsOf(app)
  mine = await makeThings(app, (await app.workspace('Mine')).id)
  theirs = await makeThings(app, (await app.workspace('Theirs')).id, 2)
  callers = await makeCallers(app, mine.workspaceId, theirs.workspaceId)
  // A key's first call of an hour is written down.
  for (const { as } of callers) await app.call('GET', '/api/v1/me', { ...as, from: from() })
})

/** An address of its own for each: tries are limited by address. */
const from = () => `10.${(++asked >> 16) & 255}.${(asked >> 8) & 255}.${asked & 255}`

const ranks = ['viewer', 'editor', 'admin', 'owner']

/** What the document says of this call; 'allowed': whatever the operation itself answers. */
function expected(operation: Operation, caller: Caller, workspace?: number): 401 | 403 | 404 | 'allowed' {
  const { role = '', keys } = operation
  if (role === 'public') return 'allowed'
  if (caller.kind === undefined) return 401
  const had = workspace === undefined ? '' : caller.roles[workspace]
  if (had === undefined) return 404
  if (caller.kind === 'key' && !keys) return 403
  if (role === 'installation_owner') return caller.installationOwner === true ? 'allowed' : 403
  if (role === 'signed_in') return 'allowed'
  return ranks.indexOf(had) >= ranks.indexOf(role) ? 'allowed' : 403
}

interface Answer {
  status: number
  /** without what is of this one answer; ids are all the same */
  body: string
}

async function call(
  operation: Operation,
  caller: Caller,
  path: string,
  {
    body = goodBody(operation),
    headers = {},
    query = '',
  }: { body?: unknown; headers?: Record<string, string>; query?: string } = {},
): Promise<Answer> {
  const { as } = caller
  const response = await app.built.app.inject({
    method: operation.method,
    url: query === '' ? path : `${path}?${query}`,
    remoteAddress: from(),
    headers: {
      ...(as.key !== undefined && { authorization: `Bearer ${as.key}` }),
      ...(as.cookie !== undefined && { cookie: as.cookie }),
      ...headers,
    },
    ...(body !== undefined && { payload: body as object }),
    payloadAsStream: operation.endless,
  })
  // An endless answer has begun when its status is known.
  if (operation.endless && response.statusCode === 200) {
    response.stream().destroy()
    return { status: 200, body: '' }
  }
  const text = operation.endless ? '' : response.body
  return {
    status: response.statusCode,
    body: text.replace(/urn:uuid:[\w-]+/, '').replace(/\d+/g, '#'),
  }
}

/** What must be named in the query, of this workspace. */
function needed({ parameters = [] }: Operation, { named }: Things): string {
  const required = parameters.filter(({ in: place, required }) => place === 'query' && required)
  return new URLSearchParams(required.map(({ name }): [string, string] => [name, String(named[name] ?? 1)])).toString()
}

const missing = (path: string): Ids => Object.fromEntries(idsIn(path).map(({ name }) => [name, nowhere]))

describe('the document', () => {
  test('says of every operation who may call it: a role, and by what they show it', () => {
    const known = ['public', 'signed_in', 'installation_owner', ...ranks]
    for (const { operationId, role, inWorkspace, security } of operations as (Operation & { security: object[] })[]) {
      expect([operationId, role]).toEqual([operationId, expect.stringMatching(`^(${known.join('|')})$`)])
      expect([operationId, ranks.includes(role ?? '')]).toEqual([operationId, inWorkspace])
      expect([operationId, security.length > 0]).toEqual([operationId, role !== 'public'])
    }
  })

  test('has every route of the server but those that are no part of the API', async () => {
    const hidden = new Set<string>()
    const documented = new Set(operations.map(({ method, path }) => `${method} ${path.replace(/\{(\w+)\}/g, ':$1')}`))
    for (const line of routesOf(app.built.app.printRoutes({ commonPrefix: false })))
      if (!documented.has(line) && !/^(HEAD|OPTIONS) /.test(line)) hidden.add(line)
    expect([...hidden].sort()).toEqual(
      [
        'GET /api/v1/openapi.json',
        'GET /health',
        'GET /invitation/:token',
        'GET /ready',
        'GET /sign-in-link/:token',
        'POST /invitation/:token',
        'POST /sign-in-link/:token',
      ].sort(),
    )
  })
})

/** "METHOD /path" for each of a printed tree of routes. */
function routesOf(tree: string): string[] {
  const at: string[] = []
  return tree.split('\n').flatMap(line => {
    const found = /^([│ ]*)[├└]── (.*?)(?: \(([A-Z, ]+)\))?$/.exec(line)
    if (found === null) return []
    const depth = (found[1] ?? '').length / 4
    at.length = depth
    at[depth] = found[2] ?? ''
    return (found[3] ?? '')
      .split(', ')
      .filter(method => method !== '')
      .map(method => `${method} ${at.join('')}`)
  })
}

describe('every operation, called by everybody', { timeout: 120_000 }, () => {
  test('refuses as its role says, tells nothing of what it refuses, and changes nothing', async () => {
    const wrong: unknown[] = []
    const before = await everything(app)
    let calls = 0
    for (const operation of operations) {
      const { path, operationId, inWorkspace } = operation
      if (operation.role === 'public') continue
      const paths = inWorkspace
        ? [
            { of: 'mine', w: mine.workspaceId, at: fill(path, mine.workspaceId, idsMine(path)) },
            { of: 'theirs', w: theirs.workspaceId, at: fill(path, theirs.workspaceId, idsTheirs(path)) },
            { of: 'none', w: nowhere, at: fill(path, nowhere, missing(path)) },
          ]
        : [{ of: 'no workspace', w: undefined, at: path }]
      const callsOf = async (caller: Caller) => {
        const answers: Record<string, Answer> = {}
        for (const { of, w, at } of paths) {
          const want = expected(operation, caller, w)
          if (want === 'allowed') continue
          calls++
          const answer = await call(operation, caller, at, { query: needed(operation, mine) })
          answers[of] = answer
          if (answer.status !== want) wrong.push([operationId, caller.name, of, want, answer.status])
        }
        // Somebody else's workspace is no other than one that there is not.
        for (const of of ['mine', 'theirs'])
          if (answers[of]?.status === 404 && answers[of].body !== answers.none?.body)
            wrong.push([operationId, caller.name, of, answers[of].body, answers.none?.body])
      }
      await Promise.all(callers.map(callsOf))
    }
    expect(wrong).toEqual([])
    expect(await everything(app)).toEqual(before)
    expect(calls).toBeGreaterThan(1500)
  })

  test('answers a thing of another workspace as one that does not exist, and changes neither', async () => {
    const wrong: unknown[] = []
    const before = await everything(app)
    for (const operation of operations.filter(({ path }) => idsIn(path).length > 0)) {
      const { path, operationId } = operation
      const foreign = idsIn(path).map((_, i) => mixed(path, i, idsTheirs(path)))
      const none = idsIn(path).map((_, i) => mixed(path, i, missing(path)))
      const query = needed(operation, mine)
      const compare = async (caller: Caller) => {
        for (const [i, ids] of foreign.entries()) {
          const other = await call(operation, caller, fill(path, mine.workspaceId, ids), { query })
          const nothing = await call(operation, caller, fill(path, mine.workspaceId, none[i] ?? {}), { query })
          if (other.status !== 404 || other.body !== nothing.body)
            wrong.push([operationId, caller.name, ids, other, nothing])
        }
      }
      const allowed = callers.filter(caller => expected(operation, caller, mine.workspaceId) === 'allowed')
      await Promise.all(allowed.map(compare))
    }
    expect(wrong).toEqual([])
    expect(await everything(app)).toEqual(before)
  })

  test('takes what its role may do, the same for all who may', async () => {
    const wrong: unknown[] = []
    for (const operation of operations) {
      // The callers of these are gone by then: members.db.test.ts.
      if (['leaveWorkspace', 'signOutEverywhere'].includes(operation.operationId)) continue
      // One's own, or as an admin any: exports.db.test.ts.
      if (operation.operationId === 'cancelExport') continue
      const { path, operationId, inWorkspace } = operation
      const answers: [string, number][] = []
      for (const caller of callers) {
        if (expected(operation, caller, inWorkspace ? mine.workspaceId : undefined) !== 'allowed') continue
        // Who signs out is gone.
        if (operation.role === 'public' && caller.kind !== undefined) continue
        const at = fill(path, mine.workspaceId, await mine.idsFor(path))
        const { status } = await call(operation, caller, at, { query: needed(operation, mine) })
        answers.push([caller.name, status])
      }
      const statuses = new Set(answers.map(([, status]) => status))
      // What one has made, the next finds there.
      if (statuses.has(201)) statuses.delete(409)
      const refused = operation.role !== 'public' && [401, 403, 404].some(status => statuses.has(status))
      if (refused || answers.length === 0 || [...statuses].some(status => status >= 500) || statuses.size > 1)
        wrong.push([operationId, answers])
    }
    expect(wrong).toEqual([])
    expect(app.faults).toEqual([])
  })
})

let ids: Record<string, { mine: Ids; theirs: Ids }> = {}
beforeAll(async () => {
  ids = {}
  for (const { path } of operations) ids[path] ??= { mine: await mine.idsFor(path), theirs: await theirs.idsFor(path) }
})
const idsMine = (path: string): Ids => ids[path]?.mine ?? {}
const idsTheirs = (path: string): Ids => ids[path]?.theirs ?? {}

/** Ids of mine, the i-th of them and those behind it replaced. */
function mixed(path: string, i: number, others: Ids): Ids {
  const names = idsIn(path).map(({ name }) => name)
  return Object.fromEntries(names.map((name, k) => [name, (k < i ? idsMine(path) : others)[name] ?? 1]))
}

test('an id of another workspace in a body or a query is answered as one that does not exist', async () => {
  const wrong: unknown[] = []
  const admin = callers.find(({ name }) => name === 'a key of an admin')
  if (admin === undefined) throw new Error('nobody to call')
  let compared = 0
  for (const operation of operations.filter(({ inWorkspace, keys }) => inWorkspace && keys)) {
    const { path, operationId, parameters = [] } = operation
    const answer = async (change: { query?: string; body?: unknown }) =>
      call(operation, admin, fill(path, mine.workspaceId, await mine.idsFor(path)), {
        query: needed(operation, mine),
        ...change,
      })
    for (const { name } of parameters.filter(
      ({ in: place, name }) => place === 'query' && theirs.named[name] !== undefined,
    )) {
      const asked = (id: number) => answer({ query: new URLSearchParams({ [name]: String(id) }).toString() })
      const [other, nothing] = [await asked(theirs.named[name] ?? 0), await asked(nowhere)]
      compared++
      if (other.status !== nothing.status || other.body !== nothing.body)
        wrong.push([operationId, name, other, nothing])
    }
    const body = goodBody(operation)
    for (const { at } of fieldsOf(operation.requestBody?.content['application/json']?.schema)) {
      const name = at.findLast(step => step !== '0') ?? ''
      if (theirs.named[name] === undefined || typeof body !== 'object') continue
      const asked = (id: number) => answer({ body: withValue(body, at, id) })
      const [other, nothing] = [await asked(theirs.named[name] ?? 0), await asked(nowhere)]
      compared++
      if (other.status !== nothing.status || other.status < 400 || other.body !== nothing.body)
        wrong.push([operationId, at, other, nothing])
    }
  }
  expect(wrong).toEqual([])
  expect(compared).toBeGreaterThan(8)
})

function withValue(body: unknown, [step, ...further]: readonly string[], value: unknown): unknown {
  if (step === undefined) return value
  if (step === '0') return [withValue(undefined, further, value)]
  const held = typeof body === 'object' && body !== null ? body : {}
  return { ...held, [step]: withValue(Reflect.get(held, step), further, value) }
}

describe('a request from another site', { timeout: 120_000 }, () => {
  const own = new URL(url)
  const foreign: Record<string, string>[] = [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: '' },
    { origin: `${own.protocol}//${own.hostname}:1` },
    { origin: `${own.protocol}//evil.${own.host}` },
    { origin: `${own.protocol}//${own.host}.evil.example` },
    { origin: `${own.protocol}//${own.host}@evil.example` },
    { origin: `file://` },
    { origin: own.origin, 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'https://evil.example', 'content-type': 'text/plain' },
    { origin: 'https://evil.example', 'content-type': 'application/x-www-form-urlencoded' },
    { origin: 'https://evil.example', 'content-type': 'multipart/form-data; boundary=x' },
    { origin: 'https://evil.example', 'x-forwarded-host': 'evil.example' },
  ]

  test('changes nothing with the cookie of a person, in any operation, in any way of writing it', async () => {
    const wrong: unknown[] = []
    const owner = callers.find(({ installationOwner }) => installationOwner)
    if (owner === undefined) throw new Error('nobody to call')
    const before = await everything(app)
    for (const operation of operations.filter(({ method }) => method !== 'GET'))
      for (const headers of foreign) {
        const at = fill(operation.path, mine.workspaceId, idsMine(operation.path))
        const body = headers['content-type'] === undefined ? goodBody(operation) : 'x'
        const { status, body: told } = await call(operation, owner, at, { headers, body })
        // Without a principal, a body that is not read at all is refused first.
        const unread = operation.role === 'public' && status === 415
        if (!unread && (status !== 403 || !told.includes('cross_site')))
          wrong.push([operation.operationId, headers, status])
      }
    expect(wrong).toEqual([])
    expect(await everything(app)).toEqual(before)
  })

  test('gets no leave to read or to send by CORS', async () => {
    for (const { path } of operations) {
      const at = fill(path, mine.workspaceId, idsMine(path))
      const headers = { origin: 'https://evil.example', 'access-control-request-method': 'POST' }
      const response = await app.built.app.inject({ method: 'OPTIONS', url: at, headers, remoteAddress: from() })
      expect([path, response.statusCode]).toEqual([path, 404])
      expect(Object.keys(response.headers).filter(name => name.startsWith('access-control'))).toEqual([])
    }
  })
})

test('a body of a type that forms of other sites can send is read by no operation', async () => {
  const owner = callers.find(({ installationOwner }) => installationOwner)
  const admin = callers.find(({ name }) => name === 'a key of an admin')
  if (admin === undefined || owner === undefined) throw new Error('nobody to call')
  const wrong: unknown[] = []
  for (const operation of operations.filter(({ method, role }) => method !== 'GET' && role !== 'public')) {
    const json = JSON.stringify(goodBody(operation) ?? {})
    for (const type of [
      '',
      'text/plain',
      'text/plain; charset=utf-8',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
    ]) {
      const at = fill(operation.path, mine.workspaceId, idsMine(operation.path))
      const headers: Record<string, string> = type === '' ? {} : { 'content-type': type }
      const { status } = await call(operation, operation.keys ? admin : owner, at, { headers, body: json })
      const form =
        /\/imports(\/preview|\/outcomes)?$|\/segments\/lists$/.test(operation.path) && type.startsWith('multipart')
      if (status !== (form ? 400 : 415)) wrong.push([operation.operationId, type, status])
    }
  }
  expect(wrong).toEqual([])
})

describe('another method', () => {
  test('of an address is no way around: HEAD is refused as GET is, a method that is named elsewhere is not read', async () => {
    const wrong: unknown[] = []
    const before = await everything(app)
    for (const operation of operations.filter(({ method, endless }) => method === 'GET' && !endless)) {
      const at = fill(operation.path, mine.workspaceId, idsMine(operation.path))
      for (const caller of callers) {
        const want = expected(operation, caller, operation.inWorkspace ? mine.workspaceId : undefined)
        if (want === 'allowed') continue
        const { status } = await app.call('HEAD', at, { ...caller.as, from: from() })
        // Where a look at the head would do the work, there is no HEAD.
        if (status !== want && status !== 404) wrong.push([operation.operationId, caller.name, want, status])
      }
      const viewer = callers.find(({ name }) => name === 'viewer')
      for (const method of ['DELETE', 'PATCH'])
        await app.call('GET', `${at}?_method=${method}`, {
          ...viewer?.as,
          headers: { 'x-http-method-override': method, 'x-method-override': method, 'x-http-method': method },
          from: from(),
        })
    }
    expect(wrong).toEqual([])
    const after = await everything(app)
    // Who takes a list along is written down.
    expect({ ...after, audit: '', exports: '' }).toEqual({ ...before, audit: '', exports: '' })
  })

  test('has no answer without an end', async () => {
    const viewer = callers.find(({ name }) => name === 'viewer')
    for (const { path } of operations.filter(({ endless }) => endless)) {
      const at = fill(path, mine.workspaceId, idsMine(path))
      expect((await app.call('HEAD', at, { ...viewer?.as, from: from() })).status).toBe(404)
    }
  })
})
