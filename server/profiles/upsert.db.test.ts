import { describe, expect, test } from 'vitest'
import { testApp } from '../access/app.fixture.ts'
import { sql } from '../platform/db/sql.ts'
import { upsertProfiles } from './upsert.ts'

const app = testApp()
type Results = { results: { profileId?: number; created?: boolean; problem?: { code: string; title: string } }[] }

async function post(
  place: { base: string; key: string },
  profiles: unknown[],
  more: object = {},
): Promise<Results['results']> {
  const { status, body } = await app.call('POST', `${place.base}/profiles`, {
    key: place.key,
    body: { profiles, ...more },
  })
  expect(status, JSON.stringify(body)).toBe(200)
  return (body as Results).results
}

const view = async (place: { base: string; key: string }, id: number | undefined) =>
  (await app.call('GET', `${place.base}/profiles/${id}`, { key: place.key })).body

describe('profiles by the API', () => {
  test('invisible characters make no second person, and an invalid number says why', async () => {
    const place = await app.workspace('Invisible')
    const [made] = await post(place, [
      {
        externalKey: 'A1\u200b',
        phone: '\u202a0701740605 ext 5\u202c',
        email: '\u200bÅsa@example.com',
        firstName: '\u200bÅsa',
      },
    ])
    expect(await post(place, [{ externalKey: 'A1' }])).toEqual([{ profileId: made?.profileId, created: false }])
    const said = { email: 'åsa@example.com', firstName: 'Åsa', phoneGiven: '0701740605 ext 5', phoneFault: 'extension' }
    expect(await view(place, made?.profileId)).toMatchObject({ profile: said })
    const { body } = await app.call('GET', `${place.base}/profiles`, { key: place.key })
    expect(body).toMatchObject({ items: [said] })
  })

  test('are made, seen, updated; what is not said stays', async () => {
    const place = await app.workspace('Made')
    const anna = {
      externalKey: 'A1',
      phone: '070-174 06 05',
      email: 'Anna@Example.com',
      firstName: 'Anna',
      attributes: { points: 7.5, since: '2024-05-17', note: 'x' },
      consents: [{ topic: 'Offers', channel: 'sms', granted: true, source: 'form' }],
    }
    const [made] = await post(place, [anna])
    expect(made).toEqual({ profileId: made?.profileId, created: true })
    expect(await post(place, [{ externalKey: 'A1', lastName: 'Ek', attributes: { points: 8 } }])).toEqual([
      { profileId: made?.profileId, created: false },
    ])
    expect(await view(place, made?.profileId)).toMatchObject({
      profile: {
        externalKey: 'A1',
        phone: '+46701740605',
        phoneType: 'mobile',
        country: 'SE',
        email: 'anna@example.com',
        emailValid: true,
        firstName: 'Anna',
        lastName: 'Ek',
        attributes: { points: 8, since: '2024-05-17', note: 'x' },
        tags: [],
      },
      consents: [{ topic: 'Offers', channel: 'sms', granted: true, source: 'form' }],
      optOuts: [],
      suppressions: [],
      messages: 0,
    })
    const attributes = await app.call('GET', `${place.base}/attributes`, { key: place.key })
    expect(attributes.body).toMatchObject({
      items: [
        { name: 'note', type: 'text' },
        { name: 'points', type: 'number' },
        { name: 'since', type: 'date' },
      ],
    })
  })

  test('count one after the other, whichever way they say who is meant', async () => {
    const place = await app.workspace('Order')
    const results = await post(place, [
      { externalKey: 'A', email: 'a@x.se', phone: '0701740605', firstName: 'One' },
      { email: 'a@x.se', firstName: 'Two' },
      { phone: '+46 70 174 06 05', lastName: 'Three' },
      { externalKey: 'A', firstName: 'Four' },
      { externalKey: 'B' },
    ])
    const id = results[0]?.profileId
    expect(results.map(({ profileId, created }) => [profileId === id, created])).toEqual([
      [true, true],
      [true, false],
      [true, false],
      [true, false],
      [false, true],
    ])
    expect(await view(place, id)).toMatchObject({ profile: { firstName: 'Four', lastName: 'Three' } })
  })

  test('a wrong one is refused alone, and says what is wrong', async () => {
    const place = await app.workspace('Wrong')
    await post(place, [{ externalKey: 'A', attributes: { points: 1 } }])
    const results = await post(place, [
      { firstName: 'Nobody' },
      { externalKey: 'B', attributes: { points: 'many' } },
      { externalKey: 'C', attributes: { 'a##b': 1 } },
      { externalKey: 'D\u0000' },
      { phone: 'saknas' },
      { externalKey: 'E', phone: 'saknas', email: 'no address' },
    ])
    expect(results.map(({ problem, created }) => problem?.title ?? created)).toEqual([
      'profiles[0]: has no externalKey, no valid e-mail and no valid phone',
      'profiles[1].attributes.points: is of type number',
      expect.stringContaining('profiles[2].attributes.a##b: a name begins with a letter'),
      'profiles[3].externalKey: holds a NUL byte',
      'profiles[4]: has no externalKey, no valid e-mail and no valid phone',
      true,
    ])
    expect(await view(place, results[5]?.profileId)).toMatchObject({
      profile: { phone: null, phoneGiven: 'saknas', phoneType: 'invalid', email: 'no address', emailValid: false },
    })
  })

  test('a body that breaks the schema changes nothing', async () => {
    const place = await app.workspace('Schema')
    for (const body of [
      {},
      { profiles: [] },
      { profiles: [{ externalKey: 1 }] },
      { profiles: [{ externalKey: 'A', phon: 'x' }] },
      { profiles: [{ externalKey: 'A' }], defaultCountry: 'SWE' },
      { profiles: [{ externalKey: 'A', consents: [{ topic: 'T', channel: 'fax', granted: true, source: 's' }] }] },
      { profiles: Array.from({ length: 1001 }, (_, i) => ({ externalKey: `${i}` })) },
    ]) {
      const { status } = await app.call('POST', `${place.base}/profiles`, { key: place.key, body })
      expect(status).toBe(400)
    }
    expect((await app.call('GET', `${place.base}/profiles`, { key: place.key })).body).toEqual({
      items: [],
      next: null,
      previous: null,
      total: { n: 0, exact: true },
    })
    expect(
      await app.call('POST', `${place.base}/profiles`, {
        key: place.key,
        body: { profiles: [{ externalKey: 'A' }], defaultCountry: 'XX' },
      }),
    ).toMatchObject({
      status: 400,
      body: { code: 'country_unknown' },
    })
  })

  test('many at once from several callers: each person once, ids without a gap', async () => {
    const place = await app.workspace('Many')
    const callers = Array.from({ length: 6 }, (_, caller) =>
      upsertProfiles(
        app.db,
        place.id,
        Array.from({ length: 50 }, (_, i) => ({
          externalKey: `K${i}`,
          phone: `07017406${10 + (i % 25)}`,
          firstName: `${caller}`,
        })),
        { country: 'SE', actor: 'test', now: new Date('2024-01-01') },
      ),
    )
    const created = (await Promise.all(callers)).flat().filter(result => 'created' in result && result.created)
    expect(created).toHaveLength(50)
    const [row] = await app.db.query<{ n: number; top: number; shared: number }>(sql`
      select count(*) as n, max(profile_id) as top, count(*) filter (where phone_shared and workspace_id = ${place.id}) as shared from profiles`)
    expect(row).toEqual({ n: row?.top, top: row?.top, shared: 50 })
  })

  test('an opt-out of the number shows, and no upsert lifts it', async () => {
    const place = await app.workspace('Opted out')
    await app.db.run(sql`insert into opt_outs (id, workspace_id, channel, address, at, source)
      values (nextval('opt_out_ids'), ${place.id}, 'sms', '+46701740605', now(), 'link')`)
    const consents = [{ topic: 'Offers', channel: 'sms', granted: true, source: 'api' }]
    const [made] = await post(place, [{ phone: '0701740605', consents }])
    expect(await view(place, made?.profileId)).toMatchObject({
      optOuts: [{ topic: null, source: 'link', releasedAt: null }],
      consents: [{ granted: true }],
    })
  })
})

interface Cursors {
  next: string | null
  previous: string | null
}

describe('the list of profiles', () => {
  const ids = (body: unknown) => (body as { items: { profileId: number }[] }).items.map(({ profileId }) => profileId)

  test('comes page by page, the newest first, and is searched by beginnings', async () => {
    const place = await app.workspace('List')
    const results = await post(place, [
      { externalKey: 'Kund1', firstName: 'Anna', lastName: 'Åberg', phone: '0701740605' },
      { externalKey: 'Kund2', firstName: 'Bo', lastName: 'Anka', email: 'bo@x.se' },
      { externalKey: '100%', firstName: 'Cia', phone: '+4520126878' },
    ])
    const [anna, bo, cia] = results.map(({ profileId }) => profileId)
    const get = async (query: string) =>
      (await app.call('GET', `${place.base}/profiles?${query}`, { key: place.key })).body
    expect(ids(await get(''))).toEqual([cia, bo, anna])
    const first = await get('limit=2')
    expect(first).toMatchObject({ previous: null, total: { n: 3, exact: true } })
    const second = await get(`limit=2&after=${(first as Cursors).next}`)
    expect(ids(second)).toEqual([anna])
    expect(await get(`limit=2&before=${(second as Cursors).previous}`)).toEqual(first)
    const found = async (text: string) => ids(await get(`search=${encodeURIComponent(text)}`))
    expect(await found('an')).toEqual([bo, anna])
    expect(await found('ÅBERG')).toEqual([anna])
    expect(await found('anna åb')).toEqual([anna])
    expect(await found('070-174')).toEqual([anna])
    expect(await found('+46 70')).toEqual([anna])
    expect(await found('0045')).toEqual([cia])
    expect(await found('kund')).toEqual([bo, anna])
    expect(await found('BO@')).toEqual([bo])
    expect(await found('%')).toEqual([])
    expect(await found('100%')).toEqual([cia])
    expect(await found("'; drop")).toEqual([])
    expect(await get('after=x')).toMatchObject({ code: 'cursor_invalid' })
  })

  test("another workspace's profile is not there", async () => {
    const [mine, other] = [await app.workspace('Mine'), await app.workspace('Other')]
    const [made] = await post(other, [{ externalKey: 'A' }])
    expect(await app.call('GET', `${mine.base}/profiles/${made?.profileId}`, { key: mine.key })).toMatchObject({
      status: 404,
    })
    expect(ids((await app.call('GET', `${mine.base}/profiles?search=A`, { key: mine.key })).body)).toEqual([])
  })
})

describe('the attributes that calls may make', () => {
  const many = (prefix: string, n: number) =>
    Object.fromEntries(Array.from({ length: n }, (_, i) => [`${prefix}${i}`, 1]))
  const codes = (results: Results['results']) => results.map(({ problem, created }) => problem?.code ?? created)

  test('are 100 of a profile, in one call and in several; who goes beyond it is refused alone', async () => {
    const place = await app.workspace('Attributes of one')
    const whole = await post(place, [
      { externalKey: 'A', attributes: many('a', 100) },
      { externalKey: 'B', attributes: many('b', 101) },
    ])
    expect(codes(whole)).toEqual([true, 'attribute_limit'])
    expect(codes(await post(place, [{ externalKey: 'C' }, { externalKey: 'A', attributes: { more: 1 } }]))).toEqual([
      true,
      'attribute_limit',
    ])
    expect(codes(await post(place, [{ externalKey: 'A', attributes: { a0: 2 } }]))).toEqual([false])
    const { body } = await app.call('GET', `${place.base}/attributes`, { key: place.key })
    expect(body).toMatchObject({ items: { length: 100 } })
  })

  test('are 1,000 of a workspace; one that few profiles have can be removed', async () => {
    const place = await app.workspace('Attributes of all')
    const hundreds = Array.from({ length: 11 }, (_, i) => ({ externalKey: `P${i}`, attributes: many(`p${i}_`, 100) }))
    expect(codes(await post(place, hundreds))).toEqual([...Array.from({ length: 10 }, () => true), 'attribute_limit'])
    const remove = (name: string) => app.call('DELETE', `${place.base}/attributes/${name}`, { key: place.key })
    expect(await remove('p3_7')).toMatchObject({ status: 200, body: { profiles: 1 } })
    expect(await remove('p3_7')).toMatchObject({ status: 404 })
    expect(codes(await post(place, [{ externalKey: 'P3', attributes: { fresh: 1 } }]))).toEqual([false])
    const { body } = await app.call('GET', `${place.base}/attributes`, { key: place.key })
    expect(body).toMatchObject({ items: { length: 1000 } })
  })

  test('may be called as anything is in JavaScript', async () => {
    const place = await app.workspace('Attributes of JavaScript')
    const body = JSON.parse('{"profiles":[{"externalKey":"A","attributes":{"__proto__":"x","constructor":"y"}}]}')
    const { results } = (await app.call('POST', `${place.base}/profiles`, { key: place.key, body })).body as Results
    const attributes = JSON.stringify((await view(place, results[0]?.profileId)) ?? null)
    expect(attributes).toContain('"attributes":{"__proto__":"x","constructor":"y"}')
  })
})
