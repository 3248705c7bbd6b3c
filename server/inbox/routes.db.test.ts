import { beforeAll, expect, test } from 'vitest'
import { start, testApp } from '../access/app.fixture.ts'
import { sql } from '../platform/db/sql.ts'
import { recordKinds } from '../record-kinds.ts'

const app = testApp()
let shop: { id: number; key: string; base: string }
let other: { id: number; key: string; base: string }

beforeAll(async () => {
  shop = await app.workspace('Shop', 'admin')
  other = await app.workspace('Other', 'admin')
  await app.db.run(sql`insert into gateways (id, workspace_id, name, kind, settings, account, password, test, created_at)
    values (1, ${shop.id}, 'Operator', 'smpp', jsonb_build_object('host', 'h', 'port', 1, 'systemId', 'u'), 'smpp:u@h:1', 'p', true, ${start})`)
  await app.db.run(sql`insert into waiting (source, seq, kind, gateway_id, at, body, number, tries, next_try_at, settled, why)
    select 1, n, 'receipt', 1, ${start}::timestamptz + n * interval '1 second', json_build_object('providerId', 'id-' || n, 'number', '46701740605'),
      '46701740605', 6, ${start}, case when n = 3 then 'set_aside' end, case when n = 3 then 'TypeError' end from generate_series(1, 60) n`)
})

interface Page {
  counts: { unmatched: number; unreadable: number; setAside: number }
  items: {
    id: string
    kind: string
    number: string
    reference: string
    state: string
    ofInstallation: boolean
    raw: string | null
  }[]
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

test.each(recordKinds.map(kind => [kind.name, kind.label] as const))(
  'a %s of no gateway is listed and retried for every workspace, without its content; one of a gateway for its own only',
  async (name, label) => {
    await app.db.run(sql`delete from waiting where source in (2, 3)`)
    const before = [await page('', shop), await page('', other)] as const
    await app.db.run(sql`insert into waiting (source, seq, kind, gateway_id, at, body, number, tries, next_try_at, settled, why)
      select u.source, 1, ${name}, u.gateway_id, ${start}::timestamptz + interval '1 hour', '{"providerId": "id", "agent": "Anna’s phone", "number": "46701740605"}',
        '46701740605', 1, '9999-01-01', 'set_aside', 'SQLSTATE 22P02: error: invalid input: "Anna"' from (values (2, null), (3, 1)) u (source, gateway_id)`)
    const [ofShop, ofOther] = [await page('', shop), await page('', other)]
    expect(ofOther.items.filter(({ kind }) => kind === name)).toEqual([
      expect.objectContaining({
        ...{ id: '2-1', kind: name, label, state: 'set_aside', gateway: null, why: 'SQLSTATE 22P02' },
        ...{ ofInstallation: true, raw: null, number: '', reference: null },
      }),
    ])
    expect(ofShop.items.slice(0, 2).map(({ id, ofInstallation, raw }) => [id, ofInstallation, raw !== null])).toEqual([
      ['3-1', false, true],
      ['2-1', true, false],
    ])
    const countOf = ({ counts }: Page) => counts.setAside
    expect([countOf(ofShop) - countOf(before[0]), countOf(ofOther) - countOf(before[1])]).toEqual([2, 1])
    await app.call('POST', `${other.base}/unmatched/retry`, { key: other.key })
    expect(
      await app.db.query(
        sql`select source, next_try_at <= now() as due from waiting where source in (2, 3) order by source`,
      ),
    ).toEqual([
      { source: 2, due: true },
      { source: 3, due: false },
    ])
    await app.db.run(sql`delete from waiting where source in (2, 3)`)
  },
)

test('what was set aside is tried again at once, of this workspace only', async () => {
  const retry = (of: typeof shop) => app.call('POST', `${of.base}/unmatched/retry`, { key: of.key })
  expect((await retry(other)).body).toEqual({ records: 0 })
  expect((await retry(shop)).body).toEqual({ records: 1 })
})
