import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { tabs } from '../../core/report/tabs.ts'
import { ownDatabase } from '../../test/database.ts'
import { sql } from '../platform/db/sql.ts'
import { anyPeople } from './any-people.fixture.ts'
import { type ListOptions, type ListPage, listTab } from './lists.ts'
import { getReport } from './overview.ts'
import { later, makeSent, type SentActivity, type SentPerson, START } from './sent.fixture.ts'

const db = await ownDatabase()

async function page(sent: SentActivity, tab: string, options: ListOptions = {}): Promise<ListPage> {
  const found = await listTab(db, sent.workspaceId, sent.activityId, tab, options)
  if (found === undefined) throw new Error('no list')
  return found
}
const ids = ({ items }: ListPage) => items.map(({ profileId }) => profileId)

/** All pages forwards, then backwards from the last one. */
async function bothWays(
  sent: SentActivity,
  tab: string,
  options: ListOptions,
): Promise<{ on: number[][]; back: number[][] }> {
  const on = [await page(sent, tab, options)]
  for (let next = on[0]?.next; next; next = on.at(-1)?.next) on.push(await page(sent, tab, { ...options, after: next }))
  const back = on.slice(-1)
  for (let before = back[0]?.previous; before; before = back[0]?.previous)
    back.unshift(await page(sent, tab, { ...options, before }))
  return { on: on.map(ids), back: back.map(ids) }
}

const delivered: NonNullable<SentPerson['facts']> = {
  attempts: [{ n: 1, try: 1, parts: null, at: START }],
  answers: [{ n: 1, part: 1, outcome: 'accepted', counts: false, at: START, code: null }],
  receipts: [{ n: 1, part: 1, outcome: 'delivered', counts: false, at: later(5_000), code: 'dlr:delivrd' }],
}

describe('the pages of a list', () => {
  test('hold each row once, in either direction, in every order and with every filter', async () => {
    const search = fc.constantFrom(undefined, 'a', 'Anna', '+46', 'p', 'k', "o'n")
    await fc.assert(
      fc.asyncProperty(anyPeople, search, fc.constantFrom(undefined, 'name' as const), async (people, text, sort) => {
        const sent = await makeSent(db, people)
        const report = await getReport(db, sent.workspaceId, sent.activityId, START)
        const narrowings: [string, ListOptions][] = [
          ...tabs.map(({ key }): [string, ListOptions] => [key, {}]),
          ...sent.linkIds.map((linkId): [string, ListOptions] => ['clicks', { linkId }]),
          ...(['retrying', 'final', 'hard'] as const).map((bounce): [string, ListOptions] => ['bounced', { bounce }]),
          ...Object.keys(report?.notSentReasons ?? {}).map((reason): [string, ListOptions] => ['not-sent', { reason }]),
        ]
        for (const [tab, narrowing] of narrowings) {
          const plain = await bothWays(sent, tab, { ...narrowing, sort })
          const rows = plain.on.flat()
          expect(new Set(rows).size).toBe(rows.length)
          expect((await page(sent, tab, narrowing)).total).toEqual({ n: rows.length, exact: true })
          // The first row stays first, and all pages but the last are full.
          expect(plain.back).toEqual(plain.on)
          expect(plain.on.slice(0, -1).every(items => items.length === 25)).toBe(true)
          const searched = await bothWays(sent, tab, { ...narrowing, sort, search: text })
          expect(searched.back).toEqual(searched.on)
          const order = rows.filter(id => searched.on.flat().includes(id))
          expect(searched.on.flat()).toEqual(order)
        }
      }),
      { numRuns: 12 },
    )
  })

  test('by name are in the order of first and last name, profiles without a name first', async () => {
    const sent = await makeSent(db, [
      { firstName: 'Bo', lastName: 'Ek', facts: delivered },
      { firstName: null, lastName: 'ANKA', facts: delivered },
      { firstName: 'anna', lastName: null, facts: delivered },
      { firstName: null, lastName: null, facts: delivered },
      { firstName: 'Anna', lastName: 'Zorn', facts: delivered },
    ])
    const { items } = await page(sent, 'sent', { sort: 'name' })
    expect(items.map(({ name }) => name)).toEqual([null, 'ANKA', 'anna', 'Anna Zorn', 'Bo Ek'])
  })

  test('by name use the collation of the workspace’s country on every page', async () => {
    const named = ['Öst', 'Zoe', 'Åke', 'Adam', 'Ärla', 'Ida', '- Bo', 'édith', 'Eva']
    const people = Array.from({ length: 60 }, (_, i) => ({
      firstName: named[i % named.length] ?? null,
      lastName: String(10 + i),
      facts: delivered,
    }))
    const sent = await makeSent(db, people)
    const inOrder = async (country: string) => {
      await db.run(sql`update workspaces set default_country = ${country} where id = ${sent.workspaceId}`)
      const { on, back } = await bothWays(sent, 'sent', { sort: 'name' })
      expect(back).toEqual(on)
      expect(new Set(on.flat()).size).toBe(60)
      const names = new Map(sent.profileIds.map((id, i) => [id, people[i]?.firstName]))
      return [...new Set(on.flat().map(id => names.get(id)))]
    }
    expect(await inOrder('SE')).toEqual(['- Bo', 'Adam', 'édith', 'Eva', 'Ida', 'Zoe', 'Åke', 'Ärla', 'Öst'])
    expect(await inOrder('DE')).toEqual(['- Bo', 'Adam', 'Åke', 'Ärla', 'édith', 'Eva', 'Ida', 'Öst', 'Zoe'])
  })

  test('do not shift when new rows arrive before them; the first page shows the newest', async () => {
    const people = Array.from({ length: 60 }, (_, i) => ({
      facts: delivered,
      ...(i < 55 ? { clicks: [{ link: 0, at: later(i * 1000), verdict: 'human' as const }] } : {}),
    }))
    const sent = await makeSent(db, people)
    const first = await page(sent, 'clicks')
    const second = await page(sent, 'clicks', { after: first.next ?? '' })
    const late = sent.profileIds[58] ?? 0
    await db.run(
      sql`update messages set first_click_at = ${later(90_000)} where activity_id = ${sent.activityId} and profile_id = ${late}`,
    )
    expect(ids(await page(sent, 'clicks', { after: first.next ?? '' }))).toEqual(ids(second))
    const back = await page(sent, 'clicks', { before: second.previous ?? '' })
    expect(ids(back)).toEqual(ids(first))
    expect(ids(await page(sent, 'clicks', { before: back.previous ?? '' }))[0]).toBe(late)
  })

  test('show erased and removed profiles as Erased, never blank', async () => {
    const sent = await makeSent(db, [
      { firstName: 'Anna', phone: '+46701234567', facts: delivered },
      { firstName: 'Bo', facts: delivered },
    ])
    await db.run(sql`delete from profiles where profile_id = ${sent.profileIds[0]}`)
    await db.run(sql`update messages set address = null where profile_id = ${sent.profileIds[0]}`)
    for (const sort of [undefined, 'name'] as const) {
      const { items, total } = await page(sent, 'delivered', { sort })
      expect(total).toEqual({ n: 2, exact: true })
      expect(items.find(({ profileId }) => profileId === sent.profileIds[0])).toMatchObject({
        erased: true,
        name: 'Erased',
        phone: null,
        status: 'delivered',
      })
      expect(items.filter(({ erased }) => erased)).toHaveLength(1)
    }
  })

  test('are filtered by kind of bounce and by reason, with the count of the filter', async () => {
    const bounce = (outcome: 'soft' | 'hard', windowOverAt: Date | null = null): SentPerson => ({
      facts: {
        ...delivered,
        answers: [{ n: 1, part: 1, outcome, counts: false, at: START, code: null }],
        receipts: [],
        windowOverAt,
      },
    })
    const sent = await makeSent(db, [
      bounce('soft'),
      bounce('hard'),
      bounce('soft', later(1)),
      { facts: { excluded: 'landline' } },
      { facts: { excluded: 'no_consent' } },
      { facts: { excluded: 'landline' } },
    ])
    const of = (...at: number[]) => at.map(i => sent.profileIds[i])
    expect(await page(sent, 'bounced', { bounce: 'hard' })).toMatchObject({
      total: { n: 1, exact: true },
      items: [{ profileId: of(1)[0] }],
    })
    expect(ids(await page(sent, 'bounced', { bounce: 'retrying' }))).toEqual(of(0))
    expect(ids(await page(sent, 'bounced', { bounce: 'final' }))).toEqual(of(2))
    const landlines = await page(sent, 'not-sent', { reason: 'landline' })
    expect(landlines).toMatchObject({ total: { n: 2 }, items: [{ code: 'landline' }, { code: 'landline' }] })
    expect(await page(sent, 'not-sent', { reason: 'frequency' })).toMatchObject({ total: { n: 0 }, items: [] })
    expect(await page(sent, 'not-sent', { reason: "' or true --" })).toMatchObject({ items: [] })
  })

  test('show the address of the message, on its channel, before the other ones of the profile', async () => {
    const sent = await makeSent(db, [{ phone: '+46700000001', email: 'a@acme.test', facts: delivered }])
    expect(await page(sent, 'sent')).toMatchObject({
      columns: [{ key: 'name' }, { key: 'address', label: 'Phone' }, { key: 'email' }, { key: 'externalKey' }, {}, {}],
      items: [{ address: '+46700000001', phone: '+46700000001', email: 'a@acme.test' }],
    })
    await db.run(
      sql`update activities set content = jsonb_set(content, '{channel}', '"email"') where id = ${sent.activityId}`,
    )
    await db.run(sql`update messages set address = 'old@acme.test' where activity_id = ${sent.activityId}`)
    expect(await page(sent, 'sent')).toMatchObject({
      columns: [{ key: 'name' }, { key: 'address', label: 'E-mail' }, { key: 'phone' }, { key: 'externalKey' }, {}, {}],
      items: [{ address: 'old@acme.test', phone: '+46700000001', email: 'a@acme.test' }],
    })
  })

  test('refuse a filter of another tab, both directions at once, and a cursor of another order', async () => {
    const sent = await makeSent(
      db,
      Array.from({ length: 30 }, () => ({ facts: delivered })),
    )
    const refused = (tab: string, options: ListOptions, code = 'invalid_input') =>
      expect(page(sent, tab, options)).rejects.toMatchObject({ code })
    await refused('sent', { linkId: 1 })
    await refused('sent', { bounce: 'hard' })
    await refused('bounced', { reason: 'landline' })
    const { next } = await page(sent, 'sent')
    await refused('sent', { after: next ?? '', before: next ?? '' })
    await refused('sent', { after: next ?? '', sort: 'name' }, 'cursor_invalid')
    expect((await page(sent, 'sent', { after: next ?? '' })).items).toHaveLength(5)
  })
})
