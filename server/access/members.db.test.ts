import { beforeAll, describe, expect, test } from 'vitest'
import { sql } from '../platform/db/sql.ts'
import { type HttpAnswer, testApp, url } from './app.fixture.ts'

const app = testApp()
let owner: string
let demo: { id: number; base: string }
let beta: { id: number; base: string }

beforeAll(async () => {
  owner = await app.ownerCookie()
  demo = await workspace('Demo')
  beta = await workspace('Beta')
})

async function workspace(name: string) {
  const { id } = (await app.call('POST', '/api/v1/workspaces', { cookie: owner, body: { name } })).body as {
    id: number
  }
  return { id, base: `/api/v1/workspaces/${id}` }
}

const me = async (cookie: string) =>
  (await app.call('GET', '/api/v1/me', { cookie })).body as {
    user: { id: string; email: string; hasPassword: boolean }
    workspaces: { id: number; role: string }[]
  }
const rolesOf = async (cookie: string) => Object.fromEntries((await me(cookie)).workspaces.map(w => [w.id, w.role]))
const invite = async (base: string, cookie: string, email: string, role: string) => {
  const answer = await app.call('POST', `${base}/members`, { cookie, body: { email, role } })
  return { ...answer, ...(answer.body as { link: string; invitation: { id: number } }) }
}
const roleOf = async (workspaceId: number, userId: string) =>
  (
    await app.db.query<{ role: string }>(
      sql`select role from members where workspace_id = ${workspaceId} and user_id = ${userId}`,
    )
  )[0]?.role
const accept = (link: string, cookie?: string) =>
  app.call('POST', new URL(link).pathname, cookie === undefined ? {} : { cookie })
const cookieIn = ({ headers }: HttpAnswer) =>
  [headers['set-cookie']]
    .flat()
    .map(c => String(c ?? '').split(';')[0])
    .join('; ')
const password = 'three warm rivers'

describe('an address opens nothing', () => {
  test('somebody who takes the address of a person to be invited gets neither the invitation nor the workspace', async () => {
    const viewer = await app.member(demo.id, 'viewer')
    const admin = await app.member(beta.id, 'admin')
    expect(
      await app.call('PATCH', '/api/v1/me', { cookie: viewer.cookie, body: { email: 'cfo@beta.example' } }),
    ).toMatchObject({ status: 200 })
    const { link } = await invite(beta.base, admin.cookie, 'CFO@beta.example', 'admin')
    expect(link).toMatch(/^http:\/\/localhost:8080\/invitation\/[\w-]{32}$/)
    expect(await rolesOf(viewer.cookie)).toEqual({ [demo.id]: 'viewer' })
    expect(await app.call('GET', `${beta.base}/api-keys`, { cookie: viewer.cookie })).toMatchObject({ status: 404 })

    const cfo = await app.cookieOf(link)
    expect(await rolesOf(cfo)).toEqual({ [beta.id]: 'admin' })
    expect((await me(cfo)).user.id).not.toBe(viewer.userId)
    expect(await rolesOf(viewer.cookie)).toEqual({ [demo.id]: 'viewer' })
  })

  test('nor does who came first under the address: an account of one workspace is not the one that another invites', async () => {
    const first = await invite(demo.base, owner, 'new@beta.example', 'viewer')
    const taken = await app.cookieOf(first.link)
    const { user } = await me(taken)
    await app.call('DELETE', `${demo.base}/members/${user.id}`, { cookie: owner })
    await invite(beta.base, owner, 'new@beta.example', 'editor')
    expect((await app.call('GET', '/api/v1/me', { cookie: taken })).status).toBe(401)
    expect(await roleOf(beta.id, user.id)).toBeUndefined()
  })

  test('two people may sign in with one address, each by their own password', async () => {
    const one = await app.member(demo.id, 'viewer', 'shared@example.com')
    const other = await app.member(beta.id, 'viewer', 'shared@example.com')
    await app.call('PATCH', '/api/v1/me', { cookie: one.cookie, body: { password } })
    await app.call('PATCH', '/api/v1/me', { cookie: other.cookie, body: { password: 'four cold mountains' } })
    for (const [given, userId] of [
      [password, one.userId],
      ['four cold mountains', other.userId],
    ] as const) {
      const answer = await app.call('POST', '/api/auth/sign-in/email', {
        body: { email: 'shared@example.com', password: given },
      })
      expect((await me(cookieIn(answer))).user.id).toBe(userId)
    }
  })

  test('a change of address is answered alike, whether somebody has it or not', async () => {
    const taken = await app.member(demo.id, 'viewer', 'taken@example.com')
    const { cookie } = await app.member(demo.id, 'viewer')
    const free = await app.call('PATCH', '/api/v1/me', { cookie, body: { email: 'free@example.com' } })
    const same = await app.call('PATCH', '/api/v1/me', { cookie, body: { email: 'taken@example.com' } })
    expect([free.status, same.status]).toEqual([200, 200])
    expect(JSON.stringify(same.body).replace('taken@', 'free@')).toBe(JSON.stringify(free.body))
    expect((await me(taken.cookie)).user.email).toBe('taken@example.com')
  })
})

describe('an invitation', () => {
  test('is not used up by who only looks at its link, and tells no other site of it', async () => {
    const { link } = await invite(demo.base, owner, 'preview@example.com', 'editor')
    const { pathname } = new URL(link)
    for (const method of ['GET', 'GET', 'HEAD'] as const) {
      const seen = await app.call(method, pathname, { headers: { 'user-agent': 'Slackbot-LinkExpanding 1.0' } })
      expect(seen).toMatchObject({
        status: 200,
        headers: { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer', 'x-robots-tag': 'noindex, nofollow' },
      })
      expect(seen.headers['set-cookie']).toBeUndefined()
    }
    expect(await rolesOf(await app.cookieOf(link))).toEqual({ [demo.id]: 'editor' })
    expect(await app.call('GET', pathname)).toMatchObject({
      status: 303,
      headers: { location: '/sign-in?problem=invitation' },
    })
    expect(await app.cookieOf(link)).toBe('')
  })

  test('is accepted from its own page only', async () => {
    const { link } = await invite(demo.base, owner, 'csrf@example.com', 'editor')
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: 'null', 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ])
      expect(await app.call('POST', new URL(link).pathname, { headers })).toMatchObject({
        status: 403,
        body: { code: 'cross_site' },
      })
    const own = await app.call('POST', new URL(link).pathname, {
      headers: { origin: 'null', 'sec-fetch-site': 'same-origin' },
    })
    expect(own).toMatchObject({ status: 303, headers: { location: `/w/${demo.id}/sms` } })
  })

  test('joins the account that is signed in, and gives no session of it to anybody else', async () => {
    const { cookie } = await app.member(beta.id, 'viewer', 'both@example.com')
    await app.call('PATCH', '/api/v1/me', { cookie, body: { password } })
    const { link } = await invite(demo.base, owner, 'both@example.com', 'editor')
    const page = await app.call('GET', new URL(link).pathname, { cookie })
    expect(page.body).toContain('both@example.com')
    expect(page.body).toContain('Sign out, to use another account')
    const out = await app.call('POST', new URL(link).pathname, {
      cookie,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'act=sign-out',
    })
    expect(out).toMatchObject({ status: 303, headers: { location: new URL(link).pathname } })
    expect((await app.call('GET', '/api/v1/me', { cookie })).status).toBe(401)
    const signedIn = cookieIn(
      await app.call('POST', '/api/auth/sign-in/email', { body: { email: 'both@example.com', password } }),
    )
    const accepted = await accept(link, signedIn)
    expect(accepted.headers['set-cookie']).toBeUndefined()
    expect(await rolesOf(signedIn)).toEqual({ [beta.id]: 'viewer', [demo.id]: 'editor' })
  })

  test('of an address that is already a member is refused, and says where the role is changed', async () => {
    await app.member(demo.id, 'viewer', 'here@example.com')
    const again = await invite(demo.base, owner, 'Here@example.com', 'editor')
    expect(again).toMatchObject({
      status: 409,
      body: { title: expect.stringContaining('already a member, as viewer') },
    })
    expect(await invite(beta.base, owner, 'here@example.com', 'editor')).toMatchObject({ status: 200 })
  })

  test('creates no second member with one address in a workspace; a person with an account accepts with it', async () => {
    const { link } = await invite(demo.base, owner, 'twice@example.com', 'editor')
    const { cookie, userId } = await app.member(demo.id, 'viewer')
    await app.call('PATCH', '/api/v1/me', { cookie, body: { email: 'twice@example.com' } })
    const refused = await accept(link)
    expect(refused).toMatchObject({ status: 409, body: expect.stringContaining('already a member of this workspace') })
    expect(refused.headers['set-cookie']).toBeUndefined()
    expect((await accept(link, cookie)).status).toBe(303)
    expect(await roleOf(demo.id, userId)).toBe('editor')
  })

  test('has a new link when it is made again, which ends the older one; it is listed until it is accepted or withdrawn', async () => {
    const first = await invite(demo.base, owner, 'again@example.com', 'viewer')
    const second = await invite(demo.base, owner, 'again@example.com', 'editor')
    const third = await app.call('POST', `${demo.base}/invitations/${second.invitation.id}/link`, { cookie: owner })
    const { link } = third.body as { link: string }
    expect(await app.cookieOf(first.link)).toBe('')
    expect(await app.cookieOf(second.link)).toBe('')
    const listed = (await app.call('GET', `${demo.base}/invitations`, { cookie: owner })).body as {
      items: { email: string }[]
    }
    expect(listed.items.filter(({ email }) => email === 'again@example.com')).toMatchObject([
      { role: 'editor', expired: false },
    ])
    expect(
      (await app.call('DELETE', `${demo.base}/invitations/${second.invitation.id}`, { cookie: owner })).status,
    ).toBe(204)
    expect(await app.cookieOf(link)).toBe('')
    expect(
      await app.call('POST', `${demo.base}/invitations/${second.invitation.id}/link`, { cookie: owner }),
    ).toMatchObject({ status: 404 })
  })

  test('ends after its time, and works once for two who accept at once', async () => {
    const ended = await invite(demo.base, owner, 'late@example.com', 'viewer')
    await app.db.run(
      sql`update invitations set expires_at = ${new Date(Date.now() - 1_000)} where email = 'late@example.com'`,
    )
    expect(await app.cookieOf(ended.link)).toBe('')
    const { link } = await invite(demo.base, owner, 'race@example.com', 'viewer')
    const cookies = await Promise.all([app.cookieOf(link), app.cookieOf(link), app.cookieOf(link)])
    expect(cookies.filter(cookie => cookie !== '').length).toBe(1)
  })

  test('takes a password with the account, and says what is wrong with a weak one', async () => {
    const { link } = await invite(demo.base, owner, 'first@example.com', 'viewer')
    const send = (body: string) =>
      app.call('POST', new URL(link).pathname, {
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body,
      })
    const weak = await send('act=accept&password=first%40example.com')
    expect(weak.status).toBe(400)
    expect(weak.body).toContain('is your own address or name')
    expect((await send(`act=accept&password=${encodeURIComponent(password)}`)).status).toBe(303)
    const signedIn = await app.call('POST', '/api/auth/sign-in/email', {
      body: { email: 'first@example.com', password },
    })
    expect(signedIn.status).toBe(200)
  })

  test('of another workspace does not exist', async () => {
    const admin = await app.member(beta.id, 'admin')
    const { invitation } = await invite(demo.base, owner, 'theirs@example.com', 'viewer')
    for (const [method, path] of [
      ['POST', '/link'],
      ['DELETE', ''],
    ] as const)
      expect(
        await app.call(method, `${beta.base}/invitations/${invitation.id}${path}`, { cookie: admin.cookie }),
      ).toMatchObject({ status: 404 })
  })
})

describe('owners', () => {
  test('are neither demoted, removed nor invited over by an admin, who makes none either', async () => {
    const place = await workspace('Owned')
    const admin = await app.member(place.id, 'admin')
    const { user } = await me(owner)
    const path = `${place.base}/members/${user.id}`
    expect(await app.call('PATCH', path, { cookie: admin.cookie, body: { role: 'viewer' } })).toMatchObject({
      status: 403,
    })
    expect(await app.call('DELETE', path, { cookie: admin.cookie })).toMatchObject({ status: 403 })
    expect(await invite(place.base, admin.cookie, user.email, 'viewer')).toMatchObject({ status: 409 })
    expect(
      await app.call('PATCH', `${place.base}/members/${admin.userId}`, {
        cookie: admin.cookie,
        body: { role: 'owner' },
      }),
    ).toMatchObject({ status: 403 })
    expect(
      await app.call('POST', `${place.base}/members`, {
        cookie: admin.cookie,
        body: { email: 'a@b.example', role: 'owner' },
      }),
    ).toMatchObject({ status: 400 })
    expect(await app.call('DELETE', `${path}/sessions`, { cookie: admin.cookie })).toMatchObject({ status: 403 })
    const { link } = await invite(place.base, admin.cookie, 'trap@example.com', 'viewer')
    expect(await accept(link, owner)).toMatchObject({ status: 409 })
    expect(await roleOf(place.id, user.id)).toBe('owner')
  })

  test('leave one behind, also where two go at once', async () => {
    const place = await workspace('Two owners')
    const { user } = await me(owner)
    const second = await app.member(place.id, 'admin')
    const patch = (userId: string, cookie: string, role: string) =>
      app.call('PATCH', `${place.base}/members/${userId}`, { cookie, body: { role } })
    expect((await patch(second.userId, owner, 'owner')).status).toBe(200)
    const acts = [
      () => patch(user.id, owner, 'viewer'),
      () => patch(second.userId, second.cookie, 'admin'),
      () => app.call('DELETE', `${place.base}/members/${user.id}`, { cookie: second.cookie }),
      () => app.call('POST', `${place.base}/leave`, { cookie: second.cookie }),
    ]
    await Promise.all(acts.map(act => act()))
    const owners = await app.db.query(
      sql`select user_id from members where workspace_id = ${place.id} and role = 'owner'`,
    )
    expect(owners.length).toBe(1)
  })

  test('the last one can neither leave nor be removed', async () => {
    const place = await workspace('One owner')
    const { user } = await me(owner)
    expect(await app.call('POST', `${place.base}/leave`, { cookie: owner })).toMatchObject({ status: 409 })
    expect(await app.call('DELETE', `${place.base}/members/${user.id}`, { cookie: owner })).toMatchObject({
      status: 409,
    })
    expect(
      await app.call('PATCH', `${place.base}/members/${user.id}`, { cookie: owner, body: { role: 'admin' } }),
    ).toMatchObject({ status: 409 })
  })
})

describe('who is taken out', () => {
  test('is out at once, with the links they made and the links made for them', async () => {
    const admin = await app.member(demo.id, 'admin', 'gone@example.com')
    const theirs = await invite(demo.base, admin.cookie, 'backdoor@example.com', 'admin')
    await app.call('PATCH', '/api/v1/me', { cookie: admin.cookie, body: { email: 'moved@example.com' } })
    const again = await invite(demo.base, owner, 'gone@example.com', 'viewer')
    expect((await app.call('DELETE', `${demo.base}/members/${admin.userId}`, { cookie: owner })).status).toBe(204)
    expect((await app.call('GET', '/api/v1/me', { cookie: admin.cookie })).status).toBe(401)
    expect(await app.cookieOf(theirs.link)).toBe('')
    expect(await app.cookieOf(again.link)).toBe('')
  })

  test('stays signed in where they are a member elsewhere', async () => {
    const { cookie, userId } = await app.member(demo.id, 'admin')
    await accept((await invite(beta.base, owner, 'x@example.com', 'viewer')).link, cookie)
    const made = await invite(demo.base, cookie, 'made@example.com', 'admin')
    await app.call('PATCH', `${demo.base}/members/${userId}`, { cookie: owner, body: { role: 'editor' } })
    expect(await app.cookieOf(made.link)).toBe('')
    expect((await app.call('POST', `${demo.base}/leave`, { cookie })).status).toBe(204)
    expect(await rolesOf(cookie)).toEqual({ [beta.id]: 'viewer' })
    expect((await app.call('GET', `${demo.base}/members`, { cookie })).status).toBe(404)
  })

  test('sign out everywhere ends all sessions of a person; an owner may do it for a member', async () => {
    const { cookie, userId } = await app.member(demo.id, 'viewer', 'many@example.com')
    await app.call('PATCH', '/api/v1/me', { cookie, body: { password } })
    const signIn = async () =>
      cookieIn(await app.call('POST', '/api/auth/sign-in/email', { body: { email: 'many@example.com', password } }))
    const other = await signIn()
    expect((await app.call('DELETE', '/api/v1/me/sessions', { cookie })).status).toBe(204)
    for (const ended of [cookie, other])
      expect((await app.call('GET', '/api/v1/me', { cookie: ended })).status).toBe(401)
    const later = await signIn()
    expect((await app.call('DELETE', `${demo.base}/members/${userId}/sessions`, { cookie: owner })).status).toBe(204)
    expect((await app.call('GET', '/api/v1/me', { cookie: later })).status).toBe(401)
  })
})

test('each change of a role is in the audit with the role before', async () => {
  const { userId } = await app.member(demo.id, 'editor', 'audited@example.com')
  await app.call('PATCH', `${demo.base}/members/${userId}`, { cookie: owner, body: { role: 'viewer' } })
  await app.call('DELETE', `${demo.base}/members/${userId}`, { cookie: owner })
  const rows = await app.db.query(
    sql`select action, details from audit where workspace_id = ${demo.id} and subject = ${`user ${userId}`} order by id`,
  )
  expect(rows).toMatchObject([
    { action: 'member.join', details: { role: 'editor', email: 'audited@example.com', account: 'new' } },
    { action: 'member.change', details: { role: 'viewer', was: 'editor' } },
    { action: 'member.remove', details: { was: 'viewer' } },
  ])
})

test('nothing failed that no sentence stands for', () => {
  expect(app.faults).toEqual([])
  expect(url).toBe('http://localhost:8080')
})
