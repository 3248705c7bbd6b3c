/** The web process: pages, API, live updates, and in front of them the short links and opt-out pages. */
import { createHash } from 'node:crypto'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { FastifyBaseLogger } from 'fastify'
import { proxyNotNamed, watchProxy } from './alarms/watch-proxy.ts'
import { buildApp } from './app.ts'
import { readNetworksFile } from './clicks/networks.ts'
import { makeRedirect } from './clicks/redirect.ts'
import { openInbox } from './inbox/append.ts'
import { replaySpools } from './inbox/replay.ts'
import { makeLinkRanges } from './links/range.ts'
import { makeSealer } from './links/seal.ts'
import { addresses, type Config } from './platform/config.ts'
import type { Connection } from './platform/db/database.ts'
import { openLanes } from './platform/db/pools.ts'
import { listeningSentences, listenOn } from './platform/http/listen.ts'
import { makeLive } from './platform/http/live.ts'
import { isPublicUrl, makeVisitorOf } from './platform/http/visitor.ts'
import { readClock } from './platform/installation/business-clock.ts'
import { readInstallation } from './platform/installation/installation.ts'
import { makeReach } from './platform/reach.ts'
import type { Keyring } from './platform/secrets/keyring.ts'
import type { Running } from './supervisor/child.ts'

export interface WebInput {
  config: Config
  connection: Connection
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
  const inbox = await openInbox({
    connection,
    process: `${hostname()}:${process.pid}:web`,
    lane: 'web',
    spoolFolder,
    clock,
    log,
  })
  // From the start in memory: links work while the database is away.
  const ranges = makeLinkRanges(db)
  await ranges.load()
  const own = addresses(config, config.port)
  const isPublic = isPublicUrl(own.url) || isPublicUrl(own.linkUrl)
  if (config.trustedProxies === null && isPublic) log.warn(proxyNotNamed)
  const untrusted = await watchProxy({ db: lanes.writes, clock, log, machine: `${hostname()}:${config.data}` })
  const visitorOf = makeVisitorOf({ proxies: config.trustedProxies, isPublic, untrusted })
  const front = makeRedirect({
    sealer: makeSealer({ k1: linkKeys[0], k2: linkKeys[1] }),
    ranges,
    inbox,
    clock,
    db,
    // of the installation, and of no use for the codes
    salt: createHash('sha256').update('address').update(linkKeys[1]).digest('hex'),
    visitorOf,
    addresses: own,
    classOf: readNetworksFile(config.networks),
    log,
  })
  const web = {
    ...own,
    dataFolder: config.data,
    uiFolder: config.uiFolder,
    visitorOf,
    reach: makeReach(config.privateGateways),
  }
  const built = await buildApp({ lanes, clock, keys, config: web, live: makeLive(), log }, front)
  const { port, close } = await listenOn(built, config, config.port)
  for (const sentence of listeningSentences(config, port)) log.info(sentence)
  return {
    ready: { port },
    async stop() {
      await Promise.all([close(), built.close()])
      await inbox.close()
      await lanes.end()
    },
  }
}
