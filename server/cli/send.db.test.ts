import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../../test/database.ts'
import { type Database, openDatabase } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { makeSent, START } from '../report/sent.fixture.ts'

let database: FreshDatabase
let db: Database
let folder: string
let workspace = ''
beforeAll(async () => {
  database = await freshDatabase()
  db = openDatabase({ connection: database.connection, lane: 'test' })
  folder = await mkdtemp(join(tmpdir(), 'homing-cli-send-'))
  const sent = await makeSent(db, [{}])
  await db.run(
    sql`insert into topics (workspace_id, name, created_at) values (${sent.workspaceId}, 'Offers', ${START}) on conflict do nothing`,
  )
  const [row] = await db.query<{ name: string; gateway: string }>(
    sql`update gateways g set name = 'G' from workspaces w where w.id = g.workspace_id and w.id = ${sent.workspaceId} returning w.name`,
  )
  workspace = row!.name
})
afterAll(async () => {
  await db.end()
  await database.drop()
  await rm(folder, { recursive: true, force: true })
})

function homing(...words: string[]): Promise<{ code: number; out: string; err: string }> {
  const env = { ...process.env, DATABASE_URL: database.connectionString, HOMING_DATA: join(folder, 'data') }
  return new Promise(resolve => {
    execFile(process.execPath, ['server/cli.ts', ...words], { env }, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), out, err }),
    )
  })
}
const send = (file: string) =>
  homing(
    ...[
      'send',
      '--workspace',
      workspace,
      '--gateway',
      'G',
      '--topic',
      'Offers',
      '--name',
      'Spring',
      '--sender',
      'Shop',
    ],
    ...['--text-file', file],
  )

test('says why a text cannot be read', async () => {
  const missing = join(folder, 'no.txt')
  expect(await send(missing)).toMatchObject({
    code: 1,
    err: expect.stringContaining(`The file ${missing} cannot be read: ENOENT`),
  })
})

test('sets how many parts an SMS may have, and sends none that has more', async () => {
  expect((await homing('workspace', 'set', workspace)).err).toContain('--max-parts N')
  for (const wrong of ['0', '21', 'x'])
    expect((await homing('workspace', 'set', workspace, '--max-parts', wrong)).code).toBe(1)
  const set = await homing('workspace', 'set', workspace, '--max-parts', '2')
  expect([set.code, set.out]).toEqual([0, expect.stringContaining('at most 2 parts')])
  const text = join(folder, 'long.txt')
  await writeFile(text, `${'x'.repeat(400)} ##unsubscribe##\n`)
  expect(await send(text)).toMatchObject({ code: 1, err: expect.stringContaining('needs 3 parts; at most 2 are sent') })
})
