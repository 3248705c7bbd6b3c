/** A person who was erased is nowhere any more, and everything else stays true. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { testApp } from '../access/app.fixture.ts'
import { readGrouping } from '../messages/group.ts'
import { owners } from '../personal-data-owners.ts'
import { sql } from '../platform/db/sql.ts'
import { later } from '../report/sent.fixture.ts'
import { runLanes } from '../run-lanes.ts'
import { checkClaimed } from '../sending/claim.ts'
import { optInAll } from '../suppression/opt-out.ts'
import { verify } from '../verify/verify.ts'
import { codeBase, everything, type ForgetWorld, makeWorld, marks, standing } from './forget.fixture.ts'
import { forgetProfile } from './forget.ts'

const app = testApp()
const world = () => makeWorld(app)

async function erase({ base, key }: ForgetWorld, id: number | undefined) {
  const { status, body } = await app.call('POST', `${base}/profiles/${id}/erase`, { key, body: { confirm: 'erase' } })
  expect(status, JSON.stringify(body)).toBe(200)
}

const statuses = async ({ sent }: ForgetWorld) =>
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

test('no file of the data folder names the person any more: rejected rows, the memory of the simulator', async () => {
  const made = await world()
  const { dataFolder } = app.deps.config
  const imports = join(dataFolder, 'imports')
  const simulator = join(dataFolder, 'simulator')
  for (const folder of [imports, simulator]) mkdirSync(folder, { recursive: true })
  const [row] = await app.db.query<{ id: number }>(sql`
    insert into imports (workspace_id, file_name, options, state, created_at, finished_at, rejected_rows)
    values (${made.workspaceId}, 'list.csv', '{}', 'done', ${later(0)}, ${later(0)}, 'x') returning id`)
  const rejected = join(imports, `${row!.id}-rejected.csv`)
  const { lastName, email, phone } = marks(1)
  writeFileSync(
    rejected,
    [
      'line,column,value,reason',
      '2,points,"a\r\n""b"" ',
      `${lastName}",no`,
      '3,points,other,no',
      `4,e,${email.toUpperCase()},no`,
      '5,m,070-123 49 81,no',
      '6,m,＋４６７０１２３４９８１,no',
      '7,m,٠٧٠١٢٣٤٩٨١,no',
      '',
    ].join('\r\n'),
  )
  const journal = join(simulator, 'simulator.journal')
  const number = phone.slice(1)
  writeFileSync(
    journal,
    `b 2026-11-01T12:00:00.000Z\na ${number} 1f delivered =Acme =1\na 46701740606 1f delivered =Acme =2\nu ${number} 1f http://x/1\n`,
  )
  for (const id of made.ids) await erase(made, id)
  expect(readFileSync(rejected, 'utf8')).toBe('line,column,value,reason\r\n3,points,other,no\r\n')
  const kept = readFileSync(journal, 'utf8').split('\n')
  expect(kept).toEqual([
    expect.stringMatching(/^b /),
    expect.stringMatching(/^#+$/),
    'a 46701740606 1f delivered =Acme =2',
    expect.stringMatching(/^#+$/),
    '',
  ])
  for (const name of readdirSync(dataFolder, { recursive: true, withFileTypes: true }))
    if (name.isFile())
      expect(readFileSync(join(name.parentPath, name.name), 'utf8')).not.toMatch(
        new RegExp(everything.join('|').replaceAll('+', ''), 'i'),
      )
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

test('a number that comes back is still refused, and only then is stored in clear again', async () => {
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
  const code = codeBase() + inFlight
  const before = await standing(db, everything)
  const source = 50 + codeBase() / 1_000_000
  await db.run(sql`insert into inbox_sources (id, process, started_at) values (${source}, 'test', ${later(0)})`)
  const bodies: [string, object][] = [
    [
      'receipt',
      {
        providerId: `P${inFlight}`,
        state: 'delivered',
        counts: false,
        code: 'dlr:delivrd',
        number: marks(4).phone.slice(1),
        sender: 'Acme',
      },
    ],
    ['click', { codeNumber: code, method: 'GET', agent: 'XeniaPhone/1.0', addressHash: 'hash-of-xenia' }],
    [
      'receipt',
      {
        providerId: `Q${inFlight}`,
        state: 'delivered',
        counts: false,
        code: 'dlr:delivrd',
        number: marks(4).phone.slice(1),
        sender: 'Acme',
      },
    ],
  ]
  for (const [i, [kind, body]] of bodies.entries())
    await db.run(sql`insert into inbox (source, seq, kind, gateway_id, at, body)
      values (${source}, ${i + 1}, ${kind}, ${kind === 'receipt' ? gatewayId : null}, ${later(30_000)}, ${JSON.stringify(body)}::json)`)
  const { clock, log } = app.deps
  await db.run(sql`update answers set provider_id = ${`Q${inFlight}`} where activity_id = (
    select id from activities where kind = 'test' and workspace_id = ${made.workspaceId} order by id offset 3 limit 1)`)
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
    .toBe(3)
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
  const input = {
    workspaceId: made.workspaceId,
    profileId: made.ids[0] ?? 0,
    actor: 'test',
    now: later(0),
    dataFolder: null,
  }
  const broken = async () => {
    throw new Error('broken')
  }
  await expect(forgetProfile(app.db, input, [...owners, { places: [], forget: broken }])).rejects.toThrow('broken')
  expect((await standing(app.db, [marks(1).email])).length).toBeGreaterThan(0)
  for (const id of made.ids) await erase(made, id)
})

test("the person's own START lifts what was kept of their number", async () => {
  const made = await world()
  await erase(made, made.ids[0])
  const { phone } = marks(1)
  await app.db.tx(tx =>
    optInAll(tx, [
      { workspaceId: made.workspaceId, channel: 'sms', address: phone, topicIds: null, now: later(60_000) },
    ]),
  )
  const optOuts = await app.db.query<{ phone: string; by: string | null }>(
    sql`select address as phone, released_by as by from opt_outs where workspace_id = ${made.workspaceId} and channel = 'sms'`,
  )
  expect(optOuts).toEqual([{ phone, by: 'person' }])
})

test('what is claimed already is held back by the check before it is written', async () => {
  const made = await world()
  const [, , , , claimed = 0] = made.ids
  await erase(made, claimed)
  const [checked] = await checkClaimed(app.db, { activityId: made.sent.activityId, channel: 'sms', topics: [] }, [
    { bucket: claimed & 255, profileId: claimed },
  ])
  expect(checked).toMatchObject({ barred: 'erased' })
})

test('an opt-out and a closing of an e-mail address go with the person, and hold again when the address comes back', async () => {
  const made = await world()
  const { email, phone } = marks(2)
  const stored = () =>
    app.db.query<{ address: string; sealed: boolean }>(sql`
      select o.address, o.sealed_address is not null as sealed from opt_outs o where o.workspace_id = ${made.workspaceId} and o.channel = 'email'
      union all select s.address, s.sealed_address is not null from suppressions s
      where s.workspace_id = ${made.workspaceId} and s.channel = 'email'`)
  await erase(made, made.ids[1])
  expect((await stored()).filter(row => row.sealed)).toEqual([
    { address: 'erased', sealed: true },
    { address: 'erased', sealed: true },
  ])
  const body = { profiles: [{ externalKey: 'back', email: email.toUpperCase(), phone: '+46701740699' }] }
  const back = await app.call('POST', `${made.base}/profiles`, { key: made.key, body })
  expect((await stored()).filter(row => row.address === email)).toEqual([
    { address: email, sealed: false },
    { address: email, sealed: false },
  ])
  const [{ profileId }] = (back.body as { results: [{ profileId: number }] }).results
  const view = await app.call('GET', `${made.base}/profiles/${profileId}`, { key: made.key })
  // The number is another one: an SMS may be sent.
  expect(view.body).toMatchObject({
    blockers: [],
    optOuts: [{ channel: 'email', address: email, releasedAt: null }],
    suppressions: [{ channel: 'email', address: email, releasedAt: null }],
  })
  expect(JSON.stringify(await standing(app.db, [phone]))).not.toContain('opt_outs')
})

test('an opt-out on a channel of a later version holds on by its hash', async () => {
  const made = await world()
  const [id = 0] = made.ids
  await app.db.run(sql`insert into opt_outs (id, workspace_id, channel, address, at, source, profile_id, evidence)
    values (nextval('opt_out_ids'), ${made.workspaceId}, 'fax', 'xenia1 by fax', ${later(0)}, 'person', ${id}, '{"note": "xenia1"}')`)
  await erase(made, id)
  const rows = await app.db.query(
    sql`select address, evidence, length(sealed_address) as hash from opt_outs where channel = 'fax'`,
  )
  expect(rows).toEqual([{ address: 'erased', evidence: {}, hash: 64 }])
})
