import { expect, test } from 'vitest'
import { ownDatabase } from '../../../test/database.ts'
import { eachRow } from './each-row.ts'
import { sql } from './sql.ts'

const db = await ownDatabase({ max: 6 })

const sleeping = sql`select n from generate_series(1, 3) n where pg_sleep(60) is not null`
/** Polled, because the server ends a cancelled statement a moment after the request. */
const running = async () => {
  const [row] = await db.query<{ n: number }>(
    sql`select count(*) as n from pg_stat_activity where datname = current_database() and state = 'active' and query like '%pg_sleep(60)%' and pid <> pg_backend_pid()`,
  )
  return row?.n
}

test('gives each row of each statement once, with the types of all others, under the settings asked for', async () => {
  const numbers = (from: number, to: number) =>
    sql`select n::bigint as n from generate_series(${from}::int, ${to}::int) n`
  const seen = new Set<number>()
  await eachRow<{ n: number }>(db, [numbers(1, 1000), numbers(1001, 1500), numbers(1501, 1501)], ({ n }) => seen.add(n))
  expect(seen.size).toBe(1501)
  expect(Math.max(...seen)).toBe(1501)
  const memory: string[] = []
  const asked = sql`select current_setting('work_mem') as is`
  await eachRow<{ is: string }>(db, [asked], row => memory.push(row.is), { settings: { work_mem: '33MB' } })
  expect(memory).toEqual(['33MB'])
  expect(await db.query(asked)).not.toEqual([{ is: '33MB' }])
})

test('ends the statements in the database when nobody wants them any more', async () => {
  const gone = new AbortController()
  const reading = eachRow(db, [sleeping, sleeping], () => {}, { signal: gone.signal })
  await expect.poll(running).toBe(2)
  gone.abort(new Error('gone'))
  await expect(reading).rejects.toThrow('gone')
  await expect.poll(running).toBe(0)
  await expect(eachRow(db, [sleeping], () => {}, { signal: gone.signal })).rejects.toThrow('gone')
  expect(await db.query(sql`select 1 as one`)).toEqual([{ one: 1 }])
})

test('tells what went wrong in one of them, and ends the others', async () => {
  await expect(eachRow(db, [sleeping, sql`select 1 / 0 as n`], () => {})).rejects.toThrow('division by zero')
  await expect.poll(running).toBe(0)
  const refuse = () => {
    throw new Error('not this one')
  }
  await expect(eachRow(db, [sql`select 1 as n`, sleeping], refuse)).rejects.toThrow('not this one')
  await expect.poll(running).toBe(0)
})

test('leaves half of the connections to others, however many ask, and ends for all who go away at once', async () => {
  const gone = new AbortController()
  const readings = Array.from({ length: 4 }, () =>
    eachRow(db, [sleeping, sleeping, sleeping], () => {}, { signal: gone.signal }),
  )
  const ended = Promise.allSettled(readings)
  await expect.poll(running).toBe(3)
  gone.abort(new Error('gone'))
  expect(await ended).toEqual(readings.map(() => ({ status: 'rejected', reason: gone.signal.reason })))
  await expect.poll(running).toBe(0)
})
