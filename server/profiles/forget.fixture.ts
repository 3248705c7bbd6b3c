/** A person in every table that can contain one, for the tests of an erase and of an export. */
import type { TestApp } from '../access/app.fixture.ts'
import { makeTestSms } from '../activities/test-sms.fixture.ts'
import { record } from '../messages/record.ts'
import { Tallies } from '../messages/tallies.ts'
import { testKey } from '../messages/test-sms.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { raw, sql } from '../platform/db/sql.ts'
import { later, makeSent, type SentActivity, type SentPerson } from '../report/sent.fixture.ts'

const attempt = { n: 1, try: 1, parts: null, at: later(1000) }
const accepted = { n: 1, part: 1, outcome: 'accepted', counts: false, at: later(1100), code: null } as const
const soft = { n: 1, part: 1, outcome: 'soft', counts: false, at: later(1100), code: 'smpp:0x08' } as const

/** Everything personal of the n-th person, in every form in which it may occur; the number also without its +. */
export const marks = (n: number) => ({
  firstName: `Xenia${n}`,
  lastName: `Quillfeather${n}`,
  email: `xenia${n}@private.example`,
  externalKey: `CUST-7723${n}`,
  phone: `+4670123498${n}`,
})
const person = (n: number, more: Partial<SentPerson>): SentPerson => ({ ...marks(n), ...more })

export interface ForgetWorld {
  base: string
  key: string
  workspaceId: number
  sent: SentActivity
  ids: number[]
}

let worlds = 0

/** The base of the short codes of the latest world. */
export const codeBase = () => worlds * 1_000_000

/** Five people, each with a message in another state and something personal in every table that can contain it. */
export async function makeWorld(app: TestApp): Promise<ForgetWorld> {
  const place = await app.workspace(`Erase ${++worlds}`)
  const { db } = app
  const sent = await makeSent(
    db,
    [
      person(1, {
        facts: {
          attempts: [attempt],
          answers: [accepted],
          receipts: [{ n: 1, part: 1, outcome: 'delivered', counts: false, at: later(3000), code: 'dlr:delivrd' }],
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
    sql`update activities set code_base = ${codeBase()}, code_span = 100000, code_length = 11 where id = ${activityId}`,
  )
  await db.run(
    sql`update messages set vars = jsonb_build_object('first_name', 'Xenia' || profile_id) where activity_id = ${activityId}`,
  )
  await db.run(sql`update answers set provider_id = 'P' || profile_id where activity_id = ${activityId}`)
  await db.run(
    sql`update profiles set attrs = '{"note": "loves orchids"}', tags = '{vip-xenia}', phone_given = null where workspace_id = ${workspaceId}`,
  )
  const [tagging] = await db.query<{ id: number }>(sql`
    insert into taggings (workspace_id, add_tags, remove_tags, definition, is_searched, actor, state, bucket, created_at, queued_at, stepped_at)
    values (${workspaceId}, '{vip}', '{}', '{}', false, 'test', 'done', 256, ${later(0)}, ${later(0)}, ${later(0)}) returning id`)
  await db.run(sql`insert into tagged_profiles (bucket, tagging_id, profile_id, workspace_id, added, removed)
    select p.bucket, ${tagging!.id}::int, p.profile_id, p.workspace_id, p.tags, '{}' from profiles p where p.workspace_id = ${workspaceId}`)
  const [change] = await db.query<{ id: number }>(sql`
    insert into attribute_changes (workspace_id, name, from_type, to_type, style, actor, state, bucket, created_at, stepped_at)
    values (${workspaceId}, 'note', 'text', 'date', '{}', 'test', 'done', 256, ${later(0)}, ${later(0)}) returning id`)
  await db.run(sql`insert into changed_values (bucket, change_id, profile_id, workspace_id, value, written)
    select p.bucket, ${change!.id}::int, p.profile_id, p.workspace_id, '"loves orchids"', 'loves orchids' from profiles p where p.workspace_id = ${workspaceId}`)
  await db.run(
    sql`update clicks set agent = 'XeniaPhone/1.0', address_hash = 'hash-of-xenia', headers = '{"x-of": "xenia"}' where activity_id = ${activityId}`,
  )
  await db.run(sql`update opt_outs set evidence = '{"agent": "XeniaPhone/1.0"}' where activity_id = ${activityId}`)
  for (const [i, id] of ids.entries()) {
    const { phone, email } = marks(i + 1)
    await db.run(sql`insert into suppressions (id, workspace_id, channel, address, reason, at, evidence)
      values (nextval('suppression_ids'), ${workspaceId}, 'sms', ${phone}, 'by_hand', ${later(0)}, '{"note": "xenia called"}')`)
    await db.run(sql`insert into suppressions (id, workspace_id, channel, address, reason, at, evidence)
      values (nextval('suppression_ids'), ${workspaceId}, 'email', ${email}, 'by_hand', ${later(0)}, '{"note": "xenia wrote"}')`)
    await db.run(sql`insert into opt_outs (id, workspace_id, channel, address, at, source, evidence)
      values (nextval('opt_out_ids'), ${workspaceId}, 'email', ${email}, ${later(0)}, 'person', '{"note": "xenia wrote"}')`)
    await db.run(sql`insert into outbox (bucket, activity_id, profile_id, kind, workspace_id, body, at)
      values (${id & 255}, ${activityId}, ${id}, 'hard_bounce', ${workspaceId}, ${JSON.stringify({ address: phone })}::jsonb, ${later(0)})`)
    await consent(db, workspaceId, id)
    await testSms(db, sent, id, phone)
    await view(db, sent, id)
    await websiteVisit(db, sent, id)
    await db.run(sql`insert into replies (bucket, profile_id, source, seq, workspace_id, gateway_id, activity_id, address, sender, text, kind, at)
      values (${id & 255}, ${id}, 3, ${id}, ${workspaceId}, ${gatewayId}, ${activityId}, ${phone}, 'Acme', 'who is this, says Xenia', 'other', ${later(0)})`)
    const number = phone.slice(1)
    const bodies: [source: number, kind: string, body: object][] = [
      [
        1,
        'receipt',
        { providerId: `P${id}`, state: 'delivered', counts: false, code: 'dlr:delivrd', number, sender: 'Acme' },
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
  // A raw record belongs to a person through its fact: without a receipt or click there is no record.
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

/** A test SMS to the number and its receipt, over another gateway of the account. */
async function testSms(
  db: Database,
  { workspaceId, activityId, gatewayId }: SentActivity,
  id: number,
  phone: string,
): Promise<void> {
  const [beside] = await db.query<{ id: number }>(sql`
    insert into gateways (workspace_id, name, kind, settings, account, password, test, created_at)
    select g.workspace_id, ${`beside ${id}`}, g.kind, g.settings, g.account, g.password, g.test, g.created_at from gateways g where g.id = ${gatewayId} returning id`)
  const testId = await makeTestSms(db, {
    workspaceId,
    draft: activityId,
    gatewayId,
    phone,
    sender: 'Acme',
    body: 'Hi ##first_name##',
    vars: { first_name: 'Xenia' },
    now: later(0),
    codeBase: 900_000_000 + 10 * id,
    urls: ['https://x.example/?n=##first_name##'],
  })
  const key = testKey(testId)
  await db.tx(async tx => {
    const tallies = new Tallies()
    await tx.run(sql`insert into attempts (bucket, activity_id, profile_id, n, try, gateway_id, session_id, at)
      values (${key.bucket}, ${testId}, ${key.profileId}, 1, 1, ${gatewayId}, 0, ${later(1)})`)
    const accepted = { n: 1, part: 1, outcome: 'accepted' as const, counts: false, at: later(5), code: null, gatewayId }
    const pending = { n: 1, part: 1, outcome: 'pending' as const, counts: false, at: later(10), code: null }
    await record(
      tx,
      [{ ...key, answers: [{ ...accepted, providerId: `T${id}` }], receipts: [{ ...pending, source: 5, seq: id }] }],
      tallies,
    )
    await tallies.flush(tx, key.bucket)
  })
  await db.run(sql`insert into ledger (workspace_id, activity_id, kind, credits, at)
    values (${workspaceId}, ${testId}, 'charge', -1, ${later(0)})`)
  const body = {
    providerId: `T${id}`,
    state: 'pending',
    counts: false,
    code: '',
    number: phone.slice(1),
    sender: 'Acme',
  }
  await db.run(sql`insert into inbox (source, seq, kind, gateway_id, at, body)
    values (5, ${id}, 'receipt', ${beside!.id}, ${later(10)}, ${JSON.stringify(body)}::json)`)
}

/** The opt-out page was opened. */
async function view(db: Db, { workspaceId, activityId }: SentActivity, id: number): Promise<void> {
  await db.run(sql`insert into opt_out_views (bucket, activity_id, profile_id, source, seq, workspace_id, at, method, agent, address_hash)
    values (${id & 255}, ${activityId}, ${id}, 6, ${id}, ${workspaceId}, ${later(0)}, 'GET', 'XeniaTablet/1.0', 'tablet-of-xenia')`)
  const body = { codeNumber: 1, method: 'GET', agent: 'XeniaTablet/1.0', addressHash: 'tablet-of-xenia' }
  await db.run(sql`insert into inbox (source, seq, kind, at, body)
    values (6, ${id}, 'opt_out_view', ${later(0)}, ${JSON.stringify(body)}::json)`)
}

/** Came by the link, searched for something personal, and was known from then on. */
async function websiteVisit(db: Db, { workspaceId, activityId, linkIds }: SentActivity, id: number): Promise<void> {
  const [bucket, link, browser] = [id & 255, linkIds[0], `00000000-0000-4000-8000-${String(id).padStart(12, '0')}`]
  await db.run(sql`insert into visitors (visitor_id, workspace_id, website_id, profile_id, known_by, activity_id, link_id, clicked_at, since, seen_at)
    values (${browser}::text::uuid, ${workspaceId}, 1, ${id}, 'link', ${activityId}, ${link}, ${later(9000)}, ${later(9000)}, ${later(9000)})`)
  await db.run(sql`insert into visitor_links (bucket, profile_id, activity_id, link_id, clicked_at, visitor_id, workspace_id)
    values (${bucket}, ${id}, ${activityId}, ${link}, ${later(9000)}, ${browser}::text::uuid, ${workspaceId})`)
  await db.run(sql`insert into website_events (bucket, profile_id, event_key, workspace_id, website_id, kind, name, search, properties, known_by, visitor_id,
      at, received_at, source, seq)
    values (${bucket}, ${id}, ${browser}::text::uuid, ${workspaceId}, 1, 'track', 'Xenia wrote', 'quillfeather', '{"note": "from xenia"}', 'link',
      ${browser}::text::uuid, ${later(9000)}, ${later(9000)}, 7, ${id})`)
  const body = {
    websiteId: 1,
    workspaceId,
    kind: 'track',
    key: browser,
    at: later(9000).getTime(),
    name: 'Xenia wrote',
  }
  await db.run(sql`insert into inbox (source, seq, kind, at, body)
    values (7, ${id}, 'website_event', ${later(9000)}, ${JSON.stringify(body)}::json)`)
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

/** Searches all columns of all tables for one of these words. */
export async function standing(db: Db, words: readonly string[]): Promise<string[]> {
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
export const everything = ['xenia', 'orchids', ...words]
