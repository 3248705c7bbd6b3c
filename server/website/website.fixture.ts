/** For tests: a shop with a registered website, an SMS with links to it, and the front of the web process with its lanes behind it. */
import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freshDatabase } from '../../test/database.ts'
import { testKeys } from '../../test/keys.ts'
import { until } from '../../test/processes.ts'
import { makeRedirect } from '../clicks/redirect.ts'
import { openInbox } from '../inbox/append.ts'
import { makeLinkRanges } from '../links/range.ts'
import { makeSealer } from '../links/seal.ts'
import { makeVisitTokens, type VisitTokens } from '../links/visit-token.ts'
import { makeClock } from '../platform/clock.ts'
import { type Database, openDatabase } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { makeVisitorOf, nobodyTrusted } from '../platform/http/visitor.ts'
import { ensureInstallation } from '../platform/installation/installation.ts'
import { limitWarnings } from '../platform/limited-warnings.ts'
import { createLog } from '../platform/log.ts'
import { makeSent, type SentActivity, type SentPerson, START } from '../report/sent.fixture.ts'
import { runLanes } from '../run-lanes.ts'
import { Collector } from './collector.ts'
import { makeEventIds } from './event-ids.ts'
import { makeWebsiteFront } from './front.ts'
import { type KnownWebsites, makeKnownWebsites } from './known-websites.ts'
import { makeLanding } from './landing.ts'
import { createWebsite, createWebsiteKey, type Website, type WebsiteSettings } from './websites.ts'

export const phone =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1'

export interface TestShop {
  db: Database
  url: string
  sent: SentActivity
  website: Website
  key: string
  signingSecret: string
  websites: KnownWebsites
  tokens: VisitTokens
  collector: Collector
  /** what the n-th person's link leads to, after a click */
  click(person: number, headers?: Record<string, string>): Promise<string>
  /** the token in an address */
  tokenOf(person: number): Promise<string>
  /** as the script does */
  post(body: object | string, headers?: Record<string, string>): Promise<number>
  call(path: string, body: unknown, headers?: Record<string, string>): Promise<{ status: number; body: unknown }>
  another(
    name: string,
    settings?: Partial<WebsiteSettings>,
  ): Promise<{ website: Website; key: string; workspaceId: number }>
  /** everything that was appended has become facts */
  applied(): Promise<void>
  sign(userId: string): string
  close(): Promise<void>
}

export async function openShop({
  people = [{ externalKey: 'anna' }, { externalKey: 'bert' }, {}],
  settings = {},
}: {
  people?: SentPerson[]
  settings?: Partial<WebsiteSettings>
} = {}): Promise<TestShop> {
  const database = await freshDatabase()
  const { connection } = database
  const db = openDatabase({ connection, lane: 'test', max: 12 })
  await ensureInstallation(db, { identity: 'test', now: START })
  const sent = await makeSent(db, people, { urls: ['https://shop.example/offer'] })
  await db.run(
    sql`update activities set code_base = 1000, code_span = 100000, code_length = 11 where id = ${sent.activityId}`,
  )
  const keys = testKeys
  const acting = { workspaceId: sent.workspaceId, actor: 'test', now: START }
  const website = await createWebsite(
    db,
    keys,
    { name: 'Shop', hosts: ['shop.example', 'localhost'], ...settings },
    acting,
  )
  const { key } = await createWebsiteKey(db, website.id, 'server', acting)
  const folder = mkdtempSync(join(tmpdir(), 'homing-website-'))
  const log = createLog({ part: 'test', level: 'silent' })
  const clock = makeClock(1, Date.now(), START.getTime() + 3_600_000)
  const source = { connection, process: 'test', spoolFolder: folder, clock, log, slowMs: 10_000 }
  const inboxes = {
    web: await openInbox({ ...source, lane: 'web' }),
    events: await openInbox({ ...source, lane: 'events' }),
  }
  const ranges = makeLinkRanges(db)
  const sealer = makeSealer({ k1: Buffer.alloc(16, 1), k2: Buffer.alloc(16, 2) })
  const tokens = makeVisitTokens(Buffer.alloc(16, 3))
  const websites = makeKnownWebsites(db, keys)
  await websites.load()
  const visitorOf = makeVisitorOf(nobodyTrusted)
  const warn = limitWarnings(log)
  const collector = new Collector({ inbox: inboxes.events, db, clock, warn })
  const landing = makeLanding(websites, tokens)
  const redirect = makeRedirect({ sealer, ranges, inbox: inboxes.web, clock, db, salt: 's', visitorOf, landing, log })
  let url = ''
  const server = createServer((request, response) => {
    if (!redirect(request, response) && !front(request, response)) response.writeHead(404).end()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  url = `http://127.0.0.1:${port}`
  const ids = makeEventIds(Buffer.from('secret'))
  const front = makeWebsiteFront({
    websites,
    collector,
    tokens,
    ids,
    clock,
    db,
    visitorOf,
    classOf: () => null,
    url,
    warn,
  })
  const lanes = runLanes({
    open: () => ({ ...db, end: async () => {} }),
    leases: db,
    clock,
    log,
    grouping: { byBucket: process.env.HOMING_GROUP === 'bucket', writer: 0 },
  })
  const browser = { 'user-agent': phone, 'accept-language': 'sv', 'accept-encoding': 'gzip' }
  const click = async (person: number, headers = {}) => {
    const code = sealer.seal(1000 + (sent.profileIds[person] ?? 0), 11)
    const answer = await fetch(`${url}/${code}`, { redirect: 'manual', headers: { ...browser, ...headers } })
    return answer.headers.get('location') ?? `${answer.status}`
  }
  const signingSecret = websites.byPublicKey(website.publicKey)?.signingSecret ?? ''
  return {
    db,
    url,
    sent,
    website,
    key,
    signingSecret,
    websites,
    tokens,
    collector,
    click,
    tokenOf: async person => /hm=(\w+)/.exec(await click(person))?.[1] ?? '',
    async post(body, headers = {}) {
      const text = typeof body === 'string' ? body : JSON.stringify(body)
      const answer = await fetch(`${url}/e`, {
        method: 'POST',
        headers: { ...browser, origin: 'https://shop.example', 'content-type': 'text/plain', ...headers },
        body: text,
      })
      return answer.status
    },
    async call(path, body, headers = {}) {
      const answer = await fetch(`${url}/v1/${path}`, {
        method: 'POST',
        headers: { authorization: `Basic ${btoa(`${key}:`)}`, 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' || body instanceof ArrayBuffer ? body : JSON.stringify(body),
      })
      return { status: answer.status, body: await answer.json() }
    },
    async another(name, more = {}) {
      const [workspace] = await db.query<{ id: number }>(
        sql`insert into workspaces (name, created_at) values (${name}, ${START}) returning id`,
      )
      const other = { ...acting, workspaceId: workspace!.id }
      const made = await createWebsite(db, keys, { name, hosts: ['shop.example'], ...more }, other)
      const { key } = await createWebsiteKey(db, made.id, 'server', other)
      await websites.load()
      return { website: made, key, workspaceId: workspace!.id }
    },
    applied: () =>
      until('everything is applied', async () => {
        const [row] = await db.query<{ n: number }>(
          sql`select count(*)::int as n from inbox i join inbox_sources s on s.id = i.source where i.seq > s.watermark`,
        )
        return row?.n === 0
      }).then(() => {}),
    sign: userId => createHmac('sha256', signingSecret).update(userId).digest('hex'),
    async close() {
      websites.stop()
      await new Promise(resolve => {
        server.close(resolve)
        server.closeAllConnections()
      })
      await collector.close()
      await lanes.stop()
      for (const inbox of Object.values(inboxes)) await inbox.close()
      await db.end()
      await database.drop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
