/** What sending an activity needs to know, read once from its version as it was frozen, and how one message is made from it. */

import type { Content } from '../../core/activities/content.ts'
import { ofFrozen } from '../../core/activities/send-to.ts'
import { settingsFrom } from '../../core/activities/settings.ts'
import { type AnyTemplate, templateOf } from '../../core/activities/tags.ts'
import type { Channel } from '../../core/channels.ts'
import type { PriceList } from '../../core/credits/prices.ts'
import type { Frequency } from '../../core/frequency.ts'
import { windowEnd } from '../../core/messages/retry.ts'
import { testValidityMinutes } from '../../core/messages/test-sms.ts'
import { Problem, problem } from '../../core/problems.ts'
import type { Vars } from '../../core/sms/tag-values.ts'
import { readPrices } from '../credits/prices.ts'
import { type MailTokens, makeMailTokens } from '../links/mail-token.ts'
import { type CodeLength, makeSealer, type Sealer } from '../links/seal.ts'
import type { Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'

export interface SendingPlan {
  activityId: number
  workspaceId: number
  channel: Channel
  gatewayId: number
  content: Content
  template: AnyTemplate
  topics: number[]
  frequency: Frequency | null
  /** the activity that it reminds of */
  reminds: number | null
  frozenAt: Date | null
  /** slots of short codes: the links, then the unsubscribe link */
  slots: number
  codeBase: number
  codeSpan: number
  codeLength: CodeLength
  linkUrl: string
  latestAt: Date | null
  isTest: boolean
  prices: PriceList
  /** a text with more parts is not sent */
  maxParts: number
  sealer: Sealer
  /** of e-mails: that of a message is sealed of codeBase + profile id */
  mailTokens: MailTokens
}

interface PlanRow {
  workspaceId: number
  settings: unknown
  codeBase: number | null
  codeSpan: number | null
  codeLength: number | null
  latestAt: Date | null
  frozenAt: Date | null
  isTest: boolean
  slots: number
  k1: Buffer
  k2: Buffer
}

/** `linkUrl`: of the installation, for activities of workspaces without a link domain. Undefined where the activity has no version (deleted meanwhile). Throws a Problem where the version cannot be read. */
export async function readPlan(
  db: Db,
  activityId: number,
  linkUrl: string,
  now: Date,
): Promise<SendingPlan | undefined> {
  const [row] = await db.query<PlanRow>(
    sql`select a.workspace_id as "workspaceId", v.settings, a.code_base as "codeBase", a.code_span as "codeSpan", a.code_length as "codeLength",
        a.latest_at as "latestAt", a.frozen_at as "frozenAt", a.kind = 'test' as "isTest", (select count(*) from links l where l.activity_id = a.id) as slots,
        i.link_key_1 as k1, i.link_key_2 as k2
      from activities a join activity_versions v on v.activity_id = a.id and v.version = a.version, installation i
      where a.id = ${activityId}`,
  )
  if (row === undefined) return undefined
  const { content, sendTo, gateway, maxParts, linkDomain } = settingsFrom(row.settings)
  const template = templateOf(content)
  // The codes are drawn for the links that were found when it was scheduled.
  if (template.links.length + (template.unsubscribe ? 1 : 0) !== row.slots)
    throw problem('activity_unreadable', { what: 'its text has other links than when it was scheduled' })
  return {
    activityId,
    workspaceId: row.workspaceId,
    channel: content.channel,
    gatewayId: gateway.id,
    content,
    template,
    topics: ofFrozen(sendTo).topics,
    frequency: sendTo.frequency,
    reminds: sendTo.reminds?.id ?? null,
    frozenAt: row.frozenAt,
    slots: row.slots,
    codeBase: row.codeBase ?? 0,
    codeSpan: row.codeSpan ?? 0,
    codeLength: row.codeLength === 12 ? 12 : 11,
    linkUrl: linkDomain ?? linkUrl,
    latestAt: row.latestAt,
    isTest: row.isTest,
    prices: await readPrices(db, row.workspaceId, content.channel, now),
    maxParts,
    sealer: makeSealer({ k1: row.k1, k2: row.k2 }),
    mailTokens: makeMailTokens([row.k1, row.k2]),
  }
}

/**
 * As `readPlan`. An activity whose version cannot be read is paused with the reason, and every other activity of the gateway is sent;
 * a resume tries again.
 */
export async function readPlanOrPause(
  db: Db,
  activityId: number,
  linkUrl: string,
  now: Date,
  warn: (error: unknown, sentence: string) => void,
): Promise<SendingPlan | undefined> {
  try {
    return await readPlan(db, activityId, linkUrl, now)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    warn(error, `activity ${activityId} is paused: its settings cannot be read`)
    await db.run(
      sql`update activities set state = 'paused', state_detail = ${error.message}, revision = revision + 1, updated_at = ${now}
        where id = ${activityId} and state = 'sending'`,
    )
    return undefined
  }
}

export interface Recipient {
  profileId: number
  address: string
  vars: Vars | null
}

/** The addresses that one recipient gets in place of the links. */
export interface RecipientLinks {
  linkFor(slot: number): string
  /** empty where the text has none */
  unsubscribe: string
  /** of its e-mail (links/mail-token.ts) */
  number: number
}

/** Of each recipient of a window, in order. Their codes are sealed together: two cipher calls. */
export function linksOfWindow(
  plan: SendingPlan,
  recipients: readonly Pick<Recipient, 'profileId'>[],
): RecipientLinks[] {
  const { template, slots, codeBase, codeSpan, linkUrl } = plan
  const numbers = new Float64Array(recipients.length * slots)
  recipients.forEach(({ profileId }, i) => {
    for (let slot = 0; slot < slots; slot++) numbers[i * slots + slot] = codeBase + slot * codeSpan + profileId
  })
  const codes = slots === 0 ? [] : plan.sealer.sealMany(numbers, plan.codeLength)
  return recipients.map(({ profileId }, i) => {
    const linkFor = (slot: number) => `${linkUrl}/${codes[i * slots + slot]}`
    // the unsubscribe link has the last slot
    return { linkFor, unsubscribe: template.unsubscribe ? linkFor(slots - 1) : '', number: codeBase + profileId }
  })
}

/**
 * The reference that joins the parts of a long message on the phone: 8 bits. Two long messages to one number must not share
 * one within the time a phone waits for parts: it differs by activity, by try, and by the profiles that share the number.
 */
export function referenceOf(activityId: number, profileId: number, tryNo: number): number {
  return (activityId * 7 + profileId + tryNo) & 0xff
}

/** What is left of the 48 hours, or until the latest time, at least 10 minutes: the gateway itself tries on meanwhile. */
export function validityMinutes(
  { latestAt, isTest }: Pick<SendingPlan, 'latestAt' | 'isTest'>,
  t0: Date | null,
  now: Date,
): number {
  if (isTest) return testValidityMinutes
  const end = Math.min(windowEnd(t0 ?? now).getTime(), latestAt?.getTime() ?? Number.POSITIVE_INFINITY)
  return Math.max(10, Math.floor((end - now.getTime()) / 60_000))
}
