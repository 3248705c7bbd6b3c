/** What every answer carries, whatever it is: pages, files, the API, errors, downloads, short links, opt-out pages, and answers to requests that are no HTTP. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { testApp } from './access/app.fixture.ts'
import { signInLink } from './access/links.ts'
import { frontOf, type RawAnswer } from './front.fixture.ts'
import { sql } from './platform/db/sql.ts'
import { makeThings, type Things } from './routes.fixture.ts'

const folder = mkdtempSync(join(tmpdir(), 'homing-headers-'))
mkdirSync(join(folder, 'assets'))
writeFileSync(join(folder, 'index.html'), '<!doctype html><title>Homing</title><script>early()</script>')
writeFileSync(join(folder, 'assets', 'a-1.js'), 'run()')
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const secure = 'https://sms.example.com'
const app = testApp({ uiFolder: folder, url: secure, linkUrl: 'https://go.example.com' })
const plain = testApp({ uiFolder: folder })
const front = frontOf(app)
const plainFront = frontOf(plain)

let things: Things
let base: string
let key: string
const hostile = 'Höst "rea"; filename=evil.html \\ ../../etc/passwd \u202etxt.exe 💥 %0d%0aSet-Cookie: a=b'

beforeAll(async () => {
  const workspace = await app.workspace('Headers')
  things = await makeThings(app, workspace.id, 3)
  ;({ base, key } = workspace)
  await app.db.run(sql`update activities set name = ${hostile} where id = ${things.named.ids}`)
})

const auth = () => ({ authorization: `Bearer ${key}` })
const json = { 'content-type': 'application/json' }

/** Every kind of answer that there is. */
async function answers(): Promise<[name: string, status: number, answer: RawAnswer][]> {
  const sent = `${base}/activities/${things.named.ids}`
  const profile = things.named.profile
  const imported = (await things.idsFor('imports/{id}')).id
  const { ask, raw, link, optOut, unknown } = front
  const all: [string, number, Promise<RawAnswer>][] = [
    ['the page', 200, ask('GET', '/')],
    ['a page of the UI', 200, ask('GET', '/w/1/sms')],
    ['a file', 200, ask('GET', '/assets/a-1.js')],
    ['a file that is not there', 404, ask('GET', '/assets/none.js')],
    ['a method that is none', 404, ask('POST', '/w/1/sms', json, '{}')],
    ['health', 200, ask('GET', '/health')],
    ['ready', 200, ask('GET', '/ready')],
    ['the document', 200, ask('GET', '/api/v1/openapi.json')],
    ['no route', 404, ask('GET', '/api/v1/none')],
    ['nobody', 401, ask('GET', '/api/v1/me')],
    ['a wrong key', 401, ask('GET', '/api/v1/me', { authorization: 'Bearer x' })],
    ['me', 200, ask('GET', '/api/v1/me', auth())],
    ['forbidden', 403, ask('POST', `${base}/members`, { ...auth(), ...json }, '{}')],
    ['another workspace', 404, ask('GET', '/api/v1/workspaces/999999/topics', auth())],
    ['bad input', 400, ask('POST', `${base}/topics`, { ...auth(), ...json }, '{"name":1}')],
    ['no JSON', 400, ask('POST', `${base}/topics`, { ...auth(), ...json }, '{')],
    ['a strange type', 415, ask('POST', `${base}/topics`, { ...auth(), 'content-type': 'text/plain' }, 'x')],
    ['too much', 413, ask('POST', `${base}/topics`, { ...auth(), ...json, 'content-length': '99999999' }, '{')],
    ['a code of nobody that cannot be read', 404, ask('GET', '/%zz')],
    ['an address of the API that cannot be read', 400, ask('GET', '/api/v1/workspaces/%E0%A4%A/topics', auth())],
    ['a part of an address that is too long', 404, ask('GET', `/api/v1/workspaces/${'1'.repeat(300)}/topics`, auth())],
    ['a report', 200, ask('GET', `${sent}/report`, auth())],
    ['a live report', 200, ask('GET', `${sent}/live`, auth())],
    ['an export as CSV', 200, ask('GET', `${sent}/export/sent?format=csv`, auth())],
    ['an export as XLSX', 200, ask('GET', `${sent}/export/sent?format=xlsx`, auth())],
    ['all that is known', 200, ask('GET', `${base}/profiles/${profile}/known`, auth())],
    ['rejected rows', 200, ask('GET', `${base}/imports/${imported}/rejected`, auth())],
    ['a refused sign-in', 401, ask('POST', '/api/auth/sign-in/email', json, '{"email":"a@b.test","password":"x"}')],
    [
      'a sign-in from elsewhere',
      403,
      ask(
        'POST',
        '/api/auth/sign-in/email',
        { ...json, origin: 'https://evil.example' },
        '{"email":"a@b.test","password":"x"}',
      ),
    ],
    ['a one-time link of nobody', 303, ask('GET', '/sign-in-link/abcdefghijklmnopqrstuvwxyz012345')],
    ['an invitation of nobody', 303, ask('GET', '/invitation/abcdefghijklmnopqrstuvwxyz012345')],
    ['a one-time link', 200, ask('GET', new URL(await signInLink(app.db, secure)).pathname)],
    ['a short link', 302, ask('GET', link)],
    ['a short link by POST', 405, ask('POST', link)],
    ['a code of nobody', 404, ask('GET', unknown)],
    ['an opt-out page', 200, ask('GET', optOut)],
    ['an opt-out', 200, ask('POST', optOut, { 'content-type': 'application/x-www-form-urlencoded' }, 'do=stop')],
    ['an opt-out that is none', 400, ask('POST', optOut, {}, 'do=drop')],
    ['an opt-out that is too long', 413, ask('POST', optOut, {}, 'x'.repeat(5000))],
    ['no HTTP', 400, raw('HELO there\r\n\r\n')],
    ['headers without an end', 431, raw(`GET / HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`)],
    [
      'two lengths',
      400,
      raw('POST /api/v1/me HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxx'),
    ],
    [
      'a length and chunks',
      400,
      raw('POST /api/v1/me HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'),
    ],
  ]
  return Promise.all(
    all.map(async ([name, status, answer]) => [name, status, await answer] as [string, number, RawAnswer]),
  )
}

let all: Awaited<ReturnType<typeof answers>>
beforeAll(async () => {
  all = await answers()
})

describe('every answer', () => {
  test('has the status of its kind', () => {
    expect(
      all
        .filter(([, status, answer]) => answer.status !== status)
        .map(([name, status, answer]) => [name, status, answer]),
    ).toEqual([])
  })

  test('forbids guessing its type, frames of others, and, where it is a page, all scripts and sources that are not its own', () => {
    // A redirect has nothing in it.
    const wrong = all.filter(([, status, { headers }]) => {
      if (status === 302) return headers['content-length'] !== '0'
      const policy = headers['content-security-policy'] ?? ''
      const strict =
        /frame-ancestors 'none'/.test(policy) &&
        /default-src '(none|self)'/.test(policy) &&
        !/script-src[^;]*unsafe/.test(policy)
      return headers['x-content-type-options'] !== 'nosniff' || !strict
    })
    expect(wrong.map(([name, , { headers }]) => [name, headers])).toEqual([])
  })

  test('tells no other site where one came from', () => {
    const wrong = all.filter(
      ([, , { headers }]) => !['no-referrer', 'same-origin'].includes(headers['referrer-policy'] ?? ''),
    )
    expect(wrong.map(([name]) => name)).toEqual([])
  })

  test('stays in no cache, but for files with a hash in their name and the page itself', () => {
    const wrong = all.filter(([name, , { headers }]) => {
      const kept = headers['cache-control'] ?? ''
      if (name === 'a file') return kept !== 'public, max-age=31536000, immutable'
      return name.includes('page') && !name.includes('opt-out') ? kept !== 'no-cache' : !kept.includes('no-store')
    })
    expect(wrong.map(([name, , { headers }]) => [name, headers['cache-control']])).toEqual([])
  })

  test('says over https that it will stay so, and over http nothing of it', async () => {
    expect(
      all
        .filter(([, , { headers }]) => !headers['strict-transport-security']?.startsWith('max-age='))
        .map(([name]) => name),
    ).toEqual([])
    for (const path of ['/', '/health', '/api/v1/me', plainFront.link, plainFront.optOut])
      expect((await plainFront.ask('GET', path)).headers['strict-transport-security']).toBeUndefined()
  })

  test('tells nothing of what runs here', () => {
    const told = all.filter(
      ([, , { headers, body }]) =>
        'server' in headers ||
        'x-powered-by' in headers ||
        /node_modules|\.ts:\d|fastify|FST_|at (async )?\w+ \(/i.test(body),
    )
    expect(told.map(([name, , answer]) => [name, answer.body.slice(0, 200)])).toEqual([])
  })

  test('is a problem with a code, a sentence and an advice where it is an error of the API', () => {
    const pages = /short link|opt-out|code of nobody|invitation|one-time/
    const wrong = all.filter(([name, status, { headers, body }]) => {
      if (status < 400 || pages.test(name)) return false
      if (headers['content-type'] !== 'application/problem+json') return true
      const { code, title, fix } = JSON.parse(body) as Record<string, unknown>
      return !(typeof code === 'string' && /^[a-z_]+$/.test(code) && String(title) !== '' && String(fix) !== '')
    })
    expect(wrong.map(([name, , answer]) => [name, answer.headers['content-type'], answer.body])).toEqual([])
  })
})

test('a file to take along is one, whatever an activity is called', () => {
  const files = all.filter(([name]) => /^(an export|all that is known|rejected rows)/.test(name))
  for (const [name, , { headers, body }] of files) {
    const given = headers['content-disposition'] ?? ''
    // One line of printable characters; the one quoted name ends where it says, and is no path.
    expect([name, given]).toEqual([
      name,
      expect.stringMatching(
        /^attachment; filename="[ !#-.0-[\]-~]+\.(csv|xlsx|json)"(; filename\*=UTF-8''[\w.%!~-]+)?$/,
      ),
    ])
    expect(headers['set-cookie']).toBeUndefined()
    expect(decodeURIComponent(given)).not.toMatch(/\u202e/)
    expect(headers['content-type']).not.toMatch(/html/)
    expect(body.length).toBeGreaterThan(0)
  }
  expect(files.length).toBe(4)
})

test('a session cookie is out of reach of scripts and of other sites, and over https of http', async () => {
  for (const [given, name, flags] of [
    [app, '__Secure-homing.session_token', ['HttpOnly', 'SameSite=Lax', 'Path=/', 'Secure']],
    [plain, 'homing.session_token', ['HttpOnly', 'SameSite=Lax', 'Path=/']],
  ] as const) {
    const password = 'seven green bicycles'
    const cookie = await given.ownerCookie()
    expect((await given.call('PATCH', '/api/v1/me', { cookie, body: { password } })).status).toBe(200)
    const email = 'owner@homing.invalid'
    const { status, headers } = await given.call('POST', '/api/auth/sign-in/email', { body: { email, password } })
    expect(status).toBe(200)
    const session =
      [headers['set-cookie']]
        .flat()
        .map(String)
        .find(set => set.startsWith(`${name}=`)) ?? ''
    const set = session
      .split('; ')
      .slice(1)
      .filter(flag => !flag.startsWith('Max-Age='))
    expect([name, set.sort()]).toEqual([name, [...flags].sort()])
  }
})
