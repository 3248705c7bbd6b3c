/** The simulator over real sockets: its outcomes, its receipts, its people, its memory. */
import fs from 'node:fs'
import http from 'node:http'
import os from 'node:os'
import path from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { parseReceipt, type SmppReceipt } from '../smpp/receipt.ts'
import { openSession, type SessionEvent, type SmppSession, type SubmitResult } from '../smpp/session.ts'
import type { ShortMessage } from '../smpp/short-message.ts'
import { type RunningSimulator, runSimulator } from './main.ts'
import type { SimulatorOptions } from './options.ts'
import { checkedShares, fateOf, outcomeOf, type Shares } from './population.ts'
import { scannerAddress } from './visits.ts'

const until = (check: () => void) => vi.waitFor(check, { interval: 2, timeout: 5000 })
const quick = {
  receiptDelayMs: [0, 20],
  visitDelayMs: [0, 10],
  clockRate: 36_000,
} as const satisfies Partial<SimulatorOptions>
const nobody = {
  softThenDelivered: 0,
  softForever: 0,
  hard: 0,
  silent: 0,
  late: 0,
  duplicate: 0,
  click: 0,
  scan: 0,
  optOut: 0,
}
const shares = (changes: Partial<Shares> = {}) => checkedShares({ ...nobody, ...changes })

type Item = ShortMessage & { key: number }
const number = (key: number) => String(46_700_000_000 + key)
const item = (key: number, text = `Hello ${key}`): Item => ({
  key,
  sourceTon: 5,
  sourceNpi: 0,
  source: 'Homing',
  destTon: 1,
  destNpi: 1,
  dest: number(key),
  esmClass: 0,
  registeredDelivery: 1,
  dataCoding: 0,
  shortMessage: Buffer.from(text),
})

type Client = {
  session: SmppSession<Item>
  results: SubmitResult<Item>[]
  receipts: SmppReceipt[]
  commit: { now: boolean }
}
const cleanUp: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean()
})

async function simulator(options: Partial<SimulatorOptions>): Promise<RunningSimulator> {
  const running = await runSimulator({ ...quick, ...options }, {})
  cleanUp.push(() => running.close())
  return running
}

async function client(port: number, systemId = 'homing'): Promise<Client> {
  const results: SubmitResult<Item>[] = []
  const receipts: SmppReceipt[] = []
  const commit = { now: true }
  const session = openSession<Item>(
    { host: '127.0.0.1', port, systemId, password: 'homing', window: 2000, gatherMs: 1, closeTimeoutMs: 500 },
    {
      answered: list => results.push(...list),
      delivered(batch) {
        if (!commit.now) return
        for (const message of batch.messages) {
          const receipt = parseReceipt(message)
          if (receipt) receipts.push(receipt)
        }
        batch.ack()
      },
    },
  )
  cleanUp.push(() => session.close())
  await until(() => expect(session.state).toBe('bound'))
  return { session, results, receipts, commit }
}

function folder(): string {
  const made = fs.mkdtempSync(path.join(os.tmpdir(), 'homing-simulator-'))
  cleanUp.push(() => fs.rmSync(made, { recursive: true, force: true }))
  return made
}

const quiet = (running: RunningSimulator) =>
  until(() => expect(running.counts()).toMatchObject({ receiptsOpen: 0, visitsOpen: 0 }))

describe('outcomes', () => {
  test('a thousand people get what their fate says, whatever the order', async () => {
    const mix = checkedShares({
      click: 0,
      scan: 0,
      optOut: 0,
      hard: 0.1,
      softThenDelivered: 0.1,
      softForever: 0.1,
      silent: 0.1,
      late: 0.1,
    })
    const first = await simulator({ shares: mix })
    const second = await simulator({ shares: mix })
    const keys = Array.from({ length: 1000 }, (_, i) => i)
    for (const [running, order] of [
      [first, keys],
      [second, [...keys].reverse()],
    ] as const) {
      const { session, results } = await client(running.port)
      session.submit(order.map(key => item(key)))
      await until(() => expect(results).toHaveLength(1000))
    }
    await until(() => expect(first.counts().receiptsOpen).toBe(0))
    await quiet(second)
    const fates = keys.map(key => outcomeOf(fateOf(mix, 1, number(key), 0), 1, false))
    const count = (...kinds: string[]) => fates.filter(kind => kinds.includes(kind)).length
    expect(first.counts()).toMatchObject({
      submits: 1000,
      accepted: 1000,
      delivered: count('delivered', 'late', 'duplicate'),
      hard: count('hard', 'hardAnswer'),
      softFinal: count('soft', 'softAnswer'),
      pending: count('silent'),
      doubles: 0,
    })
    expect(second.counts()).toEqual(first.counts())
  })

  test('soft first, then delivered: retries with the same text are the same message and no double', async () => {
    const running = await simulator({ shares: shares({ softThenDelivered: 1 }) })
    const { session, results, receipts } = await client(running.port)
    const keys = Array.from({ length: 50 }, (_, i) => i)
    for (let attempt = 1; attempt <= 3; attempt++) {
      const again = keys.filter(
        key => fateOf(shares({ softThenDelivered: 1 }), 1, number(key), 0).softAttempts >= attempt - 1,
      )
      const before = results.length
      session.submit(again.map(key => item(key)))
      await until(() => expect(results).toHaveLength(before + again.length))
      await quiet(running)
    }
    expect(running.counts()).toMatchObject({ accepted: 50, delivered: 50, softFinal: 0, doubles: 0 })
    expect(receipts.filter(r => r.state === 'delivered')).toHaveLength(50)
    expect(results.some(r => r.outcome.kind === 'soft')).toBe(true)
    expect(receipts.some(r => r.state === 'soft')).toBe(true)
  })

  test('hard bounces count against the number, by answer and by receipt', async () => {
    const running = await simulator({ shares: shares({ hard: 1 }) })
    const { session, results, receipts } = await client(running.port)
    session.submit(Array.from({ length: 60 }, (_, i) => item(i)))
    await until(() => expect(results).toHaveLength(60))
    await quiet(running)
    const byAnswer = results.filter(r => r.outcome.kind === 'hard')
    expect(byAnswer.length).toBeGreaterThan(5)
    expect(receipts.length).toBe(60 - byAnswer.length)
    expect(receipts.every(r => r.state === 'hard' && r.counts)).toBe(true)
    expect(running.counts()).toMatchObject({ accepted: 60, hard: 60 })
  })

  test('a message that is sent twice is a double', async () => {
    const running = await simulator({ shares: shares() })
    const { session, results } = await client(running.port)
    session.submit([item(1), item(2), item(1), item(2, 'another text')])
    await until(() => expect(results).toHaveLength(4))
    await quiet(running)
    expect(running.counts()).toMatchObject({ accepted: 3, delivered: 3, doubles: 1 })
  })

  test('a duplicate receipt has the same id, a late one comes after at least a second', async () => {
    const duplicates = await simulator({ shares: shares({ duplicate: 1 }) })
    const one = await client(duplicates.port)
    one.session.submit([item(1)])
    await until(() => expect(one.receipts).toHaveLength(2))
    expect(one.receipts[0]).toEqual(one.receipts[1])
    const late = await simulator({ shares: shares({ late: 1 }) })
    const two = await client(late.port)
    const began = performance.now()
    two.session.submit([item(1)])
    await until(() => expect(two.receipts).toHaveLength(1))
    expect(performance.now() - began).toBeGreaterThan(950)
  })

  test('a long message is one message: an id and a receipt for each part, one outcome', async () => {
    const running = await simulator({ shares: shares() })
    const { session, results, receipts } = await client(running.port)
    const part = (key: number, n: number, reference: number, total = 3): Item => ({
      ...item(key),
      esmClass: 0x40,
      shortMessage: Buffer.from([5, 0, 3, reference, total, n, ...Buffer.from(`part ${n}`)]),
    })
    session.submit([
      part(1, 1, 7),
      part(2, 3, 7),
      part(2, 1, 7),
      part(1, 2, 7),
      part(1, 3, 7),
      part(2, 2, 7),
      part(3, 1, 9),
    ])
    await until(() => expect(results).toHaveLength(7))
    await quiet(running)
    const ids = results.map(r => r.outcome.kind === 'accepted' && r.outcome.providerId)
    expect(new Set(ids).size).toBe(7)
    expect(receipts).toHaveLength(6)
    expect(running.counts()).toMatchObject({
      submits: 7,
      accepted: 3,
      delivered: 2,
      pending: 1,
      incomplete: 1,
      doubles: 0,
    })
    session.submit([part(1, 1, 8), part(1, 2, 8), part(1, 3, 8)])
    await until(() => expect(running.counts()).toMatchObject({ accepted: 3, doubles: 1 }))
  })

  test('above the allowed rate it asks to slow down, and that is no message', async () => {
    const running = await simulator({ shares: shares(), throttlePerSecond: 10 })
    const { session, results } = await client(running.port)
    session.submit(Array.from({ length: 50 }, (_, i) => item(i)))
    await until(() => expect(results).toHaveLength(50))
    const refused = results.filter(r => r.outcome.kind === 'refused')
    expect(refused.length).toBeGreaterThan(0)
    expect(refused[0]!.outcome).toMatchObject({ code: 0x58, reason: 'throttle' })
    expect(running.counts()).toMatchObject({ accepted: 50 - refused.length, throttled: refused.length })
    expect(session.rate).toBeLessThan(20)
  })

  test('wrong credentials and impossible numbers are refused', async () => {
    const running = await simulator({ password: 'other' })
    const events: (number | undefined)[] = []
    openSession<Item>(
      { host: '127.0.0.1', port: running.port, systemId: 'homing', password: 'homing' },
      { answered() {}, delivered() {}, changed: event => events.push(event.code) },
    )
    await until(() => expect(events).toContain(0x0e))
    const open = await simulator({})
    const { session, results } = await client(open.port)
    session.submit([
      { ...item(1), dest: '0701234567' },
      { ...item(1), dest: 'abc' },
    ])
    await until(() => expect(results.map(r => r.outcome.kind)).toEqual(['hard', 'hard']))
    expect(open.counts().accepted).toBe(0)
  })
})

describe('receipts', () => {
  test('wait while nobody is bound, and come again until they are acknowledged', async () => {
    const running = await simulator({ shares: shares() })
    const first = await client(running.port)
    first.commit.now = false
    first.session.submit([1, 2, 3].map(key => item(key)))
    await until(() => expect(first.results).toHaveLength(3))
    await until(() => expect(running.counts().delivered).toBe(3))
    running.cutConnections()
    await until(() => expect(first.session.state).toBe('lost'))
    expect(running.counts().receiptsOpen).toBe(3)
    const second = await client(running.port)
    await until(() => expect(second.receipts).toHaveLength(3))
    await quiet(running)
  })

  test('that are answered with 0x64 come again', async () => {
    const running = await simulator({ shares: shares() })
    let asked = 0
    const session = openSession<Item>(
      { host: '127.0.0.1', port: running.port, systemId: 'homing', password: 'homing', gatherMs: 1 },
      {
        answered() {},
        delivered: batch => batch.ack(++asked === 1 ? 0x64 : 0),
        ready: () => session.submit([item(1)]),
      },
    )
    cleanUp.push(() => session.close())
    await until(() => expect(running.counts().submits).toBe(1))
    await until(() => expect(asked).toBe(2))
    await quiet(running)
  })
})

describe('memory', () => {
  test('a restart forgets nothing: counts, unacknowledged receipts, the port, doubles', async () => {
    const kept = folder()
    const mix = shares({ hard: 0.2, silent: 0.2, softThenDelivered: 0.2 })
    const before = await runSimulator({ ...quick, folder: kept, shares: mix }, {})
    const one = await client(before.port)
    one.session.submit(Array.from({ length: 100 }, (_, i) => item(i)))
    await until(() => expect(one.results).toHaveLength(100))
    await quiet(before)
    one.commit.now = false
    one.session.submit(Array.from({ length: 100 }, (_, i) => item(100 + i)))
    await until(() => expect(one.results).toHaveLength(200))
    const silent = Array.from({ length: 200 }, (_, key) => fateOf(mix, 1, number(key), 0)).filter(
      f => f.kind === 'silent',
    ).length
    await until(() => expect(before.counts().pending).toBe(silent))
    const earlier = before.counts()
    await before.close()

    const after = await simulator({ folder: kept, shares: mix })
    expect(after.port).toBe(before.port)
    const two = await client(after.port)
    await quiet(after)
    expect(two.receipts.length).toBe(earlier.receiptsOpen)
    expect(after.counts()).toEqual({ ...earlier, receiptsOpen: 0 })
    two.session.submit(one.results.filter(r => r.outcome.kind === 'accepted').map(r => r.item))
    const softs = (n: number) => outcomeOf(fateOf(mix, 1, number(n), 0), 1, false)
    const failed = one.results.filter(
      r => r.outcome.kind === 'accepted' && ['soft', 'hard'].includes(softs(r.item.key)),
    )
    const accepted = one.results.filter(r => r.outcome.kind === 'accepted')
    await until(() => expect(after.counts().doubles).toBe(accepted.length - failed.length))
    expect(after.counts().accepted).toBe(200)
  })

  test('a journal whose last line was cut off is read to the line before', async () => {
    const kept = folder()
    fs.writeFileSync(
      path.join(kept, 'simulator.journal'),
      'a 46700000001 1f silent =Homing =x1\nnonsense\na 46700000002 2f sil',
    )
    const running = await simulator({ folder: kept })
    expect(running.counts()).toMatchObject({ accepted: 1, pending: 1 })
    const { session, results } = await client(running.port)
    session.submit([item(3)])
    await until(() => expect(results).toHaveLength(1))
    const lines = fs.readFileSync(path.join(kept, 'simulator.journal'), 'utf8').split('\n')
    expect(lines.slice(0, 2)).toEqual(['a 46700000001 1f silent =Homing =x1', 'nonsense'])
    expect(lines[2]).toMatch(/^a 46700000003 /)
  })

  test('a journal ends 30 days after it was begun, at a start and while the simulator runs', async () => {
    const kept = folder()
    const file = path.join(kept, 'simulator.journal')
    const old = `b ${new Date(Date.now() - 31 * 24 * 3_600_000).toISOString()}\na 46700000001 1f silent =Homing =x1\n`
    fs.writeFileSync(file, old)
    const running = await simulator({ folder: kept })
    expect(running.counts()).toMatchObject({ accepted: 0 })
    const { session, results } = await client(running.port)
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 31 * 24 * 3_600_000)
    session.submit([item(3)])
    await until(() => expect(results).toHaveLength(1))
    vi.restoreAllMocks()
    expect(fs.readFileSync(file, 'utf8')).toMatch(/^b \S{24}\na 46700000003 [^\n]*\n/)
  })

  test('the count file has its last word', async () => {
    const kept = folder()
    const running = await runSimulator({ ...quick, folder: kept, shares: shares() }, {})
    const { session, results } = await client(running.port)
    session.submit([item(1)])
    await until(() => expect(results).toHaveLength(1))
    await quiet(running)
    await running.close()
    expect(JSON.parse(fs.readFileSync(path.join(kept, 'simulator.json'), 'utf8'))).toEqual(running.counts())
  })
})

type Hit = { method: string; url: string; agent: string; from: string; body: string }

/** A web server with tracked links (302) and opt-out pages under /u (a form). */
async function web(port = 0): Promise<{ port: number; hits: Hit[]; close: () => Promise<void> }> {
  const hits: Hit[] = []
  const server = http.createServer((request, response) => {
    let body = ''
    request.on('data', chunk => (body += chunk))
    request.on('end', () => {
      const url = request.url ?? ''
      const from = (request.socket.remoteAddress ?? '').replace('::ffff:', '')
      hits.push({ method: request.method ?? '', url, agent: request.headers['user-agent'] ?? '', from, body })
      if (!url.startsWith('/u')) response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()
      else if (request.method === 'POST') response.writeHead(200).end('done')
      else response.writeHead(200).end('<form method="post"><input type="hidden" name="sure" value="yes"></form>')
    })
  })
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
  const address = server.address()
  const close = () => new Promise<void>(resolve => server.close(() => resolve()))
  cleanUp.push(() => {
    server.closeAllConnections()
    return close()
  })
  return { port: address !== null && typeof address === 'object' ? address.port : 0, hits, close }
}

describe('accounts', () => {
  const many = (from: number) => Array.from({ length: 50 }, (_, i) => item(from + i, 'The same text'))

  test('a receipt goes back over the session that submitted, also where two have one account', async () => {
    const running = await simulator({ shares: shares() })
    const clients = await Promise.all([client(running.port), client(running.port), client(running.port, 'homing-7')])
    for (const [i, { session }] of clients.entries()) session.submit(many(i * 50))
    await until(() => expect(clients.map(({ receipts }) => receipts.length)).toEqual([50, 50, 50]))
    const given = clients.map(({ results }) =>
      results.flatMap(({ outcome }) => (outcome.kind === 'accepted' ? [outcome.providerId] : [])).sort(),
    )
    expect(clients.map(({ receipts }) => receipts.map(receipt => receipt.providerId).sort())).toEqual(given)
  })

  test('where it is gone, over another session of the account, and never over one of another account', async () => {
    const running = await simulator({ shares: shares(), receiptDelayMs: [300, 300] })
    const [first, second, other] = [
      await client(running.port, 'homing-7'),
      await client(running.port, 'homing-7'),
      await client(running.port, 'homing-8'),
    ]
    first.session.submit(many(0))
    await until(() => expect(first.results).toHaveLength(50))
    await first.session.close()
    await until(() => expect(second.receipts).toHaveLength(50))
    expect(other.receipts).toEqual([])
  })

  test('after a restart as well, and the same text to the same number from two accounts is two messages', async () => {
    const kept = folder()
    const options = { folder: kept, shares: shares(), receiptDelayMs: [600, 600] as const }
    const before = await runSimulator({ ...quick, ...options }, {})
    for (const systemId of ['homing-7', 'homing-8']) {
      const { session, results } = await client(before.port, systemId)
      session.submit(many(0))
      await until(() => expect(results).toHaveLength(50))
    }
    expect(before.counts()).toMatchObject({ accepted: 100, doubles: 0, receiptsOpen: 100 })
    await before.close()
    const after = await simulator(options)
    const eighth = await client(after.port, 'homing-8')
    await until(() => expect(eighth.receipts).toHaveLength(50))
    // The last acknowledgements may still be on their way.
    await until(() => expect(after.counts()).toMatchObject({ receiptsOpen: 50, delivered: 100, doubles: 0 }))
    const seventh = await client(after.port, 'homing-7')
    await until(() => expect(seventh.receipts).toHaveLength(50))
    await quiet(after)
  })

  test('another system id is refused', async () => {
    const running = await simulator({})
    const said: SessionEvent[] = []
    const session = openSession(
      { host: '127.0.0.1', port: running.port, systemId: 'somebody', password: 'homing' },
      { answered() {}, delivered() {}, changed: event => said.push(event) },
    )
    cleanUp.push(() => session.close())
    await until(() => expect(said.at(-1)).toMatchObject({ state: 'lost', code: 0x0f }))
  })
})

describe('people', () => {
  const here = (port: number) => [`http://127.0.0.1:${port}`]
  const text = (port: number, key: number) =>
    `Hi! http://127.0.0.1:${port}/a${key} or leave: http://127.0.0.1:${port}/u${key}`

  test('click from own addresses with phones, scanners fetch all, some opt out by the form; all as counted', async () => {
    const site = await web()
    const everyone = shares({ click: 0.5, scan: 0.3, optOut: 0.3, hard: 0.1, silent: 0.1 })
    const running = await simulator({ shares: everyone, linkOrigins: here(site.port) })
    const { session, results } = await client(running.port)
    session.submit(Array.from({ length: 100 }, (_, key) => item(key, text(site.port, key))))
    await until(() => expect(results).toHaveLength(100))
    await quiet(running)
    const counts = running.counts()
    const human = site.hits.filter(hit => hit.agent.includes('Mobile'))
    const clicks = human.filter(hit => hit.url.startsWith('/a'))
    expect(counts.clicks).toBe(clicks.length)
    expect(counts.unique).toBe(new Set(clicks.map(hit => hit.url)).size)
    expect(counts.clicks).toBeGreaterThan(counts.unique)
    expect(counts.unsubscribed).toBe(human.filter(hit => hit.method === 'POST' && hit.body === 'sure=yes').length)
    expect(counts.unsubscribed).toBeGreaterThan(10)
    const scans = site.hits.filter(hit => hit.from === scannerAddress)
    expect(counts.botClicks).toBe(scans.filter(hit => hit.url.startsWith('/a')).length)
    expect(scans.every(hit => hit.method === 'HEAD' || hit.agent.startsWith('facebookexternalhit'))).toBe(true)
    expect(scans.some(hit => hit.url.startsWith('/u'))).toBe(true)
    expect(new Set(clicks.map(hit => hit.from)).size).toBe(counts.unique)
    expect(counts).toMatchObject({ clicksUncertain: 0, deadLinks: 0 })
    const dead = Array.from({ length: 100 }, (_, key) => key).filter(key =>
      ['hard', 'silent'].includes(fateOf(everyone, 1, number(key), 0).kind),
    )
    expect(site.hits.filter(hit => dead.some(key => hit.url === `/a${key}`))).toEqual([])
  })

  test('a long and a UCS-2 text are read too', async () => {
    const site = await web()
    const running = await simulator({ shares: shares({ click: 1 }), linkOrigins: here(site.port) })
    const { session } = await client(running.port)
    const ucs2 = (words: string) => Buffer.from(words, 'utf16le').swap16()
    const half = (n: number, words: string) => Buffer.concat([Buffer.from([5, 0, 3, 1, 2, n]), ucs2(words)])
    session.submit([
      { ...item(1), dataCoding: 8, shortMessage: ucs2(`🙂 http://127.0.0.1:${site.port}/a1`) },
      { ...item(2), dataCoding: 8, esmClass: 0x40, shortMessage: half(1, `🙂 http://127.0.0.1:${site.port}`) },
      { ...item(2), dataCoding: 8, esmClass: 0x40, shortMessage: half(2, '/a2') },
    ])
    await until(() => expect(running.counts().unique).toBe(2))
    expect(new Set(site.hits.map(hit => hit.url))).toEqual(new Set(['/a1', '/a2']))
  })

  test('come back until the web server is there, also after a restart of the simulator', async () => {
    const gone = await web()
    await gone.close()
    const kept = folder()
    const options = { folder: kept, shares: shares({ click: 1, optOut: 1 }), linkOrigins: here(gone.port) }
    const before = await runSimulator({ ...quick, ...options }, {})
    const { session, results } = await client(before.port)
    session.submit([item(1, text(gone.port, 1)), item(2, text(gone.port, 2))])
    await until(() => expect(results).toHaveLength(2))
    await until(() => expect(before.counts()).toMatchObject({ receiptsOpen: 0, delivered: 2 }))
    expect(before.counts().visitsOpen).toBeGreaterThanOrEqual(4)
    await before.close()
    const after = await simulator(options)
    await until(() => expect(after.counts().visitsOpen).toBeGreaterThanOrEqual(4))
    await web(gone.port)
    await quiet(after)
    expect(after.counts()).toMatchObject({ unique: 2, unsubscribed: 2, deadLinks: 0 })
  })

  test('open nothing of another server of this machine, whatever a name or a text says, also after a restart', async () => {
    const own = await web()
    const foreign = await web()
    const kept = folder()
    const everyone = shares({ click: 1, scan: 1, optOut: 1 })
    const open = await runSimulator(
      { ...quick, folder: kept, shares: everyone, linkOrigins: here(foreign.port), visitDelayMs: [60_000, 60_000] },
      {},
    )
    const first = await client(open.port)
    first.session.submit([item(0, text(foreign.port, 0))])
    await until(() => expect(open.counts()).toMatchObject({ delivered: 1, receiptsOpen: 0 }))
    await open.close()
    const running = await simulator({ folder: kept, shares: everyone, linkOrigins: here(own.port) })
    const { session, results } = await client(running.port)
    const name = `http://127.0.0.1:${foreign.port}/a`
    session.submit([
      item(1, `${name} ${text(own.port, 1)}`),
      item(2, `${text(own.port, 2)} ${name}`),
      item(3, text(foreign.port, 3)),
      item(4, `http://localhost:${foreign.port}/u4 http://[::ffff:127.0.0.1]:${foreign.port}/u4`),
      item(5, `http://127.0.0.1:${own.port}@127.0.0.1:${foreign.port}/u5`),
    ])
    await until(() => expect(results).toHaveLength(5))
    await quiet(running)
    expect(foreign.hits).toEqual([])
    expect(new Set(own.hits.map(({ url }) => url))).toEqual(new Set(['/a1', '/u1', '/a2', '/u2']))
  })

  test('are never sent beyond this machine', async () => {
    const linkOrigins = ['https://example.com', 'http://192.0.2.1']
    const running = await simulator({ shares: shares({ click: 1, scan: 1, optOut: 1 }), linkOrigins })
    const { session, results } = await client(running.port)
    session.submit([item(1, 'See https://example.com/a and http://192.0.2.1/b')])
    await until(() => expect(results).toHaveLength(1))
    await quiet(running)
    expect(running.counts()).toMatchObject({ delivered: 1, clicks: 0, visitsOpen: 0 })
  })
})
