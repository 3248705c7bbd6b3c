/** What a member does to one profile by hand: edit, add, opt out, write down a consent. */
import { expect, test } from 'vitest'
import { type HttpAnswer, testApp } from '../access/app.fixture.ts'
import { ensureTopic } from '../access/topics.ts'
import { sql } from '../platform/db/sql.ts'

const app = testApp()
const phone = '+46701740605'
type Place = Awaited<ReturnType<typeof app.workspace>>
interface View {
  profile: Record<string, unknown> & { profileId: number; updatedAt: string; attributes: object }
  optOuts: Record<string, unknown>[]
  consents: Record<string, unknown>[]
  blockers: string[]
}
const viewIn = ({ body }: HttpAnswer) => body as View

const post = (place: Place, path: string, body: object) =>
  app.call('POST', `${place.base}/profiles${path}`, { key: place.key, body })
const add = async (place: Place, profile: object) => viewIn(await post(place, '/new', profile)).profile
const view = async (place: Place, id: number) =>
  viewIn(await app.call('GET', `${place.base}/profiles/${id}`, { key: place.key }))
const edit = async (place: Place, id: number, change: object) => {
  const { updatedAt } = (await view(place, id)).profile
  return app.call('PATCH', `${place.base}/profiles/${id}`, { key: place.key, body: { updatedAt, ...change } })
}
const keysOf = async (place: Place) =>
  (
    await app.db.query<{ value: string }>(
      sql`select value from profile_keys where workspace_id = ${place.id} order by value`,
    )
  ).map(({ value }) => value)

test('an edit changes and clears what it names, keeps the rest, and moves the keys', async () => {
  const place = await app.workspace('Edit')
  const { profileId } = await add(place, {
    externalKey: 'A',
    phone: '070-174 06 05',
    email: 'anna@acme.test',
    firstName: 'Anna',
    lastName: 'Berg',
    attributes: { city: 'Umeå', points: 3 },
  })
  const answer = await edit(place, profileId, {
    phone: '070-174 06 06',
    email: null,
    firstName: 'Ann',
    attributes: { city: 'Luleå', points: null, since: '2026-03-02' },
  })
  expect(answer).toMatchObject({
    status: 200,
    body: {
      profile: {
        externalKey: 'A',
        phone: '+46701740606',
        phoneType: 'mobile',
        email: null,
        firstName: 'Ann',
        lastName: 'Berg',
        attributeTypes: { since: 'date', city: 'text' },
      },
    },
  })
  expect(viewIn(answer).profile.attributes).toEqual({ city: 'Luleå', since: '2026-03-02' })
  expect(await keysOf(place)).toEqual(['+46701740606', 'A'])
  const acts = await app.db.query<{ details: object }>(
    sql`select details from audit where workspace_id = ${place.id} and action = 'profile.change'`,
  )
  expect(acts).toEqual([{ details: { fields: ['phone', 'email', 'firstName', 'city', 'points', 'since'] } }])
})

test('who shares a number is kept right by an edit', async () => {
  const place = await app.workspace('Shared')
  const { profileId: a } = await add(place, { externalKey: 'A', phone })
  const { profileId: b } = await add(place, { externalKey: 'B', phone: '+46701740606' })
  const shared = async () => [(await view(place, a)).profile.phoneShared, (await view(place, b)).profile.phoneShared]
  expect((await edit(place, b, { phone })).status).toBe(200)
  expect(await shared()).toEqual([true, true])
  expect((await edit(place, b, { phone: null })).status).toBe(200)
  expect(await shared()).toEqual([false, false])
})

test.each([
  ['a number that is none', { phone: '12' }, 400, /phone/],
  ['an address that is none', { email: 'anna@' }, 400, /email/],
  ['an attribute of another type', { attributes: { points: 'many' } }, 400, /attributes.points.*number/],
  ['a key that another profile has', { externalKey: 'B' }, 409, /already has this key/],
])('an edit with %s changes nothing', async (_, wrong, status, title) => {
  const place = await app.workspace(`Wrong ${title}`)
  const { profileId } = await add(place, { externalKey: 'A', phone, attributes: { points: 3 } })
  await add(place, { externalKey: 'B' })
  const before = await view(place, profileId)
  expect(await edit(place, profileId, { firstName: 'Bea', ...wrong })).toMatchObject({
    status,
    body: { title: expect.stringMatching(title), fix: expect.stringMatching(/\w/) },
  })
  expect(await view(place, profileId)).toEqual(before)
})

test('an edit of a profile that changed, was locked, erased or never was is refused', async () => {
  const place = await app.workspace('Late')
  const { profileId, updatedAt } = await add(place, { externalKey: 'A', firstName: 'Anna' })
  const late = (id = profileId) =>
    app.call('PATCH', `${place.base}/profiles/${id}`, { key: place.key, body: { updatedAt, firstName: 'Mine' } })
  expect((await edit(place, profileId, { firstName: 'Theirs' })).status).toBe(200)
  expect(await late()).toMatchObject({ status: 409, body: { code: 'conflict' } })
  expect((await view(place, profileId)).profile.firstName).toBe('Theirs')
  const { key } = place
  await app.call('PUT', `${place.base}/profiles/${profileId}/lock`, { key, body: { reason: 'Dispute' } })
  expect(await edit(place, profileId, { firstName: 'Mine' })).toMatchObject({ body: { code: 'profile_locked' } })
  await app.call('DELETE', `${place.base}/profiles/${profileId}/lock`, { key })
  await app.call('POST', `${place.base}/profiles/${profileId}/erase`, { key, body: { confirm: 'erase' } })
  expect(await late()).toMatchObject({ status: 409, body: { code: 'profile_erased' } })
  expect(await late(99_999_999)).toMatchObject({ status: 404 })
})

test('a profile that is there is not added again, by key, address or number', async () => {
  const place = await app.workspace('Add')
  const { profileId } = await add(place, { externalKey: 'A', phone, email: 'anna@acme.test' })
  for (const same of [{ externalKey: 'A' }, { email: 'Anna@acme.test', externalKey: 'B' }, { phone: '0701740605' }])
    expect(await post(place, '/new', same)).toMatchObject({
      status: 409,
      body: { code: 'profile_key_taken', title: expect.stringContaining(`Profile ${profileId} `) },
    })
  expect(await post(place, '/new', { phone: '12' })).toMatchObject({ status: 400 })
  expect(await post(place, '/new', { firstName: 'Nobody' })).toMatchObject({ status: 400 })
})

test('an opt-out by hand holds for the number, with its evidence; a corrected number has its own', async () => {
  const place = await app.workspace('Out')
  const topic = await ensureTopic(app.db, place.id, 'Offers', new Date())
  const { profileId } = await add(place, { externalKey: 'A', phone })
  const evidence = { how: 'called customer service', asked: 'her mother', saidAt: '2026-03-01T10:00:00Z' }
  const some = await post(place, `/${profileId}/opt-outs`, { topicId: topic.id, ...evidence })
  expect(some).toMatchObject({ status: 200, body: { blockers: [], optOuts: [{ topic: 'Offers', source: 'person' }] } })
  const all = await post(place, `/${profileId}/opt-outs`, { topicId: null, how: 'wrote a letter' })
  expect(all).toMatchObject({ body: { blockers: ['opted_out'] } })
  const [row] = await app.db.query(
    sql`select evidence from opt_outs where workspace_id = ${place.id} and topic_id = ${topic.id}`,
  )
  expect(row).toMatchObject({
    evidence: { ...evidence, via: 'hand', saidAt: '2026-03-01T10:00:00.000Z', actor: expect.stringMatching(/^key/) },
  })
  await edit(place, profileId, { phone: '+46701740606' })
  expect((await view(place, profileId)).blockers).toEqual([])
  await edit(place, profileId, { phone })
  expect((await view(place, profileId)).blockers).toEqual(['opted_out'])
  await edit(place, profileId, { phone: null })
  const without = await post(place, `/${profileId}/opt-outs`, { topicId: null, how: 'called' })
  expect(without).toMatchObject({ status: 409, body: { code: 'profile_no_address' } })
  expect(await post(place, `/${profileId}/opt-outs`, { topicId: 999, how: 'called' })).toMatchObject({ status: 409 })
})

test('a consent by hand is kept with its evidence, and lifts no opt-out', async () => {
  const place = await app.workspace('In')
  const topic = await ensureTopic(app.db, place.id, 'Offers', new Date())
  const { profileId } = await add(place, { externalKey: 'A', phone })
  await post(place, `/${profileId}/opt-outs`, { topicId: null, how: 'called' })
  const body = { topicId: topic.id, granted: true, how: 'signed form 12' }
  expect(await post(place, `/${profileId}/consents`, body)).toMatchObject({
    status: 200,
    body: {
      blockers: ['opted_out'],
      consents: [
        { topic: 'Offers', granted: true, source: 'by hand', evidence: { via: 'hand', how: 'signed form 12' } },
      ],
    },
  })
  expect(viewIn(await post(place, `/${profileId}/consents`, { ...body, granted: false })).consents).toMatchObject([
    { granted: false },
    { granted: true },
  ])
  const future = { ...body, saidAt: '2036-01-01T00:00:00Z' }
  expect(await post(place, `/${profileId}/consents`, future)).toMatchObject({ status: 400 })
  const theirs = await app.workspace('Theirs')
  expect(await post(theirs, `/${profileId}/consents`, body)).toMatchObject({ status: 404 })
})
