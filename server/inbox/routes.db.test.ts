import { beforeAll, expect, test } from 'vitest'
import { start, testApp } from '../access/app.fixture.ts'
import { sql } from '../platform/db/sql.ts'

const app = testApp()
let shop: { id: number; key: string; base: string }
let other: { id: number; key: string; base: string }

beforeAll(async () => {
  shop = await app.workspace('Shop', 'admin')
  other = await app.workspace('Other', 'admin')
  await app.db.run(sql`insert into gateways (id, workspace_id, name, settings, account, password, test, created_at)
    values (1, ${shop.id}, 'Operator', jsonb_build_object('host', 'h', 'port', 1, 'systemId', 'u'), 'smpp:u@h:1', 'p', true, ${start})`)
  await app.db.run(sql`insert into waiting (source, seq, kind, gateway_id, at, body, number, tries, next_try_at, settled, why)
    select 1, n, 'receipt', 1, ${start}::timestamptz + n * interval '1 second', json_build_object('providerId', 'id-' || n, 'number', '46701740605'),
      '46701740605', 6, ${start}, case when n = 3 then 'set_aside' end, case when n = 3 then 'TypeError' end from generate_series(1, 60) n`)
})

interface Page {
  counts: object
  items: { id: string; number: string; reference: string; state: string; raw: string }[]
  next: string | null
  previous: string | null
}

async function page(query = '', of = shop): Promise<Page> {
  const { status, body } = await app.call('GET', `${of.base}/unmatched${query}`, { key: of.key })
  expect(status).toBe(200)
  return body as Page
}

test('an operator reads what became no fact, the newest first, page by page', async () => {
  const first = await page()
  expect(first.counts).toEqual({ unmatched: 59, unreadable: 0, setAside: 1 })
  expect(first.items).toHaveLength(50)
  expect(first.items[0]).toMatchObject({
    id: '1-60',
    number: '…605',
    reference: 'id-60',
    label: 'Delivery receipt',
    state: 'unmatched',
  })
  const second = await page(`?after=${first.next}`)
  expect(second.items.map(({ id }) => id)).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1].map(n => `1-${n}`))
  expect(second.next).toBeNull()
  expect((await page(`?before=${second.previous}`)).items).toEqual(first.items)
  expect((await page('?state=set_aside')).items.map(({ id }) => id)).toEqual(['1-3'])
})

test('another workspace sees none of it, an editor may not look, and a made-up cursor is refused', async () => {
  expect(await page('', other)).toMatchObject({ items: [], counts: { unmatched: 0, setAside: 0 } })
  const editor = await app.workspace('By an editor', 'editor')
  expect((await app.call('GET', `${editor.base}/unmatched`, { key: editor.key })).status).toBe(403)
  expect((await app.call('GET', `${shop.base}/unmatched?after=x`, { key: shop.key })).status).toBe(400)
})

test('what was set aside is tried again at once, of this workspace only', async () => {
  const retry = (of: typeof shop) => app.call('POST', `${of.base}/unmatched/retry`, { key: of.key })
  expect((await retry(other)).body).toEqual({ records: 0 })
  expect((await retry(shop)).body).toEqual({ records: 1 })
})
