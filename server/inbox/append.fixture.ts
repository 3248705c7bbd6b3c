/**
 * A process that takes records in and says which are safe, to be killed by a test at any moment:
 * `node append.fixture.ts CONNECTION FOLDER`. Prints `source N`, then a line per acknowledged record, and `refused` for each other.
 */
import { makeClock } from '../platform/clock.ts'
import { openInbox } from './append.ts'

const [connectionString = '', spoolFolder = ''] = process.argv.slice(2)
const quiet = { debug() {}, info() {}, warn() {}, error() {} }
const inbox = await openInbox({
  connection: { connectionString },
  process: `fixture ${process.pid}`,
  spoolFolder,
  clock: makeClock(1, 0, 0),
  log: quiet,
})
process.stdout.write(`source ${inbox.source}\n`)

let n = 0
async function work(): Promise<void> {
  for (;;) {
    const own = ++n
    const body = { number: '46701740605', sender: 'ACME', text: `n${own}` }
    const kept = await inbox.append([{ kind: 'reply', body, at: new Date(), gatewayId: null }]).then(
      () => true,
      () => false,
    )
    process.stdout.write(kept ? `${own}\n` : 'refused\n')
    // A refusal needs no turn of the disk or the database: others shall have theirs.
    if (!kept) await new Promise(resolve => setTimeout(resolve, 10))
  }
}
await Promise.all(Array.from({ length: 40 }, work))
