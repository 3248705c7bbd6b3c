/**
 * What keeps an activity from being sent, step by step of the wizard? Nothing is sent with a problem left.
 *
 * Always: the same check says what is missing in a draft and refuses to schedule it. Real phones want more
 * than test ones: a working opt-out and a public https address for short links.
 */

import { type Fault, problemOf } from '../../core/activities/fields.ts'
import type { CheckedStep } from '../../core/activities/steps.ts'
import { templateOf } from '../../core/activities/tags.ts'
import { linkOfLength } from '../../core/credits/cost.ts'
import { Problem, type ProblemCode, problem } from '../../core/problems.ts'
import { isOptOutWord } from '../../core/sms/keywords.ts'
import { checkSender } from '../../core/sms/sender.ts'
import { countParts } from '../../core/sms/split.ts'
import { renderTemplate } from '../../core/sms/template.ts'
import { maxUrlLength } from '../../core/sms/urls.ts'
import { isTooLong, utmParameters } from '../../core/sms/utm.ts'
import type { ActivityRow, GatewayFact, Surroundings } from './store.ts'

export interface ActivityProblem {
  step: CheckedStep
  code: ProblemCode
  /** what is wrong and how to fix it */
  sentence: string
}

export type Checked = Pick<ActivityRow, 'name' | 'content' | 'sendTo' | 'faults' | 'gatewayId' | 'sendAt' | 'latestAt'>

export interface CheckContext extends Surroundings {
  /** what pages and short links begin with */
  url: string
  linkUrl: string
  /** business time */
  now: Date
}

/** All problems, in the order of the steps; empty: it can be sent. */
export function checkActivity(activity: Checked, context: CheckContext): ActivityProblem[] {
  return [
    ...checkDetails(activity, context),
    ...checkContent(activity, context),
    ...checkSendTo(activity, context),
    ...checkSchedule(activity, context),
  ]
}

/** What of the stored activity cannot be read, in the step where it can be entered again. */
export function problemsOfFaults(faults: readonly Fault[]): ActivityProblem[] {
  return faults.map(fault => wrong(fault.where.startsWith('sendTo') ? 'sendTo' : 'content', problemOf([fault])))
}

/**
 * What keeps the draft as it stands from being sent to one number as a test: its gateway, its sender, its text. What only
 * matters for many (whom, when, a way to opt out) may be missing yet.
 */
export function checkForTest(activity: Checked, context: CheckContext): ActivityProblem[] {
  const later: readonly ProblemCode[] = ['name_empty', 'name_too_long', 'opt_out_missing']
  return [
    ...checkDetails(activity, context),
    ...checkContent(activity, context),
    ...unreadable(activity, 'sendTo'),
  ].filter(({ code }) => !later.includes(code))
}

function unreadable({ faults }: Checked, step: CheckedStep): ActivityProblem[] {
  return problemsOfFaults(faults).filter(found => found.step === step)
}

export const maxNameLength = 200
/** Characters of a short link's code while the numbers are small (server/links/seal.ts). */
const shortestCode = 11

function checkDetails(activity: Checked, context: CheckContext): ActivityProblem[] {
  const found: ActivityProblem[] = []
  if (activity.name.trim() === '') found.push(wrong('details', problem('name_empty', { what: 'activity' })))
  if (activity.name.length > maxNameLength)
    found.push(wrong('details', problem('name_too_long', { count: activity.name.length, limit: maxNameLength })))
  const gateway = context.gateways.find(({ id }) => id === activity.gatewayId)
  if (gateway === undefined) found.push(wrong('details', problem('gateway_none')))
  else found.push(...checkGateway(gateway, context))
  return found
}

/** Real phones get nothing from a machine that nobody can reach, nor by a clock that ran fast. */
function checkGateway(gateway: GatewayFact, { url, linkUrl, ranFast }: CheckContext): ActivityProblem[] {
  if (gateway.test) return []
  const { name } = gateway
  const local = [linkUrl, url].find(address => !isPublic(address))
  return [
    ...(ranFast ? [wrong('details', problem('gateway_real_fast', { name }))] : []),
    ...(local === undefined ? [] : [wrong('details', problem('gateway_real_local', { name, url: local }))]),
  ]
}

function checkContent(activity: Checked, context: CheckContext): ActivityProblem[] {
  const found = unreadable(activity, 'content')
  if (found.length > 0) return found
  const { content } = activity
  const sender = content.sender === '' ? undefined : checkSender(content.sender)
  if (sender === undefined) found.push(wrong('content', problem('sender_missing')))
  else if ('problem' in sender) found.push(wrong('content', problem(sender.problem, sender.details)))
  const template = templateOf(content, context.attributes, context.linkUrl)
  for (const { code, details } of template.problems) found.push(wrong('content', new Problem(code, details)))
  // As the composer counts, with the defaults of the tags; what the values of profiles make of it, the audience tells.
  const link = linkOfLength(context.linkUrl, shortestCode)
  const parts = template.problems.length > 0 ? 1 : countParts(renderTemplate(template, {}, () => link, link))
  if (parts > context.maxParts)
    found.push(wrong('content', problem('text_too_many_parts', { parts, limit: context.maxParts })))
  const utm = utmParameters(content.utm, activity.name)
  for (const link of template.links)
    if (isTooLong(link, utm))
      found.push(wrong('content', problem('utm_link_too_long', { url: link.url, limit: maxUrlLength })))
  const canAnswer = sender !== undefined && 'kind' in sender && sender.kind !== 'alphanumeric'
  const empty = template.text.trim() === ''
  if (!empty && !template.unsubscribe && !(canAnswer && namesKeyword(template.text)))
    found.push(wrong('content', problem('opt_out_missing')))
  return found
}

function checkSendTo(activity: Checked, { topics }: CheckContext): ActivityProblem[] {
  const found = unreadable(activity, 'sendTo')
  if (found.length > 0) return found
  const known = activity.sendTo.topics.filter(id => topics.some(topic => topic.id === id))
  return known.length === 0 ? [wrong('sendTo', problem('topics_none'))] : []
}

function checkSchedule({ sendAt, latestAt }: Checked, { now }: CheckContext): ActivityProblem[] {
  const found: ActivityProblem[] = []
  if (sendAt !== null && sendAt < now) found.push(wrong('schedule', problem('send_at_past')))
  if (latestAt !== null && latestAt <= (sendAt ?? now)) found.push(wrong('schedule', problem('latest_too_early')))
  return found
}

/** Does the text tell which word to send back? */
function namesKeyword(text: string): boolean {
  return (text.match(/[\p{L}\p{M}-]+/gu) ?? []).some(isOptOutWord)
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
