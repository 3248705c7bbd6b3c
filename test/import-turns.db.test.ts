/** A real worker: however long the lists of other workspaces take, a short one is imported at once. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { createWorkspace } from '../server/access/workspaces.ts'
import { createImport } from '../server/imports/run-import.ts'
import { openDatabase } from '../server/platform/db/database.ts'
import { sql } from '../server/platform/db/sql.ts'
import { identityOf } from '../server/platform/installation/evidence.ts'
import { ensureInstallation } from '../server/platform/installation/installation.ts'
import { freshDatabase } from './database.ts'
import { killAll, startProcess, temporaryFolder, until } from './processes.ts'

const now = new Date()
const ends: (() => unknown)[] = []
afterAll(async () => {
  for (const end of ends) await end()
})

test('a one-row list is imported while those of three other workspaces are being merged, and a long one waits its turn', async () => {
  const folder = temporaryFolder('import-turns')
  const database = await freshDatabase()
  const db = openDatabase({ connection: database.connection, lane: 'test', max: 6 })
  ends.push(killAll, () => db.end(), database.drop, folder.remove)
  await ensureInstallation(db, { identity: await identityOf(db), now })
  const uploads = join(folder.path, 'imports')
  mkdirSync(uploads)
  const options = {
    country: 'SE',
    topic: null,
    map: { external_key: 'Id', 'attr.note': 'Note' },
    mode: 'both' as const,
  }
  const upload = async (workspaceId: number, name: string, rows: number) => {
    const note = 'x'.repeat(500)
    const text = `Id,Note\n${Array.from({ length: rows }, (_, i) => `${i},${note}`).join('\n')}\n`
    writeFileSync(join(uploads, name), text)
    const input = { workspaceId, fileName: name, options, upload: name, bytes: text.length, actor: 'test' }
    return createImport(db, input, now)
  }
  const workspace = async (name: string) => (await createWorkspace(db, { name, owner: null, actor: 'test' }, now)).id
  const stateOf = async (id: number) =>
    (await db.query<{ state: string }>(sql`select state from imports where id = ${id}`))[0]?.state
  const [one, two, three, four] = await Promise.all(['One', 'Two', 'Three', 'Four'].map(workspace))

  // As a merge of minutes does: the profiles of two workspaces are held.
  const released = Promise.withResolvers<void>()
  const holding = [one, two].map(id => {
    const held = Promise.withResolvers<void>()
    const work = db.tx(async tx => {
      await tx.query(sql`select pg_advisory_xact_lock(7301, ${id})`)
      held.resolve()
      await released.promise
    })
    return { held: held.promise, work }
  })
  await Promise.all(holding.map(({ held }) => held))
  const long = 5_000
  const waiting = [
    await upload(one!, 'one.csv', long),
    await upload(one!, 'again.csv', long),
    await upload(two!, 'two.csv', long),
  ]
  const third = await upload(three!, 'three.csv', long)
  await startProcess(['worker'], { DATABASE_URL: database.connectionString, HOMING_DATA: folder.path })
  await until('two wait for the lock', async () => {
    const rows = await db.query(sql`select from imports where step = 'waiting' and state = 'running'`)
    return rows.length === 2
  })
  const short = await upload(four!, 'four.csv', 1)
  await until('the short one is done', async () => (await stateOf(short)) === 'done')
  expect(await Promise.all([...waiting, third].map(stateOf))).toEqual(['running', 'waiting', 'running', 'waiting'])
  released.resolve()
  await Promise.all(holding.map(({ work }) => work))
  await until('all are done', async () => {
    const states = await Promise.all([...waiting, third].map(stateOf))
    return states.every(state => state === 'done')
  })
})
