/** No SMS has more parts than its workspace allows: said while it is written, refused when it is scheduled, held at the freeze and when it is sent. */
import { beforeAll, describe, expect, test } from 'vitest'
import { testApp, url } from '../access/app.fixture.ts'
import { makeClock } from '../platform/clock.ts'
import { sql } from '../platform/db/sql.ts'
import { startActivity } from '../sending/start-due.ts'
import { makeShop, type Shop } from './shop.fixture.ts'

const app = testApp()
let shop: Shop['shop']
let topic: number
let gateway: number
const quiet = () => {}
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet }

beforeAll(async () => {
  ;({ shop, topic, gateway } = await makeShop(app))
  await app.db.run(
    sql`insert into attributes (workspace_id, name, type, created_at) values (${shop.id}, 'code', 'text', now()), (${shop.id}, 'n', 'number', now())`,
  )
})

/** With this value in ten tags of the text: of 40 emoji it is an SMS of 12 parts. */
async function person(code: string, n = '1'): Promise<number> {
  const [row] = await app.db.query<{ id: number }>(sql`
    insert into profiles (bucket, profile_id, workspace_id, phone, phone_type, country, attrs, created_at, updated_at)
    select x.i & 255, x.i, ${shop.id}::int, '+4670' || lpad(x.i::text, 7, '0'), 'mobile', 'SE',
      jsonb_build_object('code', ${code}::text, 'n', ${n}::numeric), now(), now()
    from (select nextval('profile_ids') as i) x returning profile_id as id`)
  await app.db.run(sql`insert into current_consents (bucket, profile_id, workspace_id, topic_id, channel, at, granted)
    values (${row!.id & 255}, ${row!.id}, ${shop.id}, ${topic}, 'sms', now(), true)`)
  return row!.id
}
const many = '😀'.repeat(40)

const post = (path: string, body: unknown = {}) => app.call('POST', `${shop.base}${path}`, { key: shop.key, body })
async function draft(body: string): Promise<{ id: number; problems: { code: string; sentence: string }[] }> {
  const sendTo = { topics: [topic], duplicates: 'one_per_address' }
  const made = await post('/activities', {
    name: 'Spring',
    content: { channel: 'sms', sender: 'Shop', body },
    sendTo,
    gatewayId: gateway,
  })
  return made.body as { id: number; problems: { code: string; sentence: string }[] }
}
const ten = `${'##code## '.repeat(10)}##n## ##unsubscribe##`
const setting = (maxParts: unknown, key = shop.key) =>
  app.call('PATCH', `${shop.base}/settings`, { key, body: { maxParts } })

describe('the limit of parts', () => {
  test('is ten, and an admin may set it from 1 to 20', async () => {
    expect((await app.call('GET', `${shop.base}/settings`, { key: shop.key })).body).toMatchObject({ maxParts: 10 })
    for (const wrong of [0, 21, 1.5, '5', null]) expect((await setting(wrong)).status).toBe(400)
    expect((await setting(20)).body).toMatchObject({ maxParts: 20 })
    expect((await setting(10)).body).toMatchObject({ maxParts: 10 })
    const editor = await app.workspace('Editors', 'editor')
    const asked = await app.call('PATCH', `${editor.base}/settings`, { key: editor.key, body: { maxParts: 3 } })
    expect(asked).toMatchObject({ status: 403, body: { code: 'forbidden' } })
  })

  test('is named in a draft whose text alone exceeds it', async () => {
    const { problems } = await draft(`${'x'.repeat(1500)}€${'😀'.repeat(40)} ##unsubscribe##`)
    expect(problems).toMatchObject([
      {
        code: 'text_too_many_parts',
        sentence: expect.stringMatching(/needs \d+ parts; at most 10 are sent\. Shorten it/),
      },
    ])
  })

  test('is reported with the audience, and scheduling is refused while anybody would exceed it', async () => {
    await person('a')
    const long = await person(many)
    const { id, problems } = await draft(ten)
    expect(problems).toEqual([])
    const { body: counted } = await post(`/activities/${id}/audience`)
    expect(counted).toMatchObject({
      queued: 1,
      maxParts: 10,
      tooLong: { people: 1, parts: 13, profileId: long },
      notSentReasons: { too_long: 1 },
      longest: { profileId: long, parts: 13 },
    })
    const refused = await post(`/activities/${id}/schedule`)
    expect(refused).toMatchObject({ status: 409, body: { code: 'audience_too_long' } })
    expect(JSON.stringify(refused.body)).toContain('One person would get more than 10 parts (up to 13).')
    const test = await post(`/activities/${id}/test-sms`, { phone: '+46701740605', profile: long })
    expect(test).toMatchObject({ status: 400, body: { code: 'text_too_many_parts' } })
    await app.db.run(sql`update profiles set attrs = jsonb_set(attrs, '{code}', '"b"') where profile_id = ${long}`)
    expect((await post(`/activities/${id}/schedule`)).status).toBe(200)
  })

  test('holds for profiles that are added after the scheduling: they are not sent, with the reason, and no other is kept back', async () => {
    const { id } = await draft(ten)
    expect((await post(`/activities/${id}/schedule`)).status).toBe(200)
    const late = [await person(many), await person(`${many}!`, '7'), await person(many, '12345678901234567.5')]
    const clock = makeClock(1, Date.now(), Date.now())
    const frozen = await startActivity({ db: app.db, clock, log, linkUrl: url }, id)
    const rows = await app.db.query<{ profileId: number; vars: unknown }>(
      sql`select profile_id as "profileId", vars from messages where activity_id = ${id} and status = 'not_sent' and excluded = 'too_long' order by 1`,
    )
    expect(rows).toEqual(late.map(profileId => ({ profileId, vars: null })))
    expect(frozen).toMatchObject({ notSent: 3, queued: 2 })
    const [tally] = await app.db.query(
      sql`select n from tallies where activity_id = ${id} and figure = 'not_sent:too_long'`,
    )
    expect(tally).toEqual({ n: 3 })
    const [reserved] = await app.db.query(
      sql`select -sum(credits) as credits from ledger where activity_id = ${id} and kind = 'reserve'`,
    )
    expect(reserved).toEqual({ credits: '2.0000' })
  })
})

test('no fault of the server was logged', () => expect(app.faults).toEqual([]))
