/** The web process: pages, API, live updates, and in front of them the short links and opt-out pages. */
import { createHash } from 'node:crypto'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { FastifyBaseLogger } from 'fastify'
import { proxyNotNamed, watchProxy } from './alarms/watch-proxy.ts'
import { WebhookWatch } from './alarms/watch-webhooks.ts'
import { buildApp } from './app.ts'
import { readNetworksFile } from './clicks/networks.ts'
import { makeRedirect } from './clicks/redirect.ts'
import type { Arrivals } from './gateways/gateway.ts'
import { someDeliverByHttp, Webhooks } from './gateways/webhooks.ts'
import { type InboxOptions, openInbox } from './inbox/append.ts'
import { AppliedMarks } from './inbox/applied.ts'
import { replaySpools } from './inbox/replay.ts'
import { makeLinkDomains } from './links/link-domains.ts'
import { makeMailTokens } from './links/mail-token.ts'
import { makeLinkRanges } from './links/range.ts'
import { makeSealer } from './links/seal.ts'
import { makeVisitTokens, visitTokenKey } from './links/visit-token.ts'
import { startReceiver } from './mail-reports/report-receiver.ts'
import { addresses, type Config } from './platform/config.ts'
import type { ConnectionConfig, Database } from './platform/db/database.ts'
import { openLanes } from './platform/db/pools.ts'
import { every } from './platform/every.ts'
import type { FrontHandler } from './platform/http/http-server.ts'
import { listeningSentences, listenOn } from './platform/http/listen.ts'
import { makeLive } from './platform/http/live.ts'
import { isPublicUrl, makeVisitorOf } from './platform/http/visitor.ts'
import { readClock } from './platform/installation/business-clock.ts'
import { type Installation, readInstallation } from './platform/installation/installation.ts'
import { limitWarnings } from './platform/limited-warnings.ts'
import { proofOf } from './platform/link-domain.ts'
import { makeReach } from './platform/reach.ts'
import type { Keyring } from './platform/secrets/keyring.ts'
import { keepArrivals } from './sending/arrivals.ts'
import { ReplyIntake } from './sending/reply-intake.ts'
import type { Running } from './supervisor/child.ts'
import { passed } from './suppression/just-barred.ts'
import { Collector } from './website/collector.ts'
import { makeEventIds } from './website/event-ids.ts'
import { makeWebsiteFront } from './website/front.ts'
import { makeKnownWebsites } from './website/known-websites.ts'
import { makeLanding } from './website/landing.ts'

const webhookWatchMs = 2000
/** Website events are worth less than receipts and clicks: they may not fill the disk. */
const eventSpoolBytes = 64 * 1024 * 1024

export interface WebInput {
  config: Config
  connection: ConnectionConfig
  keys: Keyring
  log: FastifyBaseLogger
}

/** Listens when it resolves; what dead processes left in their spools is in the inbox then. */
export async function runWeb({ config, connection, keys, log }: WebInput): Promise<Running> {
  const lanes = openLanes(connection)
  const db = lanes.links
  const clock = await readClock(db)
  const { linkKeys } = await readInstallation(db)
  const spoolFolder = join(config.data, 'spool')
  await replaySpools(spoolFolder, connection, log)
  const source = { connection, process: `${hostname()}:${process.pid}:web`, spoolFolder, clock, log }
  const inbox = await openInbox({ ...source, lane: 'web' })
  const intake = someDeliverByHttp ? await openIntake(source, db) : undefined
  const receiver = config.mailPort === null ? undefined : await openReceiver(source, config.mailPort, linkKeys)
  // From the start in memory: links work while the database is away.
  const ranges = makeLinkRanges(db)
  await ranges.load()
  const domains = makeLinkDomains(db)
  await domains.load()
  const own = addresses(config, config.port)
  const isPublic = isPublicUrl(own.url) || isPublicUrl(own.linkUrl)
  if (config.trustedProxies === null && isPublic) log.warn(proxyNotNamed)
  const untrusted = await watchProxy({ db: lanes.writes, clock, log, machine: `${hostname()}:${config.data}` })
  const visitorOf = makeVisitorOf({ proxies: config.trustedProxies, isPublic, untrusted })
  const websites = makeKnownWebsites(db, keys)
  await websites.load()
  const tokens = makeVisitTokens(visitTokenKey(linkKeys[1]))
  const eventInbox = await openInbox({ ...source, lane: 'events', spoolLimitBytes: eventSpoolBytes })
  const warn = limitWarnings(log)
  const collector = new Collector({ inbox: eventInbox, db: lanes.reads, clock, warn })
  const classOf = readNetworksFile(config.networks)
  const redirect = makeRedirect({
    sealer: makeSealer({ k1: linkKeys[0], k2: linkKeys[1] }),
    ranges,
    inbox,
    clock,
    db,
    // of the installation, and of no use for the codes
    salt: createHash('sha256').update('address').update(linkKeys[1]).digest('hex'),
    visitorOf,
    addresses: own,
    domains,
    prove: nonce => proofOf(linkKeys[1], nonce),
    classOf,
    landing: makeLanding(websites, tokens),
    log,
  })
  const website = makeWebsiteFront({
    websites,
    collector,
    tokens,
    ids: makeEventIds(createHash('sha256').update('website events ').update(linkKeys[1]).digest()),
    clock,
    db: lanes.writes,
    visitorOf,
    classOf,
    url: own.url,
    warn,
  })
  const front: FrontHandler = (request, response) => redirect(request, response) || website(request, response)
  const web = {
    ...own,
    dataFolder: config.data,
    uiFolder: config.uiFolder,
    visitorOf,
    reach: makeReach(config.privateGateways),
  }
  const watch = new WebhookWatch({ db: lanes.writes, clock })
  const told = (gatewayId: number, isProved: boolean) => watch.told(gatewayId, isProved)
  const webhooks = intake && new Webhooks({ db, keys, clock, warn, keep: intake.keep, told })
  const stopWatch = every(webhookWatchMs, warn, 'alarms of webhooks', () => watch.look())
  const built = await buildApp({ lanes, clock, keys, config: web, live: makeLive(), log }, { front, webhooks })
  const { port, close } = await listenOn(built, config, config.port)
  for (const sentence of listeningSentences(config, port)) log.info(sentence)
  return {
    ready: { port },
    async stop() {
      domains.stop()
      websites.stop()
      await Promise.all([close(), built.close(), receiver?.close()])
      await collector.close()
      await Promise.all([inbox.close(), eventInbox.close(), intake?.close(), stopWatch()])
      await lanes.end()
    },
  }
}

/** Where returned e-mails enter. */
async function openReceiver(
  source: Omit<InboxOptions, 'lane'>,
  port: number,
  linkKeys: Installation['linkKeys'],
): Promise<{ close(): Promise<void> }> {
  const inbox = await openInbox({ ...source, lane: 'gateway' })
  const { clock, log } = source
  const warn = limitWarnings(log)
  const tokens = makeMailTokens(linkKeys)
  const receiver = await startReceiver({ port, tokens, inbox, now: () => clock.now(), warn })
  return {
    async close() {
      await receiver.close()
      await inbox.close()
    },
  }
}

/** Where webhooks enter: receipts and replies through sources of their lanes, as over a connection of the worker. */
async function openIntake(source: Omit<InboxOptions, 'lane'>, db: Database) {
  const inbox = await openInbox({ ...source, lane: 'gateway' })
  const replyInbox = await openInbox({ ...source, lane: 'replies' })
  const marks = new AppliedMarks(db)
  const replies = new ReplyIntake({ replies: replyInbox, marks, passed: () => passed(db) })
  const warn = limitWarnings(source.log)
  return {
    keep: (arrivals: Arrivals) => keepArrivals(arrivals, { inbox, replies, warn }),
    async close() {
      replies.stop()
      await Promise.all([inbox.close(), replyInbox.close()])
    },
  }
}
