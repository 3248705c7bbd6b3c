/** What is done with one profile by hand: lock, release, hand over; and its messages, page by page. */
import { expect, test } from 'vitest'
import { testApp } from '../access/app.fixture.ts'
import { createApiKey } from '../access/keys.ts'
import { sql } from '../platform/db/sql.ts'
import { later, makeSent } from '../report/sent.fixture.ts'

const app = testApp()

interface Place {
  id: number
  base: string
  key: string
}

async function upsert(place: Place, profile: object) {
  const { body } = await app.call('POST', `${place.base}/profiles`, { key: place.key, body: { profiles: [profile] } })
  const [result] = (body as { results: { profileId: number; problem?: { code: string } }[] }).results
  return result ?? { profileId: 0 }
}
const view = async (place: Place, id: number) =>
  (await app.call('GET', `${place.base}/profiles/${id}`, { key: place.key })).body
const phone = '+46701740605'

test('a locked profile is left as it is by the API, until it is unlocked', async () => {
  const place = await app.workspace('Lock')
  const { profileId } = await upsert(place, { externalKey: 'A', firstName: 'Anna', phone })
  const lock = `${place.base}/profiles/${profileId}/lock`
  const { key } = place
  expect((await app.call('PUT', lock, { key, body: { reason: ' ' } })).status).toBe(400)
  expect((await app.call('PUT', lock, { key, body: { reason: 'Dispute 7' } })).status).toBe(204)
  expect(await view(place, profileId)).toMatchObject({ profile: { lockedReason: 'Dispute 7' }, blockers: [] })
  const refused = await upsert(place, {
    externalKey: 'A',
    firstName: 'Bea',
    consents: [{ topic: 'Offers', channel: 'sms', granted: true, source: 'x' }],
  })
  expect(refused).toMatchObject({ problem: { code: 'profile_locked' } })
  expect(await view(place, profileId)).toMatchObject({ profile: { firstName: 'Anna' }, consents: [] })
  expect((await app.call('DELETE', lock, { key })).status).toBe(204)
  expect(await upsert(place, { externalKey: 'A', firstName: 'Bea' })).toEqual({ profileId, created: false })
  const acts = await app.db.query<{ action: string; details: object }>(
    sql`select action, details from audit where workspace_id = ${place.id} and subject = ${`profile ${profileId}`} order by id`,
  )
  expect(acts).toEqual([
    { action: 'profile.lock', details: {} },
    { action: 'profile.unlock', details: {} },
  ])
})

test('an opt-out is lifted by an admin with a reason, once, and only through a profile that has the number', async () => {
  const place = await app.workspace('Opted out')
  const { key } = place
  const { profileId } = await upsert(place, { externalKey: 'A', phone })
  const other = await upsert(place, { externalKey: 'B', phone: '+46701740606' })
  const [{ id } = { id: 0 }] = await app.db.query<{ id: number }>(sql`
    insert into opt_outs (id, workspace_id, channel, address, at, source, evidence)
    values (nextval('opt_out_ids'), ${place.id}, 'sms', ${phone}, ${later(0)}, 'keyword', '{"text": "STOP"}') returning id`)
  expect(await view(place, profileId)).toMatchObject({
    blockers: ['opted_out'],
    optOuts: [{ id, topic: null, text: 'STOP' }],
  })
  const release = (of: number, by = key, body: object = { reason: 'Signed up again in the shop' }) =>
    app.call('POST', `${place.base}/profiles/${of}/opt-outs/${id}/release`, { key: by, body })
  const editor = await createApiKey(
    app.db,
    { workspaceId: place.id, name: 'e', role: 'editor', actor: 'test' },
    later(0),
  )
  expect((await release(profileId, editor.key)).status).toBe(403)
  expect((await release(profileId, key, {})).status).toBe(400)
  expect((await release(other.profileId)).status).toBe(404)
  expect((await release(profileId)).status).toBe(204)
  expect(await release(profileId)).toMatchObject({ status: 409, body: { code: 'already_released' } })
  expect(await view(place, profileId)).toMatchObject({
    blockers: [],
    optOuts: [{ releasedBy: expect.stringMatching(/^key \d+$/), releaseReason: 'Signed up again in the shop' }],
  })
  const [act] = await app.db.query<{ actor: string; subject: string }>(
    sql`select actor, subject from audit where workspace_id = ${place.id} and action = 'opt_out.release'`,
  )
  expect(act).toMatchObject({ subject: `opt-out ${id}` })
})

test('a closed number shows the bounces that closed it, and is opened by hand', async () => {
  const place = await app.workspace('Closed')
  const { key } = place
  const { profileId } = await upsert(place, { externalKey: 'A', phone })
  const sent = await makeSent(app.db, [{}], { workspaceId: place.id })
  const messages = [{ activityId: sent.activityId, profileId, at: later(0) }]
  const [{ id } = { id: 0 }] = await app.db.query<{ id: number }>(sql`
    insert into suppressions (id, workspace_id, channel, address, reason, at, evidence)
    values (nextval('suppression_ids'), ${place.id}, 'sms', ${phone}, 'hard_bounces', ${later(5)}, ${JSON.stringify({ messages })}::jsonb) returning id`)
  expect(await view(place, profileId)).toMatchObject({
    blockers: ['hard_bounces'],
    suppressions: [
      { id, reason: 'hard_bounces', bounces: [{ activityId: sent.activityId, at: later(0).toISOString() }] },
    ],
  })
  const { status } = await app.call('POST', `${place.base}/profiles/${profileId}/suppressions/${id}/release`, {
    key,
    body: { reason: 'New phone' },
  })
  expect(status).toBe(204)
  expect(await view(place, profileId)).toMatchObject({ blockers: [], suppressions: [{ releaseReason: 'New phone' }] })
})

test('an opt-out and a closing of the e-mail address are listed with it, keep no SMS back, and are released in the same way', async () => {
  const place = await app.workspace('By e-mail')
  const { key } = place
  const email = 'anna@example.com'
  const { profileId } = await upsert(place, { externalKey: 'A', phone, email })
  const other = await upsert(place, { externalKey: 'B', phone })
  const [{ id } = { id: 0 }] = await app.db.query<{ id: number }>(sql`
    insert into opt_outs (id, workspace_id, channel, address, at, source)
    values (nextval('opt_out_ids'), ${place.id}, 'email', ${email}, ${later(0)}, 'person') returning id`)
  const [{ id: closing } = { id: 0 }] = await app.db.query<{ id: number }>(sql`
    insert into suppressions (id, workspace_id, channel, address, reason, at)
    values (nextval('suppression_ids'), ${place.id}, 'email', ${email}, 'by_hand', ${later(0)}) returning id`)
  expect(await view(place, profileId)).toMatchObject({
    blockers: [],
    optOuts: [{ id, channel: 'email', address: email }],
    suppressions: [{ id: closing, channel: 'email', address: email }],
  })
  expect(await view(place, other.profileId)).toMatchObject({ optOuts: [], suppressions: [] })
  const { body: list } = await app.call('GET', `${place.base}/profiles`, { key })
  expect(list).toMatchObject({
    items: [
      { optedOut: false, closed: false },
      { optedOut: false, closed: false },
    ],
  })
  const release = (of: number, what: string) =>
    app.call('POST', `${place.base}/profiles/${of}/${what}/release`, { key, body: { reason: 'Wrote again' } })
  for (const what of [`opt-outs/${id}`, `suppressions/${closing}`]) {
    expect((await release(other.profileId, what)).status).toBe(404)
    expect((await release(profileId, what)).status).toBe(204)
  }
  const acts = await app.db.query<{ details: object }>(
    sql`select details from audit where workspace_id = ${place.id} and action like '%.release'`,
  )
  expect(acts).toEqual([{ details: { channel: 'email' } }, { details: { channel: 'email' } }])
})

test('each kind of number has its reason for getting no SMS', async () => {
  const place = await app.workspace('Kinds')
  const kinds: [string | undefined, string[]][] = [
    [phone, []],
    [undefined, ['no_address']],
    ['12', ['invalid_address']],
    ['+4686842000', ['landline']],
    ['+46771793336', ['number_type']],
  ]
  for (const [i, [number, blockers]] of kinds.entries()) {
    const { profileId } = await upsert(place, { externalKey: `K${i}`, ...(number && { phone: number }) })
    expect(await view(place, profileId), number).toMatchObject({ blockers })
  }
})

test('messages come newest first, page by page, with attempts, receipts and clicks', async () => {
  const place = await app.workspace('Messages')
  const { key } = place
  const sent = await makeSent(
    app.db,
    [
      {
        facts: {
          attempts: [{ n: 1, try: 1, parts: null, at: later(1000) }],
          answers: [{ n: 1, part: 1, outcome: 'accepted', counts: false, at: later(1100), code: null }],
          receipts: [{ n: 1, part: 1, outcome: 'delivered', counts: false, at: later(3000), code: 'dlr:delivrd' }],
        },
        clicks: [{ link: 0, at: later(9000), verdict: 'human' }],
        unsubscribedAt: later(20_000),
      },
    ],
    { workspaceId: place.id },
  )
  const id = sent.profileIds[0] ?? 0
  // Thirty more that left it out.
  await app.db.run(sql`
    with made as (insert into activities (workspace_id, name, state, created_at, updated_at, frozen_at)
      select ${place.id}, 'A ' || n, 'sent', ${later(0)}, ${later(0)}, ${later(0)} from generate_series(1, 30) n returning id)
    insert into messages (bucket, workspace_id, activity_id, profile_id, status, excluded)
    select ${id & 255}, ${place.id}, made.id, ${id}, 'not_sent', 'no_consent' from made`)
  const page = async (after = '') =>
    (await app.call('GET', `${place.base}/profiles/${id}/messages?after=${after}`, { key })).body as {
      items: { activityId: number; reason: string | null }[]
      next: string | null
      previous: string | null
    }
  const first = await page()
  expect(first.items).toHaveLength(25)
  expect(first.items[0]).toMatchObject({ status: 'not_sent', reason: 'no_consent', at: later(0).toISOString() })
  const second = await page(first.next ?? '')
  expect(second.next).toBeNull()
  const back = await app.call('GET', `${place.base}/profiles/${id}/messages?before=${second.previous}`, { key })
  expect(back.body).toEqual(first)
  expect(second.items).toHaveLength(6)
  expect(second.items.at(-1)).toMatchObject({
    activityId: sent.activityId,
    status: 'delivered',
    sentAt: later(1000).toISOString(),
    unsubscribedAt: later(20_000).toISOString(),
    attempts: [{ n: 1, outcome: 'accepted', gateway: expect.stringMatching(/^G /) }],
    receipts: [{ outcome: 'delivered', code: 'dlr:delivrd', n: 1, part: 1 }],
    clicks: [{ url: 'https://shop.test/offer', verdict: 'human' }],
  })
  const other = await app.workspace('No hint')
  expect((await app.call('GET', `${other.base}/profiles/${id}/messages`, { key: other.key })).status).toBe(404)
  expect((await app.call('GET', `${place.base}/profiles/${id}/messages?after=x`, { key })).status).toBe(400)

  const known = await app.call('GET', `${place.base}/profiles/${id}/known`, { key })
  expect(known.headers['content-disposition']).toBe(`attachment; filename="profile-${id}.json"`)
  expect(known.body).toMatchObject({
    profileId: id,
    profile: [{ profile_id: id, external_key: `K${id}` }],
    messages: { length: 31 },
    attempts: { length: 1 },
    answers: { length: 1 },
    receipts: { length: 1 },
    clicks: [{ url: 'https://shop.test/offer' }],
    optOuts: [{ source: 'link' }],
    replies: [],
  })
  expect((await app.call('GET', `${other.base}/profiles/${id}/known`, { key: other.key })).status).toBe(404)
})

test('the list of all profiles says what each has said and that its number is shut', async () => {
  const place = await app.workspace('List')
  const yes = { topic: 'Offers', channel: 'sms', granted: true, source: 'form' }
  await upsert(place, { externalKey: 'A', phone, consents: [yes, { ...yes, topic: 'Alerts', granted: false }] })
  await app.db.run(sql`insert into opt_outs (id, workspace_id, channel, address, at, source)
    values (nextval('opt_out_ids'), ${place.id}, 'sms', ${phone}, ${later(0)}, 'keyword')`)
  const { body } = await app.call('GET', `${place.base}/profiles`, { key: place.key })
  expect(body).toMatchObject({
    items: [
      {
        phone,
        country: 'SE',
        consents: [
          { topic: 'Alerts', granted: false },
          { topic: 'Offers', granted: true },
        ],
        optedOut: true,
        closed: false,
      },
    ],
    total: { n: 1, exact: true },
  })
})
