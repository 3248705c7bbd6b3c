/** The export of a segment over the API: live and frozen, in each format, within the limits of exports, and for its workspace only. */
import { parse } from 'csv-parse/sync'
import { beforeAll, expect, test } from 'vitest'
import { testApp } from '../access/app.fixture.ts'
import { createApiKey } from '../access/keys.ts'
import { sql } from '../platform/db/sql.ts'

const app = testApp()
let mine = { id: 0, key: '', base: '' }
let theirs = { id: 0, key: '', base: '' }

const first = (value: string) => ({
  v: 1,
  root: { kind: 'group', match: 'all', items: [{ kind: 'text', field: 'last_name', op: 'is', value }] },
})
const post = async (path: string, body: object, at = mine) =>
  (await app.call('POST', at.base + path, { key: at.key, body })).body as { id: number }
const get = (path: string, at = mine) => app.call('GET', at.base + path, { key: at.key })

/** A formula, a name that is written from right to left, a long one, quotes and a line break. */
const hostile = ['=cmd|calc', '\u202eمحمد', 'x'.repeat(200), 'a"b,;\nc']

let made = { live: 0, frozen: 0 }
beforeAll(async () => {
  mine = await app.workspace('Mine', 'viewer')
  theirs = await app.workspace('Theirs', 'admin')
  const { key } = await createApiKey(
    app.db,
    { workspaceId: mine.id, name: 'admin', role: 'admin', actor: 'test' },
    new Date(),
  )
  const admin = { ...mine, key }
  const people = hostile.map((firstName, i) => ({ externalKey: `k${i}`, firstName, lastName: 'In' }))
  await post('/profiles', { profiles: [...people, { externalKey: 'out', lastName: 'Out' }] }, admin)
  made = {
    live: (await post('/segments', { name: '../=1+1|":*?', definition: first('in') }, admin)).id,
    frozen: (await post('/segments/frozen', { name: 'Frozen', definition: first('in') }, admin)).id,
  }
})

test('a live and a frozen segment are exported whole, in each format, with an entry in the audit', async () => {
  const named = await app.db.query<{ name: string }>(
    sql`select first_name as name from profiles where workspace_id = ${mine.id} and last_name = 'In'`,
  )
  const stored = named.map(({ name }) => name).sort()
  for (const id of [made.live, made.frozen]) {
    const csv = await get(`/segments/${id}/export`)
    expect([csv.status, csv.headers['content-type']]).toEqual([200, 'text/csv; charset=utf-8'])
    const rows: Record<string, string>[] = parse(String(csv.body), { columns: true, bom: true })
    expect(rows.map(row => row.external_key).sort()).toEqual(['k0', 'k1', 'k2', 'k3'])
    // A spreadsheet runs none of it.
    expect(rows.find(row => row.external_key === 'k0')?.first_name).toBe("'=cmd|calc")
    const lines = String((await get(`/segments/${id}/export?format=ndjson`)).body)
      .trim()
      .split('\n')
    expect(lines.map(line => JSON.parse(line).first_name).sort()).toEqual(stored)
    const xlsx = await get(`/segments/${id}/export?format=xlsx`)
    expect([xlsx.status, String(xlsx.body).slice(0, 2)]).toEqual([200, 'PK'])
  }
  const acts = await app.db.query<{ details: unknown }>(
    sql`select details from audit where workspace_id = ${mine.id} and action = 'segment.export' and subject = ${`segment ${made.live}`} order by id`,
  )
  expect(acts.map(({ details }) => details)).toEqual([{ format: 'csv' }, { format: 'ndjson' }, { format: 'xlsx' }])
})

test('the name of the file holds nothing that a file system or a header refuses', async () => {
  const { headers } = await get(`/segments/${made.live}/export`)
  const header = String(headers['content-disposition'])
  expect(header).toMatch(/^attachment; filename="\.\._[\w ._-]*\.csv"; filename\*=UTF-8''[\w.%-]+$/)
})

test('another workspace and a segment that is not there are a 404, an unknown parameter is refused', async () => {
  expect((await get(`/segments/${made.live}/export`, theirs)).status).toBe(404)
  expect((await app.call('GET', `${mine.base}/segments/${made.live}/export`, { key: theirs.key })).status).toBe(404)
  expect((await get('/segments/999999/export')).status).toBe(404)
  expect((await get(`/segments/${made.live}/export?format=pdf`)).status).toBe(400)
  expect((await get(`/segments/${made.live}/export?limit=5`)).status).toBe(400)
})

test('a segment that names something gone is refused before the file begins', async () => {
  const gone = { v: 1, root: { kind: 'group', match: 'all', items: [{ kind: 'segment', id: 999_999 }] } }
  await app.db.run(sql`update segments set definition = ${JSON.stringify(gone)}::jsonb where id = ${made.live}`)
  expect(await get(`/segments/${made.live}/export`)).toMatchObject({
    status: 409,
    body: { code: 'segment_reference_gone' },
  })
})
