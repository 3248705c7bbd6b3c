/** One worker, several gateways: one that does not answer, cannot be opened, or waits while it closes, holds up no other. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Database, openDatabase } from '../server/platform/db/database.ts'
import { sql } from '../server/platform/db/sql.ts'
import { ensureInstallation } from '../server/platform/installation/installation.ts'
import { createLog } from '../server/platform/log.ts'
import { runWorker, type Worker } from '../server/worker.ts'
import { lock } from './crash-campaign.ts'
import { type FreshDatabase, freshDatabase } from './database.ts'
import { testKeys } from './keys.ts'
import { addSmsc, makePeople, type Sending, sendToAll } from './people.ts'
import { temporaryFolder, until } from './processes.ts'
import { type Smsc, startSmsc } from './smsc.ts'

const place = temporaryFolder('tend')
let database: FreshDatabase
let db: Database
let worker: Worker
let sending: Sending
const smscs: Smsc[] = []

beforeAll(async () => {
  database = await freshDatabase()
  db = openDatabase({ connection: database.connection, lane: 'test', max: 3 })
  await ensureInstallation(db, { identity: 'test', now: new Date() })
  sending = await makePeople(db, 50)
  // A file where the folder of the journals is to be: nothing can be noted.
  writeFileSync(join(place.path, 'journal'), '')
  worker = await runWorker({
    keys: testKeys,
    connection: database.connection,
    dataFolder: place.path,
    url: 'http://127.0.0.1:9',
    linkUrl: 'http://127.0.0.1:9',
    log: createLog({ part: 'test', level: 'silent' }),
  })
})
afterAll(async () => {
  await worker?.stop()
  await Promise.all(smscs.map(smsc => smsc.close()))
  await db?.end()
  await database?.drop()
  place.remove()
})

async function smsc(name: string, afterMs = 0): Promise<{ smsc: Smsc; gatewayId: number }> {
  const smsc = await startSmsc({ react: () => ({ answer: { afterMs } }) })
  smscs.push(smsc)
  return { smsc, gatewayId: await addSmsc(db, sending, name, smsc.port) }
}
const bound = (smsc: Smsc) => until('it is bound', () => smsc.binds.length > 0, { seen: () => smsc.binds })
const alarms = async () =>
  (await db.query<{ kind: string }>(sql`select kind from alarms where cleared_at is null`)).map(({ kind }) => kind)

test('while the journal cannot be written nothing is sent and an alarm says so; sending continues afterwards', async () => {
  const { smsc: operator, gatewayId } = await smsc('First')
  const activity = await sendToAll(db, sending, gatewayId)
  await until('the alarm', async () => (await alarms()).includes('journal_failed'))
  expect(operator.submitted).toEqual([])
  rmSync(join(place.path, 'journal'))
  await until('all of it is sent', () => operator.submitted.length === 50)
  await until('the alarm is over', async () => !(await alarms()).includes('journal_failed'))
  // It was not tried at each look.
  const [{ tries } = { tries: 0 }] = await db.query<{ tries: number }>(
    sql`select count(*) as tries from gateway_sessions`,
  )
  expect(tries).toBeLessThan(8)
  await db.run(sql`update activities set state = 'cancelled' where id = ${activity}`)
})

test('one that cannot be opened holds up no other', async () => {
  const { smsc: locked, gatewayId } = await smsc('Locked')
  const held = await lock(database.connectionString, `select from gateways where id = ${gatewayId} for update`)
  const { smsc: free } = await smsc('Free')
  await bound(free)
  await held.release()
  await until('the other one too', () => locked.binds.length > 0)
})

test('one that closes and waits for its answers holds up no other, and is opened again after it', async () => {
  const { smsc: slow, gatewayId } = await smsc('Slow', 6000)
  await sendToAll(db, sending, gatewayId)
  await until('a window waits for its answers', () => slow.submitted.length >= 10)
  await db.run(sql`update gateways set window_size = 20 where id = ${gatewayId}`)
  const { smsc: other } = await smsc('Other')
  await bound(other)
  expect(slow.binds.length).toBe(1)
  await until('the slow one is bound again', () => slow.binds.length > 1)
  expect(slow.binds[0]!.open).toBe(false)
})
