import { describe, expect, test } from 'vitest'
import { watchProxy } from '../alarms/watch-proxy.ts'
import { sql } from '../platform/db/sql.ts'
import { makeVisitorOf } from '../platform/http/visitor.ts'
import { testApp } from './app.fixture.ts'

// Refused before a password is hashed, and counted all the same.
const wrong = {}
const https = { url: 'https://sms.example.com', linkUrl: 'https://go.example.com' }

describe('behind a trusted proxy', () => {
  const app = testApp({ ...https, visitorOf: makeVisitorOf({ proxies: ['loopback'], isPublic: true }) })
  const tries = async (forwarded: string, times: number, headers: Record<string, string> = {}) => {
    let status = 0
    for (let i = 0; i < times; i++)
      ({ status } = await app.call('POST', '/api/auth/sign-in/email', {
        body: wrong,
        headers: { 'x-forwarded-for': forwarded, ...headers },
      }))
    return status
  }

  test('limits on passwords count by visitor; what a visitor makes up changes nothing', async () => {
    expect(await tries('198.51.100.7', 30)).toBe(400)
    expect(await tries('198.51.100.7', 1)).toBe(429)
    expect(await tries('6.6.6.6, 198.51.100.7', 1)).toBe(429)
    expect(await tries('198.51.100.7', 1, { 'x-real-ip': '6.6.6.6', forwarded: 'for=6.6.6.6' })).toBe(429)
    expect(await tries('198.51.100.8', 1)).toBe(400)
    // one household
    expect(await tries('2001:db8::1', 30)).toBe(400)
    expect(await tries('2001:db8::2', 1)).toBe(429)
  })

  test('limits on wrong API keys count by visitor', async () => {
    const call = async (forwarded: string) =>
      (await app.call('GET', '/api/v1/me', { key: 'wrong', headers: { 'x-forwarded-for': forwarded } })).status
    for (let i = 0; i < 30; i++) expect(await call('198.51.100.7')).toBe(401)
    expect(await call('198.51.100.7')).toBe(429)
    expect(await call('198.51.100.8')).toBe(401)
  })

  test('X-Forwarded-Host, -Proto and -Port change nothing', async () => {
    const { key, base } = await app.workspace('Shop')
    const made = {
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'http',
      'x-forwarded-port': '81',
      forwarded: 'host=evil.example;proto=http',
    }
    const answers = async (path: string, options = {}) => {
      const plain = await app.call('GET', path, options)
      const told = await app.call('GET', path, { ...options, headers: made })
      const stable = ({ status, body, headers: { date: _, 'x-request-id': __, ...headers } }: typeof plain) => ({
        status,
        body: JSON.stringify(body ?? null).replace(/"(now|asOf|instance)":"[^"]*"/g, ''),
        headers: Object.keys(headers).filter(name => !name.startsWith('x-ratelimit')),
      })
      return [stable(plain), stable(told)]
    }
    for (const path of ['/', '/sign-in-link/wrong', '/api/v1/openapi.json', `${base}/activities`]) {
      const [plain, told] = await answers(path, { key })
      expect(told, path).toEqual(plain)
      expect(JSON.stringify(told), path).not.toContain('evil.example')
    }
    // A page of a host that only these headers name is none of ours.
    const cookie = await app.ownerCookie()
    const from = (origin: string) =>
      app.call('POST', '/api/auth/sign-out', { cookie, body: {}, headers: { ...made, origin } })
    expect((await from('http://evil.example')).status).toBe(403)
    expect((await from(https.url)).status).toBe(200)
  })
})

describe('behind a proxy that nobody has named', () => {
  const visitorOf = makeVisitorOf({ proxies: null, isPublic: true })
  const app = testApp({ ...https, visitorOf })

  test('sign-in is limited for nobody by what others did', async () => {
    const sign = async (forwarded: string) =>
      (await app.call('POST', '/api/auth/sign-in/email', { body: wrong, headers: { 'x-forwarded-for': forwarded } }))
        .status
    for (let i = 0; i < 31; i++) await sign('198.51.100.7')
    expect(await sign('198.51.100.8')).toBe(400)
  })

  test('an alarm says so once, until a start finds nothing', async () => {
    const warnings: unknown[] = []
    const log = { debug() {}, info() {}, error() {}, warn: (...line: unknown[]) => void warnings.push(line) }
    const { db, deps } = app
    const { clock } = deps
    const { key, base } = await app.workspace('Told')
    const alarms = async () => (await app.call('GET', `${base}/alarms`, { key })).body
    const untrusted = await watchProxy({ db, clock, log, machine: 'here' })
    for (let i = 0; i < 3; i++) untrusted('10.0.0.5')
    await expect
      .poll(alarms)
      .toMatchObject({ items: [{ kind: 'proxy_not_trusted', detail: expect.stringContaining('10.0.0.5') }] })
    expect(warnings).toHaveLength(1)
    expect(await db.query(sql`select from alarms`)).toHaveLength(1)
    await watchProxy({ db, clock, log, machine: 'here' })
    expect(await alarms()).toMatchObject({ items: [] })
  })
})
