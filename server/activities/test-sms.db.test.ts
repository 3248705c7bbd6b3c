/** Asking for a test SMS: what is refused, what is kept, and where its links lead. What the worker does: test/test-sms.db.test.ts. */
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Vars } from '../../core/sms/tag-values.ts'
import { renderTarget } from '../../core/sms/urls.ts'
import { testKeys } from '../../test/keys.ts'
import { testApp } from '../access/app.fixture.ts'
import { ensureTopic } from '../access/topics.ts'
import { findRefused } from '../alarms/refused.ts'
import { addGateway } from '../gateways/gateways.ts'
import { locationOf, makeLinkRanges } from '../links/range.ts'
import { makeSealer } from '../links/seal.ts'
import { readGrouping } from '../messages/group.ts'
import { record } from '../messages/record.ts'
import { Tallies } from '../messages/tallies.ts'
import { testKey } from '../messages/test-sms.ts'
import { raw, sql } from '../platform/db/sql.ts'
import { readInstallation } from '../platform/installation/installation.ts'
import { checkClaimed } from '../sending/claim.ts'
import { readPlan } from '../sending/plan.ts'
import { renderWindow } from '../sending/render.ts'
import { Sweeper } from '../sending/sweep.ts'
import { sweepDeleted } from './draft.ts'
import { forgetOldTests } from './test-sms.ts'

const app = testApp()
const ran = new Date('2026-03-02T09:00:00Z')
let shop: { id: number; key: string; base: string }
let topic: number
let gateway: number
let draft: number

beforeAll(async () => {
  shop = await app.workspace('Shop')
  topic = (await ensureTopic(app.db, shop.id, 'Offers', ran)).id
  gateway = await makeGateway('127.0.0.1', 'Simulator')
})
beforeEach(async () => {
  draft = await makeDraft({})
  // Only the limit is tested here.
  await app.db.run(sql`update activities set created_at = created_at - interval '1 hour' where kind = 'test'`)
})

async function makeGateway(host: string, name: string): Promise<number> {
  const address = { kind: 'smpp', settings: { host, port: 2775, systemId: 'homing', password: 'secret12' } }
  return (await addGateway(app.db, testKeys, { ...address, workspaceId: shop.id, name, actor: 'test' }, ran)).id
}

const welcome = 'Hi ##first_name|there##: https://shop.example/a?who=##first_name|you## ##unsubscribe##'

async function makeDraft({
  sender = 'Shop',
  body: text = welcome,
  ...fields
}: Record<string, unknown>): Promise<number> {
  const body = {
    name: 'Spring',
    content: { channel: 'sms', sender, body: text },
    sendTo: { topics: [topic], duplicates: 'one_per_address' },
    gatewayId: gateway,
    ...fields,
  }
  const answer = await app.call('POST', `${shop.base}/activities`, { key: shop.key, body })
  return (answer.body as { id: number }).id
}

interface Test {
  id: number
  phone: string
  state: string
  parts: number
  credits: string
  detail: string | null
}
async function ask(body: unknown, { key = shop.key, id = draft } = {}) {
  const answer = await app.call('POST', `${shop.base}/activities/${id}/test-sms`, { key, body })
  return { ...answer, body: answer.body as Test & { code: string; title: string; fix: string } }
}
const kept = async () =>
  (await app.db.query<{ n: number }>(sql`select count(*) as n from activities where kind = 'test'`))[0]!.n

/** As the worker will write it. */
async function textOf(id: number): Promise<string> {
  const plan = await readPlan(app.db, id, app.deps.config.linkUrl, ran)
  const [checked] = await checkClaimed(app.db, { activityId: id, channel: 'sms', topics: plan!.topics }, [
    { bucket: 0, profileId: 0 },
  ])
  expect(checked).toMatchObject({ barred: null, settled: false })
  return renderWindow(plan!, [{ profileId: 0, address: checked!.address!, vars: checked!.vars }])[0]!.content.text
}
/** Where the links of its text lead. */
async function targetsOf(id: number) {
  const { linkKeys } = await readInstallation(app.db)
  const sealer = makeSealer({ k1: linkKeys[0], k2: linkKeys[1] })
  const codes = [...(await textOf(id)).matchAll(/http:\/\/localhost:8080\/(\w+)/g)].map(([, code = '']) => code)
  expect(codes.map(code => code.length)).toEqual(codes.map(() => 11))
  const ranges = makeLinkRanges(app.db)
  const [row] = await app.db.query<{ vars: Vars }>(
    sql`select vars from messages where bucket = 0 and activity_id = ${id}`,
  )
  const targets = await Promise.all(codes.map(code => ranges.resolve(sealer.open(code)!)))
  return targets.map(target => ({ ...target!, address: locationOf(renderTarget(target!.target, row!.vars)) }))
}

describe('a test SMS', () => {
  test('is rendered from the current draft, waits for the worker, and is listed with its state', async () => {
    const { status, body } = await ask({ phone: '070-174 06 05' })
    expect([status, body]).toMatchObject([
      201,
      { phone: '+46701740605', state: 'waiting', parts: 1, credits: '1.0000' },
    ])
    expect(await textOf(body.id)).toMatch(/^Hi there: http\S+ http\S+$/)
    expect(await readPlan(app.db, body.id, 'http://x', ran)).toMatchObject({ content: { sender: 'Shop' } })
    const one = await app.call('GET', `${shop.base}/activities/${draft}/test-sms/${body.id}`, { key: shop.key })
    expect(one).toMatchObject({ status: 200, body: { id: body.id, state: 'waiting', gateway: 'Simulator' } })
    const all = await app.call('GET', `${shop.base}/activities/${draft}/test-sms`, { key: shop.key })
    expect(all.body).toMatchObject({ items: [{ id: body.id }] })
  })

  test('takes the values of a profile of this workspace, and of no other', async () => {
    await app.db.run(sql`insert into profiles (bucket, profile_id, workspace_id, first_name, created_at, updated_at)
      values (7, 7, ${shop.id}, 'Åsa', ${ran}, ${ran}), (8, 8, 99999, 'Secret', ${ran}, ${ran})`)
    const { body } = await ask({ phone: '0701740605', profile: 7 })
    expect(await textOf(body.id)).toMatch(/^Hi Åsa:/)
    expect((await targetsOf(body.id)).map(({ address }) => address)).toEqual([
      'https://shop.example/a?who=%C3%85sa&utm_source=homing&utm_medium=sms&utm_campaign=spring',
      null,
    ])
    expect(await ask({ phone: '0701740605', profile: 8 })).toMatchObject({
      status: 400,
      body: { code: 'invalid_input', title: 'profile: there is no profile 8' },
    })
  })

  test('has links as long as later ones, which lead where the text said, UTM included, although the draft has changed', async () => {
    const { body } = await ask({ phone: '0701740605' })
    const patched = await app.call('PATCH', `${shop.base}/activities/${draft}`, {
      key: shop.key,
      body: { revision: 1, content: { channel: 'sms', body: 'Other https://shop.example/b' } },
    })
    expect(patched.status).toBe(200)
    const [link, unsubscribe] = await targetsOf(body.id)
    expect(link).toMatchObject({
      profileId: 0,
      activityId: body.id,
      workspaceId: shop.id,
      address: 'https://shop.example/a?who=you&utm_source=homing&utm_medium=sms&utm_campaign=spring',
    })
    expect(unsubscribe).toMatchObject({ profileId: 0, kind: 'unsubscribe', activityId: body.id })
    // Two tests never share a code.
    const again = await ask({ phone: '0701740605' })
    const bases = await app.db.query<{ base: number }>(
      sql`select code_base as base from activities where id in (${body.id}, ${again.body.id}) order by id`,
    )
    expect(bases[1]!.base - bases[0]!.base).toBe(2)
  })

  test('is offered to its number again, in every draft of the workspace, the last number first', async () => {
    const listed = async (key = shop.key) => app.call('GET', `${shop.base}/test-recipients`, { key })
    const phones = async () => ((await listed()).body as { items: { phone: string }[] }).items.map(({ phone }) => phone)
    for (const phone of ['+46701740605', '+46701740606', '+46701740605']) {
      expect((await ask({ phone })).status).toBe(201)
      await app.db.run(sql`update activities set created_at = created_at - interval '1 minute' where kind = 'test'`)
    }
    expect((await phones()).slice(0, 2)).toEqual(['+46701740605', '+46701740606'])
    const other = await app.workspace('No tests')
    const theirs = await app.call('GET', `${other.base}/test-recipients`, { key: other.key })
    expect(theirs.body).toMatchObject({ items: [] })
    expect((await listed(other.key)).status).toBe(404)
  })

  test('outlives its draft, so that its receipt still finds it; its links then lead nowhere', async () => {
    const { body } = await ask({ phone: '0701740605' })
    const [row] = await app.db.query<{ base: number }>(
      sql`select code_base as base from activities where id = ${body.id}`,
    )
    expect((await app.call('DELETE', `${shop.base}/activities/${draft}`, { key: shop.key })).status).toBe(204)
    await sweepDeleted(app.db, new Date(app.deps.clock.now().getTime() + 25 * 3_600_000))
    expect(await app.db.query(sql`select from messages where activity_id = ${body.id}`)).toHaveLength(1)
    expect(await makeLinkRanges(app.db).resolve(row!.base)).toBeUndefined()
  })
})

describe('it is refused', () => {
  test.each([
    ['12', /cannot exist/],
    ['not a number', /cannot exist/],
    ['08-123 456 78', /landline/],
    ['+46 900 123 45 67', /cannot exist|cannot receive SMS/],
    ['070-174 06 05 ext 3', /cannot exist/],
  ])('to %s, with the reason', async (phone, why) => {
    const before = await kept()
    const { status, body } = await ask({ phone })
    expect([status, body.code]).toEqual([400, 'test_number'])
    expect(body.title).toMatch(why)
    expect(await kept()).toBe(before)
  })

  test('to a number that has opted out of a topic of the draft, or was closed; not to one that opted out of another topic', async () => {
    const other = (await ensureTopic(app.db, shop.id, 'Service', ran)).id
    const no = (phone: string, topicId: number | null) =>
      app.db.run(sql`insert into opt_outs (id, workspace_id, channel, address, topic_id, at, source)
        values (nextval('opt_out_ids'), ${shop.id}, 'sms', ${phone}, ${topicId}, ${ran}, 'keyword')`)
    await no('+46701740611', topic)
    await no('+46701740612', null)
    await no('+46701740613', other)
    await app.db.run(sql`insert into suppressions (id, workspace_id, channel, address, reason, at)
      values (nextval('suppression_ids'), ${shop.id}, 'sms', '+46701740614', 'by_hand', ${ran})`)
    const barred = { status: 409, body: { code: 'test_number_barred' } }
    expect(await ask({ phone: '+46701740611' })).toMatchObject(barred)
    expect((await ask({ phone: '+46701740612' })).body.title).toMatch(/has opted out/)
    expect((await ask({ phone: '+46701740614' })).body.title).toMatch(/closed for SMS by hand/)
    expect((await ask({ phone: '+46701740613' })).status).toBe(201)
    // As long as nobody has chosen a topic, any no counts.
    const id = await makeDraft({ sendTo: { topics: [], duplicates: 'all' } })
    expect(await ask({ phone: '+46701740613' }, { id })).toMatchObject(barred)
  })

  test('without text, sender or gateway, and to real phones from a machine that nobody can reach', async () => {
    const real = await makeGateway('smsc.example.com', 'Real')
    for (const [fields, why] of [
      [{ body: '' }, /text is empty/],
      [{ sender: '' }, /no sender/],
      [{ body: 'Hi ##nick##' }, /names no attribute/],
      [{ gatewayId: null }, /No gateway/],
      [{ gatewayId: real }, /reaches real phones/],
    ] as const) {
      const { status, body } = await ask({ phone: '0701740605' }, { id: await makeDraft(fields) })
      expect([status, body.code]).toEqual([409, 'activity_not_ready'])
      expect(body.title).toMatch(why)
    }
    // What is only wanted for many may be missing yet.
    const id = await makeDraft({ body: 'Hi', sendTo: { topics: [], duplicates: 'all' } })
    expect((await ask({ phone: '0701740605' }, { id })).status).toBe(201)
  })

  test('to who may only look, for an activity of another workspace, and for one that is no draft any more', async () => {
    const viewer = await app.workspace('Looked at', 'viewer')
    const path = `${viewer.base}/activities/${draft}/test-sms`
    expect((await app.call('POST', path, { key: viewer.key, body: { phone: '0701740605' } })).status).toBe(403)
    const other = await app.workspace('Other')
    const theirs = `${other.base}/activities/${draft}/test-sms`
    expect((await app.call('POST', theirs, { key: other.key, body: { phone: '0701740605' } })).status).toBe(404)
    const { body } = await ask({ phone: '0701740605' })
    for (const address of [theirs, `${theirs}/${body.id}`])
      expect((await app.call('GET', address, { key: other.key })).status).toBe(404)
    const mine = await makeDraft({})
    const wrong = `${shop.base}/activities/${mine}/test-sms/${body.id}`
    expect((await app.call('GET', wrong, { key: shop.key })).status).toBe(404)
    await app.db.run(sql`update activities set state = 'cancelled' where id = ${draft}`)
    expect(await ask({ phone: '0701740605' })).toMatchObject({ status: 409, body: { code: 'activity_state' } })
  })

  test('after 20 within 10 minutes, also when they come at once', async () => {
    const answers = await Promise.all(Array.from({ length: 24 }, () => ask({ phone: '0701740605' })))
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(20)
    expect(answers.find(({ status }) => status !== 201)).toMatchObject({
      status: 429,
      body: { code: 'too_many_tests', title: 'This workspace has sent 20 test SMS within 10 minutes.' },
    })
  })
})

test('what no gateway took in 15 minutes is given up, and is forgotten after 30 days; what it cost stays', async () => {
  const { body } = await ask({ phone: '0701740605' })
  const state = async () =>
    (await app.call('GET', `${shop.base}/activities/${draft}/test-sms/${body.id}`, { key: shop.key })).body as Test
  const now = () => app.deps.clock.now()
  const grouping = await readGrouping(app.db, 0)
  const sweep = (minutes: number) => {
    const clock = { ...app.deps.clock, now: () => new Date(now().getTime() + minutes * 60_000) }
    return new Sweeper({ db: app.db, clock, grouping }).sweep()
  }
  await sweep(14)
  expect((await state()).state).toBe('waiting')
  await sweep(16)
  expect(await state()).toMatchObject({ state: 'not_sent', detail: 'No gateway took it within 15 minutes.' })
  await sweep(16)
  await sweep(16)
  await app.db.run(
    sql`insert into ledger (workspace_id, activity_id, kind, credits, at) values (${shop.id}, ${body.id}, 'charge', -1, ${ran})`,
  )
  const days = (n: number) => new Date(now().getTime() + n * 86_400_000)
  await forgetOldTests(app.db, days(29), 1)
  expect((await state()).state).toBe('not_sent')
  await forgetOldTests(app.db, days(31), 1)
  for (const table of ['messages', 'tallies', 'attempts', 'activity_versions', 'links'])
    expect(await app.db.query(sql`select from ${raw(table)} where activity_id = ${body.id}`)).toEqual([])
  expect(await app.db.query(sql`select from activities where id = ${body.id}`)).toEqual([])
  expect(
    await app.db.query(sql`select activity_id as id, credits from ledger where workspace_id = ${shop.id}`),
  ).toEqual([{ id: null, credits: '-1.0000' }])
})

describe('no list, report or figure of the workspace knows it', () => {
  test('its id is no activity to anybody', async () => {
    const { body } = await ask({ phone: '0701740605' })
    const own = `${shop.base}/activities/${body.id}`
    for (const path of ['', '/report', '/series', '/breakdowns', '/live', '/audience', '/test-sms', '/lists/sent'])
      expect([path, (await app.call('GET', `${own}${path}`, { key: shop.key })).status]).toEqual([path, 404])
    for (const act of ['pause', 'resume', 'cancel', 'schedule', 'duplicate'])
      expect([act, (await app.call('POST', `${own}/${act}`, { key: shop.key, body: {} })).status]).toEqual([act, 404])
    expect((await app.call('DELETE', own, { key: shop.key })).status).toBe(404)
    for (const tab of ['drafts', 'sent']) {
      const list = await app.call('GET', `${shop.base}/activities?tab=${tab}`, { key: shop.key })
      expect((list.body as { items: { id: number }[] }).items.map(({ id }) => id)).not.toContain(body.id)
    }
    const credits = await app.call('GET', `${shop.base}/credits`, { key: shop.key })
    expect(credits.body).toMatchObject({ reserved: { credits: '0.0000' } })
  })

  test('neither a bounce of it closes a number, nor does a waiting one raise an alarm or hold an old copy', async () => {
    const { body } = await ask({ phone: '0701740621' })
    const key = testKey(body.id)
    await app.db.run(
      sql`insert into attempts (bucket, activity_id, profile_id, n, try, gateway_id, session_id, at) values (0, ${body.id}, 0, 1, 1, ${gateway}, 1, ${ran})`,
    )
    const hard = {
      n: 1,
      part: 1,
      outcome: 'hard' as const,
      counts: true,
      at: ran,
      code: 'smpp:0x0b' as const,
      gatewayId: gateway,
      providerId: null,
    }
    await app.db.tx(async tx => {
      const tallies = new Tallies()
      await record(tx, [{ ...key, answers: [hard] }], tallies)
      await tallies.flush(tx, 0)
    })
    expect(await app.db.query(sql`select from outbox where activity_id = ${body.id}`)).toEqual([])
    const { state, detail } = (
      await app.call('GET', `${shop.base}/activities/${draft}/test-sms/${body.id}`, { key: shop.key })
    ).body as Test
    expect([state, detail]).toEqual(['bounced', expect.stringMatching(/./)])
    expect(await findRefused(app.db, ran)).toEqual([])
  })
})
