import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../../test/database.ts'
import { type Inbox, openInbox } from '../inbox/append.ts'
import { replaySpools } from '../inbox/replay.ts'
import { makeLinkRanges } from '../links/range.ts'
import { makeSealer, type Sealer } from '../links/seal.ts'
import { insertTestMessage } from '../messages/test-sms.ts'
import type { Clock } from '../platform/clock.ts'
import { type Database, openDatabase } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { makeVisitorOf } from '../platform/http/visitor.ts'
import { ensureInstallation } from '../platform/installation/installation.ts'
import { Misses } from './misses.ts'
import { makeRedirect } from './redirect.ts'
import { at, makeSent, phoneOf, type SentRing, sums } from './ring.fixture.ts'

const log = { debug() {}, info() {}, warn() {}, error() {} }
let database: FreshDatabase
let db: Database
let sealer: Sealer
let folder: string
let now = at(100)
const clock: Clock = { rate: 1, now: () => now, realMsUntil: () => 0 }
let inbox: Inbox
let server: Server
let minute = 0

beforeAll(async () => {
  database = await freshDatabase()
  db = openDatabase({ connection: database.connection, lane: 'test', max: 10 })
  const [k1, k2] = (await ensureInstallation(db, { identity: 'test', now: new Date() })).linkKeys
  sealer = makeSealer({ k1, k2 })
})
afterAll(async () => {
  await db.end()
  await database.drop()
})
beforeEach(async () => {
  now = at(100)
  minute += 2
  folder = mkdtempSync(join(tmpdir(), 'homing-redirect-'))
  inbox = await openInbox({ connection: database.connection, process: 'test', spoolFolder: folder, clock, log })
  const misses = new Misses(() => minute * 60_000)
  const redirect = makeRedirect({
    sealer,
    ranges: makeLinkRanges(db),
    inbox,
    clock,
    db,
    salt: 'salt',
    visitorOf: makeVisitorOf({ proxies: ['loopback'], isPublic: true }),
    log,
    misses,
    addresses: { url: 'https://sms.example.com', linkUrl: 'https://go.example.com' },
    domains: { has: host => host === 'go.brand.example' || host === 'sms.example.com' },
    prove: nonce => `proof of ${nonce}`,
    classOf: address => (address === '203.0.113.66' ? 'hosting' : null),
  })
  server = createServer((request, response) => {
    if (!redirect(request, response)) response.writeHead(418).end()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise(resolve => server.close(resolve))
  await inbox.close()
  rmSync(folder, { recursive: true, force: true })
})

interface Answer {
  status: number
  headers: IncomingMessage['headers']
  body: string
}

interface Asking {
  method?: string
  body?: string
  headers?: Record<string, string>
  port?: number
  agent?: Agent
}

/** A bare client: no redirects followed, nothing added. */
function ask(path: string, { method = 'GET', body, headers = {}, port, agent }: Asking = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      port: port ?? (server.address() as AddressInfo).port,
      path,
      method,
      headers,
      ...(agent ? { agent } : {}),
    }
    const sent = httpRequest(options, response => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      response.once('error', reject)
      response.once('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }))
    })
    sent.once('error', reject)
    sent.end(body)
  })
}

const pathOf = (number: number) => `/${sealer.seal(number, 11)}`
const post = (path: string, act?: string) =>
  ask(path, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    ...(act === undefined ? {} : { body: `do=${act}` }),
  })
const clicks = () =>
  db.query<{
    at: Date
    body: { codeNumber: number; method: string; agent: string; addressHash: string; headers?: object }
  }>(sql`select at, body from inbox where source = ${inbox.source} and kind = 'click' order by seq`)
const views = async () =>
  (
    await db.query<{ body: object }>(
      sql`select body from inbox where source = ${inbox.source} and kind = 'opt_out_view' order by seq`,
    )
  ).map(({ body }) => body)
const optOutsOf = (sent: SentRing) =>
  db.query<{ topic: number | null; released: string | null }>(
    sql`select topic_id as topic, released_by as released from opt_outs where workspace_id = ${sent.workspaceId} order by id`,
  )

test('a click is in the inbox when its 302 comes, with what tells people from programs', async () => {
  const sent = await makeSent(db, { urls: ['https://shop.example/a?x=1'] })
  const answer = await ask(`${pathOf(sent.number(0, 1))}?fbclid=1`, {
    headers: { 'user-agent': 'Phone/1', 'accept-language': 'sv', cookie: 'a=b', 'x-forwarded-for': '198.51.100.9' },
  })
  expect(answer.status).toBe(302)
  expect(answer.headers).toMatchObject({
    location: 'https://shop.example/a?x=1',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-robots-tag': 'noindex',
  })
  expect(answer.headers['set-cookie']).toBeUndefined()
  expect(await clicks()).toEqual([
    {
      at: at(100),
      body: {
        codeNumber: sent.number(0, 1),
        method: 'GET',
        agent: 'Phone/1',
        addressHash: expect.stringMatching(/^[0-9a-f]{16}$/),
        headers: { 'accept-language': 'sv' },
      },
    },
  ])
  await ask(pathOf(sent.number(0, 1)), { headers: { 'user-agent': 'Phone/1' } })
  // That none was sent is evidence; a record without the field is older than the evidence.
  expect((await clicks()).at(-1)).toMatchObject({ body: { agent: 'Phone/1', headers: {} } })
})

test('HEAD gets the same answer, other methods are refused; each is written down: a person’s browser sends none of them', async () => {
  const sent = await makeSent(db)
  expect(await ask(pathOf(sent.number(0, 1)), { method: 'HEAD' })).toMatchObject({ status: 302, body: '' })
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS'])
    expect(await ask(pathOf(sent.number(0, 1)), { method })).toMatchObject({
      status: 405,
      headers: { allow: 'GET, HEAD' },
    })
  await expect
    .poll(async () => (await clicks()).map(click => click.body.method))
    .toEqual(['HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS'])
  const stop = pathOf(sent.number(sent.links.length - 1, 1))
  expect((await ask(stop, { method: 'OPTIONS' })).status).toBe(405)
  await post(stop, 'stop')
  await expect.poll(views).toEqual([expect.objectContaining({ method: 'OPTIONS' })])
})

test('the test SMS leads on and leaves no trace', async () => {
  const sent = await makeSent(db)
  expect((await ask(pathOf(sent.number(0, 0)))).status).toBe(302)
  expect(await clicks()).toEqual([])
})

test('the address holds a profile’s values, encoded; a profile that is gone gets the default', async () => {
  const sent = await makeSent(db, { urls: ['https://shop.example/##first_name|friend##'] })
  expect((await ask(pathOf(sent.number(0, 1)))).headers.location).toBe('https://shop.example/%C3%85sa')
  expect((await ask(pathOf(sent.number(0, 999)))).headers.location).toBe('https://shop.example/friend')
})

test('forged, cut and strange codes get one neutral page and no click; a path that is no code is not ours', async () => {
  const sent = await makeSent(db)
  const path = pathOf(sent.number(0, 1))
  const swapped = path.slice(0, -1) + (path.endsWith('2') ? '3' : '2')
  const pages = await Promise.all(
    [swapped, '/11111111111', '/zzzzzzzzzzzz', `${path}2`, pathOf(2 ** 35)].map(wrong => ask(wrong)),
  )
  expect(pages.map(page => page.status)).toEqual([404, 404, 404, 404, 404])
  expect(new Set(pages.map(page => page.body)).size).toBe(1)
  expect(await clicks()).toEqual([])
  for (const other of ['/', path.slice(0, -1), `${path}xy`, '/l0Ol0Ol0Ol0', '/api/v1', '/api/%zz'])
    expect((await ask(other)).status).toBe(418)
})

test('a link with what was beside it in the text leads to the same place, for the opt-out page and its button too', async () => {
  const sent = await makeSent(db, { urls: ['https://shop.example/a'] })
  for (const [before, junk] of [
    ['', '.'],
    ['', ')'],
    ['', '%20and'],
    ['', '%E2%80%9D'],
    ['', '%'],
    ['', '%0A'],
    ['', '&utm=x'],
    ['', '/?utm=x'],
    ['/', '_'],
  ]) {
    const beside = (number: number) => `${before}${pathOf(number)}${junk}`
    expect(await ask(beside(sent.number(0, 1))), junk).toMatchObject({
      status: 302,
      headers: { location: 'https://shop.example/a' },
    })
    expect((await ask(beside(sent.number(1, 2)))).body, junk).toContain('value="stop"')
  }
  expect((await post(`${pathOf(sent.number(1, 1))}).`, 'stop')).body).toContain('You are unsubscribed')
  expect((await ask(`${pathOf(sent.number(0, 1))}x`)).status).toBe(404)
})

/** Bytes as they are; the answer's head. */
const raw = (text: string) =>
  new Promise<string>((resolve, reject) => {
    let answer = ''
    connect((server.address() as AddressInfo).port, '127.0.0.1')
      .on('error', reject)
      .on('end', () => resolve(answer.split('\r\n\r\n', 1)[0] ?? ''))
      .setEncoding('latin1')
      .on('data', chunk => {
        answer += chunk
      })
      .write(text, 'latin1')
  })

test('requests of old clients and in the form for proxies are answered like any', async () => {
  const sent = await makeSent(db, { urls: ['https://shop.example/a'] })
  const path = pathOf(sent.number(0, 1))
  const host = 'Host: go.example.com\r\nConnection: close\r\n\r\n'
  for (const text of [`GET ${path} HTTP/1.0\r\n\r\n`, `GET http://go.example.com${path}. HTTP/1.1\r\n${host}`])
    expect(await raw(text)).toMatch(/^HTTP\/1\.1 302 [\s\S]*\r\nLocation: https:\/\/shop\.example\/a\r\n/)
})

test('the host of short links has short links, probes, and a neutral page for everything else', async () => {
  const there = (path: string, method = 'GET', host = 'Go.Example.com:443') =>
    ask(path, { method, headers: { host, 'accept-language': 'sv' } })
  for (const path of ['/', '/sign-in', '/w/1/sms', '/api/v1/me', '/assets/x.js', '/robots.txt', '/abc', '/%zz']) {
    const page = await there(path)
    expect(page.status, path).toBe(404)
    expect(page.body, path).toContain('lang="sv"')
    expect(page.body, path).not.toMatch(/homing|sign|<a |<script|<img/i)
  }
  for (const method of ['HEAD', 'POST', 'OPTIONS', 'PUT']) expect((await there('/', method)).status).toBe(404)
  expect(await raw('GET http://go.example.com/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).toMatch(/ 404 /)
  for (const path of ['/health', '/ready']) expect((await there(path)).status).toBe(418)
  // The link domain of a workspace, but never the host of our pages.
  expect((await there('/', 'GET', 'go.brand.example')).status).toBe(404)
  expect((await there(`/.well-known/homing/${'n'.repeat(22)}`, 'GET', 'go.brand.example')).body).toBe(
    `proof of ${'n'.repeat(22)}`,
  )
  for (const host of ['sms.example.com', 'other.example.com', '127.0.0.1'])
    expect((await there('/', 'GET', host)).status).toBe(418)
  expect((await there('/%zz', 'GET', 'sms.example.com')).status).toBe(404)
})

test('of one address 30 wrong codes a minute are answered 404, more 429; good links and opt-outs work whatever was wrong', async () => {
  const sent = await makeSent(db)
  const here = { headers: { 'x-forwarded-for': '198.51.100.6' } }
  const guess = (headers = here.headers) => ask('/11111111111', { headers })
  for (let i = 0; i < 30; i++) expect((await guess()).status).toBe(404)
  expect(await guess()).toMatchObject({ status: 429, headers: { 'retry-after': '60', connection: 'close' } })
  expect((await guess({ 'x-forwarded-for': '198.51.100.7' })).status).toBe(404)
  for (let i = 31; i < 320; i++) await guess()
  expect((await ask(pathOf(sent.number(0, 1)), here)).status).toBe(302)
  expect((await ask(pathOf(sent.number(1, 1)), here)).status).toBe(200)
  expect((await ask(pathOf(sent.number(1, 1)), { ...here, method: 'POST' })).body).toContain('You are unsubscribed')
  expect(await optOutsOf(sent)).toHaveLength(1)
  minute++
  expect((await guess()).status).toBe(404)
})

test('headers that are sent twice are read as one list, so that the proxy has the last word', async () => {
  const sent = await makeSent(db)
  const path = pathOf(sent.number(0, 1))
  const open = (...hops: string[]) =>
    raw(
      `GET ${path} HTTP/1.1\r\nHost: x\r\n${hops.map(hop => `X-Forwarded-For: ${hop}\r\n`).join('')}Connection: close\r\n\r\n`,
    )
  await open('198.51.100.7')
  await open('6.6.6.6', '198.51.100.7')
  await open('6.6.6.6, 7.7.7.7', ' 198.51.100.7 , 127.0.0.1')
  await open(...Array.from({ length: 50 }, () => '6.6.6.6'), '198.51.100.7:4711')
  const hashes = (await clicks()).map(click => click.body.addressHash)
  expect(hashes).toHaveLength(4)
  expect(new Set(hashes).size).toBe(1)
})

test('where a proxy does not name its visitors they are neither limited nor taken for one another', async () => {
  const sent = await makeSent(db)
  for (let i = 0; i < 40; i++) expect((await ask('/11111111111')).status).toBe(404)
  await ask(pathOf(sent.number(0, 1)))
  expect((await clicks()).map(({ body }) => body.addressHash)).toEqual([''])
})

test('the class of an address is found before the address is forgotten', async () => {
  const sent = await makeSent(db)
  for (const forwarded of ['203.0.113.66', '203.0.113.67'])
    await ask(pathOf(sent.number(0, 1)), { headers: { 'x-forwarded-for': forwarded } })
  expect((await clicks()).map(({ body }) => body)).toMatchObject([{ addressClass: 'hosting' }, {}])
  expect((await clicks())[1]?.body).not.toHaveProperty('addressClass')
})

test('addresses are distinguished behind a trusted proxy, and kept as hashes only', async () => {
  const sent = await makeSent(db)
  for (const forwarded of ['198.51.100.7', '198.51.100.8', '203.0.113.9, 198.51.100.7, 127.0.0.1'])
    await ask(pathOf(sent.number(0, 1)), { headers: { 'x-forwarded-for': forwarded } })
  const hashes = (await clicks()).map(click => click.body.addressHash)
  expect(new Set(hashes).size).toBe(2)
  expect(hashes[2]).toBe(hashes[0])
  expect(JSON.stringify(await clicks())).not.toContain('198.51.100')
})

test('one link opened 1,000 times at once leads on each time and leaves a few rows; so does an opt-out page', async () => {
  const sent = await makeSent(db)
  const agent = new Agent({ keepAlive: true, maxSockets: 50 })
  const open = (number: number) => ask(pathOf(number), { agent, headers: { 'user-agent': 'Mill/1' } })
  const answers = await Promise.all(Array.from({ length: 1_000 }, () => open(sent.number(0, 1))))
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([302]))
  expect((await clicks()).length).toBeLessThan(50)
  // Somebody else within the same 10 s is kept.
  const before = (await clicks()).length
  await ask(pathOf(sent.number(0, 1)), { headers: { 'user-agent': 'Phone/1' } })
  expect(await clicks()).toHaveLength(before + 1)
  await Promise.all(Array.from({ length: 60 }, () => open(sent.number(1, 1))))
  await inbox.close()
  expect((await views()).length).toBeLessThan(50)
  agent.destroy()
})

test('where a click cannot be made durable it is not answered with a redirect', async () => {
  const sent = await makeSent(db)
  await ask(pathOf(sent.number(0, 1)))
  await inbox.close()
  expect(await ask(pathOf(sent.number(0, 1)))).toMatchObject({ status: 503, headers: { 'retry-after': '5' } })
})

test('GET shows the page and changes nothing; POST stops the topics before it answers; twice is once', async () => {
  const sent = await makeSent(db, { workspace: 'Åhléns & <Co>', topics: ['Offers', 'News'] })
  const path = pathOf(sent.number(1, 1))
  const shown = await ask(path)
  expect(shown.status).toBe(200)
  expect(shown.headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'x-robots-tag': 'noindex',
  })
  expect(shown.body).toContain('lang="en"')
  expect(shown.body).toContain('Åhléns &#38; &#60;Co&#62;')
  expect(shown.body).toContain('“News” and “Offers”')
  expect(shown.body).not.toContain(phoneOf(1).slice(1))
  expect((await ask(path, { method: 'HEAD' })).body).toBe('')
  expect(await optOutsOf(sent)).toEqual([])
  await vi.waitFor(async () =>
    expect(await views()).toEqual([
      expect.objectContaining({ method: 'GET', codeNumber: sent.number(1, 1) }),
      expect.objectContaining({ method: 'HEAD' }),
    ]),
  )

  const [done] = await Promise.all([post(path, 'stop'), post(path, 'stop'), post(path)])
  expect(done).toMatchObject({ status: 200, body: expect.stringContaining('You are unsubscribed') })
  expect((await optOutsOf(sent)).map(no => no.topic).sort()).toEqual([...sent.topicIds].sort())
  expect(await sums(db, sent.activityId)).toEqual({ unsubscribed: 1, 'series unsubscribed': 1 })
  expect(await clicks()).toEqual([])
})

test('a mail program unsubscribes with one click: a form of either kind, without a redirect, whatever else it says', async () => {
  const multipart =
    '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x\r\nContent-Disposition: form-data; name="do"\r\n\r\nundo\r\n--x--\r\n'
  for (const [type, body] of [
    ['application/x-www-form-urlencoded', 'List-Unsubscribe=One-Click'],
    ['application/x-www-form-urlencoded', 'List-Unsubscribe=One-Click&do=undo&more=1'],
    ['multipart/form-data; boundary=x', multipart],
  ]) {
    const sent = await makeSent(db)
    const path = pathOf(sent.number(1, 1))
    const answer = await ask(path, { method: 'POST', headers: { 'content-type': type!, cookie: 'a=b' }, body: body! })
    expect([answer.status, answer.headers.location]).toEqual([200, undefined])
    expect((await optOutsOf(sent)).map(no => no.released)).toEqual([null])
  }
})

test('the page speaks of the channel of the message', async () => {
  const sent = await makeSent(db)
  const path = pathOf(sent.number(1, 1))
  expect((await ask(path)).body).toContain('no more text messages')
  await db.run(
    sql`update activities set content = jsonb_set(content, '{channel}', '"email"') where id = ${sent.activityId}`,
  )
  expect((await ask(path)).body).toContain('no more e-mails about')
  expect((await ask(path, { headers: { 'accept-language': 'sv' } })).body).toContain('inga fler mejl')
})

test('everything can be stopped, and taken back within 10 minutes', async () => {
  const sent = await makeSent(db)
  const path = pathOf(sent.number(1, 1))
  await post(path, 'stop')
  expect((await ask(path)).body).toContain('value="stop_all"')
  await post(path, 'stop_all')
  const page = await ask(path, { headers: { 'accept-language': 'sv-SE,sv;q=0.9' } })
  expect(page.body).toContain('lang="sv"')
  expect(page.body).toContain('Ångra')
  expect((await post(path, 'undo')).body).toContain('Stop these messages')
  expect((await optOutsOf(sent)).map(no => no.released)).toEqual(['person', 'person'])

  await post(path, 'stop')
  now = at(100 + 601)
  expect((await ask(path)).body).not.toContain('value="undo"')
  await post(path, 'undo')
  expect((await optOutsOf(sent)).map(no => no.released)).toEqual(['person', 'person', null])
})

test('a test SMS, an erased message, a strange form and a long one stop nothing', async () => {
  const sent = await makeSent(db)
  const test = {
    workspaceId: sent.workspaceId,
    activityId: sent.activityId,
    address: phoneOf(1),
    country: null,
    vars: {},
  }
  await db.tx(tx => insertTestMessage(tx, { ...test, parts: 1, creditsE4: 10_000, now: at(0) }))
  expect((await post(pathOf(sent.number(1, 0)))).body).toContain('test message')
  expect((await post(pathOf(sent.number(1, 999)))).body).toContain('nothing to stop')
  expect((await post(pathOf(sent.number(1, 1)), 'everything')).status).toBe(400)
  expect((await post(pathOf(sent.number(1, 1)), 'x'.repeat(5000))).status).toBe(413)
  expect((await ask(pathOf(sent.number(1, 1)), { method: 'PUT' })).headers.allow).toBe('GET, HEAD, POST')
  expect(await optOutsOf(sent)).toEqual([])
})

test('an activity sent without a topic offers to stop everything', async () => {
  const sent = await makeSent(db, { topics: [] })
  expect((await ask(pathOf(sent.number(1, 1)))).body).toContain('value="stop_all"')
  await post(pathOf(sent.number(1, 1)))
  expect(await optOutsOf(sent)).toEqual([{ topic: null, released: null }])
})

test('kill -9 under load: every redirect that anyone got is in the inbox after the next start', async () => {
  const profiles = Array.from({ length: 5000 }, (_, n) => n + 1)
  const sent = await makeSent(db, { profiles })
  const fixture = fileURLToPath(new URL('redirect.fixture.ts', import.meta.url))
  const child = spawn(process.execPath, [fixture, database.connectionString, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise(resolve => child.once('exit', resolve))
  const port = await new Promise<number>(resolve => child.stdout.once('data', line => resolve(Number(line))))
  const agent = new Agent({ keepAlive: true, maxSockets: 30 })
  const redirected: number[] = []
  let next = 0
  const clicking = Array.from({ length: 30 }, async () => {
    while (next < profiles.length) {
      const profile = profiles[next++]!
      const answer = await ask(pathOf(sent.number(0, profile)), { port, agent }).catch(() => undefined)
      if (answer === undefined) return
      if (answer.status === 302) redirected.push(sent.number(0, profile))
      if (redirected.length === 1500) child.kill('SIGKILL')
    }
  })
  await Promise.all(clicking)
  await ended
  agent.destroy()
  expect(redirected.length).toBeGreaterThanOrEqual(1500)
  expect(redirected.length).toBeLessThan(profiles.length)
  await replaySpools(folder, database.connection)
  const kept = await db.query<{ n: number }>(
    sql`select (body->>'codeNumber')::bigint as n from inbox where kind = 'click'`,
  )
  const numbers = new Set(kept.map(row => row.n))
  expect(redirected.filter(number => !numbers.has(number))).toEqual([])
})
