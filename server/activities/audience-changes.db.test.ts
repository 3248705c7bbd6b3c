/** Who has come and gone since an audience was looked at, and who also gets another SMS: against the count, and under what happens meanwhile. */
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { testApp } from '../access/app.fixture.ts'
import { sql } from '../platform/db/sql.ts'
import { startActivity } from '../sending/start-due.ts'
import { makeShop, type Shop } from './shop.fixture.ts'

const app = testApp()
const log = { debug() {}, info() {}, warn() {}, error() {} }
const realMsUntil = () => 0
let shop: Shop
let other: Shop

beforeAll(async () => {
  shop = await makeShop(app)
  other = await makeShop(app, 'Other')
})

/** Twenty people of the shop; of the last two, one number. */
let people: number[]
beforeEach(async () => {
  await app.db.run(
    sql`update activities set state = 'cancelled', swept_at = coalesce(frozen_at, now()), finished_at = now()`,
  )
  for (const table of ['profiles', 'current_consents', 'opt_outs'] as const) await app.db.run(deleteAll[table])
  people = await consenting(shop, 20)
})
const deleteAll = {
  profiles: sql`delete from profiles`,
  current_consents: sql`delete from current_consents`,
  opt_outs: sql`delete from opt_outs`,
}

async function consenting({ shop: { id } }: Shop, n: number): Promise<number[]> {
  const rows = await app.db.query<{ id: number }>(sql`
    insert into profiles (bucket, profile_id, workspace_id, phone, phone_type, phone_shared, country, first_name, created_at, updated_at)
    select x.i & 255, x.i, ${id}::int, '+46701' || lpad((case when x.n = ${n}::int then x.i - 1 else x.i end)::text, 6, '0'), 'mobile', x.n >= ${n}::int - 1, 'SE',
      'P' || x.i, now(), now()
    from (select nextval('profile_ids') as i, n from generate_series(1, ${n}::int) n offset 0) x returning profile_id as id`)
  const ids = rows.map(row => row.id).sort((a, b) => a - b)
  await consent(shop.shop.id === id ? shop : other, ids, true)
  return ids
}

async function consent({ shop: { id }, topic }: Shop, ids: readonly number[], granted: boolean): Promise<void> {
  await app.db.run(sql`insert into current_consents (bucket, profile_id, workspace_id, topic_id, channel, at, granted)
    select i & 255, i, ${id}::int, ${topic}::int, 'sms', now(), ${granted}::bool from unnest(${ids}::bigint[]) i
    on conflict (bucket, profile_id, topic_id, channel) do update set granted = excluded.granted`)
}

const call = (method: 'POST' | 'PATCH' | 'DELETE' | 'GET', path: string, body?: object, of = shop) =>
  app.call(method, `${of.shop.base}${path}`, { key: of.shop.key, ...(body && { body }) })

async function draft(sendTo: object = {}, of = shop, name = 'Spring'): Promise<number> {
  const made = await call(
    'POST',
    '/activities',
    {
      name,
      content: { channel: 'sms', sender: 'Shop', body: 'Hi ##unsubscribe##' },
      sendTo: { topics: [of.topic], duplicates: 'one_per_address', ...sendTo },
      gatewayId: of.gateway,
    },
    of,
  )
  expect(made.status).toBe(201)
  return (made.body as { id: number }).id
}

const tomorrow = () => new Date(app.deps.clock.now().getTime() + 24 * 3_600_000).toISOString()

async function scheduled(
  sendTo: object = {},
  of = shop,
  sendAt: string = tomorrow(),
  name = 'Autumn sale',
): Promise<number> {
  const id = await draft(sendTo, of, name)
  expect(await call('POST', `/activities/${id}/schedule`, { sendAt }, of)).toMatchObject({ status: 200 })
  return id
}

interface Changes {
  people: number
  since: { at: string; kind: string; people: number } | null
  joined: number
  left: number
  firstJoined: { profileId: number }[]
  firstLeft: { profileId: number }[]
}

async function changes(id: number, path: 'look' | 'changes' = 'changes', body: object = {}): Promise<Changes> {
  const answer = await call('POST', `/activities/${id}/${path}`, body)
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return answer.body as Changes
}

async function queued(id: number): Promise<number> {
  return ((await call('POST', `/activities/${id}/audience`, {})).body as { queued: number }).queued
}

const ids = (some: readonly { profileId: number }[]) => some.map(({ profileId }) => profileId).sort((a, b) => a - b)
const start = (id: number, now = new Date(app.deps.clock.now().getTime() + 25 * 3_600_000)) =>
  startActivity({ db: app.db, clock: { rate: 1, now: () => now, realMsUntil }, log, linkUrl: 'https://l.example' }, id)

describe('who has come and gone', () => {
  test('since one looked: by name, and the sums agree with the count', async () => {
    const id = await draft()
    expect(await changes(id)).toMatchObject({ people: 19, since: null, joined: 0, left: 0 })
    expect(await changes(id, 'look')).toMatchObject({ people: 19, since: null })
    const came = await consenting(shop, 3)
    await consent(shop, people.slice(0, 2), false)
    for (const path of ['changes', 'look'] as const) {
      const found = await changes(id, path)
      expect(found).toMatchObject({
        people: await queued(id),
        since: { kind: 'looked', people: 19 },
        joined: 2,
        left: 2,
      })
      // Of the two who share a number, one gets it.
      expect(ids(found.firstJoined)).toEqual(came.slice(0, 2))
      expect(ids(found.firstLeft)).toEqual(people.slice(0, 2))
    }
    expect(await changes(id, 'look', { again: true })).toMatchObject({ joined: 2, left: 2 })
    expect(await changes(id)).toMatchObject({ since: { people: 19 }, joined: 0, left: 0 })
  })

  test('page by page, forwards and back, each once', async () => {
    const id = await draft()
    await changes(id, 'look')
    const came = (await consenting(shop, 6)).slice(0, 5)
    await consent(shop, people.slice(0, 3), false)
    const page = async (side: string, more = '') => {
      const answer = await call('GET', `/activities/${id}/changes?side=${side}&limit=2${more}`)
      expect(answer.status, JSON.stringify(answer.body)).toBe(200)
      return answer.body as {
        items: { profileId: number }[]
        next: string | null
        previous: string | null
        total: object
      }
    }
    for (const [side, n] of [
      ['joined', (await changes(id)).joined],
      ['left', 3],
    ] as const) {
      const found: number[] = []
      let at = await page(side)
      for (;;) {
        expect(at.total).toEqual({ n, exact: true })
        found.push(...at.items.map(({ profileId }) => profileId))
        if (at.next === null) break
        const before = at
        at = await page(side, `&after=${at.next}`)
        expect((await page(side, `&before=${at.previous}`)).items).toEqual(before.items)
      }
      expect(found).toHaveLength(n)
      expect(found.toSorted((a, b) => a - b)).toEqual(side === 'left' ? people.slice(0, 3) : came.slice(0, n))
    }
    const { next } = await page('left')
    expect(await call('GET', `/activities/${id}/changes?side=joined&after=${next}`)).toMatchObject({
      status: 400,
      body: { code: 'cursor_invalid' },
    })
    expect(await call('GET', `/activities/${id}/changes?side=both`)).toMatchObject({ status: 400 })
  })

  test('where one of a shared number leaves, the other one joins', async () => {
    const id = await draft()
    await changes(id, 'look')
    const [first = 0, second = 0] = people.slice(-2)
    await consent(shop, [first], false)
    expect(await changes(id)).toMatchObject({ firstLeft: [{ profileId: first }], firstJoined: [{ profileId: second }] })
  })

  test('since it was scheduled, until it starts; then nothing is kept', async () => {
    const id = await scheduled()
    await consenting(shop, 3)
    expect(await changes(id)).toMatchObject({ since: { kind: 'scheduled', people: 19 }, joined: 2, left: 0 })
    await start(id)
    expect(await call('POST', `/activities/${id}/changes`, {})).toMatchObject({ status: 409 })
    expect(await call('POST', `/activities/${id}/look`, {})).toMatchObject({ status: 409 })
    expect(await app.db.query(sql`select from audience_looks where activity_id = ${id}`)).toEqual([])
  })

  test('of a frozen audience nobody joins, and those who opted out leave', async () => {
    const id = await scheduled({ frozen: true })
    await consenting(shop, 3)
    await consent(shop, people.slice(0, 1), false)
    expect(await changes(id)).toMatchObject({ joined: 0, left: 1, people: await queued(id) })
    // Also when it is paused before its people are written, and when its start has failed.
    for (const state of ['starting', 'paused', 'failed']) {
      await app.db.run(sql`update activities set state = ${state} where id = ${id}`)
      expect([await queued(id), await changes(id)]).toMatchObject([18, { joined: 0, left: 1, people: 18 }])
    }
    expect(await call('POST', `/activities/${id}/resume`, {})).toMatchObject({ status: 200 })
    expect(await start(id)).toMatchObject({ queued: 18 })
  })

  test('of another choice of Send to is not compared', async () => {
    const id = await draft()
    await changes(id, 'look')
    await call('PATCH', `/activities/${id}`, { revision: 1, sendTo: { topics: [shop.topic], duplicates: 'all' } })
    expect(await changes(id)).toMatchObject({ since: null, people: 20 })
  })

  test('of a scheduled one goes by the definition of its segment that was frozen, also when the segment is changed', async () => {
    const tree = (value: string) => ({
      v: 1,
      root: { kind: 'group', match: 'all', items: [{ kind: 'text', field: 'first_name', op: 'is', value }] },
    })
    const made = await call('POST', '/segments', { name: `Some ${people[0]}`, definition: tree(`P${people[0]}`) })
    expect(made.status, JSON.stringify(made.body)).toBe(201)
    const { id: segment } = made.body as { id: number }
    const id = await scheduled({ include: { match: 'any', segments: [segment] } })
    await app.db.run(
      sql`update segments set definition = ${JSON.stringify(tree(`P${people[1]}`))}::jsonb where id = ${segment}`,
    )
    expect(await changes(id)).toMatchObject({ people: 1, joined: 0, left: 0 })
    expect(await queued(id)).toBe(1)
    await app.db.run(sql`update activities set state = 'failed' where id = ${id}`)
    expect([await queued(id), await changes(id)]).toMatchObject([1, { people: 1, joined: 0, left: 0 }])
    await app.db.run(sql`update activities set state = 'scheduled' where id = ${id}`)
    await app.db.run(sql`delete from segment_refs where segment_id = ${segment}`)
    await app.db.run(sql`delete from segments where id = ${segment}`)
    expect(await changes(id)).toMatchObject({ people: 1, joined: 0, left: 0 })
    expect(await start(id)).toMatchObject({ queued: 1 })
  })

  test('is remembered by no look that comes late: the start wins', async () => {
    const id = await scheduled()
    await app.db.run(sql`delete from audience_looks`)
    await app.db
      .tx(async tx => {
        await tx.query(sql`select from activities where id = ${id} for update`)
        const late = call('POST', `/activities/${id}/look`, {})
        await expect
          .poll(
            () =>
              app.db.query(
                sql`select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
              ),
            { timeout: 20_000 },
          )
          .toHaveLength(1)
        await tx.run(sql`update activities set state = 'sending', frozen_at = now() where id = ${id}`)
        return { late }
      })
      .then(({ late }) => late)
    expect(await app.db.query(sql`select from audience_looks`)).toEqual([])
  })

  test('asks the frequency of the planned start: what was sent today is no hindrance next week', async () => {
    const sent = await scheduled()
    await start(sent, app.deps.clock.now())
    await app.db.run(
      sql`update messages set status = 'delivered', t0 = ${app.deps.clock.now()} where activity_id = ${sent} and status = 'queued'`,
    )
    const id = await draft({ frequency: { hours: 20 } })
    expect(await queued(id)).toBe(0)
    await call('PATCH', `/activities/${id}`, { revision: 1, sendAt: tomorrow() })
    expect(await queued(id)).toBe(19)
    expect(await changes(id)).toMatchObject({ people: 19 })
  })

  test('of a reminder is not emptied by what it reminds of', async () => {
    const sent = await scheduled()
    await start(sent, app.deps.clock.now())
    await app.db.run(
      sql`update messages set status = 'delivered', t0 = ${app.deps.clock.now()} where activity_id = ${sent} and status = 'queued'`,
    )
    expect(await queued(await draft({ frequency: { hours: 20 } }))).toBe(0)
    expect(await queued(await draft({ frequency: { hours: 20 }, reminds: sent }))).toBe(19)
  })

  test('of another workspace is nobody’s business', async () => {
    const id = await draft({}, other)
    for (const path of ['look', 'changes', 'overlaps'])
      expect(await call('POST', `/activities/${id}/${path}`, {})).toMatchObject({ status: 404 })
  })
})

describe('an activity that cannot be read', () => {
  test('has no figures: it says what cannot be read, whatever is asked', async () => {
    await scheduled({}, shop, tomorrow(), 'Whole')
    const id = await draft()
    await app.db.run(
      sql`update activities set send_to = jsonb_set(send_to, '{duplicates}', '"perhaps"') where id = ${id}`,
    )
    const asked = await call('POST', `/activities/${id}/audience`, {})
    expect(asked.status).toBeGreaterThanOrEqual(400)
    const { code, title } = asked.body as { code: string; title: string }
    for (const path of ['changes', 'look', 'overlaps', 'text-cases'])
      expect(await call('POST', `/activities/${id}/${path}`, {}), path).toMatchObject({
        status: asked.status,
        body: { code, title },
      })
    expect(await app.db.query(sql`select from audience_looks where activity_id = ${id}`)).toEqual([])
  })

  test('is not counted as another one', async () => {
    const broken = await scheduled({}, shop, tomorrow(), 'Broken')
    await app.db.run(
      sql`update activities set send_to = jsonb_set(send_to, '{duplicates}', '"perhaps"') where id = ${broken}`,
    )
    expect(await overlaps(await draft())).toMatchObject({ people: 19, others: [{ id: broken, people: null }] })
  })
})

interface Overlaps {
  people: number
  more: number
  others: {
    id: number
    name: string
    state: string
    sendAt: string | null
    people: number | null
    range: object | null
  }[]
}

async function overlaps(id: number, estimate = false): Promise<Overlaps> {
  const answer = await call('POST', `/activities/${id}/overlaps`, { estimate })
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return answer.body as Overlaps
}

describe('who also gets another SMS', () => {
  test('is counted for each that is scheduled or being sent, and for no other', async () => {
    await draft({}, shop, 'A draft')
    await scheduled({}, other)
    const ended = await scheduled({}, shop, tomorrow(), 'Cancelled')
    await call('POST', `/activities/${ended}/cancel`)
    const sending = await scheduled({}, shop, tomorrow(), 'Being sent')
    await start(sending)
    // Who came later gets only what starts later.
    await consenting(shop, 3)
    const later = await scheduled({ duplicates: 'all' }, shop, tomorrow(), 'Later')
    await consent(shop, people.slice(0, 4), false)
    const id = await draft()
    expect(await overlaps(id)).toMatchObject({
      people: 17,
      more: 0,
      others: [
        { id: sending, name: 'Being sent', state: 'sending', people: 15, range: null },
        { id: later, name: 'Later', state: 'scheduled', people: 17, range: null },
      ],
    })
    const { others } = await overlaps(id, true)
    for (const { people: n, range } of others) expect(range ?? n).not.toBeNull()
  })

  test('with nobody in both is not said, and no more than five are counted', async () => {
    const nobody = await scheduled({
      include: { match: 'any', segments: [] },
      tags: { include: { match: 'any', tags: ['none such'] }, exclude: { match: 'any', tags: [] } },
    })
    const id = await draft()
    expect(await overlaps(id)).toMatchObject({ others: [], more: 0 })
    await call('POST', `/activities/${nobody}/cancel`)
    for (let i = 0; i < 7; i++) await scheduled({}, shop, tomorrow(), `Sale ${i}`)
    expect(await overlaps(id)).toMatchObject({ more: 2, others: Array(5).fill({ people: 19 }) })
  })

  test('leaves out one whose people cannot be read any more, and counts the others', async () => {
    const broken = await scheduled({}, shop, tomorrow(), 'Broken')
    const whole = await scheduled({}, shop, tomorrow(), 'Whole')
    await app.db.run(sql`update activity_versions set settings = settings - 'sendTo' where activity_id = ${broken}`)
    const id = await draft()
    const { others } = await overlaps(id)
    expect(others.find(one => one.id === broken)).toMatchObject({ people: null })
    expect(others.find(one => one.id === whole)).toMatchObject({ people: 19 })
  })

  test('of none says how many get this one', async () => {
    const id = await draft()
    expect(await overlaps(id)).toEqual(expect.objectContaining({ people: 19, others: [], more: 0 }))
  })

  test('of one that is being sent are those of its messages: its own are no recent ones', async () => {
    const id = await scheduled({ frequency: { hours: 24 } }, shop, tomorrow(), 'Being sent')
    const other = await scheduled({}, shop, tomorrow(), 'Other')
    await start(id, app.deps.clock.now())
    await app.db.run(sql`update messages set status = 'delivered', t0 = ${app.deps.clock.now()}
      where activity_id = ${id} and profile_id = any(${people.slice(0, 9)}::bigint[])`)
    expect(await call('POST', `/activities/${id}/audience`, {})).toMatchObject({ body: { queued: 19 } })
    // Its people do not change any more: the two who have opted out since were in it.
    await consent(shop, people.slice(0, 2), false)
    expect(await queued(id)).toBe(17)
    expect(await overlaps(id)).toMatchObject({ people: 19, others: [{ id: other, people: 17 }] })
  })

  test('counts a phone that is reached through two profiles', async () => {
    const [first = 0, second = 0] = people.slice(-2)
    const only = async (id: number) => {
      const name = `P${id}`
      const item = { kind: 'text', field: 'first_name', op: 'is', value: name }
      const definition = { v: 1, root: { kind: 'group', match: 'all', items: [item] } }
      const made = await call('POST', '/segments', { name: `Only ${name}`, definition })
      expect(made.status, JSON.stringify(made.body)).toBe(201)
      return { include: { match: 'any', segments: [(made.body as { id: number }).id] } }
    }
    const theirs = await only(second)
    const waiting = await scheduled(theirs, shop, tomorrow(), 'To the second')
    const sending = await scheduled(theirs, shop, tomorrow(), 'Being sent to the second')
    await start(sending)
    const id = await draft(await only(first))
    expect(await overlaps(id)).toMatchObject({
      people: 1,
      others: [
        { id: waiting, people: 1 },
        { id: sending, people: 1 },
      ],
    })
  })

  test('is not ruled out by an estimate that has found nobody', async () => {
    // Of the profiles that an estimate looks at, none gets the other one.
    const later = people.filter(id => (id & 255) >= 32)
    await consent(
      shop,
      people.filter(id => (id & 255) < 32),
      false,
    )
    const other = await scheduled({}, shop, tomorrow(), 'Other')
    const id = await draft()
    const [estimated] = (await overlaps(id, true)).others
    expect(estimated).toMatchObject({ id: other, people: 0, range: { low: 0, high: expect.any(Number) } })
    expect(later.length).toBeGreaterThan(1)
    expect((await overlaps(id)).others).toMatchObject([{ id: other }])
  })
})
