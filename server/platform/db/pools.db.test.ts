import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshDatabase } from '../../../test/database.ts'
import { type ConnectionConfig, type Database, openDatabase } from './database.ts'
import { openLanes, patient } from './pools.ts'
import { sql } from './sql.ts'

let holder: Database
let lanes: ReturnType<typeof openLanes>
let lanesConnection: ConnectionConfig
let drop: () => Promise<void>
beforeAll(async () => {
  const database = await freshDatabase({ template: false })
  holder = openDatabase({ connection: database.connection, lane: 'test' })
  lanes = openLanes(database.connection)
  lanesConnection = database.connection
  drop = database.drop
})
afterAll(async () => {
  await Promise.all([holder.end(), lanes.end()])
  await drop()
})

const lock = sql`select pg_advisory_xact_lock(1, 1)`

test('a change that waits for a lock holds no connection for longer than a moment, and is made whole when it is free', async () => {
  const over: number[] = []
  let tries = 0
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  const held = Promise.withResolvers<void>()
  const holding = holder.tx(async tx => {
    await tx.query(lock)
    held.resolve()
    await released
  })
  await held.promise
  // More than the lane has connections.
  const waiting = Array.from({ length: 12 }, (_, n) =>
    lanes.writes.tx(async tx => {
      tries++
      await tx.query(lock)
      over.push(n)
    }),
  )
  await expect.poll(() => tries, { timeout: 20_000 }).toBeGreaterThan(16)
  // Another change has a turn between them.
  expect(await lanes.writes.query(sql`select 1 as one`)).toEqual([{ one: 1 }])
  release()
  await Promise.all([...waiting, holding])
  expect(over.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, n) => n))
})

test('a lock that is not granted in time becomes the problem busy', async () => {
  const raw = openDatabase({ connection: lanesConnection, lane: 'writes', max: 1 })
  const hasty = patient(raw, 0)
  await holder.tx(async tx => {
    await tx.query(lock)
    await expect(hasty.tx(inner => inner.query(lock))).rejects.toMatchObject({ code: 'busy' })
  })
  await raw.end()
})

test('a reader that leaves ends its statement in the database, and harms nobody after it', async () => {
  const gone = new AbortController()
  const reading = lanes.reads.query(sql`select pg_sleep(60)`, undefined, gone.signal)
  const sleeping = async () =>
    (
      await holder.query(
        sql`select from pg_stat_activity where datname = current_database() and query like '%pg_sleep%' and state = 'active' and pid <> pg_backend_pid()`,
      )
    ).length
  await expect.poll(sleeping, { timeout: 20_000 }).toBe(1)
  gone.abort(new Error('gone'))
  await expect(reading).rejects.toThrow('gone')
  await expect.poll(sleeping, { timeout: 20_000 }).toBe(0)
  const answers = await Promise.all(Array.from({ length: 8 }, () => lanes.reads.query(sql`select 1 as one`)))
  expect(answers).toHaveLength(8)
})

test('a wait for a connection that is never free becomes the problem busy', async () => {
  const database = await freshDatabase({ template: false })
  const one = openDatabase({ connection: database.connection, lane: 'reads', max: 1, connectMs: 50 })
  const client = await one.connect()
  await expect(one.query(sql`select 1`)).rejects.toMatchObject({ code: 'busy' })
  client.release()
  await one.end()
  await database.drop()
})
