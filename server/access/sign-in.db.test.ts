import { describe, expect, test } from 'vitest'
import { sql } from '../platform/sql.ts'
import { firstSignInLink, signInLink } from './links.ts'
import { start, testApp, url } from './make-app.ts'

const app = testApp()
const me = (cookie: string) => app.call('GET', '/api/v1/me', { cookie })

describe('the first sign-in', () => {
  test('a one-time link makes whoever opens it the owner, once', async () => {
    const link = await firstSignInLink(app.db, url)
    expect(link).toMatch(/^http:\/\/localhost:8080\/sign-in-link\/[\w-]{32}$/)
    const path = new URL(link!).pathname
    expect((await app.call('HEAD', path)).status).toBe(404)
    const opened = await app.call('GET', path)
    expect(opened).toMatchObject({ status: 303, headers: { location: '/' } })
    const cookie = String([opened.headers['set-cookie']].flat()[0])
    expect(cookie).toMatch(/^homing\.session_token=.*; HttpOnly; SameSite=Lax/)
    expect(await me(cookie.split(';')[0]!)).toMatchObject({
      status: 200,
      body: { user: { installationOwner: true, hasPassword: false }, workspaces: [] },
    })

    const again = await app.call('GET', path)
    expect(again).toMatchObject({ status: 303, headers: { location: '/sign-in?problem=link' } })
    expect(again.headers['set-cookie']).toBeUndefined()
    expect(await firstSignInLink(app.db, url)).toBeNull()
  })

  test('only the hash of a link is stored', async () => {
    const token = (await signInLink(app.db, url)).split('/').at(-1)!
    const rows = await app.db.query<{ text: string }>(sql`select l::text as text from sign_in_links l`)
    expect(rows.length).toBe(1)
    expect(rows[0]!.text).not.toContain(token)
  })

  test('a link that has ended, a replaced link and an invented one do not work', async () => {
    const ended = await signInLink(app.db, url)
    await app.db.run(sql`update sign_in_links set expires_at = ${new Date(Date.now() - 1_000)}`)
    expect(await app.cookieOf(ended)).toBe('')
    const replaced = await signInLink(app.db, url)
    const newest = await signInLink(app.db, url)
    expect(await app.cookieOf(replaced)).toBe('')
    expect(await app.cookieOf(`${url}/sign-in-link/${'x'.repeat(32)}`)).toBe('')
    expect(await me(await app.cookieOf(newest))).toMatchObject({ status: 200 })
  })

  test('two who open a link at once: one is in', async () => {
    const link = await signInLink(app.db, url)
    const cookies = await Promise.all([app.cookieOf(link), app.cookieOf(link), app.cookieOf(link)])
    expect(cookies.filter(cookie => cookie !== '').length).toBe(1)
  })
})

describe('passwords', () => {
  test('one may be set, then signs in; a wrong one and an unknown address are told alike', async () => {
    const cookie = await app.ownerCookie()
    const changed = await app.call('PATCH', '/api/v1/me', {
      cookie,
      body: { email: 'Ada@Example.com', name: 'Ada', password: 'correct horse battery' },
    })
    expect(changed).toMatchObject({
      status: 200,
      body: { user: { email: 'ada@example.com', name: 'Ada', hasPassword: true } },
    })
    const signedIn = await app.call('POST', '/api/auth/sign-in/email', {
      body: { email: 'ada@example.com', password: 'correct horse battery' },
    })
    expect(signedIn.status).toBe(200)
    expect(await me(String([signedIn.headers['set-cookie']].flat()[0]).split(';')[0]!)).toMatchObject({ status: 200 })
    const wrong = await app.call('POST', '/api/auth/sign-in/email', {
      body: { email: 'ada@example.com', password: 'wrong wrong wrong' },
    })
    const unknown = await app.call('POST', '/api/auth/sign-in/email', {
      body: { email: 'eve@example.com', password: 'wrong wrong wrong' },
    })
    expect(wrong).toMatchObject({ status: 401, body: { code: 'sign_in_refused' } })
    expect(unknown).toMatchObject({
      status: 401,
      body: { code: 'sign_in_refused', title: (wrong.body as { title: string }).title },
    })
  })

  test('an old session must know the current password for a new one', async () => {
    const cookie = await app.ownerCookie()
    await app.db.run(sql`update sign_ins set created_at = ${new Date(Date.now() - 3_600_000)}`)
    const refused = await app.call('PATCH', '/api/v1/me', {
      cookie,
      body: { password: 'another password', currentPassword: 'guess guess' },
    })
    expect(refused).toMatchObject({ status: 400, body: { code: 'password_wrong' } })
    const done = await app.call('PATCH', '/api/v1/me', {
      cookie,
      body: { password: 'another password', currentPassword: 'correct horse battery' },
    })
    expect(done.status).toBe(200)
  })

  test('a new password ends the other sessions', async () => {
    const other = await app.ownerCookie()
    const cookie = await app.ownerCookie()
    await app.call('PATCH', '/api/v1/me', { cookie, body: { password: 'yet another one' } })
    expect(await me(cookie)).toMatchObject({ status: 200 })
    expect(await me(other)).toMatchObject({ status: 401 })
  })

  test('tries are limited', async () => {
    const tries = Array.from({ length: 12 }, () =>
      app.call('POST', '/api/auth/sign-in/email', { body: { email: 'ada@example.com', password: 'nope' } }),
    )
    const answers = await Promise.all(tries)
    expect(
      answers.some(({ status, body }) => status === 429 && (body as { code: string }).code === 'too_many_requests'),
    ).toBe(true)
  })
})

describe('sessions', () => {
  test('sign-out ends one', async () => {
    const cookie = await app.ownerCookie()
    expect((await app.call('POST', '/api/auth/sign-out', { cookie, body: {} })).status).toBe(200)
    expect(await me(cookie)).toMatchObject({ status: 401, body: { code: 'unauthorized' } })
  })

  test('a forged cookie is nobody', async () => {
    const cookie = await app.ownerCookie()
    expect(await me(`${cookie}x`)).toMatchObject({ status: 401 })
    expect(await me('homing.session_token=abc.def')).toMatchObject({ status: 401 })
  })

  test('a change by cookie must come from our own pages', async () => {
    const cookie = await app.ownerCookie()
    const create = (headers: Record<string, string>, name: string) =>
      app.call('POST', '/api/v1/workspaces', { cookie, headers, body: { name } })
    expect(await create({ origin: 'https://evil.example' }, 'a')).toMatchObject({
      status: 403,
      body: { code: 'cross_site' },
    })
    expect(await create({ origin: 'null' }, 'b')).toMatchObject({ status: 403 })
    expect(await create({ 'sec-fetch-site': 'cross-site' }, 'c')).toMatchObject({ status: 403 })
    expect(await create({ origin: url, host: 'localhost:8080' }, 'd')).toMatchObject({
      status: 201,
      body: { name: 'd', role: 'owner' },
    })
    expect(await app.db.query(sql`select name from workspaces`)).toEqual([{ name: 'd' }])
  })
})

test('behind https the cookie is secure', async () => {
  const { makeSignIn } = await import('./sign-in.ts')
  const secure = await makeSignIn({ db: app.db, url: 'https://sms.example.com' })
  const { authCookies } = await secure.$context
  expect(authCookies.sessionToken).toMatchObject({
    name: '__Secure-homing.session_token',
    attributes: { secure: true, httpOnly: true, sameSite: 'lax' },
  })
})

test('our tables have every column that this version of the library writes', async () => {
  const { makeSignIn } = await import('./sign-in.ts')
  const { tables } = await (await makeSignIn({ db: app.db, url })).$context
  const columns = await app.db.query<{ name: string }>(
    sql`select table_name || '.' || column_name as name from information_schema.columns where table_schema = 'public'`,
  )
  const known = columns.map(({ name }) => name)
  const needed = Object.values(tables).flatMap(({ modelName, fields }) =>
    ['id', ...Object.entries(fields).map(([field, { fieldName }]) => fieldName ?? field)].map(
      column => `${modelName}.${column}`,
    ),
  )
  expect(needed.length).toBeGreaterThan(25)
  expect(known).toEqual(expect.arrayContaining(needed))
})

test('nothing failed that no sentence stands for', () => {
  expect(app.faults).toEqual([])
  expect(app.deps.clock.now().getTime()).toBeGreaterThan(start.getTime())
})
