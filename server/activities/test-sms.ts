/**
 * A test SMS: the current draft, to one number. It is a small activity (`kind = 'test'`) with a version and links of its own and
 * one message, for no profile. The worker sends it as it sends every activity.
 *
 * Always: an opt-out bars a test too; no list, report or figure of the workspace knows a test; its links have the length that the
 * activity's will have, lead where the text said when the test was made, and their clicks are never counted.
 */

import type { CountryCode } from 'libphonenumber-js/max'
import { allows, refusal } from '../../core/activities/states.ts'
import { type AnyTemplate, templateOf } from '../../core/activities/tags.ts'
import { describeNotSent, type NotSentReasonKey } from '../../core/audience/not-sent-reasons.ts'
import { linkOfLength } from '../../core/credits/cost.ts'
import type { Code } from '../../core/gateways/code.ts'
import { latestTestAt, type TestSmsState, testSmsState } from '../../core/messages/test-sms.ts'
import { isSendable, type PhoneType } from '../../core/phone.ts'
import { problem } from '../../core/problems.ts'
import { countParts } from '../../core/sms/split.ts'
import type { Vars } from '../../core/sms/tag-values.ts'
import { renderTemplate, type Template } from '../../core/sms/template.ts'
import { audit } from '../access/audit.ts'
import { barredAddress } from '../audience/barred-address.ts'
import { varsSql } from '../audience/vars.ts'
import { readPrices } from '../credits/prices.ts'
import { drawCodeRange } from '../links/range.ts'
import { isSimulated } from '../messages/simulated.ts'
import { deleteTestMessages, insertTestMessage, readTestMessages } from '../messages/test-sms.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { readEmail } from '../profiles/email-check.ts'
import { checkPhone } from '../profiles/phone-check.ts'
import { nextCodeLength } from './activity-audience.ts'
import type { RequestContext } from './draft.ts'
import { settingsOf } from './frozen-settings.ts'
import { checkForTest } from './readiness.ts'
import { writeVersion } from './schedule.ts'
import { nobodySelected } from './selected.ts'
import { type ActivityRow, readActivity, readSurroundings } from './store.ts'

/** At most this many per workspace, within this many minutes of real time: a test is for trying, not for sending. */
const limit = 20
const limitMinutes = 10
const listed = 20
/** Real time. A test's number, values and links are kept as long. */
const keptMs = 30 * 24 * 3_600_000
const forgottenAtOnce = 200
/** How many recipients are offered again, and how many of the newest tests are read for them. */
const recipients = 5
const recipientsAmong = 60

export interface TestSms {
  id: number
  /** empty: the person was erased */
  phone: string
  state: TestSmsState
  /** when it came into this state, by the facts */
  at: Date | null
  /** bounced: what the gateway said; waiting: why it was refused last, where it was */
  code: Code | null
  /** why it was not sent */
  reason: string | null
  parts: number
  /** decimal, four places */
  credits: string
  /** sent over the built-in simulator: nobody pays for it */
  simulated: boolean
  gateway: string
  askedAt: Date
}

export interface TestRequest {
  /** in any writing, of that country where none is said; of an e-mail, its address */
  to: string
  country: CountryCode
  /** whose values the text takes; undefined: the defaults of its tags */
  profileId?: number | undefined
  /** of business time, which `now` is in: limits of tests are in real time */
  rate: number
}

/**
 * Throws not_found, activity_state, activity_not_ready, test_number, test_number_barred, too_many_tests, text_too_many_parts,
 * invalid_input.
 */
export async function askTestSms(
  db: Database,
  context: RequestContext,
  id: number,
  request: TestRequest,
): Promise<TestSms> {
  const { workspaceId, actor, now, url, linkUrl } = context
  const draft = await readActivity(db, workspaceId, id)
  if (!allows('test', draft.state)) throw refusal('test', draft.state)
  const surroundings = await readSurroundings(db, workspaceId)
  const problems = checkForTest(draft, { ...surroundings, url, linkUrl, now })
  if (problems.length > 0 || draft.gatewayId === null)
    throw problem('activity_not_ready', { what: problems.map(({ sentence }) => sentence).join(' ') })
  const template = templateOf(draft.content, surroundings.attributes, linkUrl)
  const { address, country, creditsE4 } = await recipientOf(db, draft, request, now)
  const vars = await readVars(db, workspaceId, template, request.profileId)
  const slots = template.links.length + (template.unsubscribe ? 1 : 0)
  const codeLength = await nextCodeLength(db, template.links.length + 1)
  const parts = template.channel === 'sms' ? countParts(withLinksOf(template, vars, linkUrl, codeLength)) : 1
  if (parts > surroundings.maxParts) throw problem('text_too_many_parts', { parts, limit: surroundings.maxParts })
  // As long as no topic is chosen, an opt-out from any of them counts.
  const topics = draft.sendTo.topics.length > 0 ? draft.sendTo.topics : surroundings.topics.map(topic => topic.id)
  const tested = { ...draft, sendTo: { ...draft.sendTo, topics }, latestAt: latestTestAt(now, request.rate) }

  const testId = await db.tx(async tx => {
    await checkRate(tx, workspaceId, now, request.rate)
    const range = slots === 0 ? null : await drawCodeRange(tx, slots, 0)
    const made = await insertTest(tx, tested, { codeLength, ...range }, now)
    await writeVersion(tx, made, settingsOf(tested, nobodySelected, surroundings, template, now), now)
    await insertTestMessage(tx, {
      workspaceId,
      activityId: made,
      address,
      country,
      vars,
      parts,
      creditsE4: creditsE4 * parts,
      now,
    })
    const details = { test: made, parts, profile: request.profileId ?? null }
    await audit(tx, { workspaceId, actor, action: 'activity.test', subject: `activity ${id}`, details }, now)
    return made
  })
  return readTestSms(db, workspaceId, id, testId)
}

/** The draft as it was read, frozen and sending. */
async function insertTest(
  tx: Db,
  draft: ActivityRow,
  { base = null, span = null, codeLength }: { base?: number | null; span?: number | null; codeLength: number },
  now: Date,
): Promise<number> {
  const { id, workspaceId, name, content, sendTo, gatewayId, latestAt, quietHours } = draft
  const [row] = await tx.query<{ id: number }>(sql`
    insert into activities (workspace_id, kind, test_of, name, state, content, send_to, gateway_id, latest_at, quiet_hours, version,
      code_base, code_span, code_length, created_at, updated_at, started_at, frozen_at)
    values (${workspaceId}, 'test', ${id}, ${name}, 'sending', ${JSON.stringify(content)}::jsonb, ${JSON.stringify(sendTo)}::jsonb,
      ${gatewayId}, ${latestAt}, ${quietHours}, 1, ${base}, ${span}, ${codeLength}, ${now}, ${now}, ${now}, ${now}) returning id`)
  return row!.id
}

/** The newest first. Throws not_found. */
export async function listTestSms(db: Db, workspaceId: number, activityId: number): Promise<TestSms[]> {
  await readActivity(db, workspaceId, activityId)
  return readTests(db, workspaceId, activityId, undefined)
}

/** Throws not_found. */
export async function readTestSms(db: Db, workspaceId: number, activityId: number, id: number): Promise<TestSms> {
  const [found] = await readTests(db, workspaceId, activityId, id)
  if (found === undefined) throw problem('not_found', { what: 'test SMS' })
  return found
}

/** The numbers of the newest tests of the workspace, each once, the last one first. They are kept as long as their tests. */
export async function listTestRecipients(db: Db, workspaceId: number): Promise<string[]> {
  const tests = await db.query<{ id: number }>(sql`
    select t.id from activities t where t.workspace_id = ${workspaceId} and t.kind = 'test'
    order by t.created_at desc, t.id desc limit ${recipientsAmong}`)
  const ids = tests.map(({ id }) => id)
  const messages = await readTestMessages(db, ids)
  return [...new Set(ids.flatMap(id => messages.get(id)?.address || []))].slice(0, recipients)
}

async function readTests(db: Db, workspaceId: number, activityId: number, id: number | undefined): Promise<TestSms[]> {
  const rows = await db.query<Pick<TestSms, 'id' | 'askedAt' | 'gateway' | 'simulated'>>(sql`
    select t.id, t.created_at as "askedAt", g.name as gateway, ${isSimulated} as simulated
    from activities t join gateways g on g.id = t.gateway_id
    where t.workspace_id = ${workspaceId} and t.kind = 'test' and t.test_of = ${activityId} and (${id === undefined} or t.id = ${id ?? 0})
    order by t.id desc limit ${listed}`)
  const messages = await readTestMessages(
    db,
    rows.map(row => row.id),
  )
  return rows.flatMap(row => {
    const message = messages.get(row.id)
    if (message === undefined) return []
    const { address, statusAt, code, parts, credits } = message
    const state = testSmsState(message)
    const reason = state === 'not_sent' ? message.stopReason : null
    return [{ ...row, phone: address ?? '', state, at: statusAt, code, reason, parts, credits }]
  })
}

/** For its length only: the codes are drawn later. */
function withLinksOf(template: Template, vars: Vars, linkUrl: string, codeLength: number): string {
  const link = linkOfLength(linkUrl, codeLength)
  return renderTemplate(template, vars, () => link, link)
}

/** The worker: numbers, values, links and facts of tests go after 30 days of real time. How many tests did. */
export async function forgetOldTests(db: Database, now: Date, rate: number): Promise<number> {
  const before = new Date(now.getTime() - keptMs * rate)
  return db.tx(async tx => {
    const old = await tx.query<{ id: number }>(
      sql`select id from activities where kind = 'test' and created_at < ${before}
        order by id limit ${forgottenAtOnce}::int for update`,
      'tests-old',
    )
    const ids = old.map(({ id }) => id)
    if (ids.length === 0) return 0
    await deleteTestMessages(tx, ids)
    return tx.run(sql`delete from activities where id = any(${ids}::bigint[]) and kind = 'test'`)
  })
}

/** Who gets it, and what a part of it costs. */
interface TestRecipient {
  address: string
  country: string | null
  creditsE4: number
}

function recipientOf(
  db: Db,
  { workspaceId, content, sendTo }: ActivityRow,
  request: TestRequest,
  now: Date,
): Promise<TestRecipient> {
  return content.channel === 'sms'
    ? checkNumber(db, workspaceId, request, sendTo.topics, now)
    : checkAddress(db, workspaceId, request.to, sendTo.topics)
}

async function checkAddress(
  db: Db,
  workspaceId: number,
  given: string,
  topics: readonly number[],
): Promise<TestRecipient> {
  const { email, valid } = readEmail(given)
  if (!valid) throw problem('test_address', { what: describeNotSent('invalid_address', 'email') })
  const barred = await barredAddress(db, { workspaceId, channel: 'email', address: email }, topics)
  if (barred !== null) throw problem('test_number_barred', { what: describeNotSent(barred, 'email') })
  return { address: email, country: null, creditsE4: 0 }
}

async function checkNumber(
  db: Db,
  workspaceId: number,
  { to: given, country: usual }: TestRequest,
  topics: readonly number[],
  now: Date,
): Promise<TestRecipient> {
  const { phone, type, country } = checkPhone(given, usual)
  if (phone === null || !isSendable(type))
    throw problem('test_number', { what: describeNotSent(reasonOf(type), 'sms') })
  const barred = await barredAddress(db, { workspaceId, channel: 'sms', address: phone }, topics)
  if (barred !== null) throw problem('test_number_barred', { what: describeNotSent(barred, 'sms') })
  const creditsE4 = (await readPrices(db, workspaceId, 'sms', now)).creditsE4(phone)
  if (creditsE4 === null) throw problem('test_number', { what: describeNotSent('no_price', 'sms') })
  return { address: phone, country, creditsE4 }
}

function reasonOf(type: PhoneType): NotSentReasonKey {
  if (type === 'none' || type === 'invalid') return 'invalid_address'
  return type === 'fixed' ? 'landline' : 'number_type'
}

/** The values that the text takes of this profile; none where the defaults are wanted. */
async function readVars(
  db: Db,
  workspaceId: number,
  template: AnyTemplate,
  profileId: number | undefined,
): Promise<Vars> {
  if (profileId === undefined) return {}
  const [row] = await db.query<{ vars: Vars | null }>(sql`
    select ${varsSql(template.tags)} as vars from profiles p
    where p.bucket = ${profileId & 255} and p.profile_id = ${profileId} and p.workspace_id = ${workspaceId}`)
  if (row === undefined) throw problem('invalid_input', { where: 'profile', what: `there is no profile ${profileId}` })
  return row.vars ?? {}
}

/** One at a time in a workspace: the row stays locked until the commit. */
async function checkRate(tx: Db, workspaceId: number, now: Date, rate: number): Promise<void> {
  await tx.query(sql`select from workspaces where id = ${workspaceId} for no key update`)
  const since = new Date(now.getTime() - limitMinutes * 60_000 * rate)
  const [row] = await tx.query<{ n: number }>(
    sql`select count(*) as n from activities where workspace_id = ${workspaceId} and kind = 'test' and created_at > ${since}`,
  )
  if ((row?.n ?? 0) >= limit) throw problem('too_many_tests', { limit, minutes: limitMinutes })
}
