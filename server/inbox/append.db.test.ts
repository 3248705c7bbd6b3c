import { type ChildProcess, spawn } from 'node:child_process'
import { appendFileSync, chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../../test/database.ts'
import { makeClock } from '../platform/clock.ts'
import { type Database, openDatabase } from '../platform/db/database.ts'
import { migrate } from '../platform/db/migrate.ts'
import { sql } from '../platform/db/sql.ts'
import { ensureInstallation } from '../platform/installation/installation.ts'
import { ensureServer } from '../platform/postgres/embedded.ts'
import { type Inbox, openInbox } from './append.ts'
import { frameEntry, frameHeader } from './frames.ts'
import type { InboxRecord } from './record-kind.ts'
import { readFingerprint, replaySpools } from './replay.ts'

const at = new Date('2026-03-01T12:00:00.000Z')
const clock = makeClock(1, 0, 0)
const quiet = { debug() {}, info() {}, warn() {}, error() {} }

let database: FreshDatabase
let db: Database
let admin: pg.Client
let folder: string
const opened: Inbox[] = []

beforeAll(async () => {
  database = await freshDatabase()
  db = openDatabase({ connection: database.connection, lane: 'test' })
  await ensureInstallation(db, { identity: 'test', now: new Date() })
  admin = new pg.Client(inject('postgres').connectionString)
  await admin.connect()
})
afterAll(async () => {
  await db.end()
  await database.drop()
  await admin.end()
})
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'homing-spool-'))
})
afterEach(async () => {
  await Promise.all(opened.splice(0).map(inbox => inbox.close()))
  rmSync(folder, { recursive: true, force: true })
})

async function open(options: { spoolLimitBytes?: number } = {}): Promise<Inbox> {
  const inbox = await openInbox({
    connection: database.connection,
    process: 'test',
    spoolFolder: folder,
    clock,
    log: quiet,
    ...options,
  })
  opened.push(inbox)
  return inbox
}

const reply = (text: string): InboxRecord => ({
  kind: 'reply',
  body: { number: '46701740605', sender: 'ACME', text },
  at,
  gatewayId: 7,
})

async function texts(source: number): Promise<string[]> {
  const rows = await db.query<{ seq: number; text: string }>(
    sql`select seq, body->>'text' as text from inbox where source = ${source} order by seq`,
  )
  expect(rows.map(row => row.seq)).toEqual(rows.map((_, i) => i + 1))
  return rows.map(row => row.text)
}

const spoolFiles = () => readdirSync(folder).filter(name => name.endsWith('.spool'))
const numbered = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => `n${from + i}`)

/** Holds the inbox until `release`: commits of others wait, as on a disk that does not answer. */
async function holdInbox(): Promise<{ release(): Promise<void> }> {
  const client = await db.connect()
  await client.query('begin')
  await client.query('lock table inbox in access exclusive mode')
  return {
    release: async () => {
      await client.query('commit')
      client.release()
    },
  }
}

async function cutConnections(): Promise<void> {
  await admin.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and application_name = 'homing/inbox'`,
    [database.name],
  )
}

/** Until the records go to the database again. Polls a state that only our own code changes. */
async function untilDirect(inbox: Inbox): Promise<void> {
  await expect.poll(() => inbox.direct, { timeout: 60_000, interval: 20 }).toBe(true)
}

test('a record is in the inbox when its append resolves, with its key, kind, gateway, time and body', async () => {
  const inbox = await open()
  await inbox.append([reply('one')])
  const rows = await db.query(sql`select seq, kind, gateway_id, at, body from inbox where source = ${inbox.source}`)
  expect(rows).toEqual([{ seq: 1, kind: 'reply', gateway_id: 7, at, body: reply('one').body }])
})

test('what comes at the same time is committed together, in the order of the calls', async () => {
  const inbox = await open()
  await Promise.all(numbered(1, 5000).map(text => inbox.append([reply(text)])))
  expect(await texts(inbox.source)).toEqual(numbered(1, 5000))
  const [row] = await db.query<{ n: number }>(
    sql`select count(distinct xmin::text)::int as n from inbox where source = ${inbox.source}`,
  )
  expect(row?.n).toBeLessThanOrEqual(4)
})

test('a text is kept as it came, but for what PostgreSQL takes in no text: a NUL and half an emoji', async () => {
  const inbox = await open()
  const text = 'ab \ufffd 🕊 "quoted" \\ \\u0000 \n'
  await inbox.append([reply('a\u0000b \ud83d 🕊 "quoted" \\ \\u0000 \n')])
  const rows = await db.query<{ body: { text: string } }>(sql`select body from inbox where source = ${inbox.source}`)
  expect(rows[0]?.body.text).toBe(text)
})

test('each process is a source of its own, closed when it ends in peace', async () => {
  const [one, other] = [await open(), await open()]
  expect(one.source).not.toBe(other.source)
  await one.append([reply('one')])
  await one.close()
  const rows = await db.query<{ id: number; closed: boolean }>(
    sql`select id, closed_at is not null as closed from inbox_sources where id = any(${[one.source, other.source]}) order by id`,
  )
  expect(rows.map(row => row.closed)).toEqual([true, false])
  await expect(one.append([reply('late')])).rejects.toMatchObject({ code: 'inbox_full' })
})

test('while the database is slow records go to the spool and are safe; afterwards the inbox holds all in order', async () => {
  const inbox = await open()
  await inbox.append([reply('n1')])
  const hold = await holdInbox()
  await Promise.all(numbered(2, 50).map(text => inbox.append([reply(text)])))
  await inbox.append([reply('n51')])
  expect(inbox.direct).toBe(false)
  expect(spoolFiles()).toHaveLength(1)
  await hold.release()
  await untilDirect(inbox)
  await inbox.append([reply('n52')])
  expect(await texts(inbox.source)).toEqual(numbered(1, 52))
  await expect.poll(spoolFiles).toEqual([])
})

test('a connection that is lost, again and again, loses and repeats nothing, and the inbox never has a gap', async () => {
  const inbox = await open()
  let n = 0
  let running = true
  const work = async () => {
    while (running) {
      n++
      await inbox.append([reply(`n${n}`)])
    }
  }
  const workers = Array.from({ length: 20 }, work)
  for (let i = 0; i < 12; i++) {
    await cutConnections()
    // Each look sees seq 1..k without a hole: `texts` checks it. This is what makes a watermark safe.
    for (let look = 0; look < 5; look++) await texts(inbox.source)
  }
  running = false
  await Promise.all(workers)
  await untilDirect(inbox)
  const found = await texts(inbox.source)
  expect(found.length).toBe(n)
  expect(new Set(found).size).toBe(n)
})

test('a database that is away for a while gets all in order when it is back', async () => {
  const inbox = await open()
  await inbox.append([reply('n1')])
  await admin.query(`alter database ${database.name} with allow_connections false`)
  try {
    await cutConnections()
    for (const text of numbered(2, 20)) await inbox.append([reply(text)])
    expect(inbox.direct).toBe(false)
  } finally {
    await admin.query(`alter database ${database.name} with allow_connections true`)
  }
  await untilDirect(inbox)
  expect(await texts(inbox.source)).toEqual(numbered(1, 20))
})

test('a spool that has reached its limit refuses, and takes records again when the database is back', async () => {
  const inbox = await open({ spoolLimitBytes: 2000 })
  const hold = await holdInbox()
  const outcomes = await Promise.allSettled(
    numbered(1, 4).map(async (text, i) => {
      await new Promise(resolve => setImmediate(resolve))
      return inbox.append([reply(text), reply('x'.repeat(i === 0 ? 10 : 3000))])
    }),
  )
  expect(outcomes.some(outcome => outcome.status === 'rejected' && outcome.reason.code === 'inbox_full')).toBe(true)
  await hold.release()
  await untilDirect(inbox)
  await inbox.append([reply('after')])
  const rows = await db.query<{ text: string }>(
    sql`select body->>'text' as text from inbox where source = ${inbox.source} order by seq desc limit 1`,
  )
  expect(rows[0]?.text).toBe('after')
})

/** Starts the fixture, lets it acknowledge `atLeast` records, kills it, and tells what was acknowledged. */
async function killUnderLoad(atLeast: number): Promise<{ source: number; acknowledged: number[] }> {
  const fixture = fileURLToPath(new URL('append.fixture.ts', import.meta.url))
  const child: ChildProcess = spawn(process.execPath, [fixture, database.connectionString, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  const ended = new Promise(resolve => child.once('close', resolve))
  await new Promise<void>(resolve => {
    child.stdout!.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk
      if (output.split('\n').length > atLeast) resolve()
    })
  })
  child.kill('SIGKILL')
  await ended
  const lines = output.split('\n').slice(0, -1)
  return { source: Number(lines[0]!.split(' ')[1]), acknowledged: lines.slice(1).map(Number) }
}

test('after kill -9 everything acknowledged is in the inbox', async () => {
  const { source, acknowledged } = await killUnderLoad(2000)
  await replaySpools(folder, database.connection)
  const found = new Set(await texts(source))
  expect(acknowledged.filter(n => !found.has(`n${n}`))).toEqual([])
})

test('after kill -9 while the database was frozen, the next start appends everything acknowledged', async () => {
  const held = killUnderLoad(3000)
  // Held as soon as the child has begun to work, so that it is in the middle.
  await expect
    .poll(async () => (await db.query(sql`select from inbox where body->>'text' = 'n40' and at > ${at}`)).length, {
      timeout: 20_000,
    })
    .toBeGreaterThan(0)
  const hold = await holdInbox()
  const { source, acknowledged } = await held
  expect(spoolFiles().length).toBeGreaterThan(0)
  await hold.release()
  const replayed = await replaySpools(folder, database.connection)
  expect(replayed.records).toBeGreaterThan(0)
  const found = new Set(await texts(source))
  expect(acknowledged.filter(n => !found.has(`n${n}`))).toEqual([])
  expect(spoolFiles()).toEqual([])
})

async function deadSource(): Promise<{ source: number; header: string }> {
  const client = await db.connect()
  const installation = await readFingerprint(client)
  client.release()
  const startedAt = new Date('2026-02-28T10:00:00.000Z')
  const [row] = await db.query<{ id: number }>(
    sql`insert into inbox_sources (process, started_at) values ('dead', ${startedAt}) returning id`,
  )
  return { source: row!.id, header: frameHeader({ installation, source: row!.id, startedAt: startedAt.toISOString() }) }
}

const frameOf = (seq: number) =>
  frameEntry({ seq, kind: 'reply', gatewayId: null, at, body: JSON.stringify({ text: `n${seq}` }) })
const nameOf = (source: number, ordinal: number) =>
  `inbox-${String(source).padStart(12, '0')}-${String(ordinal).padStart(6, '0')}-00ff.spool`

test('a torn tail is cut and said; the rest is appended, and a second replay changes nothing', async () => {
  const { source, header } = await deadSource()
  const content = header + frameOf(1) + frameOf(2) + frameOf(3).slice(0, 40)
  appendFileSync(join(folder, nameOf(source, 1)), content)
  const said: string[] = []
  const replayed = await replaySpools(folder, database.connection, {
    ...quiet,
    warn: (_: unknown, sentence?: string) => said.push(sentence ?? ''),
  })
  expect(replayed).toEqual({ files: 1, records: 2, cutBytes: 40 })
  expect(said.join()).toContain('torn tail')
  appendFileSync(join(folder, nameOf(source, 1)), content)
  await replaySpools(folder, database.connection)
  expect(await texts(source)).toEqual(numbered(1, 2))
})

test('the files of a source are appended in their order', async () => {
  const { source, header } = await deadSource()
  for (const [ordinal, seqs] of [
    [2, [3, 4]],
    [10, [5]],
    [1, [1, 2]],
  ] as const)
    appendFileSync(join(folder, nameOf(source, ordinal)), header + seqs.map(frameOf).join(''))
  await replaySpools(folder, database.connection)
  const rows = await db.query<{ seq: number }>(
    // A file is a transaction; within one the order is that of the keys.
    sql`select seq from inbox where source = ${source} order by xmin::text::bigint, seq`,
  )
  expect(rows.map(row => row.seq)).toEqual([1, 2, 3, 4, 5])
})

test('a spool of another installation is left alone', async () => {
  const { source } = await deadSource()
  const header = frameHeader({ installation: 'another', source, startedAt: at.toISOString() })
  appendFileSync(join(folder, nameOf(source, 1)), header + frameOf(1))
  expect(await replaySpools(folder, database.connection)).toEqual({ files: 0, records: 0, cutBytes: 0 })
  expect(await texts(source)).toEqual([])
  expect(spoolFiles()).toHaveLength(1)
})

test('a source that a restored database does not know continues as a new one, never as a stranger', async () => {
  const { source, header } = await deadSource()
  await db.run(sql`update inbox_sources set started_at = ${at}, process = 'stranger' where id = ${source}`)
  appendFileSync(join(folder, nameOf(source, 1)), header + frameOf(1))
  appendFileSync(join(folder, nameOf(source, 2)), header + frameOf(2))
  expect((await replaySpools(folder, database.connection)).records).toBe(2)
  expect(await texts(source)).toEqual([])
  const [fresh] = await db.query<{ id: number }>(
    sql`select id from inbox_sources where process = ${`spool ${source} of 2026-02-28T10:00:00.000Z`}`,
  )
  expect(await texts(fresh!.id)).toEqual(numbered(1, 2))
})

test('a replay that takes the file of a living process loses nothing of it', async () => {
  const inbox = await open()
  const hold = await holdInbox()
  await inbox.append([reply('n1'), reply('n2')])
  const replay = replaySpools(folder, database.connection)
  await expect.poll(() => spoolFiles().length).toBe(1)
  await inbox.append([reply('n3')])
  await inbox.append([reply('n4')])
  await hold.release()
  await replay
  await untilDirect(inbox)
  expect(await texts(inbox.source)).toEqual(numbered(1, 4))
})

test('kill -9 of PostgreSQL, twice, in the middle of the load: nothing acknowledged is lost, nothing is stored twice', async () => {
  chmodSync(folder, 0o755)
  const own = await ensureServer({ folder: join(folder, 'data') })
  const connection = { connectionString: own.connectionString }
  const ownDb = openDatabase({ connection, lane: 'test' })
  try {
    await migrate(own.connectionString)
    await ensureInstallation(ownDb, { identity: 'test', now: new Date() })
    const inbox = await openInbox({
      connection,
      process: 'test',
      spoolFolder: join(folder, 'spool'),
      clock,
      log: quiet,
    })
    let n = 0
    for (const round of [1, 2]) {
      const work = async () => {
        while (n < round * 1000) {
          n++
          if (n % 1000 === 300) process.kill(own.pid()!, 'SIGKILL')
          await inbox.append([reply(`n${n}`)])
        }
      }
      await Promise.all(Array.from({ length: 20 }, work))
      await untilDirect(inbox)
    }
    const stored = () =>
      ownDb.query<{ seq: number; text: string }>(
        sql`select seq, body->>'text' as text from inbox where source = ${inbox.source} order by seq`,
      )
    // The processes of a killed server answer for a moment longer, so the inbox may be direct before the server is up again.
    await expect.poll(async () => (await stored()).length, { timeout: 60_000 }).toBe(n)
    const rows = await stored()
    expect(rows.map(row => row.seq)).toEqual(rows.map((_, i) => i + 1))
    expect(new Set(rows.map(row => row.text)).size).toBe(n)
    await inbox.close()
  } finally {
    await ownDb.end()
    await own.stop()
  }
})
