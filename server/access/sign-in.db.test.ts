import { describe, expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { sql } from '../platform/db/sql.ts'
import { makeKeyring } from '../platform/secrets/keyring.ts'
import { randomKey } from '../platform/secrets/sealed-secret.ts'
import { start, testApp, url } from './app.fixture.ts'
import { firstSignInLink, signInLink } from './links.ts'
import { countTry } from './tries.ts'

const app = testApp()
const signIn = (email: string, password: string, from = '10.1.1.1') =>
  app.call('POST', '/api/auth/sign-in/email', { body: { email, password }, from })

/** Made when it is first needed. */
function lazily<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined
  return () => (made ??= make())
}

/** A member whose password was hashed by an earlier version. */
async function earlier(email: string, hash: string) {
  const { id } = await app.workspace(`Of ${email}`)
  const member = await app.member(id, 'viewer', email)
  await app.call('PATCH', '/api/v1/me', { cookie: member.cookie, body: { password: 'to be replaced' } })
  await app.db.run(sql`update sign_in_accounts set password = ${hash} where user_id = ${member.userId}`)
  return member
}

const me = (cookie: string) => app.call('GET', '/api/v1/me', { cookie })

describe('the first sign-in', () => {
  test('a one-time link makes the person who opens it the owner, once', async () => {
    const link = await firstSignInLink(app.db, url)
    expect(link).toMatch(/^http:\/\/localhost:8080\/sign-in-link\/[\w-]{32}$/)
    const path = new URL(link!).pathname
    for (const method of ['GET', 'HEAD', 'GET'] as const) {
      const looked = await app.call(method, path, { headers: { 'user-agent': 'Slackbot-LinkExpanding 1.0' } })
      expect(looked).toMatchObject({
        status: 200,
        headers: { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer', 'x-robots-tag': 'noindex, nofollow' },
      })
      expect(looked.headers['set-cookie']).toBeUndefined()
    }
    expect(await app.call('POST', path, { headers: { origin: 'https://evil.example' } })).toMatchObject({ status: 403 })
    const opened = await app.call('POST', path)
    expect(opened).toMatchObject({ status: 303, headers: { location: '/' } })
    const cookie = String([opened.headers['set-cookie']].flat()[0])
    expect(cookie).toMatch(/^homing\.session_token=.*; HttpOnly; SameSite=Lax/)
    expect(await me(cookie.split(';')[0]!)).toMatchObject({
      status: 200,
      body: { user: { installationOwner: true, hasPassword: false }, workspaces: [] },
    })

    expect(await app.call('GET', path)).toMatchObject({ status: 303, headers: { location: '/sign-in?problem=link' } })
    const again = await app.call('POST', path)
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
  test('one may be set, then signs in; a wrong one and an unknown address get the same response', async () => {
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

  test('a new address needs the current password, ends other sessions, and is what one signs in with', async () => {
    const cookie = await app.ownerCookie()
    await app.call('PATCH', '/api/v1/me', { cookie, body: { password: 'green tea at noon' } })
    const other = await app.ownerCookie()
    const change = (body: object) => app.call('PATCH', '/api/v1/me', { cookie, body })
    for (const currentPassword of [undefined, '', 'guess guess'])
      expect(
        await change({ email: 'ada@new.example', ...(currentPassword !== undefined && { currentPassword }) }),
      ).toMatchObject({
        status: 400,
        body: { code: 'password_wrong' },
      })
    expect((await change({ email: 'ada@new.example', currentPassword: 'green tea at noon' })).status).toBe(200)
    expect(await me(other)).toMatchObject({ status: 401 })
    expect((await signIn('ada@new.example', 'green tea at noon')).status).toBe(200)
    expect((await signIn('ada@example.com', 'green tea at noon')).status).toBe(401)
    // Once the lost password is replaced, the session of the link is as any other.
    expect(await change({ password: 'black tea at dawn' })).toMatchObject({
      status: 400,
      body: { code: 'password_wrong' },
    })
    const [told] = await app.db.query<{ details: object }>(
      sql`select details from audit where action = 'account.change' and details ? 'was' order by id desc limit 1`,
    )
    expect(told?.details).toMatchObject({ email: 'ada@new.example', was: 'ada@example.com' })
  })

  test('a password of an earlier version signs in, and is hashed as all are then', async () => {
    const { hashPassword } = await import('better-auth/crypto')
    const { cookie, userId } = await earlier('old@example.com', await hashPassword('violet hour glass'))
    expect((await signIn('old@example.com', 'wrong hour glass')).status).toBe(401)
    expect((await signIn('old@example.com', 'violet hour glass')).status).toBe(200)
    expect((await signIn('old@example.com', 'violet hour glass')).status).toBe(200)
    const changed = { email: 'older@example.com', currentPassword: 'violet hour glass' }
    expect((await app.call('PATCH', '/api/v1/me', { cookie, body: changed })).status).toBe(200)
    expect((await signIn('older@example.com', 'violet hour glass')).status).toBe(200)
    expect(userId).not.toBe('')
  })

  test('passwords are right under another key of secrets and under none, also of two accounts with one login name', async () => {
    const email = 'twins@example.com'
    const passwords = ['first of two twins', 'other of two twins']
    for (const password of passwords) {
      const { id } = await app.workspace(`Of ${password}`)
      const { cookie } = await app.member(id, 'viewer', email)
      expect((await app.call('PATCH', '/api/v1/me', { cookie, body: { password } })).status).toBe(200)
    }
    for (const [keys, who] of [
      [makeKeyring([randomKey()]), passwords.slice(0, 1)],
      [makeKeyring([]), passwords.toReversed()],
    ] as const) {
      const built = await buildApp({ ...app.deps, keys })
      for (const password of who) {
        const payload = { email, password }
        const answer = await built.app.inject({ method: 'POST', url: '/api/auth/sign-in/email', payload })
        expect([answer.statusCode, answer.headers['set-cookie']]).toEqual([200, expect.anything()])
      }
      await built.close()
    }
  })

  test.each([
    ['short one', 'has fewer than 10 characters'],
    ['1234567890', 'is a row'],
    ['aaaaaaaaaa', 'repeats'],
    ['          ', 'repeats'],
    ['weak@example.com', 'is your own address'],
    ['Password2026!', 'is common'],
  ])('"%s" is no password, and the answer says why', async (password, why) => {
    const { cookie } = await weak()
    const answer = await app.call('PATCH', '/api/v1/me', { cookie, body: { password } })
    expect(answer).toMatchObject({ status: 400, body: { code: 'password_weak', title: expect.stringContaining(why) } })
  })
  const weak = lazily(async () => {
    const { id } = await app.workspace('Weak')
    return app.member(id, 'viewer', 'weak@example.com')
  })

  test('guesses at one name from one network wait longer and longer; nobody else does, and no name tells whether it exists', async () => {
    for (const [name, from] of [
      ['ada@new.example', '10.7.0.1'],
      ['nobody@example.com', '10.7.0.2'],
    ] as const) {
      const answers = await Promise.all(Array.from({ length: 9 }, () => signIn(name, 'nope nope nope', from)))
      const statuses = answers.map(({ status }) => status)
      expect(statuses.filter(status => status === 401).length).toBeLessThanOrEqual(7)
      const late = answers.find(({ status }) => status === 429)
      expect(late).toMatchObject({
        body: { code: 'sign_in_wait' },
        headers: { 'retry-after': expect.stringMatching(/^\d+$/) },
      })
    }
    expect((await signIn('ada@new.example', 'green tea at noon', '10.7.0.3')).status).toBe(200)
    expect((await signIn('ada@other.example', 'green tea at noon', '10.7.0.1')).status).toBe(401)
    await app.db.run(sql`update sign_in_tries set last_at = last_at - interval '6 minutes'`)
    expect((await signIn('ada@new.example', 'green tea at noon', '10.7.0.1')).status).toBe(200)
  })

  test('one network that guesses on and on takes no turn from the others', async () => {
    const guess = { secret: 'secret', name: 'guessed@example.com', network: '10.4.0.1' }
    for (let i = 0; i < 120; i++) await countTry(app.db, guess).catch(() => {})
    await expect(countTry(app.db, guess)).rejects.toMatchObject({ code: 'sign_in_wait' })
    for (const network of ['10.4.0.2', '10.4.0.3']) await countTry(app.db, { ...guess, network })
  })

  test('when many networks guess at a name, networks that its person has used are not slowed down', async () => {
    const known = '10.6.0.1'
    expect((await signIn('ada@new.example', 'green tea at noon', known)).status).toBe(200)
    expect((await signIn('ada@new.example', 'nope nope nope', '10.5.0.1')).status).toBe(401)
    // as after a night of guesses from everywhere
    await app.db.run(sql`update sign_in_tries set failures = 50 where right_at is null`)
    const guesses = await Promise.all([2, 3, 4].map(at => signIn('ada@new.example', 'nope nope nope', `10.5.0.${at}`)))
    expect(guesses.map(({ status }) => status)).toEqual([429, 429, 429])
    expect((await signIn('ada@new.example', 'green tea at noon', known)).status).toBe(200)
  })

  test('sign-ins, refusals and sign-outs are in the audit, without passwords and without addresses that are nobody’s', async () => {
    const rows = await app.db.query<{ action: string; subject: string; text: string }>(
      sql`select action, subject, details::text as text from audit where action like 'sign_%'`,
    )
    const subjects = (action: string) => new Set(rows.filter(row => row.action === action).map(row => row.subject))
    expect(subjects('sign_in.refused')).toContain('nobody')
    expect([...subjects('sign_in.refused')].some(subject => subject.startsWith('user '))).toBe(true)
    expect(rows.some(row => row.action === 'sign_in.done' && row.text.includes('password'))).toBe(true)
    expect(rows.some(row => row.action === 'sign_in.done' && row.text.includes('link'))).toBe(true)
    for (const { text } of rows) expect(text).not.toMatch(/nope|@/)
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
    expect(await app.db.query(sql`select name from workspaces where length(name) = 1`)).toEqual([{ name: 'd' }])
  })
})

test('behind https the cookie is secure', async () => {
  const { makeSignIn } = await import('./sign-in.ts')
  const secure = await makeSignIn({ db: app.db, keys: app.deps.keys, url: 'https://sms.example.com' })
  const { authCookies } = await secure.$context
  expect(authCookies.sessionToken).toMatchObject({
    name: '__Secure-homing.session_token',
    attributes: { secure: true, httpOnly: true, sameSite: 'lax' },
  })
})

test('our tables have every column that this version of the library writes', async () => {
  const { makeSignIn } = await import('./sign-in.ts')
  const { tables } = await (await makeSignIn({ db: app.db, keys: app.deps.keys, url })).$context
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
