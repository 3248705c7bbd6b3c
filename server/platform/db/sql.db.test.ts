import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../../../test/database.ts'
import { type Database, openDatabase } from './database.ts'
import { pgArray, sql } from './sql.ts'

let fresh: FreshDatabase
let db: Database

beforeAll(async () => {
  fresh = await freshDatabase({ template: false })
  db = openDatabase({ connection: fresh.connection, lane: 'test' })
})
afterAll(async () => {
  await db.end()
  await fresh.drop()
})

const texts = fc.array(
  fc.option(
    fc.oneof(
      fc.string({ unit: 'grapheme' }).filter(text => !text.includes('\0') && text.isWellFormed()),
      fc.constantFrom('', 'NULL', 'null', '"', '\\', '\\"', '{}', ',', ' a ', "'", '\n'),
    ),
    { nil: null },
  ),
)

test('an array of texts arrives as it was', () =>
  fc.assert(
    fc.asyncProperty(texts, async values => {
      const [row] = await db.query<{ back: (string | null)[] }>(sql`select ${pgArray(values)}::text[] as back`)
      expect(row!.back).toEqual(values)
    }),
    { numRuns: 300 },
  ))

test('numbers, truths and times arrive as they were', async () => {
  const at = new Date('2026-03-29T01:30:00.123Z')
  const [row] = await db.query<{ n: (number | null)[]; b: (boolean | null)[]; t: (Date | null)[] }>(
    sql`select ${pgArray([1, -2, null, 2 ** 52])}::bigint[] as n, ${pgArray([true, false, null])}::bool[] as b, ${pgArray([at, null])}::timestamptz[] as t`,
  )
  expect(row!.b).toEqual([true, false, null])
  expect(row!.t).toEqual([at, null])
  expect(row!.n).toEqual([1, -2, null, 2 ** 52])
})
