/** The disk of the spool is full: what cannot be kept is refused, and nothing depends on the disk once the database is back. */
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { freshDatabase } from '../../test/database.ts'
import { makeClock } from '../platform/clock.ts'
import { openDatabase } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { ensureInstallation } from '../platform/installation/installation.ts'
import { openInbox } from './append.ts'
import type { InboxRecord } from './record-kind.ts'
import { replaySpools } from './replay.ts'

const database = await freshDatabase()
const db = openDatabase({ connection: database.connection, lane: 'test' })
await ensureInstallation(db, { identity: 'test', now: new Date() })
afterAll(async () => {
  await db.end()
  await database.drop()
})

let folder: string
let mounted = false
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'homing-full-'))
})
afterEach(() => {
  if (mounted) execFileSync('umount', [folder])
  mounted = false
  rmSync(folder, { recursive: true, force: true })
})

const reply = (text: string): InboxRecord => ({
  kind: 'reply',
  body: { number: '46701740605', sender: 'ACME', text },
  at: new Date(),
  gatewayId: null,
})

async function holdInbox(): Promise<() => Promise<void>> {
  const client = await db.connect()
  await client.query('begin')
  await client.query('lock table inbox in access exclusive mode')
  return async () => {
    await client.query('commit')
    client.release()
  }
}

async function texts(source: number): Promise<string[]> {
  const rows = await db.query<{ text: string }>(
    sql`select body->>'text' as text from inbox where source = ${source} order by seq`,
  )
  return rows.map(({ text }) => text)
}

/** A disk of a few pages, where the tests may make one; else a folder that is a file, which refuses everything. */
function smallDisk(): void {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { stdio: 'ignore' })
    mounted = true
  } catch {
    rmSync(folder, { recursive: true })
    writeFileSync(folder, '')
  }
}

test('under a steady load the inbox refuses while the database is away, goes back to it, and says so in a few lines', async () => {
  smallDisk()
  const said: string[] = []
  const warn = (_: unknown, sentence?: string) => void said.push(sentence ?? '')
  const log = { debug() {}, info() {}, warn, error() {} }
  const clock = makeClock(1, 0, 0)
  const options = { connection: database.connection, process: 'test', spoolFolder: folder, clock, log, slowMs: 50 }
  const inbox = await openInbox(options)
  let n = 0
  let running = true
  const kept: string[] = []
  const refused: unknown[] = []
  const work = async () => {
    while (running) {
      const text = `n${n++} ${'x'.repeat(500)}`
      await inbox.append([reply(text)]).then(
        () => kept.push(text),
        error => refused.push(error.code),
      )
      await new Promise(resolve => setImmediate(resolve))
    }
  }
  const release = await holdInbox()
  const workers = Array.from({ length: 20 }, work)
  await expect.poll(() => refused.length, { timeout: 20_000 }).toBeGreaterThan(5000)
  expect(inbox.direct).toBe(false)
  await release()
  // The load continues, and the disk stays full.
  await expect.poll(() => inbox.direct, { timeout: 10_000 }).toBe(true)
  const before = kept.length
  await expect.poll(() => kept.length, { timeout: 10_000 }).toBeGreaterThan(before + 500)
  running = false
  await Promise.all(workers)
  const found = new Set(await texts(inbox.source))
  expect(kept.filter(text => !found.has(text))).toEqual([])
  expect([...new Set(refused)]).toEqual(['inbox_full'])
  expect(said.length).toBeLessThan(12)
  expect(said.filter(sentence => /refused/.test(sentence)).length).toBeGreaterThan(0)
  await inbox.close()
}, 60_000)

test('what was acknowledged is whole, also where the disk took only a part of a write', async () => {
  const fixture = fileURLToPath(new URL('append.fixture.ts', import.meta.url))
  const release = await holdInbox()
  // Files may grow to 20 KiB: the last write is cut short, then refused.
  const child = spawn(
    'sh',
    ['-c', `ulimit -f 40; exec "$0" "$@"`, process.execPath, fixture, database.connectionString, folder],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  let output = ''
  const ended = new Promise(resolve => child.once('close', resolve))
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk
  })
  await expect.poll(() => output.match(/refused/g)?.length ?? 0, { timeout: 30_000 }).toBeGreaterThan(100)
  child.kill('SIGKILL')
  await ended
  await release()
  expect(readdirSync(folder).length).toBeGreaterThan(0)
  const { cutBytes } = await replaySpools(folder, database.connection)
  const lines = output.split('\n').slice(0, -1)
  const source = Number(lines[0]!.split(' ')[1])
  const acknowledged = lines.filter(line => /^\d+$/.test(line)).map(line => `n${line}`)
  const found = await texts(source)
  expect(acknowledged.length).toBeGreaterThan(20)
  expect(acknowledged.filter(text => !found.includes(text))).toEqual([])
  expect(cutBytes).toBe(0)
}, 60_000)
