import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { testKeys } from '../../test/keys.ts'
import { testApp } from '../access/app.fixture.ts'
import { addGateway } from '../gateways/gateways.ts'
import { sql } from '../platform/db/sql.ts'
import { encode } from '../platform/http/cursor.ts'
import { sweepDeleted } from './draft.ts'
import { makeShop, type Shop } from './shop.fixture.ts'

const app = testApp()
let shop: Shop['shop']
let topic: number
let gateway: number

beforeAll(async () => {
  ;({ shop, topic, gateway } = await makeShop(app))
})

type Body = Record<string, unknown> & { id: number; revision: number; problems: { step: string; code: string }[] }
async function post(path: string, body?: unknown, key = shop.key) {
  const answer = await app.call('POST', `${shop.base}${path}`, { key, ...(body === undefined ? {} : { body }) })
  return { ...answer, body: answer.body as Body }
}
async function patch(id: number, body: unknown) {
  const answer = await app.call('PATCH', `${shop.base}/activities/${id}`, { key: shop.key, body })
  return { ...answer, body: answer.body as Body }
}
const good = () => ({
  name: 'Spring',
  content: {
    channel: 'sms',
    sender: 'Shop',
    body: 'Hi ##first_name|there##: https://shop.example/a and https://shop.example/b ##unsubscribe##',
  },
  sendTo: { topics: [topic], duplicates: 'one_per_address' },
  gatewayId: gateway,
})
const codes = (body: Body) => body.problems.map(({ code }) => code)

describe('a draft', () => {
  test('says what keeps it from being sent, step by step', async () => {
    const { status, body } = await post('/activities', { name: 'New' })
    expect(status).toBe(201)
    expect(body.problems.map(({ step, code }) => [step, code])).toEqual([
      ['details', 'gateway_none'],
      ['content', 'sender_missing'],
      ['content', 'text_empty'],
      ['sendTo', 'topics_none'],
    ])
    const whole = await patch(body.id, { revision: body.revision, ...good() })
    expect(whole).toMatchObject({ status: 200, body: { revision: 2, problems: [], sendTo: { topics: [topic] } } })
  })

  test('takes the former name of one message per address', async () => {
    const sendTo = { topics: [topic], duplicates: 'one_per_number' }
    const { body } = await post('/activities', { ...good(), sendTo })
    expect(body).toMatchObject({ sendTo: { duplicates: 'one_per_address' } })
    const changed = await patch(body.id, { revision: 1, sendTo })
    expect(changed.body).toMatchObject({ sendTo: { duplicates: 'one_per_address' } })
  })

  test('a stale revision is refused and changes nothing', async () => {
    const { body } = await post('/activities', good())
    expect((await patch(body.id, { revision: 1, name: 'Mine' })).status).toBe(200)
    const late = await patch(body.id, { revision: 1, name: 'Theirs' })
    expect(late).toMatchObject({ status: 409, body: { code: 'conflict' } })
    const { body: now } = await app.call('GET', `${shop.base}/activities/${body.id}`, { key: shop.key })
    expect(now).toMatchObject({ name: 'Mine', revision: 2 })
  })

  test('of two clients that save at once, one is refused', async () => {
    const { body } = await post('/activities', good())
    const saved = await Promise.all(['a', 'b', 'c', 'd'].map(name => patch(body.id, { revision: 1, name })))
    expect(saved.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409])
  })

  test('without a way to opt out it is not ready; a keyword counts only where the sender can be answered', async () => {
    const { body } = await post('/activities', {
      ...good(),
      content: { channel: 'sms', sender: 'Shop', body: 'Sale! Reply STOP to end' },
    })
    expect(codes(body)).toEqual(['opt_out_missing'])
    expect(codes((await patch(body.id, { revision: 1, content: { channel: 'sms', sender: '71000' } })).body)).toEqual(
      [],
    )
    expect(
      codes((await patch(body.id, { revision: 2, content: { channel: 'sms', body: 'Sale today' } })).body),
    ).toEqual(['opt_out_missing'])
  })

  test('unknown tags, bad links and bad senders are named', async () => {
    const { body } = await post('/activities', {
      ...good(),
      content: { channel: 'sms', sender: 'Shop with spaces', body: 'Hi ##nick## ftp://x.example ##unsubscribe##' },
    })
    expect(codes(body)).toEqual(['sender_invalid', 'text_unknown_tag', 'text_link_scheme'])
  })

  test('real phones are not reached from a local address, nor by a clock that ran fast', async () => {
    const real = await addGateway(
      app.db,
      testKeys,
      {
        workspaceId: shop.id,
        name: 'Operator',
        kind: 'smpp',
        settings: { host: 'smpp.operator.example', port: 2775, systemId: 'u', password: 'p' },
        actor: 'test',
      },
      new Date(),
    )
    expect(real.test).toBe(false)
    const { body } = await post('/activities', { ...good(), gatewayId: real.id })
    expect(codes(body)).toEqual(['gateway_real_local'])
    await app.db.run(sql`update installation set ran_fast = true`)
    const again = await patch(body.id, { revision: 1, name: 'x' })
    expect(codes(again.body)).toEqual(['gateway_real_fast', 'gateway_real_local'])
    await app.db.run(sql`update installation set ran_fast = false`)
    const refused = await post(`/activities/${body.id}/schedule`)
    expect(refused).toMatchObject({ status: 409, body: { code: 'activity_not_ready' } })
  })

  test('is not sent over a gateway that carries another channel', async () => {
    const { body } = await post('/activities', good())
    expect(codes(body)).toEqual([])
    await app.db.run(sql`update gateways set channel = 'email' where id = ${body.gatewayId}`)
    const again = await patch(body.id, { revision: 1, name: 'Spring' })
    await app.db.run(sql`update gateways set channel = 'sms' where id = ${body.gatewayId}`)
    expect(again.body.problems).toMatchObject([
      { step: 'details', code: 'gateway_channel', sentence: expect.stringContaining('carries no SMS') },
    ])
  })

  test('is copied without its times, and deleted', async () => {
    const { body } = await post('/activities', { ...good(), sendAt: '2030-01-01T10:00:00Z' })
    const copy = await post(`/activities/${body.id}/duplicate`)
    expect(copy).toMatchObject({
      status: 201,
      body: { name: 'Spring (copy)', sendAt: null, content: good().content, revision: 1 },
    })
    const path = `${shop.base}/activities/${copy.body.id}`
    expect((await app.call('DELETE', path, { key: shop.key })).status).toBe(204)
    expect((await app.call('GET', path, { key: shop.key })).status).toBe(404)
  })
})

test('a copy of a name that is as long as may be, of characters in two units, has whole characters', async () => {
  const { body } = await post('/activities', { ...good(), name: `a${'\u{20000}'.repeat(99)}` })
  const copy = await post(`/activities/${body.id}/duplicate`)
  expect(copy.status).toBe(201)
  expect(String(copy.body.name)).toMatch(/^a\u{20000}+ \(copy\)$/u)
})

describe('a deleted draft', () => {
  const remove = (id: number) => app.call('DELETE', `${shop.base}/activities/${id}`, { key: shop.key })
  const listed = async () => {
    const { body } = await app.call('GET', `${shop.base}/activities?tab=drafts&limit=100`, { key: shop.key })
    return (body as { items: { id: number }[] }).items.map(({ id }) => id)
  }

  test('is not there for anything: not read, changed, copied, counted, scheduled, reported, listed, deleted', async () => {
    const { body } = await post('/activities', good())
    expect((await remove(body.id)).status).toBe(204)
    for (const path of ['', '/report', '/tabs/sent', '/export/sent?format=csv'])
      expect((await app.call('GET', `${shop.base}/activities/${body.id}${path}`, { key: shop.key })).status, path).toBe(
        404,
      )
    expect((await app.call('GET', `${shop.base}/activities/compare?ids=${body.id}`, { key: shop.key })).status).toBe(
      404,
    )
    for (const path of ['duplicate', 'audience', 'schedule', 'cancel'])
      expect((await post(`/activities/${body.id}/${path}`)).status, path).toBe(404)
    expect((await patch(body.id, { revision: 1, name: 'x' })).status).toBe(404)
    expect((await remove(body.id)).status).toBe(404)
    expect(await listed()).not.toContain(body.id)
  })

  test('comes back as it was, as often as one asks, and both acts are audited', async () => {
    const { body } = await post('/activities', good())
    await remove(body.id)
    for (let i = 0; i < 2; i++)
      expect(await post(`/activities/${body.id}/restore`)).toMatchObject({
        status: 200,
        body: { name: 'Spring', content: good().content, revision: body.revision, state: 'draft' },
      })
    expect(await listed()).toContain(body.id)
    const audited = await app.db.query<{ action: string }>(
      sql`select action from audit where subject = ${`activity ${body.id}`} order by id`,
    )
    expect(audited.map(({ action }) => action)).toEqual(['activity.create', 'activity.delete', 'activity.restore'])
  })

  test('goes for good after a day of business time, and not before', async () => {
    const { body } = await post('/activities', good())
    const later = (hours: number) => new Date(app.deps.clock.now().getTime() + hours * 3_600_000)
    await remove(body.id)
    await sweepDeleted(app.db, later(23))
    expect((await post(`/activities/${body.id}/restore`)).status).toBe(200)
    await remove(body.id)
    expect(await sweepDeleted(app.db, later(25))).toBeGreaterThan(0)
    expect((await post(`/activities/${body.id}/restore`)).status).toBe(404)
  })

  test('of another workspace is not brought back', async () => {
    const { body } = await post('/activities', good())
    await remove(body.id)
    const stranger = await app.workspace('Stranger')
    const answer = await app.call('POST', `${stranger.base}/activities/${body.id}/restore`, { key: stranger.key })
    expect(answer.status).toBe(404)
    expect(await listed()).not.toContain(body.id)
  })
})

test('a draft whose Send to cannot be read says so, cannot be scheduled, and is whole again once it is chosen', async () => {
  const { body } = await post('/activities', good())
  await app.db.run(sql`update activities set send_to = '{"topics": 5}' where id = ${body.id}`)
  const renamed = await patch(body.id, { revision: 1, name: 'Better' })
  expect(renamed.body.problems).toMatchObject([{ step: 'sendTo', code: 'activity_unreadable' }])
  expect(await post(`/activities/${body.id}/schedule`, {})).toMatchObject({
    status: 409,
    body: { detail: expect.stringContaining('sendTo.topics is not a list') },
  })
  const { sendTo } = good()
  expect(await patch(body.id, { revision: 2, sendTo })).toMatchObject({ status: 200, body: { problems: [], sendTo } })
})

test('a draft of an unknown channel says so, is neither copied nor scheduled, and the list shows the others', async () => {
  const { body } = await post('/activities', good())
  await app.db.run(
    sql`update activities set content = content || '{"channel": "fax", "subject": "Hi"}' where id = ${body.id}`,
  )
  const renamed = await patch(body.id, { revision: 1, name: 'Better' })
  expect(renamed.body.problems).toMatchObject([{ step: 'content', code: 'activity_channel' }])
  expect((await post(`/activities/${body.id}/schedule`, {})).status).toBe(409)
  expect(await post(`/activities/${body.id}/duplicate`)).toMatchObject({
    status: 409,
    body: { code: 'activity_channel' },
  })
  const { body: drafts } = await app.call('GET', `${shop.base}/activities?tab=drafts`, { key: shop.key })
  expect(drafts).toMatchObject({ items: expect.arrayContaining([expect.objectContaining({ id: body.id })]) })
  // Nothing of what cannot be read is lost by changing something else.
  const [kept] = await app.db.query<{ content: unknown }>(sql`select content from activities where id = ${body.id}`)
  expect(kept?.content).toMatchObject({ channel: 'fax', subject: 'Hi' })
  const { content } = good()
  expect(await patch(body.id, { revision: 2, content })).toMatchObject({ body: { problems: [], content } })
})

test('a change of one field of the content keeps the others', async () => {
  const { body } = await post('/activities', good())
  const changed = await patch(body.id, { revision: 1, content: { channel: 'sms', body: 'Bye ##unsubscribe##' } })
  expect(changed.body).toMatchObject({ content: { sender: 'Shop', body: 'Bye ##unsubscribe##', smart: true } })
})

describe('scheduling', () => {
  test('freezes the settings with names, draws a link id for each URL, and starts now', async () => {
    const { body } = await post('/activities', good())
    const scheduled = await post(`/activities/${body.id}/schedule`, {})
    expect(scheduled).toMatchObject({ status: 200, body: { state: 'scheduled', problems: [] } })
    expect(Math.abs(Date.parse(String(scheduled.body.sendAt)) - app.deps.clock.now().getTime())).toBeLessThan(10_000)
    const [version] = await app.db.query<{ settings: unknown }>(
      sql`select settings from activity_versions where activity_id = ${body.id}`,
    )
    expect(version!.settings).toMatchObject({
      shape: 1,
      content: { channel: 'sms', sender: 'Shop' },
      gateway: { id: gateway },
      sendTo: { topics: [{ id: topic, name: 'Offers' }], duplicates: 'one_per_address' },
    })
    const links = await app.db.query(
      sql`select slot, kind, url from links where activity_id = ${body.id} order by slot`,
    )
    expect(links).toEqual([
      { slot: 0, kind: 'link', url: 'https://shop.example/a?utm_source=homing&utm_medium=sms&utm_campaign=spring' },
      { slot: 1, kind: 'link', url: 'https://shop.example/b?utm_source=homing&utm_medium=sms&utm_campaign=spring' },
      { slot: 2, kind: 'unsubscribe', url: null },
    ])
    const [audited] = await app.db.query(
      sql`select actor, action from audit where subject = ${`activity ${body.id}`} order by id desc limit 1`,
    )
    expect(audited).toEqual({ actor: expect.stringMatching(/^key \d+$/), action: 'activity.schedule' })
    expect((await patch(body.id, { revision: 2, name: 'late' })).body).toMatchObject({
      status: 409,
      code: 'activity_state',
    })
    expect((await post(`/activities/${body.id}/schedule`)).status).toBe(409)
  })

  test('at a time to come, or not at all', async () => {
    const { body } = await post('/activities', good())
    expect(await post(`/activities/${body.id}/schedule`, { sendAt: '2020-01-01T00:00:00Z' })).toMatchObject({
      status: 409,
      body: { code: 'activity_not_ready' },
    })
    expect(await post(`/activities/${body.id}/schedule`, { sendAt: 'tomorrow' })).toMatchObject({
      status: 400,
      body: { code: 'invalid_input' },
    })
    expect(await post(`/activities/${body.id}/schedule`, { sendAt: '2031-05-01T08:00:00+02:00' })).toMatchObject({
      status: 200,
      body: { sendAt: '2031-05-01T06:00:00.000Z' },
    })
  })

  test('a scheduled activity can be a draft again, and one that was cancelled before it started can be deleted', async () => {
    const { body } = await post('/activities', good())
    const schedule = () => post(`/activities/${body.id}/schedule`, { sendAt: '2031-05-01T08:00:00Z' })
    const { revision } = (await schedule()).body
    expect(await patch(body.id, { revision })).toMatchObject({ status: 409 })
    const unscheduled = await post(`/activities/${body.id}/unschedule`)
    expect(unscheduled).toMatchObject({ status: 200, body: { state: 'draft', problems: [] } })
    expect(await patch(body.id, { revision: unscheduled.body.revision, name: 'Autumn' })).toMatchObject({ status: 200 })
    expect((await schedule()).body).toMatchObject({ state: 'scheduled' })
    expect((await post(`/activities/${body.id}/cancel`)).body).toMatchObject({ state: 'cancelled' })
    const remove = () => app.call('DELETE', `${shop.base}/activities/${body.id}`, { key: shop.key })
    await app.db.run(sql`update activities set frozen_at = now() where id = ${body.id}`)
    expect(await remove()).toMatchObject({ status: 409, body: { code: 'activity_state' } })
    await app.db.run(sql`update activities set frozen_at = null where id = ${body.id}`)
    expect((await remove()).status).toBe(204)
    expect((await post(`/activities/${body.id}/restore`)).body).toMatchObject({ state: 'cancelled' })
  })

  test('a draft that is not ready says every reason and stays a draft', async () => {
    const { body } = await post('/activities', { name: 'x' })
    const { body: refused } = await post(`/activities/${body.id}/schedule`)
    expect(refused).toMatchObject({ code: 'activity_not_ready' })
    expect(String(refused.title)).toContain('There is no sender.')
    const [row] = await app.db.query(sql`select state, revision from activities where id = ${body.id}`)
    expect(row).toEqual({ state: 'draft', revision: 1 })
  })

  test('pause, resume and cancel go only where the table says', async () => {
    const { body } = await post('/activities', good())
    const act = async (name: string) => (await post(`/activities/${body.id}/${name}`)).body
    expect(await act('pause')).toMatchObject({ code: 'activity_state' })
    await act('schedule')
    await app.db.run(sql`update activities set state = 'starting' where id = ${body.id}`)
    expect(await act('pause')).toMatchObject({ state: 'paused' })
    expect(await act('resume')).toMatchObject({ state: 'starting' })
    await app.db.run(sql`update activities set state = 'sending', frozen_at = now() where id = ${body.id}`)
    expect(await act('pause')).toMatchObject({ state: 'paused' })
    expect(await act('resume')).toMatchObject({ state: 'sending' })
    expect(await act('cancel')).toMatchObject({ state: 'cancelled' })
    expect(await act('cancel')).toMatchObject({
      code: 'activity_state',
      title: 'An activity that is cancelled cannot be cancelled.',
    })
  })
})

test('the audience is counted by the rules of the freeze', async () => {
  for (const [id, phone, type] of [
    [1, '+46701740605', 'mobile'],
    [2, '+46701740606', 'mobile'],
    [3, '+46812345678', 'fixed'],
  ] as const) {
    await app.db.run(sql`insert into profiles (bucket, profile_id, workspace_id, phone, phone_type, country, first_name, created_at, updated_at)
      values (${id}, ${id}, ${shop.id}, ${phone}, ${type}, 'SE', 'Ada', now(), now())`)
    await app.db.run(sql`insert into current_consents (bucket, profile_id, workspace_id, topic_id, channel, at, granted)
      values (${id}, ${id}, ${shop.id}, ${topic}, 'sms', now(), true)`)
  }
  const { body } = await post('/activities', good())
  const audience = await post(`/activities/${body.id}/audience`)
  expect(audience).toMatchObject({
    status: 200,
    body: { targeted: 3, notSent: 1, queued: 2, notSentReasons: { landline: 1 }, parts: 2, credits: '2.0000' },
  })
})

describe('the lists', () => {
  let other: { id: number; key: string; base: string }
  beforeEach(async () => {
    other ??= await app.workspace('Listing')
  })
  const list = async (query: string) => {
    const { status, body } = await app.call('GET', `${other.base}/activities?${query}`, { key: other.key })
    return {
      status,
      body: body as {
        items: { name: string; id: number; ctr: number | null }[]
        next: string | null
        previous: string | null
        code?: string
      },
    }
  }

  test('page by page every draft comes once, in each order', async () => {
    for (let i = 0; i < 7; i++)
      await app.call('POST', `${other.base}/activities`, { key: other.key, body: { name: `Same ${i % 2}` } })
    for (const sort of ['-when', 'when', 'name', '-name', 'sender', '-state']) {
      const seen: number[] = []
      let after: string | null = null
      do {
        const { body } = await list(`tab=drafts&sort=${sort}&limit=3${after === null ? '' : `&after=${after}`}`)
        seen.push(...body.items.map(({ id }) => id))
        after = body.next
      } while (after !== null)
      expect(new Set(seen).size).toBe(7)
      expect(seen.length).toBe(7)
    }
  })

  test('from the last page one comes back page by page to the first, which is whole', async () => {
    const pages: number[][] = []
    let { body } = await list('tab=drafts&sort=name&limit=3')
    expect(body.previous).toBeNull()
    for (;;) {
      pages.push(body.items.map(({ id }) => id))
      if (body.next === null) break
      body = (await list(`tab=drafts&sort=name&limit=3&after=${body.next}`)).body
    }
    expect(pages.map(page => page.length)).toEqual([3, 3, 1])
    const back: number[][] = []
    while (body.previous !== null) {
      body = (await list(`tab=drafts&sort=name&limit=3&before=${body.previous}`)).body
      back.unshift(body.items.map(({ id }) => id))
    }
    expect(back).toEqual(pages.slice(0, -1))
    expect(await list(`tab=drafts&sort=name&before=${body.next}&after=${body.next}`)).toMatchObject({ status: 400 })
  })

  test('a first page that is come back to is filled up where rows before it have gone', async () => {
    const { body: first } = await list('tab=drafts&sort=name&limit=3')
    const { body: second } = await list(`tab=drafts&sort=name&limit=3&after=${first.next}`)
    const gone = first.items[0]!.id
    await app.call('DELETE', `${other.base}/activities/${gone}`, { key: other.key })
    const { body } = await list(`tab=drafts&sort=name&limit=3&before=${second.previous}`)
    expect(body.items).toHaveLength(3)
    expect(body.previous).toBeNull()
    await app.call('POST', `${other.base}/activities/${gone}/restore`, { key: other.key })
  })

  test('names and senders that are too long to be sent are paged through and searched as others are', async () => {
    const { base, key } = await app.workspace('Long')
    for (const end of ['a', 'b', 'c']) {
      const { body: draft } = await app.call('POST', `${base}/activities`, { key, body: { name: 'x' } })
      const { id, revision } = draft as { id: number; revision: number }
      const body = { revision, name: '愛'.repeat(999) + end, content: { channel: 'sms', sender: '"'.repeat(200) } }
      expect(await app.call('PATCH', `${base}/activities/${id}`, { key, body })).toMatchObject({ status: 200 })
    }
    for (const sort of ['name', '-sender']) {
      const address = `${base}/activities?tab=drafts&limit=1&sort=${sort}&search=${encodeURIComponent('愛'.repeat(200))}`
      const seen: number[] = []
      for (let next: string | null = ''; next !== null; ) {
        const answer = await app.call('GET', next === '' ? address : `${address}&after=${next}`, { key })
        expect(answer).toMatchObject({ status: 200 })
        const page = answer.body as { items: { id: number }[]; next: string | null }
        seen.push(...page.items.map(({ id }) => id))
        next = page.next
      }
      expect(new Set(seen).size).toBe(3)
    }
  })

  test('a cursor of another order, and one that was made up, are refused', async () => {
    const { body } = await list('tab=drafts&sort=name&limit=3')
    expect(await list(`tab=drafts&sort=when&after=${body.next}`)).toMatchObject({
      status: 400,
      body: { code: 'cursor_invalid' },
    })
    expect(await list('tab=drafts&after=xxxx')).toMatchObject({ status: 400 })
    expect(
      await list(`tab=drafts&sort=name&after=${encode(['activities name', 'a; drop table x', 1.5])}`),
    ).toMatchObject({ status: 400 })
  })

  test('a search finds what was typed, whatever characters it has', async () => {
    await app.call('POST', `${other.base}/activities`, {
      key: other.key,
      body: { name: `100% '"; drop table activities; -- \\_` },
    })
    for (const text of ['100%', `'"; DROP`, '\\_', '-- \\']) {
      expect((await list(`tab=drafts&search=${encodeURIComponent(text)}`)).body.items.length).toBe(1)
    }
    for (const text of ['%', '_', '\\'])
      expect((await list(`tab=drafts&search=${encodeURIComponent(text)}`)).body.items.length).toBe(1)
    expect((await list(`tab=drafts&search=${encodeURIComponent("' or true --")}`)).body.items).toEqual([])
  })

  test('in the order of a figure, by its exact rate, every activity comes once, and what has none comes last', async () => {
    const busy = await app.workspace('Busy')
    const ids: number[] = []
    // delivered, unique, sent beside, credits
    const made = [
      [3, 1, 0, '1.5'],
      [3, 1, 3, '12'],
      [0, 0, 0, null],
      [7, 2, 1, '9.9999'],
      [0, 0, 4, '100'],
      [600, 199, 0, '2'],
    ] as const
    for (const [delivered, unique, pending, charged] of made) {
      const [row] = await app.db.query<{ id: number }>(sql`
        insert into activities (workspace_id, name, state, created_at, updated_at) values (${busy.id}, 'A', 'sent', now(), now()) returning id`)
      ids.push(row!.id)
      for (const [bucket, figure, n, credits] of [
        [0, 'delivered', delivered, '0'],
        [9, 'unique', unique, '0'],
        [200, 'pending', pending, '0'],
        [0, 'charged', 1, charged],
      ] as const)
        if (credits !== null && delivered + pending > 0)
          await app.db.run(sql`insert into tallies (bucket, activity_id, figure, n, credits)
            values (${bucket}, ${row!.id}, ${figure}, ${n}, ${credits}::numeric)`)
    }
    const inOrder = async (sort: string) => {
      const seen: number[] = []
      let after: string | null = null
      do {
        const query = `tab=sent&sort=${sort}&limit=2${after === null ? '' : `&after=${after}`}`
        const { body } = await app.call('GET', `${busy.base}/activities?${query}`, { key: busy.key })
        const page = body as { items: { id: number }[]; next: string | null }
        seen.push(...page.items.map(({ id }) => ids.indexOf(id)))
        after = page.next
      } while (after !== null)
      return seen
    }
    expect(await inOrder('-ctr')).toEqual([1, 0, 5, 3, 4, 2])
    expect(await inOrder('ctr')).toEqual([2, 4, 3, 5, 0, 1])
    expect(await inOrder('-delivered')).toEqual([5, 0, 3, 1, 4, 2])
    expect(await inOrder('-recipients')).toEqual([5, 3, 1, 4, 0, 2])
    expect(await inOrder('-credits')).toEqual([4, 1, 3, 5, 0, 2])
    const forged = encode(['activities -ctr', '1; drop', 1])
    expect((await app.call('GET', `${busy.base}/activities?sort=-ctr&after=${forged}`, { key: busy.key })).status).toBe(
      400,
    )
  })

  test('figures come from the tallies', async () => {
    const { body } = await post('/activities', good())
    await app.db.run(sql`update activities set state = 'sent' where id = ${body.id}`)
    for (const [figure, n] of [
      ['queued', 0],
      ['not_sent', 2],
      ['delivered', 6],
      ['bounced_hard', 2],
      ['unique', 3],
      ['charged', 8],
    ] as const)
      await app.db.run(
        sql`insert into tallies (bucket, activity_id, figure, n, credits) values (0, ${body.id}, ${figure}, ${n}, ${figure === 'charged' ? '8' : '0'})`,
      )
    const { body: answer } = await app.call('GET', `${shop.base}/activities?tab=sent`, { key: shop.key })
    const found = (answer as { items: { id: number }[] }).items.find(({ id }) => id === body.id)
    expect(found).toMatchObject({
      recipients: 8,
      open: { queued: 0, retrying: 0, pending: 0 },
      deliveredRate: 0.75,
      ctr: 0.5,
      credits: '8.0000',
    })
  })
})

test('no fault of the server was logged', () => expect(app.faults).toEqual([]))

test('a paused gateway refuses a test SMS by its name, and takes a schedule; a removed one is refused at its step', async () => {
  const { body: made } = await app.call('POST', `${shop.base}/activities`, {
    key: shop.key,
    body: {
      name: 'Waits',
      content: { channel: 'sms', sender: 'Shop', body: 'Hi ##unsubscribe##' },
      sendTo: { topics: [topic], duplicates: 'all' },
      gatewayId: gateway,
    },
  })
  const at = `${shop.base}/activities/${(made as { id: number }).id}`
  const act = (path: string, body: object = {}) => app.call('POST', `${at}${path}`, { key: shop.key, body })
  await app.call('POST', `${shop.base}/gateways/${gateway}/pause`, { key: shop.key, body: {} })
  expect(await act('/test-sms', { phone: '0701740605' })).toMatchObject({
    status: 409,
    body: { code: 'activity_not_ready', title: expect.stringContaining('The gateway "Simulator" is paused.') },
  })
  expect(await act('/schedule', { sendAt: '2030-03-02T10:00:00Z' })).toMatchObject({ status: 200 })
  expect(await app.call('DELETE', `${shop.base}/gateways/${gateway}`, { key: shop.key })).toMatchObject({
    status: 409,
    body: { code: 'gateway_in_use' },
  })
  await act('/unschedule')
  // What the tests before have scheduled.
  await app.db.run(sql`update activities set state = 'cancelled' where workspace_id = ${shop.id} and state <> 'draft'`)
  expect((await app.call('DELETE', `${shop.base}/gateways/${gateway}`, { key: shop.key })).status).toBe(204)
  expect((await app.call('GET', at, { key: shop.key })).body).toMatchObject({
    problems: [
      { step: 'details', code: 'gateway_removed', sentence: expect.stringContaining('"Simulator" was removed') },
    ],
  })
})
