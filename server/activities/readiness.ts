/**
 * What keeps an activity from being sent, by step of the wizard? Nothing is sent while a problem is left. The same check lists the
 * problems of a draft and refuses to schedule it. A gateway to real phones requires more than a test gateway: a public https address.
 */

import { type Content, withText } from '../../core/activities/content.ts'
import { type Fault, problemOf } from '../../core/activities/fields.ts'
import { isOfReminder } from '../../core/activities/reminder.ts'
import type { CheckedStep } from '../../core/activities/steps.ts'
import { templateOf } from '../../core/activities/tags.ts'
import { channels } from '../../core/channels.ts'
import { type Problem, type ProblemCode, problem } from '../../core/problems.ts'
import { checkEmail } from './email-readiness.ts'
import { checkSms } from './sms-readiness.ts'
import type { ActivityRow, ActivitySurroundings, GatewayFact } from './store.ts'

export interface ActivityProblem {
  step: CheckedStep
  code: ProblemCode
  /** what is wrong and how to fix it */
  sentence: string
}

export type CheckedActivity = Pick<
  ActivityRow,
  'name' | 'content' | 'sendTo' | 'faults' | 'gatewayId' | 'sendAt' | 'latestAt' | 'reminder'
>

export interface CheckContext extends ActivitySurroundings {
  /** what pages and short links begin with */
  url: string
  linkUrl: string
  /** business time */
  now: Date
}

/** What makes content ready to be sent, by channel. */
function contentProblems(content: Content, context: CheckContext & { name: string }): Problem[] {
  switch (content.channel) {
    case 'sms':
      return checkSms(content, context)
    case 'email':
      return checkEmail(content, context)
  }
}

/** All problems, in the order of the steps; empty: it can be sent. */
export function checkActivity(activity: CheckedActivity, context: CheckContext): ActivityProblem[] {
  return [
    ...checkDetails(activity, context),
    ...checkContent(activity, context),
    ...checkSendTo(activity, context),
    ...checkSchedule(activity, context),
    ...checkReminder(activity, context),
  ]
}

/** Of the reminder that is planned with it: its own text, and that somebody can click in it. */
export function checkReminder(
  { content, faults, reminder }: CheckedActivity,
  context: CheckContext,
): ActivityProblem[] {
  if (reminder === null || faults.length > 0) return []
  const { body } = reminder
  const ofText = body === null ? [] : contentProblems(withText(content, body), { ...context, name: '' })
  const { links } = templateOf(content, context.attributes, context.linkUrl)
  return [
    ...ofText.filter(({ code }) => !ofSender.has(code)).map(found => problem('reminder_text', { what: found.message })),
    ...(links.length > 0 ? [] : [problem('reminder_without_link')]),
  ].map(found => wrong('schedule', found))
}

/** Told with the text of the activity already. */
const ofSender = new Set<ProblemCode>(['sender_missing', 'sender_invalid'])

/** The parts of a stored activity that cannot be read, each in the step where a person can enter it again. */
export function problemsOfFaults(faults: readonly Fault[]): ActivityProblem[] {
  return faults.map(fault => wrong(stepOf(fault), problemOf([fault])))
}

function stepOf(fault: Fault): CheckedStep {
  if (isOfReminder(fault)) return 'schedule'
  return fault.where.startsWith('sendTo') ? 'sendTo' : 'content'
}

/**
 * What keeps the current draft from being sent to one number as a test? Its gateway and its content. The audience, the schedule and a way to
 * opt out may still be missing. A paused gateway would carry it later, when nobody waits for it.
 */
export function checkForTest(activity: CheckedActivity, context: CheckContext): ActivityProblem[] {
  const later: readonly ProblemCode[] = ['name_empty', 'name_too_long', 'opt_out_missing']
  const paused = context.gateways.filter(({ id, paused }) => id === activity.gatewayId && paused)
  return [
    ...checkDetails(activity, context),
    ...paused.map(({ name }) => wrong('details', problem('gateway_paused', { name }))),
    ...checkContent(activity, context),
    ...unreadable(activity, 'sendTo'),
  ].filter(({ code }) => !later.includes(code))
}

function unreadable({ faults }: CheckedActivity, step: CheckedStep): ActivityProblem[] {
  return problemsOfFaults(faults).filter(found => found.step === step)
}

export const maxNameLength = 200

function checkDetails(activity: CheckedActivity, context: CheckContext): ActivityProblem[] {
  const found: ActivityProblem[] = []
  if (activity.name.trim() === '') found.push(wrong('details', problem('name_empty', { what: 'activity' })))
  if (activity.name.length > maxNameLength)
    found.push(wrong('details', problem('name_too_long', { count: activity.name.length, limit: maxNameLength })))
  const gateway = context.gateways.find(({ id }) => id === activity.gatewayId)
  if (gateway === undefined) found.push(wrong('details', problem('gateway_none')))
  else if (gateway.removed) found.push(wrong('details', problem('gateway_removed', { name: gateway.name })))
  else found.push(...checkChannel(gateway, activity), ...checkGateway(gateway, context))
  return found
}

/** Content that cannot be read is a problem of its own, whatever its channel. */
function checkChannel({ name, channel }: GatewayFact, { content, faults }: CheckedActivity): ActivityProblem[] {
  if (channel === content.channel || faults.length > 0) return []
  const words = channels[content.channel].words.channel
  return [wrong('details', problem('gateway_channel', { name, channel: words }))]
}

/** A real gateway requires addresses that phones can open, and a clock that never ran fast. */
function checkGateway(gateway: GatewayFact, { url, linkUrl, ranFast }: CheckContext): ActivityProblem[] {
  if (gateway.test) return []
  const { name } = gateway
  const local = [linkUrl, url].find(address => !isPublic(address))
  return [
    ...(ranFast ? [wrong('details', problem('gateway_real_fast', { name }))] : []),
    ...(local === undefined ? [] : [wrong('details', problem('gateway_real_local', { name, url: local }))]),
  ]
}

function checkContent(activity: CheckedActivity, context: CheckContext): ActivityProblem[] {
  const found = unreadable(activity, 'content')
  if (found.length > 0) return found
  const { content, name } = activity
  return contentProblems(content, { ...context, name }).map(one => wrong('content', one))
}

function checkSendTo(activity: CheckedActivity, { topics }: CheckContext): ActivityProblem[] {
  const found = unreadable(activity, 'sendTo')
  if (found.length > 0) return found
  const known = activity.sendTo.topics.filter(id => topics.some(topic => topic.id === id))
  if (known.length === 0) return [wrong('sendTo', problem('topics_none'))]
  const archived = topics.filter(topic => topic.archived && known.includes(topic.id))
  return archived.map(({ name }) => wrong('sendTo', problem('topic_archived', { name })))
}

function checkSchedule(activity: CheckedActivity, { now }: CheckContext): ActivityProblem[] {
  const { sendAt, latestAt } = activity
  const found = unreadable(activity, 'schedule')
  if (sendAt !== null && sendAt < now) found.push(wrong('schedule', problem('send_at_past')))
  if (latestAt !== null && latestAt <= (sendAt ?? now)) found.push(wrong('schedule', problem('latest_too_early')))
  return found
}

/** Can a phone somewhere else open it, safely? */
export function isPublic(address: string): boolean {
  const url = URL.parse(address)
  if (url === null || url.protocol !== 'https:') return false
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  if (host.includes(':')) return !/^(::|::1|f[cd].*|fe[89ab].*|::ffff:.*)$/i.test(host)
  if (/^\d+(\.\d+){3}$/.test(host))
    return !/^(0|10|127|169\.254|192\.168|172\.(1[6-9]|2\d|3[01])|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\./.test(host)
  return host.includes('.') && !/\.(local|localhost|internal|lan|home|test|invalid|example)$/i.test(host)
}

function wrong(step: CheckedStep, { code, message }: Problem): ActivityProblem {
  return { step, code, sentence: message }
}
