/** Returned e-mails from the socket to the report: taken by the receiver, durable, matched by their token, folded, listed where they say nothing. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import { afterAll, expect, test } from 'vitest'
import { freshDatabase } from '../../test/database.ts'
import { until } from '../../test/processes.ts'
import { at, makeSent } from '../clicks/ring.fixture.ts'
import { openInbox } from '../inbox/append.ts'
import { forgetRecords, recordsOf } from '../inbox/forget.ts'
import { makeMailTokens } from '../links/mail-token.ts'
import { makeClock } from '../platform/clock.ts'
import { openDatabase } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { ensureInstallation } from '../platform/installation/installation.ts'
import { createLog } from '../platform/log.ts'
import { runLanes } from '../run-lanes.ts'
import { verify } from '../verify/verify.ts'
import { mailReportKind } from './mail-report-kind.ts'
import { startReceiver } from './report-receiver.ts'
import { complaint, deliveryReport, plainLetter } from './reports.fixture.ts'

const database = await freshDatabase()
const db = openDatabase({ connection: database.connection, lane: 'test', max: 8 })
const { linkKeys } = await ensureInstallation(db, { identity: 'test', now: at(0) })
const tokens = makeMailTokens(linkKeys)
const clock = makeClock(1, Date.now(), at(60).getTime())
const log = createLog({ part: 'test', level: 'silent' })
const folder = mkdtempSync(join(tmpdir(), 'homing-mail-reports-'))
const inbox = await openInbox({ connection: database.connection, process: 'test', spoolFolder: folder, clock, log })
const receiver = await startReceiver({
  ...{ port: 0, host: '127.0.0.1', tokens, inbox, now: () => clock.now(), warn: () => {} },
})
const lanes = runLanes({
  open: () => ({ ...db, end: async () => {} }),
  leases: db,
  clock,
  log,
  grouping: { byBucket: false, writer: 0 },
})
afterAll(async () => {
  await receiver.close()
  await lanes.stop()
  await inbox.close()
  await db.end()
  await database.drop()
  rmSync(folder, { recursive: true, force: true })
})

const profiles = [1, 2, 3, 4, 5, 6, 7, 8, 9]
const sent = await makeSent(db, { profiles })
const addressOf = (profile: number) => `p${profile}@example.net`
const tokenOf = (profile: number) => tokens.seal(sent.number(0, profile))
await db.run(
  sql`update activities set content = content || '{"channel": "email"}'::jsonb, frozen_at = ${at(0)} where id = ${sent.activityId}`,
)
await db.run(sql`insert into attempts (bucket, activity_id, profile_id, n, try, gateway_id, session_id, at)
  select m.bucket, m.activity_id, m.profile_id, 1, 1, ${sent.gatewayId}, 1, ${at(0)} from messages m`)
await db.run(sql`insert into answers (bucket, activity_id, profile_id, n, part, outcome, counts, gateway_id, at)
  select m.bucket, m.activity_id, m.profile_id, 1, 0, 'accepted', false, ${sent.gatewayId}, ${at(0)} from messages m`)
await db.run(
  sql`update messages set address = 'p' || profile_id || '@example.net', status = 'delivered', status_at = ${at(0)}, charged = true`,
)
await db.run(
  sql`insert into tallies (bucket, activity_id, figure, n) values (0, ${sent.activityId}, 'delivered', ${profiles.length}), (0, ${sent.activityId}, 'charged', ${profiles.length})`,
)

/** The reply of the receiver: 250, or why not. */
async function deliver(to: string, raw: Buffer): Promise<number> {
  const connection = new SMTPConnection({ host: '127.0.0.1', port: receiver.port, ignoreTLS: true })
  connection.on('error', () => {})
  await new Promise<void>(resolve => connection.connect(() => resolve()))
  const code = await new Promise<number>(resolve => {
    connection.send({ from: '', to: [to] }, raw, error => resolve(error === null ? 250 : (error.responseCode ?? 0)))
  })
  connection.close()
  return code
}

const returnTo = (profile: number) => `b-${tokenOf(profile)}@bounce.example.com`
const statusOf = async (profile: number) =>
  (
    await db.query<{ status: string; code: string | null }>(
      sql`select status, code from messages where bucket = ${profile & 255} and activity_id = ${sent.activityId} and profile_id = ${profile}`,
    )
  )[0]
const listed = () => db.query<{ why: string }>(sql`select why from waiting where kind = 'mail_report' order by at, seq`)

async function becomes(profile: number, status: string): Promise<void> {
  await until(`the message is ${status}`, async () => (await statusOf(profile))?.status === status, {
    seen: () => statusOf(profile),
  })
}

test('a report of no such mailbox makes a delivered e-mail a hard bounce; twice is once', async () => {
  expect(await deliver(returnTo(1), deliveryReport({ token: tokenOf(1) }))).toBe(250)
  await becomes(1, 'bounced_hard')
  expect((await statusOf(1))?.code).toBe('smtp:5.1.1')
  expect(await deliver(returnTo(1).toUpperCase(), deliveryReport({ token: tokenOf(1) }))).toBe(250)
})

test('a relay that gave up on a full mailbox makes it a soft bounce', async () => {
  const full = { status: '5.0.0', diagnostic: 'smtp; 452 4.2.2 over quota' }
  expect(await deliver(returnTo(2), deliveryReport({ token: tokenOf(2), ...full }))).toBe(250)
  await becomes(2, 'bounced_soft_retrying')
})

test('a complaint opts the address out of all e-mail', async () => {
  expect(await deliver(returnTo(3), complaint(tokenOf(3)))).toBe(250)
  const optedOut = () => db.query(sql`select channel, address, topic_id as topic, source from opt_outs`)
  await until('the opt-out is there', async () => (await optedOut()).length === 1, { seen: optedOut })
  expect(await optedOut()).toEqual([{ channel: 'email', address: addressOf(3), topic: null, source: 'provider' }])
  expect((await statusOf(3))?.status).toBe('delivered')
})

test('an address without a seal that opens is refused, as is one to relay to, and what is too large', async () => {
  for (const to of ['b-0000000000000@bounce.example.com', 'anna@example.net', 'postmaster@bounce.example.com'])
    expect(await deliver(to, deliveryReport({ token: tokenOf(4) }))).toBe(550)
  const huge = Buffer.concat([deliveryReport({ token: tokenOf(4) }), Buffer.alloc(300 * 1024, 'x\r\n')])
  expect(await deliver(returnTo(4), huge)).toBe(552)
  expect((await statusOf(4))?.status).toBe('delivered')
})

test('a letter that says nothing of a delivery is kept and listed, and changes nothing; an absence is none', async () => {
  expect(await deliver(returnTo(5), plainLetter(tokenOf(5), 'I am away. > 550 5.1.1 user unknown'))).toBe(250)
  await until('it is listed', async () => (await listed()).length === 1, { seen: listed })
  expect(await listed()).toEqual([{ why: 'It is no report of a delivery that can be read.' }])
  expect((await statusOf(5))?.status).toBe('delivered')
})

test('a delay changes nothing, a later failure does, and "delivered" after it does not', async () => {
  for (const of of [{ action: 'delayed', status: '4.4.1' }, {}, { action: 'delivered', status: '2.0.0' }])
    expect(await deliver(returnTo(6), deliveryReport({ token: tokenOf(6), ...of }))).toBe(250)
  await becomes(6, 'bounced_hard')
  const reports = () =>
    db.query<{ outcome: string }>(sql`select outcome from receipts where profile_id = 6 order by seq`)
  await until('all three are facts', async () => (await reports()).length === 3, { seen: reports })
  expect((await statusOf(6))?.status).toBe('bounced_hard')
})

test('a report that is here before the answer is holds, and so does one after many of other attempts', async () => {
  const attempt = (profile: number, n: number, answered: boolean) =>
    db.tx(async tx => {
      const key = sql`${profile & 255}, ${sent.activityId}, ${profile}, ${n}`
      await tx.run(sql`insert into attempts (bucket, activity_id, profile_id, n, try, gateway_id, session_id, at)
        values (${key}, ${n}, ${sent.gatewayId}, 1, ${at(n)})`)
      if (answered)
        await tx.run(sql`insert into answers (bucket, activity_id, profile_id, n, part, outcome, counts, gateway_id, at)
          values (${key}, 0, 'accepted', false, ${sent.gatewayId}, ${at(n)})`)
    })
  for (let n = 2; n <= 7; n++) await attempt(7, n, true)
  const full = { status: '5.0.0', diagnostic: 'smtp; 452 4.2.2 over quota' }
  for (let n = 1; n <= 6; n++)
    expect(await deliver(returnTo(7), deliveryReport({ token: tokenOf(7), n, ...full }))).toBe(250)
  const reports = (profile: number) =>
    db.query<{ n: number }>(sql`select n from receipts where profile_id = ${profile} order by n`)
  await until('all are facts', async () => (await reports(7)).length === 6, { seen: () => reports(7) })

  await db.run(sql`delete from answers where profile_id = 8`)
  expect(await deliver(returnTo(8), deliveryReport({ token: tokenOf(8) }))).toBe(250)
  await becomes(8, 'bounced_hard')
})

test('a report that says that it is no spam opts nobody out', async () => {
  expect(await deliver(returnTo(9), complaint(tokenOf(9), 'not-spam'))).toBe(250)
  await until('it is listed', async () => (await listed()).length === 2, { seen: listed })
  expect(await db.query(sql`select 1 from opt_outs where address = ${addressOf(9)}`)).toEqual([])
})

test('what is listed belongs to the workspace of its message, and an erase finds it, and a complaint', async () => {
  const owners = await db.query(
    sql`select g.workspace_id as "workspaceId" from waiting w left join gateways g on g.id = w.gateway_id`,
  )
  expect(owners).toEqual([{ workspaceId: sent.workspaceId }, { workspaceId: sent.workspaceId }])
  for (const profileId of [3, 5]) {
    const person = {
      workspaceId: sent.workspaceId,
      profileId,
      addresses: { sms: [], email: [addressOf(profileId)] },
      tests: [],
    }
    expect(await recordsOf(db, person, [mailReportKind])).toHaveLength(1)
    await db.tx(tx => forgetRecords(tx, person, [mailReportKind]))
  }
  const kept = await db.query<{ body: object }>(sql`select body from inbox union all select body from waiting`)
  const letters = kept.map(({ body }) =>
    Buffer.from('raw' in body && typeof body.raw === 'string' ? body.raw : '', 'base64').toString(),
  )
  expect(letters.filter(letter => letter.includes(tokenOf(3)) || letter.includes(tokenOf(5)))).toEqual([])
})

test('afterwards every status is what the facts say', async () => {
  const { differences } = await verify(db, { activityId: sent.activityId })
  expect(differences.filter(({ what }) => what.includes('message'))).toEqual([])
})
