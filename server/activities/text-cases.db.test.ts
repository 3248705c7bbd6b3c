import { beforeAll, expect, test } from 'vitest'
import { testApp } from '../access/app.fixture.ts'
import { sql } from '../platform/db/sql.ts'
import { makeShop, type Shop } from './shop.fixture.ts'
import type { TextCasesView } from './text-cases.ts'

const app = testApp()
let shop: Shop['shop']
let topic: number
let gateway: number

const names = ['Anna', null, 'Łucja', '#N/A', 'NULL', 'Null', '', 'Żaneta', 'NULL', 'Bo']

beforeAll(async () => {
  ;({ shop, topic, gateway } = await makeShop(app))
  const other = await app.workspace('Other')
  // Of each workspace the same people; those of the other one have no names.
  for (const [workspace, from] of [
    [shop.id, 1],
    [other.id, 1001],
  ] as const)
    await app.db.run(sql`insert into profiles (bucket, profile_id, workspace_id, phone, phone_type, country, first_name, created_at, updated_at)
      select x.id & 255, x.id, ${workspace}::int, '+467000' || lpad(x.id::text, 5, '0'), case when x.n = 10 then 'fixed' else 'mobile' end, 'SE',
        case when ${workspace === shop.id}::boolean then x.name end, now(), now()
      from (select ${from}::int + n - 1 as id, n, name from unnest(${names}::text[]) with ordinality as u (name, n)) x`)
  await app.db.run(sql`insert into current_consents (bucket, profile_id, workspace_id, topic_id, channel, at, granted)
    select bucket, profile_id, workspace_id, ${topic}::int, 'sms', now(), true from profiles`)
  await app.db.run(sql`select setval('profile_ids', 2000)`)
})

async function casesOf(topics: number[], estimate = false): Promise<TextCasesView> {
  const content = { channel: 'sms', sender: 'Shop', body: `Hej ##first_name##! ${'x'.repeat(70)} ##unsubscribe##` }
  const made = await app.call('POST', `${shop.base}/activities`, {
    key: shop.key,
    body: { name: 'Spring', content, sendTo: { topics, duplicates: 'one_per_address' }, gatewayId: gateway },
  })
  const { id } = made.body as { id: number }
  const answer = await app.call('POST', `${shop.base}/activities/${id}/text-cases`, {
    key: shop.key,
    body: { estimate },
  })
  expect(answer.status).toBe(200)
  return answer.body as TextCasesView
}

const expected = {
  people: 9,
  isEstimate: false,
  ucs2: { people: 2, profileId: 3 },
  tags: [
    {
      name: 'first_name',
      empty: { people: 3 },
      placeholders: [
        { value: 'NULL', people: 2, profileId: 5, isEmpty: false },
        { value: '#N/A', people: 1, profileId: 4, isEmpty: true },
      ],
      costly: { people: 2, profileId: 3, credits: '9.0000' },
    },
  ],
}

test('who gets a gap, a placeholder or a costly character, in this workspace only, and who is not sent is in none', async () => {
  const found = await casesOf([topic])
  expect(found).toMatchObject(expected)
  expect(found.tags[0]?.placeholders).toHaveLength(2)
  expect(Number(found.credits)).toBeGreaterThan(9)
})

test('before a topic is chosen, everyone who has consented to any is asked', async () => {
  expect(await casesOf([])).toMatchObject(expected)
})

test('an estimate looks at some of them', async () => {
  const { isEstimate, people } = await casesOf([topic], true)
  expect(isEstimate).toBe(true)
  expect(people % 8).toBe(0)
})
