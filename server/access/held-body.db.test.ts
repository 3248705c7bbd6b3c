/** A request that holds its body back until its sender has lost the access changes nothing: over real sockets. */
import { request } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../test/processes.ts'
import { sql } from '../platform/db/sql.ts'
import { testApp } from './app.fixture.ts'

const app = testApp()
let port: number
let workspaceId: number
let base: string

beforeAll(async () => {
  const made = await app.workspace('Demo')
  workspaceId = made.id
  base = `/api/v1/workspaces/${made.id}`
  port = await app.built.listen(0, '127.0.0.1')
})
afterAll(() => app.built.close())

/** Sends the head and the beginning of the body; `finish` sends the rest and gives the answer's status. */
async function hold(method: string, path: string, headers: Record<string, string>, body: object) {
  const text = JSON.stringify(body)
  const held = request({
    port,
    host: '127.0.0.1',
    method,
    path,
    headers: { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) },
  })
  const status = new Promise<number>((resolve, reject) => {
    held.once('response', response => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    held.once('error', reject)
  })
  held.write(text.slice(0, 5))
  await until('the head has been sent', () => (held.socket?.bytesWritten ?? 0) > 0)
  // One that was sent later has its answer: this one has been let in.
  await fetch(`http://127.0.0.1:${port}/ready`)
  await app.call('GET', '/api/v1/me', headers.cookie === undefined ? {} : { cookie: headers.cookie })
  return {
    finish: () => {
      held.end(text.slice(5))
      return status
    },
  }
}

test('a member who was removed meanwhile makes no invitation, key, topic or gateway', async () => {
  const owner = await app.ownerCookie()
  const { cookie, userId } = await app.member(workspaceId, 'admin', 'gone@example.com')
  const held = await Promise.all([
    hold('POST', `${base}/members`, { cookie }, { email: 'evil@example.com', role: 'admin' }),
    hold('POST', `${base}/api-keys`, { cookie }, { name: 'Evil', role: 'admin' }),
    hold('POST', `${base}/topics`, { cookie }, { name: 'Evil' }),
    hold('PATCH', '/api/v1/me', { cookie }, { name: 'Evil' }),
  ])
  expect((await app.call('GET', `${base}/topics`, { cookie })).status).toBe(200)
  expect((await app.call('DELETE', `${base}/members/${userId}`, { cookie: owner })).status).toBe(204)
  for (const { finish } of held) expect([401, 403]).toContain(await finish())
  expect(await app.db.query(sql`select from invitations where email = 'evil@example.com'`)).toEqual([])
  expect(await app.db.query(sql`select from api_keys where name = 'Evil'`)).toEqual([])
})

test('a session that was ended meanwhile takes no account, and a revoked key writes nothing', async () => {
  const { cookie } = await app.member(workspaceId, 'viewer', 'victim@example.com')
  const taken = await hold(
    'PATCH',
    '/api/v1/me',
    { cookie },
    { email: 'thief@example.com', password: 'one two three four' },
  )
  expect((await app.call('DELETE', '/api/v1/me/sessions', { cookie })).status).toBe(204)
  expect(await taken.finish()).toBe(401)
  const { key } = await app.workspace('Keys')
  const [row] = await app.db.query<{ id: number; w: number }>(
    sql`select id, workspace_id as w from api_keys order by id desc limit 1`,
  )
  const bearer = { authorization: `Bearer ${key}` }
  const written = await hold('POST', `/api/v1/workspaces/${row!.w}/profiles`, bearer, {
    profiles: [{ externalKey: 'X' }],
  })
  await app.db.run(sql`update api_keys set revoked_at = ${new Date()} where id = ${row!.id}`)
  expect(await written.finish()).toBe(401)
  expect(await app.db.query(sql`select from profiles where external_key = 'X'`)).toEqual([])
})
