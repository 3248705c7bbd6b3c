/**
 * The whole ring behind nginx and Caddy with real TLS, by the settings of docs/operate.md: sign-in, an SMS, live figures, clicks, opt-outs, a list of
 * 2 GiB; what a visitor makes up, what goes slowly, and what the proxies write down. Result: docs/peers.md.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import tls from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { monotonicMs } from '../../server/platform/clock.ts'
import { sql } from '../../server/platform/db/sql.ts'
import { type Child, homing, startProcess, temporaryFolder, until } from '../processes.ts'
import { openScene, type Scene, type Shop } from '../scene.ts'
import { receiptOf, type Smsc, startSmsc } from '../smsc.ts'
import {
  type Certificate,
  type Front,
  headerLimitMs,
  makeCertificate,
  startBareNginx,
  startCaddy,
  startNginx,
} from './front.ts'
import { overHttp2, type Stream, type Visitor, visitorOf } from './visitor.ts'

const pages = 'sms.example.com'
const links = 'ex.se'
const people = 12
/** More than five minutes, which Node gives a request by default. */
const slowUploadMs = 320_000
const gibibyte = 1024 ** 3

const place = temporaryFolder('front')
let certificate: Certificate
let scene: Scene
let smsc: Smsc
let web: Child
let shop: Shop
let cookie: string
/** Secrets of this run that no proxy may write down. */
const secrets: string[] = []
const codes = new Map<string, { link: string; stop: string }>()
const slowUploads: Promise<{ front: string; status: number }>[] = []

const fronts = new Map<string, Front>()
const upstream = () => Number(web.info.port)
const as = (front: Front, host: string, from?: string): Visitor =>
  visitorOf({ front, certificate, host, ...(from !== undefined && { from }) })
const signedIn = (more: Record<string, string> = {}) => ({ cookie, origin: `https://${pages}`, ...more })
/** What a telephone's browser says: a visit without it is taken for a program's. */
const telephone = {
  'user-agent':
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1',
  'accept-language': 'sv-SE,sv;q=0.9',
}
const json = (body: unknown, headers: Record<string, string> = {}) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
})

beforeAll(async () => {
  certificate = makeCertificate(place.path)
  smsc = await startSmsc({
    react: sms => {
      const [link = '', stop = ''] = sms.bytes.toString('latin1').match(/https:\/\/ex\.se\/\w+/g) ?? []
      codes.set(sms.to, { link: new URL(link).pathname, stop: new URL(stop).pathname })
      secrets.push(new URL(link).pathname, new URL(stop).pathname)
      return { deliveries: [{ pdu: receiptOf(sms), afterMs: 100 }] }
    },
  })
  scene = await openScene({
    env: {
      HOMING_URL: `https://${pages}`,
      HOMING_LINK_URL: `https://${links}`,
      HOMING_TRUSTED_PROXIES: '127.0.0.1',
      HOMING_LOG: 'info',
    },
  })
  web = await startProcess(['web'], scene.env)
  shop = await scene.shop('Shop', {
    port: smsc.port,
    phones: Array.from({ length: people }, (_, i) => `+4670${1_000_000 + i}`),
  })
  const input = (name: string) => ({ folder: join(place.path, name), certificate, upstream: upstream() })
  for (const front of [
    await startNginx(input('nginx')),
    await startCaddy(input('caddy')),
    await startBareNginx(input('bare')),
  ])
    fronts.set(front.name, front)
  cookie = await signIn(fronts.get('nginx')!)
  for (const name of ['nginx', 'Caddy'])
    slowUploads.push(uploadSlowly(fronts.get(name)!).catch(() => ({ front: name, status: 0 })))
})
afterAll(async () => {
  await Promise.all([...fronts.values()].map(front => front.stop()))
  await scene?.close()
  await smsc?.close()
  place.remove()
})

/** By a link of the command line, as the first person does; returns the cookie as it is sent back. */
async function signIn(front: Front): Promise<string> {
  const { out, err } = await homing(['sign-in-link'], scene.env)
  const path = /https:\/\/sms\.example\.com(\/\S+)/.exec(out)?.[1]
  if (path === undefined) throw new Error(`no link: ${out} ${err}`)
  secrets.push(path.split('/').at(-1)!)
  const visitor = as(front, pages)
  let answer = await visitor.get(path)
  // A page with a button, so that the preview of a link uses nothing up.
  if (answer.headers['set-cookie'] === undefined)
    answer = await visitor.get(path, {
      method: 'POST',
      headers: { origin: `https://${pages}`, 'content-type': 'application/x-www-form-urlencoded' },
      body: '',
    })
  const [set = ''] = [answer.headers['set-cookie'] ?? []].flat()
  expect(set, JSON.stringify(answer)).toMatch(/; Secure/i)
  expect(set).toMatch(/; HttpOnly/i)
  expect(set).toMatch(/; SameSite=Lax/i)
  return set.split(';')[0]!
}

interface Report {
  figures: { sent: number; delivered: number; clicks: number; unsubscribed: number }
}
const newest = (stream: Stream): Report | undefined => {
  const whole = stream.text().split('\n\n').slice(0, -1)
  const data = whole
    .findLast(event => event.startsWith('event: report'))
    ?.split('\n')
    .find(line => line.startsWith('data: '))
  return data === undefined ? undefined : (JSON.parse(data.slice(6)) as Report)
}

async function send(visitor: Visitor): Promise<number> {
  const base = `/api/v1/workspaces/${shop.workspaceId}/activities`
  const made = await visitor.get(
    base,
    json(
      {
        name: 'Autumn',
        content: { channel: 'sms', sender: 'Shop', body: 'The collection: https://example.com/autumn ##unsubscribe##' },
        sendTo: { topics: [shop.topicId], duplicates: 'one_per_address' },
        gatewayId: shop.gatewayId,
        quietHours: false,
      },
      signedIn(),
    ),
  )
  expect(made, made.body).toMatchObject({ status: 201 })
  const { id } = JSON.parse(made.body) as { id: number }
  const scheduled = await visitor.get(`${base}/${id}/schedule`, json({ sendAt: null }, signedIn()))
  expect(scheduled.status, scheduled.body).toBeLessThan(300)
  return id
}

/** The hashes of addresses under which visits of a code were kept. */
async function addressesOf(path: string, visit: () => Promise<unknown>): Promise<string[]> {
  const last = async () =>
    (
      await scene.db.query<{ seq: number }>(sql`select coalesce(max(seq), 0) as seq from inbox where kind = 'click'`)
    )[0]!.seq
  const before = await last()
  await visit()
  const rows = await scene.db.query<{ address: string }>(
    sql`select body->>'addressHash' as address from inbox where kind = 'click' and seq > ${before} order by seq`,
  )
  expect(rows.length, path).toBeGreaterThan(0)
  return rows.map(({ address }) => address)
}

describe.each(['nginx', 'Caddy', 'nginx as it comes'])('behind %s', name => {
  const front = () => fronts.get(name)!
  const people = () => [...codes.values()]
  let activity: number

  test('an SMS is made and sent, and its figures come live, over HTTP/1.1 and HTTP/2', async () => {
    const visitor = as(front(), pages)
    codes.clear()
    activity = await send(visitor)
    const live = `/api/v1/workspaces/${shop.workspaceId}/activities/${activity}/live`
    const second =
      name === 'nginx as it comes' ? undefined : await overHttp2({ front: front(), certificate, host: pages })
    const streams = await Promise.all([visitor, ...(second ? [second] : [])].map(one => one.watch(live, signedIn())))
    await until(
      'each stream says that all is delivered',
      () => streams.every(one => newest(one)?.figures.delivered === codes.size && codes.size > 0),
      {
        seen: () => streams.map(newest),
      },
    )
    // Longer than the proxy's read timeout: heartbeats keep the stream open. Then a click arrives within moments.
    const heartbeats = () => streams.map(one => one.text().match(/^:/gm)?.length ?? 0)
    const before = heartbeats()
    const enough = () => heartbeats().every((n, i) => n >= before[i]! + 3)
    await until('three heartbeats have come', enough, { timeoutMs: 120_000, seen: heartbeats })
    const began = monotonicMs()
    expect(await as(front(), links).get(people()[0]!.link, { headers: telephone })).toMatchObject({
      status: 302,
      headers: { location: expect.stringContaining('https://example.com/autumn') },
    })
    await until('the click is in each stream', () => streams.every(one => (newest(one)?.figures.clicks ?? 0) > 0), {
      seen: () => streams.map(newest),
    })
    expect(monotonicMs() - began).toBeLessThan(30_000)
    expect(streams.map(one => one.ended())).toEqual(streams.map(() => false))
    for (const one of streams) one.close()
    second?.close()
  })

  test('visitors are distinguished, and none can choose their address', async () => {
    const { link } = people()[1]!
    const visits: [string, Record<string, string>][] = [
      ['127.0.0.2', {}],
      ['127.0.0.3', {}],
      ['127.0.0.3', { 'x-forwarded-for': '198.51.100.7' }],
      [
        '127.0.0.3',
        { 'x-forwarded-for': '127.0.0.2, 127.0.0.1', 'x-real-ip': '127.0.0.2', forwarded: 'for=127.0.0.2' },
      ],
    ]
    const seen: string[] = []
    for (const [from, headers] of visits)
      seen.push(...(await addressesOf(link, () => as(front(), links, from).get(link, { headers }))))
    const [second, third] = seen
    expect(second).toMatch(/^[0-9a-f]{16}$/)
    expect(third).not.toBe(second)
    expect(seen).toEqual([second, third, third, third])
  })

  test('a short link works with anything appended to it', async () => {
    const { link } = people()[2]!
    for (const behind of ['', '.', ')', ',', '/', '%20', '%E2%80%9D', '_', '?utm=x', '&utm_source=x', '%2E'])
      expect([behind, (await as(front(), links).get(link + behind)).status]).toEqual([behind, 302])
    expect((await as(front(), links).get(`/${link}`)).status).toBe(302)
  })

  test('300 wrong codes of one visitor close no link, for others and for that one', async () => {
    const wrong = as(front(), links, '127.0.0.9')
    let refused = 0
    for (let i = 0; i < 300; i++)
      if ((await wrong.get(`/zzzzzzz${String(i + 1000).replaceAll('0', 'z')}`)).status === 429) refused++
    expect(refused).toBeGreaterThan(0)
    for (const from of ['127.0.0.9', '127.0.0.10']) {
      const visitor = as(front(), links, from)
      expect((await visitor.get(people()[3]!.link)).status).toBe(302)
      expect((await visitor.get(people()[3]!.stop)).status).toBe(200)
    }
  })

  test('an opt-out by the page and by one click holds', async () => {
    const visitor = as(front(), links)
    const [first, second] = people().slice(4)
    const page = await visitor.get(first!.stop)
    expect(page).toMatchObject({ status: 200, headers: { 'cache-control': 'no-store' } })
    expect(page.body).toContain('<form method="post">')
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    expect((await visitor.get(first!.stop, { method: 'POST', headers, body: 'do=stop' })).status).toBe(200)
    expect(
      (await visitor.get(second!.stop, { method: 'POST', headers, body: 'List-Unsubscribe=One-Click' })).status,
    ).toBe(200)
    const rows = await scene.db.query(sql`select from opt_outs where activity_id = ${activity} and released_at is null`)
    expect(rows).toHaveLength(2)
    await scene.db.run(sql`update opt_outs set released_at = ${new Date()} where activity_id = ${activity}`)
  })

  test('what changes something is taken from our own pages alone', async () => {
    const visitor = as(front(), pages)
    const path = `/api/v1/workspaces/${shop.workspaceId}/activities`
    for (const origin of [
      'https://evil.example',
      `http://${pages}`,
      `https://${pages}.evil.example`,
      `https://${links}`,
      'null',
    ])
      expect([origin, (await visitor.get(path, json({ name: 'A' }, signedIn({ origin })))).status]).toEqual([
        origin,
        403,
      ])
    const made = { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http' }
    expect(
      (await visitor.get(path, json({ name: 'A' }, signedIn({ ...made, origin: 'https://evil.example' })))).status,
    ).toBe(403)
    expect((await visitor.get(path, json({ name: 'A' }, signedIn(made)))).status).toBe(201)
    const [set = ''] = [
      (await visitor.get('/api/auth/sign-out', json({}, { cookie: 'a=b', origin: `https://${pages}` }))).headers[
        'set-cookie'
      ] ?? [],
    ].flat()
    if (set !== '') expect(set).toMatch(/; Secure/i)
  })

  test.skipIf(name === 'nginx as it comes')('plain HTTP leads to TLS', async () => {
    const answer = await fetch(`http://127.0.0.1:${front().plainPort}/wherever?a=b`, {
      redirect: 'manual',
      headers: { host: pages },
    })
    expect([301, 308]).toContain(answer.status)
    expect(answer.headers.get('location')).toMatch(/^https:/)
  })

  test.skipIf(name === 'nginx as it comes')(
    'who sends headers byte by byte is cut off, and holds up nobody',
    async () => {
      const slow = await Promise.all(Array.from({ length: 100 }, () => trickle(front())))
      const visitor = as(front(), links, '127.0.0.20')
      expect((await visitor.get(people()[5]!.link)).status).toBe(302)
      await until('all of them are cut off', () => slow.every(one => one.ended()), { timeoutMs: 10 * headerLimitMs })
      expect((await visitor.get(people()[5]!.link)).status).toBe(302)
    },
  )

  test.skipIf(name === 'nginx as it comes')(
    'a list of 2 GiB passes through, in little memory and without a copy on a disk',
    async () => {
      const bytes = 2 * gibibyte - 1
      const before = residentPeak(web.pid)
      const answer = await as(front(), pages).get(
        `/api/v1/workspaces/${shop.workspaceId}/imports`,
        upload(bytes, filler()),
      )
      expect(answer, answer.body).toMatchObject({ status: 202 })
      const { id } = (JSON.parse(answer.body) as { import: { id: number } }).import
      await as(front(), pages).get(`/api/v1/workspaces/${shop.workspaceId}/imports/${id}/stop`, json({}, signedIn()))
      expect(residentPeak(web.pid) - before).toBeLessThan(200 * 1024)
      expect(largestFileOf(join(place.path, name === 'Caddy' ? 'caddy' : 'nginx'))).toBeLessThan(1024 * 1024)
    },
    900_000,
  )
})

test('an upload that takes more than five minutes is not cut', async () => {
  expect(await Promise.all(slowUploads)).toEqual([
    { front: 'nginx', status: 202 },
    { front: 'Caddy', status: 202 },
  ])
}, 600_000)

test('no proxy writes down a link or a token, also when Homing is away', async () => {
  await web.stop()
  for (const front of fronts.values()) {
    const visitor = as(front, links)
    for (const { link, stop } of codes.values())
      expect((await visitor.get(link)).status + (await visitor.get(stop)).status).toBe(1004)
  }
  expect(secrets.length).toBeGreaterThan(20)
  for (const front of fronts.values()) {
    const written = front.written()
    expect(secrets.filter(secret => written.includes(secret)).length, front.name).toBe(0)
    expect(written, front.name).not.toContain(cookie.split('=')[1])
  }
  expect(fronts.get('nginx')!.written()).toContain(`POST ${pages}`)
})

/** A form with a list whose rows are all the same person. */
function upload(bytes: number, content: Iterable<Buffer> | AsyncIterable<Buffer>) {
  const boundary = 'a-boundary-of-a-form'
  const options = JSON.stringify({ map: { phone: 'mobile' }, topic: null })
  const head = `--${boundary}\r\ncontent-disposition: form-data; name="options"\r\n\r\n${options}\r\n--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="list.csv"\r\ncontent-type: text/csv\r\n\r\n`
  async function* form() {
    yield Buffer.from(head)
    let left = bytes
    for await (const piece of content) {
      if (left <= 0) break
      yield piece.length > left ? piece.subarray(0, left) : piece
      left -= piece.length
    }
    yield Buffer.from(`\r\n--${boundary}--\r\n`)
  }
  return {
    method: 'POST',
    headers: signedIn({ 'content-type': `multipart/form-data; boundary=${boundary}` }),
    body: Readable.from(form()),
  }
}

function* filler(): Generator<Buffer> {
  yield Buffer.from('mobile\n')
  const piece = Buffer.from('+46701000000\n'.repeat(20_000))
  for (;;) yield piece
}

async function uploadSlowly(front: Front): Promise<{ front: string; status: number }> {
  const began = monotonicMs()
  async function* slowly() {
    yield Buffer.from('mobile\n')
    while (monotonicMs() - began < slowUploadMs) {
      await sleep(2_000)
      yield Buffer.from('+46701000000\n')
    }
  }
  const { status } = await as(front, pages).get(
    `/api/v1/workspaces/${shop.workspaceId}/imports`,
    upload(gibibyte, slowly()),
  )
  return { front: front.name, status }
}

/** Writes a header a second, and never the end of them. */
async function trickle(front: Front): Promise<{ ended(): boolean }> {
  const raw = connect({ host: '127.0.0.1', port: front.port, localAddress: '127.0.0.30' })
  const socket = tls.connect({ socket: raw, servername: links, ca: certificate.pem })
  let ended = false
  socket.on('error', () => {})
  await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject))
  socket.write(`GET / HTTP/1.1\r\nhost: ${links}\r\n`)
  const timer = setInterval(() => socket.write('x-a: b\r\n'), 300)
  socket.resume().once('close', () => {
    ended = true
    clearInterval(timer)
  })
  return { ended: () => ended }
}

/** The most memory that a process ever had, in KiB. */
const residentPeak = (pid: number): number =>
  Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])

const largestFileOf = (folder: string): number =>
  Math.max(
    0,
    ...readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(({ parentPath, name }) => statSync(join(parentPath, name)).size),
  )
