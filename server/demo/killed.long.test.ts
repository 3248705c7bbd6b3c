/** The first start itself, killed with -9 at one step after the other: the last start shows the whole demo. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, expect, test } from 'vitest'
import { freshDatabase } from '../../test/database.ts'
import { freePort, root, temporaryFolder, until } from '../../test/processes.ts'
import { openDatabase } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { verify } from '../verify/verify.ts'

const { connectionString, drop } = await freshDatabase({ template: false })
const db = openDatabase({ connection: { connectionString }, lane: 'test', max: 2 })
const folder = temporaryFolder('demo-killed')
afterAll(async () => {
  await db.end()
  await drop()
  folder.remove()
})

const port = await freePort()

function start() {
  const child = spawn(process.execPath, ['server/cli.ts', 'start'], {
    cwd: root,
    env: { ...process.env, DATABASE_URL: connectionString, HOMING_DATA: folder.path, HOMING_PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'close')
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  return { child, ended, said: () => said }
}

const count = async (table: 'imports' | 'activities') => {
  const statement = { imports: sql`select from imports`, activities: sql`select from activities` }[table]
  // Before the migrations there is no table.
  return (await db.query(statement).catch(() => [])).length
}

test('killed -9 during each import and each SMS of the past, the next start continues', async () => {
  for (const [table, n] of [
    ['imports', 1],
    ['imports', 2],
    ['activities', 1],
    ['imports', 4],
    ['activities', 4],
    ['activities', 5],
  ] as const) {
    const { child, ended, said } = start()
    await until(`${n} ${table}`, async () => (await count(table)) >= n, { everyMs: 10, seen: said })
    child.kill('SIGKILL')
    await ended
    expect(said()).not.toContain('ready http')
  }
  const { child, ended, said } = start()
  try {
    await until('ready', () => said().includes('ready http'), { timeoutMs: 120_000, seen: said })
    const states = await db.query<{ state: string }>(sql`select state from activities order by id`)
    expect(states.map(({ state }) => state)).toEqual([...Array(5).fill('sent'), 'draft', 'scheduled', 'draft'])
    const imports = await db.query<{ state: string }>(sql`select state from imports`)
    expect(imports.map(({ state }) => state)).toEqual(Array(5).fill('done'))
    const [profiles] = await db.query<{ n: number }>(sql`select count(*) as n from profiles`)
    expect(profiles?.n).toBe(10_000)
    expect((await verify(db)).differences).toEqual([])
  } finally {
    child.kill('SIGTERM')
    await ended
  }
})
