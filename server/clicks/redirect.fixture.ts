/**
 * A web process with nothing but short links, to be killed by a test: `node redirect.fixture.ts CONNECTION FOLDER`.
 * Prints its port.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { openInbox } from '../inbox/append.ts'
import { makeLinkRanges } from '../links/range.ts'
import { makeSealer } from '../links/seal.ts'
import { openDatabase } from '../platform/db/database.ts'
import { makeVisitorOf, nobodyTrusted } from '../platform/http/visitor.ts'
import { readClock } from '../platform/installation/business-clock.ts'
import { readInstallation } from '../platform/installation/installation.ts'
import { makeRedirect } from './redirect.ts'

const [connectionString = '', spoolFolder = ''] = process.argv.slice(2)
const log = { debug() {}, info() {}, warn() {}, error() {} }
const connection = { connectionString }
const db = openDatabase({ connection, lane: 'web' })
const [k1, k2] = (await readInstallation(db)).linkKeys
const clock = await readClock(db)
const inbox = await openInbox({ connection, process: `fixture ${process.pid}`, spoolFolder, clock, log })
const ranges = makeLinkRanges(db)
await ranges.load()
const redirect = makeRedirect({
  sealer: makeSealer({ k1, k2 }),
  ranges,
  inbox,
  clock,
  db,
  salt: 's',
  visitorOf: makeVisitorOf(nobodyTrusted),
  log,
})
const server = createServer((request, response) => {
  if (!redirect(request, response)) response.writeHead(404).end()
})
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`))
