/**
 * A test SMS: the draft as it stands, to one number. What is asked for is rendered and kept here, and sent by the worker,
 * which owns the gateways' sessions (sending/test-sender.ts); what became of it is folded from its facts.
 *
 * Always: an opt-out holds for a test too; nothing of a test stands in a report; its links have the length that they will
 * have later, lead where the text said when it was asked for, and are never counted.
 */

import type { CountryCode } from 'libphonenumber-js/max'
import { allows, refusal } from '../../core/activities/states.ts'
import { templateOf } from '../../core/activities/tags.ts'
import { describeNotSent, type NotSentReasonKey } from '../../core/audience/reasons.ts'
import { foldTestSms, type TestSmsVerdict } from '../../core/messages/test-sms.ts'
import { isSendable, type PhoneType } from '../../core/phone.ts'
import { problem } from '../../core/problems.ts'
import { countParts } from '../../core/sms/split.ts'
import { renderTemplate, type Template } from '../../core/sms/template.ts'
import { renderTarget } from '../../core/sms/urls.ts'
import { type UtmParameter, utmParameters, withUtm } from '../../core/sms/utm.ts'
import type { Vars } from '../../core/sms/values.ts'
import { audit } from '../access/audit.ts'
import { barredAddress } from '../audience/barred.ts'
import { varsOf } from '../audience/vars.ts'
import { readPrices } from '../credits/prices.ts'
import { drawCodeRange, locationOf } from '../links/range.ts'
import { makeSealer } from '../links/seal.ts'
import { fromE4 } from '../messages/tallies.ts'
import { readTestFacts } from '../messages/test-sms.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { readInstallation } from '../platform/installation/installation.ts'
import { checkPhone } from '../profiles/phone-check.ts'
import { nextCodeLength } from './activity-audience.ts'
import type { Asker } from './draft.ts'
import { checkForTest } from './readiness.ts'
import { readActivity, readSurroundings } from './store.ts'

/** So many a workspace, within so many minutes of real time: a test is for trying, not for sending. */
const limit = 20
const limitMinutes = 10
const listed = 20

export interface TestSms extends TestSmsVerdict {
  id: number
  phone: string
  parts: number
  /** decimal, four places */
  credits: string
  gateway: string
  askedAt: Date
}

export interface TestRequest {
  /** in any writing, of that country where none is said */
  phone: string
  country: CountryCode
  /** whose values the text takes; undefined: the defaults of its tags */
  profileId?: number | undefined
  /** real time */
  madeAt: Date
}

/**
 * Throws not_found, activity_state, activity_not_ready, test_number, test_number_barred, too_many_tests, text_too_many_parts,
 * invalid_input.
 */
export async function askTestSms(db: Database, asker: Asker, id: number, request: TestRequest): Promise<TestSms> {
  const { workspaceId, actor, now, url, linkUrl } = asker
  const activity = await readActivity(db, workspaceId, id)
  if (!allows('test', activity.state)) throw refusal('test', activity.state)
  const surroundings = await readSurroundings(db, workspaceId)
  const problems = checkForTest(activity, { ...surroundings, url, linkUrl, now })
  const { gatewayId } = activity
  if (problems.length > 0 || gatewayId === null)
    throw problem('activity_not_ready', { what: problems.map(({ sentence }) => sentence).join(' ') })
  const template = templateOf(activity.content, surroundings.attributes, linkUrl)
  const { phone, creditsE4 } = await checkNumber(db, workspaceId, request, activity.sendTo.topics, now)
  const vars = await readVars(db, workspaceId, template, request.profileId)
  const codeLength = await nextCodeLength(db, template.links.length + 1)
  const { linkKeys } = await readInstallation(db)
  const sealer = makeSealer({ k1: linkKeys[0], k2: linkKeys[1] })
  const urls = addressesOf(template, utmParameters(activity.content.utm, activity.name), vars)

  const testId = await db.tx(async tx => {
    await checkRate(tx, workspaceId, request.madeAt)
    const range = urls.length === 0 ? null : await drawCodeRange(tx, urls.length, 0)
    const codes =
      range === null
        ? []
        : sealer.sealMany(
            urls.map((_, slot) => range.base + slot),
            codeLength,
          )
    const short = (slot: number) => `${linkUrl}/${codes[slot]}`
    const text = renderTemplate(template, vars, short, template.unsubscribe ? short(urls.length - 1) : '')
    const parts = countParts(text)
    if (parts > surroundings.maxParts) throw problem('text_too_many_parts', { parts, limit: surroundings.maxParts })
    const [row] = await tx.query<{ id: number }>(sql`
      insert into test_sms (workspace_id, activity_id, gateway_id, phone, sender, text, parts, credits, topics, code_base, urls, asked_by, asked_at, made_at)
      values (${workspaceId}, ${id}, ${gatewayId}, ${phone}, ${activity.content.sender}, ${text}, ${parts}, ${fromE4(creditsE4 * parts)}::numeric,
        ${activity.sendTo.topics}::int[], ${range?.base ?? null}, ${urls}::text[], ${actor}, ${now}, ${request.madeAt}) returning id`)
    const details = { test: row!.id, parts, profile: request.profileId ?? null }
    await audit(tx, { workspaceId, actor, action: 'activity.test', subject: `activity ${id}`, details }, now)
    return row!.id
  })
  return readTestSms(db, workspaceId, id, testId)
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

async function readTests(db: Db, workspaceId: number, activityId: number, id: number | undefined): Promise<TestSms[]> {
  const rows = await db.query<Omit<TestSms, keyof TestSmsVerdict>>(sql`
    select t.id, t.phone, t.parts, t.credits, t.asked_at as "askedAt", g.name as gateway
    from test_sms t join gateways g on g.id = t.gateway_id
    where t.workspace_id = ${workspaceId} and t.activity_id = ${activityId} and (${id === undefined} or t.id = ${id ?? 0})
    order by t.id desc limit ${listed}`)
  const facts = await readTestFacts(
    db,
    rows.map(row => row.id),
  )
  return rows.flatMap(row => {
    const known = facts.get(row.id)
    return known === undefined ? [] : [{ ...row, ...foldTestSms(known) }]
  })
}

/** The number, and what a part to it costs. */
async function checkNumber(
  db: Db,
  workspaceId: number,
  { phone: given, country }: TestRequest,
  topics: readonly number[],
  now: Date,
): Promise<{ phone: string; creditsE4: number }> {
  const { phone, type } = checkPhone(given, country)
  if (phone === null || !isSendable(type)) throw problem('test_number', { what: describeNotSent(reasonOf(type)) })
  const barred = await barredAddress(db, { workspaceId, channel: 'sms', address: phone }, topics)
  if (barred !== null) throw problem('test_number_barred', { what: describeNotSent(barred) })
  const creditsE4 = (await readPrices(db, workspaceId, now)).creditsE4(phone)
  if (creditsE4 === null) throw problem('test_number', { what: describeNotSent('no_price') })
  return { phone, creditsE4 }
}

function reasonOf(type: PhoneType): NotSentReasonKey {
  if (type === 'none' || type === 'invalid') return 'invalid_number'
  return type === 'fixed' ? 'landline' : 'number_type'
}

/** The values that the text takes of this profile; none where the defaults are wanted. */
async function readVars(db: Db, workspaceId: number, template: Template, profileId: number | undefined): Promise<Vars> {
  if (profileId === undefined) return {}
  const [row] = await db.query<{ vars: Vars | null }>(sql`
    select ${varsOf(template.tags)} as vars from profiles p
    where p.bucket = ${profileId & 255} and p.profile_id = ${profileId} and p.workspace_id = ${workspaceId}`)
  if (row === undefined) throw problem('invalid_input', { where: 'profile', what: `there is no profile ${profileId}` })
  return row.vars ?? {}
}

/** Where each slot leads, with the values in it; null: the unsubscribe link, which has the last one. */
function addressesOf(template: Template, utm: readonly UtmParameter[], vars: Vars): (string | null)[] {
  const addresses: (string | null)[] = template.links.map(
    ({ target }) => locationOf(renderTarget(withUtm(target, utm), vars)) ?? '',
  )
  return template.unsubscribe ? [...addresses, null] : addresses
}

/** One at a time in a workspace: the row stays locked until the commit. */
async function checkRate(tx: Db, workspaceId: number, madeAt: Date): Promise<void> {
  await tx.query(sql`select from workspaces where id = ${workspaceId} for no key update`)
  const since = new Date(madeAt.getTime() - limitMinutes * 60_000)
  const [row] = await tx.query<{ n: number }>(
    sql`select count(*) as n from test_sms where workspace_id = ${workspaceId} and made_at > ${since}`,
  )
  if ((row?.n ?? 0) >= limit) throw problem('too_many_tests', { limit, minutes: limitMinutes })
}
