/** A cluster holds what the migrations declare: every table by bucket in one group, every reference table on all nodes. */
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { lintCatalogue } from './catalogue.ts'
import { type FreshDatabase, freshDatabase } from './database.ts'
import { readPlacements } from './statements/placements.ts'

let database: FreshDatabase
let client: pg.Client

beforeAll(async () => {
  database = await freshDatabase()
  client = new pg.Client(database.connectionString)
  await client.connect()
})

afterAll(async () => {
  await client.end()
  await database.drop()
})

test('every table lies where its migration says', async () => {
  const { rows } = await client.query<{ name: string; kind: string; column: string; group: number }>(
    `select table_name::text as name, citus_table_type as kind, distribution_column as column, colocation_id as group from citus_tables`,
  )
  const placed = new Map(rows.map(({ name, ...row }) => [name, row]))
  for (const [name, { class: placement, column }] of readPlacements()) {
    const found = placed.get(name)
    if (placement === 'L') expect([name, found?.kind]).toEqual([name, undefined])
    else if (placement === 'R') expect([name, found?.kind]).toEqual([name, 'reference'])
    else expect([name, found?.kind, found?.column]).toEqual([name, 'distributed', column])
  }
  expect(new Set(rows.filter(({ column }) => column === 'bucket').map(({ group }) => group)).size).toBe(1)
})

test('the catalogue keeps every rule here too', async () => {
  expect(await lintCatalogue(client)).toEqual([])
})
