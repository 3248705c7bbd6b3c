/** A person who was erased is nowhere any more, and everything else stays true. */
import { expect, test } from 'vitest'
import { testApp } from '../access/make-app.ts'
import { forgetters } from '../forget.ts'
import { runLanes } from '../lanes.ts'
import { readGrouping } from '../messages/group.ts'
import type { Db } from '../platform/db.ts'
import { raw, sql } from '../platform/sql.ts'
import { later, makeSent, type Person, type Sent } from '../report/make-sent.ts'
import { checkClaimed } from '../sending/claim.ts'
import { optInAll } from '../suppression/opt-out.ts'
import { verify } from '../verify/verify.ts'
import { forgetProfile } from './forget.ts'

const app = testApp()

const attempt = { n: 1, try: 1, parts: null, at: later(1000) }
const accepted = { n: 1, part: 1, outcome: 'accepted', counts: false, at: later(1100), code: null } as const
const soft = { n: 1, part: 1, outcome: 'soft', counts: false, at: later(1100), code: '0x08' } as const

/** Everything personal of the n-th person, as it may stand anywhere; the number also without its +. */
const marks = (n: number) => ({
  firstName: `Xenia${n}`,
  lastName: `Quillfeather${n}`,
  email: `xenia${n}@private.example`,
  externalKey: `CUST-7723${n}`,
  phone: `+4670123498${n}`,
})
const person = (n: number, more: Partial<Person>): Person => ({ ...marks(n), ...more })

interface World {
  base: string
  key: string
  workspaceId: number
  sent: Sent
  ids: number[]
}

let worlds = 0

/** Five people, each with their message in another state, and with something personal in every table that can hold it. */
async function world(): Promise<World> {
  const place = await app.workspace(`Erase ${++worlds}`)
  const { db } = app
  const sent = await makeSent(
    db,
    [
      person(1, {
        facts: {
          attempts: [attempt],
          answers: [accepted],
          receipts: [{ n: 1, part: 1, outcome: 'delivered', counts: false, at: later(3000), code: 'DELIVRD 000' }],
        },
        clicks: [{ link: 0, at: later(9000), verdict: 'human' }],
        unsubscribedAt: later(20_000),
      }),
      person(2, {}),
      person(3, { facts: { attempts: [attempt], answers: [soft] } }),
      person(4, { facts: { attempts: [attempt], answers: [accepted] } }),
      person(5, { facts: { attempts: [attempt] } }),
    ],
    { workspaceId: place.id },
  )
  const { workspaceId, activityId, gatewayId, profileIds: ids } = sent
  await db.run(
    sql`update activities set code_base = ${worlds * 1_000_000}, code_span = 100000, code_length = 11 where id = ${activityId}`,
  )
  await db.run(
    sql`update messages set vars = jsonb_build_object('first_name', 'Xenia' || profile_id) where activity_id = ${activityId}`,
  )
  await db.run(sql`update answers set provider_id = 'P' || profile_id where activity_id = ${activityId}`)
  await db.run(
    sql`update profiles set attrs = '{"note": "loves orchids"}', tags = '{vip-xenia}', phone_given = null where workspace_id = ${workspaceId}`,
  )
  await db.run(
    sql`update clicks set agent = 'XeniaPhone/1.0', address_hash = 'hash-of-xenia', headers = '{"x-of": "xenia"}' where activity_id = ${activityId}`,
  )
  await db.run(sql`update opt_outs set evidence = '{"agent": "XeniaPhone/1.0"}' where activity_id = ${activityId}`)
  for (const [i, id] of ids.entries()) {
    const { phone } = marks(i + 1)
    await db.run(sql`insert into suppressions (id, workspace_id, channel, address, reason, at, evidence)
      values (nextval('suppression_ids'), ${workspaceId}, 'sms', ${phone}, 'by_hand', ${later(0)}, '{"note": "xenia called"}')`)
    await db.run(sql`insert into outbox (bucket, activity_id, profile_id, kind, workspace_id, body, at)
      values (${id & 255}, ${activityId}, ${id}, 'hard_bounce', ${workspaceId}, ${JSON.stringify({ phone })}::jsonb, ${later(0)})`)
    await consent(db, workspaceId, id)
    await db.run(sql`insert into replies (bucket, profile_id, source, seq, workspace_id, gateway_id, activity_id, phone, sender, text, kind, at)
      values (${id & 255}, ${id}, 3, ${id}, ${workspaceId}, ${gatewayId}, ${activityId}, ${phone}, 'Acme', 'who is this, says Xenia', 'other', ${later(0)})`)
    const number = phone.slice(1)
    const bodies: [source: number, kind: string, body: object][] = [
      [
        1,
        'receipt',
        { providerId: `P${id}`, state: 'delivered', counts: false, code: 'DELIVRD 000', number, sender: 'Acme' },
      ],
      [
        2,
        'click',
        {
          codeNumber: 1,
          method: 'GET',
          agent: 'XeniaPhone/1.0',
          addressHash: 'hash-of-xenia',
          headers: { 'x-of': 'xenia' },
        },
      ],
      [3, 'reply', { number, sender: 'Acme', text: 'who is this, says Xenia' }],
      [4, 'receipt', { providerId: 'unknown', state: 'delivered', counts: false, code: '', number, sender: 'Acme' }],
    ]
    for (const [source, kind, body] of bodies)
      await db.run(sql`insert into inbox (source, seq, kind, gateway_id, at, body)
        values (${source}, ${source === 3 || source === 4 ? id : id * 1000}, ${kind}, ${gatewayId}, ${later(0)}, ${JSON.stringify(body)}::json)`)
    await db.run(sql`insert into waiting (source, seq, kind, gateway_id, at, body, number, next_try_at)
      values (4, ${id}, 'receipt', ${gatewayId}, ${later(0)}, ${JSON.stringify(bodies[3]?.[2])}::json, ${number}, '2099-01-01')`)
  }
  // A raw record belongs to a person by its fact: who has no receipt or click has no record either.
  await db.run(
    sql`delete from inbox i where i.source = 1 and not exists (select from receipts r where r.source = 1 and r.seq = i.seq)`,
  )
  await db.run(
    sql`delete from inbox i where i.source = 2 and not exists (select from clicks c where c.source = 2 and c.seq = i.seq)`,
  )
  await db.run(sql`insert into ledger (workspace_id, activity_id, kind, credits, at)
    select ${workspaceId}::int, t.activity_id, 'charge', -sum(t.credits), ${later(0)} from tallies t
    where t.activity_id = ${activityId} and t.figure = 'charged' group by t.activity_id`)
  return { base: place.base, key: place.key, workspaceId, sent, ids }
}

async function consent(db: Db, workspaceId: number, id: number): Promise<void> {
  await db.run(
    sql`insert into topics (workspace_id, name, created_at) values (${workspaceId}, 'Offers', ${later(0)}) on conflict do nothing`,
  )
  const topic = sql`(select id from topics where workspace_id = ${workspaceId} and name = 'Offers')`
  await db.run(sql`insert into consents (bucket, profile_id, workspace_id, topic_id, channel, at, granted, source, evidence)
    select ${id & 255}, ${id}, ${workspaceId}, ${topic}, 'sms', ${later(0)}, true, 'Xenia said so', '{"value": "yes, xenia"}'`)
  await db.run(sql`insert into current_consents (bucket, profile_id, workspace_id, topic_id, channel, at, granted)
    select ${id & 255}, ${id}, ${workspaceId}, ${topic}, 'sms', ${later(0)}, true`)
}

/** Where in the whole database one of these words stands, in any column of any table. */
async function standing(db: Db, words: readonly string[]): Promise<string[]> {
  const tables = await db.query<{ name: string }>(
    sql`select tablename as name from pg_tables where schemaname = 'public' order by 1`,
  )
  const pattern = words.map(word => word.replace(/[.+\\]/g, '\\$&')).join('|')
  const found: string[] = []
  for (const { name } of tables) {
    const rows = await db.query<{ row: string }>(
      sql`select t::text as row from ${raw(`"${name}"`)} t where t::text ~* ${pattern}`,
    )
    found.push(...rows.map(({ row }) => `${name}: ${row}`))
  }
  return found
}

const words = [1, 2, 3, 4, 5].flatMap(n => Object.values(marks(n)).map(word => word.replace('+', '')))
const everything = ['xenia', 'orchids', ...words]

async function erase({ base, key }: World, id: number | undefined) {
  const { status, body } = await app.call('POST', `${base}/profiles/${id}/erase`, { key, body: { confirm: 'erase' } })
  expect(status, JSON.stringify(body)).toBe(200)
}

const statuses = async ({ sent }: World) =>
  (
    await app.db.query<{ status: string; why: string | null }>(
      sql`select status, stop_reason as why from messages where activity_id = ${sent.activityId} order by profile_id`,
    )
  ).map(({ status, why }) => [status, why])

test('no table holds anything personal any more, keys and figures stay, and verify finds nothing', async () => {
  const made = await world()
  expect((await standing(app.db, everything)).length).toBeGreaterThan(40)
  expect((await verify(app.db, { activityId: made.sent.activityId, ledgerWaitMs: 0 })).differences).toEqual([])
  for (const id of made.ids) await erase(made, id)
  expect(await standing(app.db, everything)).toEqual([])
  expect(await statuses(made)).toEqual([
    ['delivered', null],
    ['not_sent', 'erased'],
    ['bounced_soft_final', 'erased'],
    ['pending', null],
    // Its attempt is with the gateway: the check of the next claim stops it.
    ['queued', null],
  ])
  expect((await verify(app.db, { ledgerWaitMs: 0 })).differences).toEqual([])
  const report = await app.call('GET', `${made.base}/activities/${made.sent.activityId}/report`, { key: made.key })
  expect(report.body).toMatchObject({ figures: { targeted: 5, delivered: 1, clicks: 1, unique: 1, unsubscribed: 1 } })
})

test('an erased profile says so, in its view and in the lists of a report, and is in no list of profiles', async () => {
  const made = await world()
  const { base, key } = made
  const [first] = made.ids
  await erase(made, first)
  const view = await app.call('GET', `${base}/profiles/${first}`, { key })
  expect(view.body).toMatchObject({
    profile: { firstName: null, phone: null, attributes: {}, tags: [], erasedAt: expect.any(String) },
    blockers: ['erased'],
    consents: [
      { topic: 'Offers', granted: false, source: 'erased' },
      { topic: 'Offers', granted: true, source: 'erased' },
    ],
  })
  const list = await app.call('GET', `${base}/profiles`, { key })
  expect(list.body).toMatchObject({ items: { length: 4 }, total: { n: 4, exact: true } })
  const tab = await app.call('GET', `${base}/activities/${made.sent.activityId}/lists/delivered`, { key })
  expect(tab.body).toMatchObject({ items: [{ name: 'Erased', phone: null, email: null, externalKey: null }] })
  const file = await app.call('GET', `${base}/activities/${made.sent.activityId}/export/delivered`, { key })
  expect(String(file.body).split('\n')[1]).toContain('Erased')
})

test('a number that comes back is still refused, and only then stands in clear again', async () => {
  const made = await world()
  const { base, key } = made
  const [first] = made.ids
  await erase(made, first)
  const { phone } = marks(1)
  const back = await app.call('POST', `${base}/profiles`, {
    key,
    body: {
      profiles: [
        { externalKey: 'NEW', phone, consents: [{ topic: 'Offers', channel: 'sms', granted: true, source: 'form' }] },
      ],
    },
  })
  const id = (back.body as { results: { profileId: number }[] }).results[0]?.profileId
  expect(id).not.toBe(first)
  const view = await app.call('GET', `${base}/profiles/${id}`, { key })
  expect(view.body).toMatchObject({
    blockers: ['opted_out', 'suppressed'],
    optOuts: [{ topic: null, source: 'link', releasedAt: null }],
  })
  // The same number in another workspace is another number.
  const other = await app.workspace('Not concerned')
  await app.call('POST', `${other.base}/profiles`, { key: other.key, body: { profiles: [{ phone }] } })
  const [{ n } = { n: -1 }] = await app.db.query<{ n: number }>(
    sql`select count(*)::int as n from opt_outs where workspace_id = ${other.id}`,
  )
  expect(n).toBe(0)
})

test('a number that somebody else has too stays with them, its own no included', async () => {
  const made = await world()
  const { phone } = marks(1)
  const twin = await app.call('POST', `${made.base}/profiles`, {
    key: made.key,
    body: { profiles: [{ externalKey: 'TWIN', phone }] },
  })
  const id = (twin.body as { results: { profileId: number }[] }).results[0]?.profileId
  await erase(made, made.ids[0])
  const view = await app.call('GET', `${made.base}/profiles/${id}`, { key: made.key })
  expect(view.body).toMatchObject({ profile: { phone, phoneShared: false }, blockers: ['opted_out', 'suppressed'] })
  await erase(made, id)
  expect(await standing(app.db, [phone.slice(1)])).not.toContainEqual(expect.stringContaining(`,${made.workspaceId},`))
})

test('what comes in afterwards finds its message and leaves nothing personal', async () => {
  const made = await world()
  const { db } = app
  const { gatewayId, activityId } = made.sent
  const inFlight = made.ids[3] ?? 0
  for (const id of made.ids) await erase(made, id)
  const code = worlds * 1_000_000 + inFlight
  const before = await standing(db, everything)
  const source = 50 + worlds
  await db.run(sql`insert into inbox_sources (id, process, started_at) values (${source}, 'test', ${later(0)})`)
  const bodies: [string, object][] = [
    [
      'receipt',
      {
        providerId: `P${inFlight}`,
        state: 'delivered',
        counts: false,
        code: 'DELIVRD 000',
        number: marks(4).phone.slice(1),
        sender: 'Acme',
      },
    ],
    ['click', { codeNumber: code, method: 'GET', agent: 'XeniaPhone/1.0', addressHash: 'hash-of-xenia' }],
  ]
  for (const [i, [kind, body]] of bodies.entries())
    await db.run(sql`insert into inbox (source, seq, kind, gateway_id, at, body)
      values (${source}, ${i + 1}, ${kind}, ${kind === 'receipt' ? gatewayId : null}, ${later(30_000)}, ${JSON.stringify(body)}::json)`)
  const { clock, log } = app.deps
  await db.run(sql`update answers set at = ${clock.now()} where activity_id = ${activityId}`)
  const lanes = runLanes({
    open: () => ({ ...db, end: async () => {} }),
    leases: db,
    clock,
    log,
    grouping: await readGrouping(db, 7),
  })
  await expect
    .poll(
      async () =>
        (await db.query<{ w: number }>(sql`select watermark as w from inbox_sources where id = ${source}`))[0]?.w,
    )
    .toBe(2)
  await lanes.stop()
  expect((await statuses(made))[3]).toEqual(['delivered', null])
  expect(await standing(db, everything)).toEqual(before)
  const clicks = await db.query(sql`select from clicks where activity_id = ${activityId}`)
  expect(clicks).toHaveLength(1)
})

test('needs a word, the right role, and no lock; a second time changes nothing', async () => {
  const made = await world()
  const { base, key } = made
  const [first] = made.ids
  expect((await app.call('POST', `${base}/profiles/${first}/erase`, { key, body: {} })).status).toBe(400)
  await app.call('PUT', `${base}/profiles/${first}/lock`, { key, body: { reason: 'dispute' } })
  const refused = await app.call('POST', `${base}/profiles/${first}/erase`, { key, body: { confirm: 'erase' } })
  expect(refused).toMatchObject({ status: 409, body: { code: 'profile_locked' } })
  await app.call('DELETE', `${base}/profiles/${first}/lock`, { key })
  await erase(made, first)
  await erase(made, first)
  const [{ n } = { n: 0 }] = await app.db.query<{ n: number }>(
    sql`select count(*)::int as n from audit where workspace_id = ${made.workspaceId} and action = 'profile.erase' and subject = ${`profile ${first}`}`,
  )
  expect(n).toBe(1)
  const other = await app.workspace('Elsewhere')
  const strange = await app.call('POST', `${other.base}/profiles/${made.ids[1]}/erase`, {
    key: other.key,
    body: { confirm: 'erase' },
  })
  expect(strange.status).toBe(404)
  const editor = await app.workspace('By an editor', 'editor')
  const forbidden = await app.call('POST', `${editor.base}/profiles/1/erase`, {
    key: editor.key,
    body: { confirm: 'erase' },
  })
  expect(forbidden.status).toBe(403)
})

test('an erase that fails half way has done nothing', async () => {
  const made = await world()
  const input = { workspaceId: made.workspaceId, profileId: made.ids[0] ?? 0, actor: 'test', now: later(0) }
  const broken = async () => {
    throw new Error('broken')
  }
  await expect(forgetProfile(app.db, input, [...forgetters, broken])).rejects.toThrow('broken')
  expect((await standing(app.db, [marks(1).email])).length).toBeGreaterThan(0)
  for (const id of made.ids) await erase(made, id)
})

test("the person's own START lifts what was kept of their number", async () => {
  const made = await world()
  await erase(made, made.ids[0])
  const { phone } = marks(1)
  await app.db.tx(tx => optInAll(tx, [{ workspaceId: made.workspaceId, phone, topicIds: null, now: later(60_000) }]))
  const optOuts = await app.db.query<{ phone: string; by: string | null }>(
    sql`select phone, released_by as by from opt_outs where workspace_id = ${made.workspaceId}`,
  )
  expect(optOuts).toEqual([{ phone, by: 'person' }])
})

test('what is claimed already is held back by the check before it is written', async () => {
  const made = await world()
  const [, , , , claimed = 0] = made.ids
  await erase(made, claimed)
  const [checked] = await checkClaimed(
    app.db,
    made.sent.activityId,
    [],
    [{ bucket: claimed & 255, profileId: claimed }],
  )
  expect(checked).toMatchObject({ barred: 'erased' })
})
