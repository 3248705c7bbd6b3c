/** What the lists of a long activity cost: rows read, not milliseconds. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Database, type Db, openDatabase } from '../server/platform/db/database.ts'
import { sql } from '../server/platform/db/sql.ts'
import { fewOf } from '../server/profiles/search.ts'
import { MOST_TESTED } from '../server/report/list-page.ts'
import { type ListOptions, type ListPage, listTab } from '../server/report/lists.ts'
import { freshDatabase } from '../test/database.ts'
import { makeSentActivity, type SentActivity } from './sent.ts'

let db: Database
let drop: () => Promise<void>
let sent: SentActivity
const size = 60_000
const few = fewOf(size)
beforeAll(async () => {
  const database = await freshDatabase()
  db = openDatabase({ connection: database.connection, lane: 'test', max: 3 })
  drop = database.drop
  sent = await makeSentActivity(db, size)
})
afterAll(async () => {
  await db.end()
  await drop()
})

interface Plan {
  'Node Type': string
  'Actual Rows': number
  'Rows Removed by Filter'?: number
  'Rows Removed by Index Recheck'?: number
  'Actual Loops': number
  'Relation Name'?: string
  Plans?: Plan[]
}

/** Rows of tables that the statements of a page looked at. */
async function rowsRead(tab: string, options: ListOptions = {}): Promise<number> {
  let rows = 0
  const count = (plan: Plan): void => {
    if (plan['Relation Name'] !== undefined)
      rows += (plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0)) * plan['Actual Loops']
    for (const part of plan.Plans ?? []) count(part)
  }
  const counting: Db = {
    async query(statement) {
      const plans = await db.query<{ 'QUERY PLAN': { Plan: Plan }[] }>(sql`explain (analyze, format json) ${statement}`)
      count(plans[0]?.['QUERY PLAN'][0]?.Plan ?? { 'Node Type': '', 'Actual Rows': 0, 'Actual Loops': 0 })
      return db.query(statement)
    },
    run: db.run,
  }
  await listTab(counting, sent.workspaceId, sent.activityId, tab, options)
  return rows
}

async function page(tab: string, options: ListOptions = {}): Promise<ListPage> {
  const found = await listTab(db, sent.workspaceId, sent.activityId, tab, options)
  if (found === undefined) throw new Error('no list')
  return found
}

test('the first page of every tab reads a few hundred rows', async () => {
  for (const tab of ['sent', 'delivered', 'clicks', 'bounced', 'unsubscribed', 'not-sent'])
    expect([tab, (await rowsRead(tab)) < 1000]).toEqual([tab, true])
  expect(await rowsRead('not-sent', { reason: 'landline' })).toBeLessThan(1000)
})

test('so does a page in the middle, in both directions', async () => {
  let middle = await page('sent')
  for (let pages = 0; pages < 20; pages++) middle = await page('sent', { after: middle.next ?? '' })
  expect(await rowsRead('sent', { after: middle.next ?? '' })).toBeLessThan(1000)
  expect(await rowsRead('sent', { before: middle.previous ?? '' })).toBeLessThan(1000)
})

test('so does a search for somebody, by whatever', async () => {
  const [{ first, last, phone, email, key } = { first: '', last: '', phone: '', email: '', key: '' }] = await db.query<
    Record<'first' | 'last' | 'phone' | 'email' | 'key', string>
  >(
    sql`select first_name as first, last_name as last, phone, email, external_key as key from profiles where profile_id = 41999`,
  )
  for (const search of [phone, email, key, phone.slice(0, 11), 'nobody is called so'])
    expect([search, (await rowsRead('sent', { search })) < 1000]).toEqual([search, true])
  expect((await page('sent', { search: `${first} ${last}` })).items.length).toBeGreaterThan(0)
  expect(await rowsRead('sent', { search: 'a' })).toBeLessThan(4 * few)
})

test('a beginning that some share is looked up in the rare lists too, not compared with all of them', async () => {
  // 80 numbers; 6,000 have clicked, 5,000 have bounced. Of the 400 who unsubscribed, the planner may as well look at each.
  for (const tab of ['clicks', 'bounced', 'unsubscribed'])
    expect([tab, (await rowsRead(tab, { search: '+467000419' })) < 1000]).toEqual([tab, true])
})

test('of a beginning that thousands share only those of the page are read, in the order of the list, in both directions', async () => {
  const rows = await db.query<{ id: number }>(sql`
    select m.profile_id as id from messages m join profiles p using (bucket, profile_id)
    where m.activity_id = ${sent.activityId} and m.status <> 'not_sent' and p.phone like '+4520%' order by m.bucket, m.profile_id`)
  const wanted = rows.map(({ id }) => id)
  expect(wanted.length).toBeGreaterThan(2000)
  // Each hit is an entry of the index; the messages of a few hundred are looked at.
  expect(await rowsRead('sent', { search: '+4520' })).toBeLessThan(wanted.length * 1.1 + 1000)
  const ids = ({ items }: ListPage) => items.map(({ profileId }) => profileId)
  const first = await page('sent', { search: '+4520' })
  const on = ids(first)
  let last = first
  for (; last.next !== null; last = await page('sent', { search: '+4520', after: last.next }))
    if (last !== first) on.push(...ids(last))
  on.push(...ids(last))
  expect(on).toEqual(wanted)
  const before = await page('sent', { search: '+4520', before: last.previous ?? '' })
  expect(ids(before)).toEqual(wanted.slice(-25 - ids(last).length, -ids(last).length))
})

test('what many have and the list has not is looked for so far and no farther, and found further on', async () => {
  await db.run(sql`update profiles set first_name = 'Zzz' where bucket >= 230 and workspace_id = ${sent.workspaceId}`)
  await db.run(sql`analyze profiles`)
  const first = await page('sent', { search: 'zzz' })
  expect(first).toMatchObject({ items: [], partial: true, previous: null })
  expect(await rowsRead('sent', { search: 'zzz' })).toBeLessThan(4 * MOST_TESTED + 4 * few)
  const second = await page('sent', { search: 'zzz', after: first.next ?? '' })
  expect(second.items).toHaveLength(25)
  expect(second.partial).toBe(false)
  const all = await page('sent', { search: 'zzz', after: second.next ?? '' })
  expect(new Set([...second.items, ...all.items].map(({ profileId }) => profileId)).size).toBe(50)
})
