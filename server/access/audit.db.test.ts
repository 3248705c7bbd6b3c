import { beforeAll, expect, test } from 'vitest'
import { sql } from '../platform/db/sql.ts'
import { start, testApp } from './app.fixture.ts'
import { auditDays, forgetAudit } from './audit.ts'

const app = testApp()
let owner: string
let place: { id: number; base: string; key: string }

beforeAll(async () => {
  owner = await app.ownerCookie()
  place = await app.workspace('Audited', 'editor')
})

interface Row {
  id: number
  action: string
  actor: string
  actorName: string | null
  subject: string
  details: Record<string, unknown>
}
const read = async (query = '', cookie = owner) =>
  (await app.call('GET', `${place.base}/audit${query}`, { cookie })).body as { items: Row[]; next: string | null }

test('records who changed what of a draft, and continued editing adds no rows', async () => {
  const { body } = await app.call('POST', `${place.base}/activities`, { key: place.key, body: { name: 'Spring' } })
  const { id } = body as { id: number }
  for (const [revision, change] of [
    { content: { channel: 'sms', body: 'Hi' } },
    { content: { channel: 'sms', body: 'Hi there' } },
    { name: 'Spring' },
    { sendAt: '2030-03-02T10:00:00Z' },
  ].entries())
    await app.call('PATCH', `${place.base}/activities/${id}`, {
      key: place.key,
      body: { revision: revision + 1, ...change },
    })
  const rows = (await read('?kind=activity')).items.filter(({ subject }) => subject === `activity ${id}`).reverse()
  expect(rows).toMatchObject([
    { action: 'activity.create', actor: expect.stringMatching(/^key \d+$/), actorName: 'test' },
    { action: 'activity.change', details: { fields: ['body'] } },
    { action: 'activity.change', details: { fields: ['sendAt'] }, subjectName: 'Spring' },
  ])
  expect(JSON.stringify(rows)).not.toContain('Hi there')
})

test('tells of topics once, of upserts by key and hour, and of keys with their role and end', async () => {
  for (let i = 0; i < 2; i++)
    await app.call('POST', `${place.base}/topics`, { key: place.key, body: { name: 'Offers' } })
  for (const externalKey of ['a', 'b', 'a'])
    await app.call('POST', `${place.base}/profiles`, {
      key: place.key,
      body: { profiles: [{ externalKey, firstName: 'Anna' }], defaultCountry: 'SE' },
    })
  const expiresAt = '2026-04-01T00:00:00.000Z'
  const made = await app.call('POST', `${place.base}/api-keys`, { cookie: owner, body: { name: 'Least', expiresAt } })
  const { id, key } = made.body as { id: number; key: string }
  expect((await app.call('GET', '/api/v1/me', { key })).body).toMatchObject({ workspaces: [{ role: 'viewer' }] })
  await app.call('DELETE', `${place.base}/api-keys/${id}`, { cookie: owner })
  await app.call('DELETE', `${place.base}/api-keys/${id}`, { cookie: owner })
  const { items: rows } = await read()
  const of = (action: string) => rows.filter(row => row.action === action)
  expect(of('topic.create')).toMatchObject([{ details: { name: 'Offers' } }])
  expect(of('profile.upsert')).toMatchObject([{ details: { profiles: 3, created: 2 } }])
  expect(of('api_key.create')[0]).toMatchObject({ subject: `api key ${id}`, details: { role: 'viewer', expiresAt } })
  expect(of('api_key.revoke')).toHaveLength(1)
  expect(JSON.stringify(rows)).not.toContain('Anna')
})

test('a key that is over opens nothing', async () => {
  const expiresAt = new Date(start.getTime() + 3_600_000).toISOString()
  const made = await app.call('POST', `${place.base}/api-keys`, { cookie: owner, body: { name: 'Short', expiresAt } })
  const { id, key } = made.body as { id: number; key: string }
  expect((await app.call('GET', '/api/v1/me', { key })).status).toBe(200)
  await app.db.run(sql`update api_keys set expires_at = ${start} where id = ${id}`)
  expect(await app.call('GET', '/api/v1/me', { key })).toMatchObject({ status: 401, body: { code: 'api_key_invalid' } })
  const past = { name: 'Past', expiresAt: '2020-01-01T00:00:00Z' }
  expect(await app.call('POST', `${place.base}/api-keys`, { cookie: owner, body: past })).toMatchObject({ status: 400 })
})

test('shows an admin the sign-ins of members and nobody else’s, page by page', async () => {
  const admin = await app.member(place.id, 'admin')
  const stranger = await app.member((await app.workspace('Elsewhere')).id, 'viewer')
  for (const { cookie } of [admin, stranger])
    await app.call('PATCH', '/api/v1/me', { cookie, body: { name: 'Renamed' } })
  const { items: rows } = await read('', admin.cookie)
  expect(rows.some(({ action, subject }) => action === 'account.change' && subject === `user ${admin.userId}`)).toBe(
    true,
  )
  expect(rows.some(({ subject }) => subject === `user ${stranger.userId}`)).toBe(false)
  expect((await read()).items.some(({ subject }) => subject === `user ${stranger.userId}`)).toBe(true)
  const viewer = await app.member(place.id, 'viewer')
  expect((await app.call('GET', `${place.base}/audit`, { cookie: viewer.cookie })).status).toBe(403)

  await app.db.run(sql`insert into audit (workspace_id, at, actor, action, subject)
    select ${place.id}::int, ${start}, 'homing', 'made.up', 'x' from generate_series(1, 60)`)
  const first = await read('?kind=made')
  const second = await read(`?kind=made&after=${first.next}`)
  expect([first.items.length, second.items.length, second.next]).toEqual([50, 10, null])
  expect((await app.call('GET', `${place.base}/audit?after=x`, { cookie: owner })).status).toBe(400)
})

test('what is older than its time goes', async () => {
  const old = new Date(start.getTime() - (auditDays + 1) * 86_400_000)
  await app.db.run(sql`insert into audit (workspace_id, at, actor, action, subject)
    select ${place.id}::int, ${old}::timestamptz, 'homing', 'long.ago', 'x' from generate_series(1, 1500)`)
  const count = async (action: string) =>
    (await app.db.query<{ n: number }>(sql`select count(*)::int as n from audit where action = ${action}`))[0]?.n
  await forgetAudit(app.db, start)
  expect([await count('long.ago'), await count('made.up')]).toEqual([0, 60])
})

test('is narrowed to one action, one actor and a period, of which the end is not included', async () => {
  const { userId } = await app.member(place.id, 'admin')
  const [first, second] = ['2026-02-01T00:00:00.000Z', '2026-02-02T00:00:00.000Z']
  for (const at of [first, second])
    await app.db.run(sql`insert into audit (workspace_id, at, actor, action, subject)
      values (${place.id}, ${at}::timestamptz, ${`user ${userId}`}, 'member.change', 'x'), (${place.id}, ${at}::timestamptz, 'homing', 'member.join', 'x')`)
  const found = async (query: string) =>
    (await read(`?until=2026-02-03T00:00:00Z&since=2026-01-01T00:00:00Z${query}`)).items.map(({ action }) => action)
  expect(await found('')).toEqual(['member.join', 'member.change', 'member.join', 'member.change'])
  expect(await found('&action=member.change')).toEqual(['member.change', 'member.change'])
  expect(await found(`&kind=member&actor=${encodeURIComponent('homing')}`)).toEqual(['member.join', 'member.join'])
  expect((await read(`?since=${first}&until=${second}`)).items).toHaveLength(2)
  expect((await app.call('GET', `${place.base}/audit?since=yesterday`, { cookie: owner })).status).toBe(400)
})
