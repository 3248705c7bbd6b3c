/** Frequency, at its edges: the hour itself, freezes at once, what happens between the freeze and the claim, shared numbers, other workspaces. */
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { testApp } from '../access/app.fixture.ts'
import { makeShop, type Shop } from '../activities/shop.fixture.ts'
import { sql } from '../platform/db/sql.ts'
import { checkFrequency } from './check-frequency.ts'
import { checkClaimed } from './claim.ts'
import { readPlan } from './plan.ts'
import { startActivity } from './start-due.ts'

const app = testApp()
const log = { debug() {}, info() {}, warn() {}, error() {} }
const linkUrl = 'https://l.example'
const hourMs = 3_600_000
let shop: Shop
/** the business time of the freezes and claims */
let now: Date
const clock = { rate: 1, now: () => now, realMsUntil: () => 0 }
const later = (ms: number) => new Date(now.getTime() + ms)

beforeAll(async () => {
  shop = await makeShop(app)
})

/** A fresh audience for each test: three people, the last two of whom share a number. */
let people: number[]
beforeEach(async () => {
  now = app.deps.clock.now()
  await app.db.run(sql`update activities set state = 'cancelled', swept_at = frozen_at, finished_at = frozen_at`)
  await app.db.run(sql`delete from profiles`)
  await app.db.run(sql`delete from profile_keys`)
  await app.db.run(sql`delete from current_consents`)
  people = await consenting(shop, ['+46701740601', '+46701740602', '+46701740602'])
})

async function consenting({ shop: { id }, topic }: Shop, phones: readonly string[]): Promise<number[]> {
  const made: number[] = []
  for (const phone of phones) {
    const isShared = phones.filter(other => other === phone).length > 1
    const [row] = await app.db.query<{ id: number }>(sql`
      insert into profiles (bucket, profile_id, workspace_id, phone, phone_type, phone_shared, country, created_at, updated_at)
      select x.i & 255, x.i, ${id}::int, ${phone}::text, 'mobile', ${isShared}::bool, 'SE', ${now}::timestamptz, ${now}::timestamptz
      from (select nextval('profile_ids') as i) x returning profile_id as id`)
    const profile = row!.id
    made.push(profile)
    await app.db.run(
      sql`insert into profile_keys (value, workspace_id, kind, profile_id) values (${phone}, ${id}, 'phone', ${profile})`,
    )
    await app.db.run(sql`insert into current_consents (bucket, profile_id, workspace_id, topic_id, channel, at, granted)
      values (${profile & 255}, ${profile}, ${id}, ${topic}, 'sms', ${now}, true)`)
  }
  return made
}

interface Choice {
  of?: Shop
  hours?: number
  duplicates?: 'one_per_address' | 'all'
}

/** Scheduled for now; `freeze` starts it. */
async function scheduled({ of = shop, hours, duplicates = 'all' }: Choice = {}): Promise<number> {
  const call = (path: string, body: object) => app.call('POST', `${of.shop.base}${path}`, { key: of.shop.key, body })
  const made = await call('/activities', {
    name: 'Spring',
    content: { channel: 'sms', sender: 'Shop', body: 'Hi ##unsubscribe##' },
    sendTo: { topics: [of.topic], duplicates, frequency: hours === undefined ? null : { hours } },
    gatewayId: of.gateway,
  })
  const { id } = made.body as { id: number }
  expect(await call(`/activities/${id}/schedule`, { sendAt: null })).toMatchObject({ status: 200 })
  return id
}

const start = (id: number) => startActivity({ db: app.db, clock, log, linkUrl }, id)

async function frozen(choice: Choice = {}): Promise<number> {
  const id = await scheduled(choice)
  await start(id)
  return id
}

/** The reason of each of the people; null: queued. */
async function reasons(id: number, of = people): Promise<(string | null)[]> {
  const rows = await app.db.query<{ profile: number; reason: string | null }>(
    sql`select profile_id as profile, excluded as reason from messages where activity_id = ${id}`,
  )
  return of.map(profile => {
    const row = rows.find(one => one.profile === profile)
    return row === undefined ? 'not targeted' : row.reason
  })
}

/** Submitted at that time, to all or to some, the others being left out; the activity is over. */
async function sent(id: number, at: Date, to = people): Promise<void> {
  await app.db.run(
    sql`update messages set status = 'not_sent', excluded = 'no_price', t0 = null where activity_id = ${id}`,
  )
  await app.db.run(
    sql`update messages set status = 'pending', excluded = null, t0 = ${at} where activity_id = ${id} and profile_id = any(${to}::bigint[])`,
  )
  await app.db.run(sql`update activities set state = 'sent', swept_at = ${at}, finished_at = ${at} where id = ${id}`)
}

async function attempted(id: number, to: readonly number[]): Promise<void> {
  await app.db.run(sql`insert into gateway_sessions (id, gateway_id, bind_no, process, machine, started_at, lease_until, answered_until)
    overriding system value values (1, ${shop.gateway}, 1, 'p', 'm', now(), now(), now()) on conflict do nothing`)
  await app.db.run(sql`insert into attempts (bucket, activity_id, profile_id, n, try, gateway_id, session_id, at)
    select i & 255, ${id}, i, 1, 1, ${shop.gateway}, 1, ${now} from unnest(${[...to]}::bigint[]) i`)
}

/** What the check of a claim says of each of the people. */
async function checked(id: number, of = people): Promise<(string | null)[]> {
  const plan = (await readPlan(app.db, id, linkUrl, now))!
  const claimed = of.map(profileId => ({ bucket: profileId & 255, profileId }))
  const found = await checkFrequency(app.db, plan, await checkClaimed(app.db, plan, claimed), now)
  return of.map(profileId => found.find(one => one.profileId === profileId)!.barred)
}

const everybody = [null, null, null]
const nobody = ['frequency', 'frequency', 'frequency']

test('what was sent exactly 24 hours ago is not within 24 hours', async () => {
  await sent(await frozen(), now)
  now = later(24 * hourMs - 1)
  expect(await reasons(await frozen({ hours: 24 }))).toEqual(nobody)
  await app.db.run(sql`update activities set state = 'cancelled' where state = 'sending'`)
  now = later(1)
  expect(await reasons(await frozen({ hours: 24 }))).toEqual(everybody)
})

test('without it, nobody is left out', async () => {
  await sent(await frozen(), now)
  expect(await reasons(await frozen())).toEqual(everybody)
})

test('what is queued in another activity counts, as long as that will send it', async () => {
  const other = await frozen()
  const set = (change: ReturnType<typeof sql>) => app.db.run(sql`update activities set ${change} where id = ${other}`)
  now = later(1000 * hourMs)
  const left = async () => {
    const id = await frozen({ hours: 1 })
    await app.db.run(sql`update activities set state = 'cancelled' where id = ${id}`)
    return reasons(id)
  }
  expect(await left()).toEqual(nobody)
  await set(sql`state = 'paused'`)
  expect(await left()).toEqual(nobody)
  await set(sql`latest_at = ${later(-1)}`)
  expect(await left()).toEqual(everybody)
  await set(sql`latest_at = null, state = 'cancelled'`)
  expect(await left()).toEqual(everybody)
})

test('one who was left out of another activity was not sent it', async () => {
  const other = await frozen()
  await app.db.run(sql`update messages set status = 'not_sent', excluded = 'opted_out' where activity_id = ${other}`)
  expect(await reasons(await frozen({ hours: 24 }))).toEqual(everybody)
})

test('tests do not count', async () => {
  const other = await frozen()
  await app.db.run(sql`update activities set kind = 'test' where id = ${other}`)
  expect(await reasons(await frozen({ hours: 24 }))).toEqual(everybody)
})

test('of two that start at once, everybody gets one, and nobody gets both or neither', async () => {
  for (let round = 0; round < 8; round++) {
    const pair = [await scheduled({ hours: 24 }), await scheduled({ hours: 24 })]
    await Promise.all(pair.map(start))
    const found = await Promise.all(pair.map(id => reasons(id)))
    expect(found.toSorted()).toEqual([everybody, nobody].toSorted())
    const [first] = pair.filter((_, i) => found[i]?.[0] === null)
    expect(await checked(first!)).toEqual(everybody)
    await app.db.run(sql`update activities set state = 'cancelled' where id = any(${pair}::bigint[])`)
  }
})

test.each(['all', 'one_per_address'] as const)(
  'a number that several share is sent once, with duplicates %s',
  async duplicates => {
    const [, second] = people
    await sent(await frozen(), now, [second!])
    expect(await reasons(await frozen({ hours: 24, duplicates }))).toEqual([null, 'frequency', 'frequency'])
  },
)

test('also where the one who was sent to is not selected any more', async () => {
  const [, second] = people
  await sent(await frozen(), now, [second!])
  await app.db.run(sql`delete from current_consents where profile_id = ${second!}`)
  expect(await reasons(await frozen({ hours: 24 }))).toEqual([null, 'not targeted', 'frequency'])
})

test('what another workspace sent to the same numbers does not count', async () => {
  const other = await makeShop(app, 'Elsewhere')
  const theirs = await consenting(other, ['+46701740601', '+46701740602'])
  const id = await frozen({ of: other })
  await sent(id, now, theirs)
  expect(await reasons(await frozen({ hours: 24 }))).toEqual(everybody)
})

describe('between the freeze and the claim', () => {
  test('what was sent from elsewhere holds it back, also over a shared number', async () => {
    const id = await frozen({ hours: 24 })
    expect(await checked(id)).toEqual(everybody)
    const other = await frozen()
    // A later one without a frequency sends too; until then nothing was sent.
    expect(await checked(id)).toEqual(everybody)
    const [first, second] = people
    await sent(other, later(-hourMs), [first!])
    expect(await checked(id)).toEqual(['frequency', null, null])
    await sent(other, later(-hourMs), [first!, second!])
    expect(await checked(id)).toEqual(nobody)
    now = later(23 * hourMs)
    expect(await checked(id)).toEqual(everybody)
  })

  test('what is on its way from elsewhere holds it back, before its answer', async () => {
    const id = await frozen({ hours: 24 })
    const [first, second] = people
    await attempted(await frozen(), [first!, second!])
    expect(await checked(id)).toEqual(nobody)
  })

  test('what was frozen earlier and is queued holds it back, and is not held back by it', async () => {
    const id = await frozen({ hours: 24 })
    now = later(1)
    const other = await frozen({ hours: 24 })
    // As if the two had not seen each other, because the number became shared afterwards.
    await app.db.run(sql`update messages set status = 'queued', excluded = null where activity_id = ${other}`)
    await attempted(other, people)
    expect(await checked(id)).toEqual(everybody)
    expect(await checked(other)).toEqual(nobody)
  })

  test('a retry of its own is sent', async () => {
    const id = await frozen({ hours: 24 })
    await app.db.run(
      sql`update messages set status = 'bounced_soft_retrying', t0 = ${now}, attempts = 1 where activity_id = ${id}`,
    )
    await sent(await frozen(), now)
    expect(await checked(id)).toEqual(everybody)
  })
})

test('the checks of an earlier and of a later activity follow each other on one connection', async () => {
  const earlier = await frozen({ hours: 24 })
  now = later(1)
  const others = await consenting(shop, ['+46701740611'])
  const after = await frozen({ hours: 24 })
  await app.db.tx(async tx => {
    const asked = [
      [earlier, people],
      [after, others],
      [earlier, people],
    ] as const
    for (const [id, of] of asked) {
      const plan = (await readPlan(tx, id, linkUrl, now))!
      const claimed = of.map(profileId => ({ bucket: profileId & 255, profileId }))
      const found = await checkFrequency(tx, plan, await checkClaimed(tx, plan, claimed), now)
      expect(found.map(({ barred }) => barred)).toEqual(of.map(() => null))
    }
  })
})
