/** From a draft of an e-mail to what the gateway is handed: created, checked, scheduled, frozen, claimed in words of its channel, rendered. */
import { beforeAll, expect, test } from 'vitest'
import { testApp } from '../access/app.fixture.ts'
import { makeShop, type Shop } from '../activities/shop.fixture.ts'
import { usersOfAttribute } from '../attributes/catalogue-list.ts'
import { sql } from '../platform/db/sql.ts'
import { readPlan } from './plan.ts'
import { renderWindow } from './render.ts'
import { startActivity } from './start-due.ts'

const app = testApp()
const log = { debug() {}, info() {}, warn() {}, error() {} }
const linkUrl = 'https://l.example'
let shop: Shop['shop']
let topic: number
let gateway: number

const people: readonly [id: number, email: string | null, valid: boolean, consents: boolean][] = [
  [1, 'anna@example.com', true, true],
  [2, 'anna@example.com', true, true],
  [3, null, false, true],
  [4, 'bo@example', false, true],
  [5, 'cy@example.com', true, false],
]

beforeAll(async () => {
  ;({ shop, topic, gateway } = await makeShop(app))
  await app.db.run(sql`update gateways set channel = 'email' where id = ${gateway}`)
  for (const [id, email, valid, consents] of people) {
    await app.db.run(sql`insert into profiles (bucket, profile_id, workspace_id, email, email_valid, first_name, attrs, created_at, updated_at)
      values (${id}, ${id}, ${shop.id}, ${email}, ${valid}, ${`Åsa ${id} <3`}, '{"code":"a&b"}', now(), now())`)
    if (consents)
      await app.db.run(sql`insert into current_consents (bucket, profile_id, workspace_id, topic_id, channel, at, granted)
        values (${id}, ${id}, ${shop.id}, ${topic}, 'email', now(), true)`)
  }
  await app.db.run(
    sql`insert into attributes (workspace_id, name, type, created_at) values (${shop.id}, 'code', 'text', now())`,
  )
  await app.db.run(sql`select setval('profile_ids', ${people.length})`)
})

const content = {
  channel: 'email',
  sender: 'news@shop.example',
  fromName: 'Shop',
  replyTo: 'help@shop.example',
  subject: 'Hi ##first_name|there##',
  preheader: 'Autumn',
  body: {
    v: 1,
    blocks: [
      { kind: 'heading', text: 'Autumn', level: 1 },
      { kind: 'text', text: 'Hi **##first_name##**, [look](https://shop.example/a?c=##code##)' },
    ],
  },
  footer: { address: 'Shop AB, Umeå', label: '' },
}
const call = (method: 'GET' | 'POST' | 'PATCH', path: string, body?: Record<string, unknown>) =>
  app.call(method, `${shop.base}${path}`, { key: shop.key, ...(body && { body }) })

async function draft(change: Record<string, unknown> = {}) {
  const { body } = await call('POST', '/activities', {
    name: 'Höst rea',
    content: { ...content, ...change },
    sendTo: { topics: [topic], duplicates: 'one_per_address' },
    gatewayId: gateway,
  })
  return body as { id: number; content: Record<string, unknown>; problems: { code: string; sentence: string }[] }
}

test('an e-mail is created, and what it lacks is said in its words', async () => {
  const made = await draft({
    sender: '',
    subject: '',
    body: { v: 1, blocks: [{ kind: 'button', label: 'x', url: 'javascript:1' }] },
  })
  expect(made.content).toMatchObject({ channel: 'email', format: 'blocks', text: null, utm: { on: true } })
  expect(made.problems.map(({ code }) => code)).toEqual([
    'email_sender_missing',
    'email_subject_empty',
    'email_content',
  ])
  expect(made.problems[2]?.sentence).toBe(
    'Block 1 (Button): The link at position 1 begins with "javascript:". Use http:// or https://.',
  )
  expect((await draft()).problems).toEqual([])
})

test('an attribute that an e-mail names anywhere is in use', async () => {
  const { id } = await draft({ preheader: '##preferred|none##' })
  const users = await usersOfAttribute(app.db, shop.id, 'preferred')
  expect(users).toMatchObject([{ id }])
  expect(await usersOfAttribute(app.db, shop.id, 'prefer')).toEqual([])
  await app.db.run(sql`delete from activities where id = ${id}`)
})

test('a block of a kind or version that is not known is refused, and changes nothing', async () => {
  const refused = await call('POST', '/activities', {
    name: 'x',
    content: { ...content, body: { v: 1, blocks: [{ kind: 'movie' }] } },
  })
  expect(refused.status).toBe(400)
  const { id } = await draft()
  await app.db.run(sql`update activities set content = jsonb_set(content, '{body,v}', '2') where id = ${id}`)
  const { body } = await call('GET', `/activities/${id}`)
  expect((body as { problems: { code: string }[] }).problems).toMatchObject([{ code: 'activity_newer' }])
})

test('the audience is that of the channel, costs nothing, and each message is rendered with its links and its token', async () => {
  const { id } = await draft()
  const counted = await call('POST', `/activities/${id}/audience`)
  expect(counted.body).toMatchObject({
    queued: 1,
    credits: '0.0000',
    notSentReasons: { duplicate_address: 1, invalid_address: 1, no_address: 1 },
  })
  expect((await call('POST', `/activities/${id}/schedule`)).status).toBe(200)
  const { clock } = app.deps
  expect(await startActivity({ db: app.db, clock, log, linkUrl }, id)).toMatchObject({ targeted: 4, queued: 1 })
  const reasons = await app.db.query(
    sql`select profile_id as id, address, excluded from messages where activity_id = ${id} order by profile_id`,
  )
  expect(reasons).toEqual([
    { id: 1, address: 'anna@example.com', excluded: null },
    { id: 2, address: 'anna@example.com', excluded: 'duplicate_address' },
    { id: 3, address: null, excluded: 'no_address' },
    { id: 4, address: 'bo@example', excluded: 'invalid_address' },
  ])
  const plan = await readPlan(app.db, id, linkUrl, clock.now())
  const [message] = await app.db.query<{ vars: Record<string, string> }>(
    sql`select vars from messages where activity_id = ${id} and profile_id = 1`,
  )
  const [rendered] = renderWindow(plan!, [{ profileId: 1, address: 'anna@example.com', vars: message!.vars }])
  const mail = rendered!.content
  if (mail.channel !== 'email') throw new Error(mail.channel)
  expect(mail).toMatchObject({
    subject: 'Hi Åsa 1 <3',
    fromName: 'Shop',
    replyTo: 'help@shop.example',
    listId: `t${topic}.w${shop.id}.shop.example`,
    token: expect.stringMatching(/^[0-9a-z]{13}$/),
    unsubscribe: expect.stringMatching(/^https:\/\/l\.example\/\w{11}$/),
  })
  expect(mail.html).toContain('<strong>Åsa 1 &#60;3</strong>')
  expect(mail.html).toContain(`href="${mail.unsubscribe}"`)
  expect(mail.text).toContain(`Unsubscribe: ${mail.unsubscribe}`)
  const [version] = await app.db.query<{ links: unknown }>(
    sql`select settings -> 'links' as links from activity_versions where activity_id = ${id}`,
  )
  expect(version!.links).toEqual([
    'https://shop.example/a?c=##code##&utm_source=homing&utm_medium=email&utm_campaign=host-rea',
  ])
  const { body } = await call('GET', `/activities/${id}/report`)
  expect(body).toMatchObject({
    channel: 'email',
    overview: {
      sender: 'news@shop.example',
      text: 'Hi ##first_name|there##',
      email: { subject: 'Hi ##first_name|there##' },
    },
  })
})

test('who an e-mail did not reach, or who did not click, is reached over the other channel by the consents of that one', async () => {
  const [sent] = await app.db.query<{ id: number }>(
    sql`select id from activities where workspace_id = ${shop.id} and frozen_at is not null`,
  )
  await app.db.run(
    sql`update messages set status = 'delivered', t0 = now(), status_at = now() where activity_id = ${sent!.id} and profile_id = 1`,
  )
  for (const id of [1, 3, 4])
    await app.db.run(
      sql`update profiles set phone = ${`+4670174060${id}`}, phone_type = 'mobile', country = 'SE' where bucket = ${id} and profile_id = ${id}`,
    )
  for (const id of [1, 3])
    await app.db.run(sql`insert into current_consents (bucket, profile_id, workspace_id, topic_id, channel, at, granted)
      values (${id}, ${id}, ${shop.id}, ${topic}, 'sms', now(), true)`)
  const remind = async (who: string) => {
    const { status, body } = await call('POST', `/activities/${sent!.id}/remind`, { channel: 'sms', who })
    expect(status).toBe(201)
    const made = body as { id: number; content: object; gatewayId: number | null; sendTo: object }
    expect(made).toMatchObject({ content: { channel: 'sms', body: '' }, gatewayId: null, sendTo: { remindsWho: who } })
    const counted = await call('POST', `/activities/${made.id}/audience`)
    return counted.body
  }
  expect(await remind('not_reached')).toMatchObject({ targeted: 3, queued: 1, notSentReasons: { no_consent: 2 } })
  expect(await remind('not_clicked')).toMatchObject({ targeted: 1, queued: 1 })
})

test('an e-mail begins with the sender and the footer of the one before it', async () => {
  const { body } = await call('POST', '/activities', { name: 'Next', content: { channel: 'email' } })
  expect(body).toMatchObject({
    content: { sender: 'news@shop.example', fromName: 'Shop', subject: '', footer: { address: 'Shop AB, Umeå' } },
  })
})
