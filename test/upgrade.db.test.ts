/**
 * An upgrade in the middle of a campaign. `upgrade/0031.sql.gz` holds the data of a database that an older version left: its worker and
 * web process were killed while an activity was being sent, test SMS had been sent, a person had been erased. This version migrates it,
 * shows the same figures, finds no difference, and sends the rest once.
 */
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { gunzipSync } from 'node:zlib'
import { from as copyFrom } from 'pg-copy-streams'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readContent } from '../core/activities/content.ts'
import { readSettings } from '../core/activities/settings.ts'
import { type Database, openDatabase } from '../server/platform/db/database.ts'
import { MIGRATIONS, migrate, readMigrations } from '../server/platform/db/migrate.ts'
import { sql } from '../server/platform/db/sql.ts'
import type { Report } from '../server/report/overview.ts'
import { type FreshDatabase, freshDatabase } from './database.ts'
import {
  countsOf,
  type Env,
  freePort,
  homing,
  homingJson,
  killAll,
  startProcess,
  temporaryFolder,
  until,
} from './processes.ts'

const lastOfOldVersion = 31
const folder = new URL('upgrade/', import.meta.url)
const figuresThen: Record<string, Report['figures']> = JSON.parse(
  readFileSync(new URL('0031.figures.json', folder), 'utf8'),
)
const interrupted = '6'
const lastOldSession = 6

let place: ReturnType<typeof temporaryFolder>
let database: FreshDatabase
let db: Database
let env: Env
let simulatorPort: number

beforeAll(async () => {
  place = temporaryFolder('upgrade')
  database = await freshDatabase({ template: false })
  db = openDatabase({ connection: database.connection, lane: 'test', max: 2 })
  await migrate(database.connectionString, oldMigrations(join(place.path, 'migrations')))
  simulatorPort = await freePort()
  await load(gunzipSync(readFileSync(new URL('0031.sql.gz', folder))).toString('utf8'))
  const port = await freePort()
  env = {
    DATABASE_URL: database.connectionString,
    HOMING_DATA: join(place.path, 'data'),
    HOMING_PORT: String(port),
    // the key that its gateways' passwords were encrypted with
    HOMING_SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
    HOMING_LINK_URL: `http://127.0.0.1:${port}`,
  }
})
afterAll(async () => {
  await killAll()
  await db.end()
  await database.drop()
  place.remove()
})

test('the database of an older version is migrated; its figures stay and agree with its facts', async () => {
  for (const [activity, figures] of Object.entries(figuresThen)) {
    const report = await homingJson<Report>(['report', activity], env)
    expect({ activity, figures: report.figures }).toEqual({ activity, figures })
  }
  // The text of a draft moved into its content; its version is still as that version wrote it. Both are read, and say the same.
  const kept = await db.query<{ content: unknown; settings: unknown }>(
    sql`select a.content, v.settings from activities a join activity_versions v on v.activity_id = a.id and v.version = a.version`,
  )
  expect(kept.length).toBeGreaterThan(0)
  for (const { content, settings } of kept) {
    const [draft, version] = [readContent(content), readSettings(settings)]
    expect([...draft.faults, ...version.faults]).toEqual([])
    const sent = { ...version.value.content, utm: expect.anything() }
    expect(draft.value).toMatchObject(sent)
    expect(sent).toMatchObject({ channel: 'sms', body: expect.stringMatching(/./) })
  }
  expect(await verified()).toEqual([])
})

test('what was queued is sent once; what may have been sent before is not sent again', async () => {
  const simulatorFolder = join(place.path, 'simulator')
  await startProcess(['simulator', '--folder', simulatorFolder, '--seed', '7', '--port', String(simulatorPort)], env)
  const worker = await startProcess(['worker'], env)
  // It was restored on another server: nothing is sent until a person says so.
  await until('sending is held', async () => {
    const [held] = await db.query<{ n: number }>(
      sql`select count(*) as n from installation where sending_held is not null`,
    )
    return held?.n === 1
  })
  expect(await homing(['release-sending'], env)).toMatchObject({ code: 0 })
  const then = figuresThen[interrupted]!
  const report = () => homingJson<Report>(['report', interrupted], env)
  await until(
    'nothing is queued',
    async () => {
      const [left] = await db.query<{ n: number }>(
        sql`select count(*) as n from messages where activity_id = ${Number(interrupted)} and status = 'queued'`,
      )
      return left?.n === 0
    },
    { seen: () => worker.log() },
  )
  expect(await worker.stop()).toBe(0)
  const { figures } = await report()
  expect(figures.sent + figures.notSent).toBe(then.targeted)
  // A soft bounce of the older version may come again in its hour; nothing else that it handed to the gateway may.
  const sent = await db.query<{ before: boolean; bounced: boolean }>(
    sql`select exists (select 1 from attempts b join answers o using (bucket, activity_id, profile_id, n)
        where b.bucket = a.bucket and b.activity_id = a.activity_id and b.profile_id = a.profile_id
          and b.session_id <= ${lastOldSession} and o.outcome in ('accepted', 'unknown')) as before,
        exists (select 1 from receipts r where r.bucket = a.bucket and r.activity_id = a.activity_id and r.profile_id = a.profile_id
          and r.outcome = 'soft') as bounced
      from (select distinct a.bucket, a.activity_id, a.profile_id from attempts a join answers o using (bucket, activity_id, profile_id, n)
        where a.activity_id = ${Number(interrupted)} and a.session_id > ${lastOldSession} and o.outcome = 'accepted') a`,
  )
  expect(countsOf(simulatorFolder)?.accepted).toBe(sent.length)
  expect(sent.filter(({ before, bounced }) => before && !bounced)).toEqual([])
  expect(sent.length).toBeGreaterThan(200)
  expect(await verified()).toEqual([])
})

async function verified(): Promise<unknown[]> {
  const { code, out, err } = await homing(['verify', '--json'], env)
  expect({ code, err: code === 0 ? '' : err + out }).toEqual({ code: 0, err: '' })
  const { checked, differences } = JSON.parse(out) as { checked: number; differences: unknown[] }
  expect(checked).toBeGreaterThan(800)
  return differences
}

function oldMigrations(path: string): string {
  mkdirSync(path)
  for (const { version, name } of readMigrations(MIGRATIONS))
    if (version <= lastOfOldVersion) symlinkSync(join(MIGRATIONS, `${name}.sql`), join(path, `${name}.sql`))
  return path
}

/** `copy TABLE (COLUMNS) from stdin;`, rows, `\\.`; and statements of one line. The gateways are where this test has its simulator. */
async function load(dump: string): Promise<void> {
  const client = await db.connect()
  try {
    // The rows come in the order of the names of their tables; foreign keys are checked by nobody meanwhile.
    await client.query('set session_replication_role = replica')
    const blocks = [...dump.matchAll(/^copy (\w+) \(([^)]*)\) from stdin;\n([\s\S]*?)^\\\.$/gm)]
      .map(([, table = '', columns = '', rows = '']) => ({ table, columns, rows }))
      .filter(({ table }) => table !== 'migrations')
    await client.query(`truncate ${blocks.map(({ table }) => table).join(', ')} cascade`)
    for (const { table, columns, rows } of blocks) {
      const data = table === 'gateways' ? rows.replaceAll('\t41355\t', `\t${simulatorPort}\t`) : rows
      await pipeline(Readable.from([data]), client.query(copyFrom(`copy ${table} (${columns}) from stdin`)))
    }
    for (const [statement] of dump.matchAll(/^select setval.*$/gm)) await client.query(statement)
    await client.query('set session_replication_role = origin')
    await client.query(
      `update installation set signed_life_at = $1, clock_real_origin = $1,
        clock_business_origin = clock_business_origin + (signed_life_at - clock_real_origin) * clock_rate`,
      [new Date()],
    )
  } finally {
    client.release()
  }
}
