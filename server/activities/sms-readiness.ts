/** When is the content of an SMS ready? It has a valid sender, a text within the limits, and a way to opt out: a link, or a word to reply with. */
import type { ContentOf } from '../../core/activities/content.ts'
import { smsTemplate } from '../../core/activities/tags.ts'
import { linkOfLength } from '../../core/credits/cost.ts'
import { Problem, problem } from '../../core/problems.ts'
import { isOptOutWord } from '../../core/sms/keywords.ts'
import { checkSender } from '../../core/sms/sender.ts'
import { countParts } from '../../core/sms/split.ts'
import { renderTemplate, type Template } from '../../core/sms/template.ts'
import { maxUrlLength } from '../../core/sms/urls.ts'
import { isTooLong, utmParameters } from '../../core/sms/utm.ts'
import type { ActivitySurroundings } from './store.ts'

export interface SmsContext extends Pick<ActivitySurroundings, 'attributes' | 'maxParts'> {
  /** of the activity */
  name: string
  linkUrl: string
}

/** Characters of a short link's code while the numbers are small (server/links/seal.ts). */
const shortestCode = 11

export function checkSms(content: ContentOf<'sms'>, context: SmsContext): Problem[] {
  const sender = content.sender === '' ? undefined : checkSender(content.sender)
  const template = smsTemplate(content, context.attributes, context.linkUrl)
  return [
    ...senderProblems(sender),
    ...template.problems.map(({ code, details }) => new Problem(code, details)),
    ...lengthProblems(template, context),
    ...linkProblems(template, content, context),
    ...optOutProblems(template, sender),
  ]
}

type Sender = ReturnType<typeof checkSender> | undefined

function senderProblems(sender: Sender): Problem[] {
  if (sender === undefined) return [problem('sender_missing')]
  return 'problem' in sender ? [problem(sender.problem, sender.details)] : []
}

/** As the composer counts: with the defaults of the tags. The count of the audience finds texts that the values of a profile make too long. */
function lengthProblems(template: Template, { linkUrl, maxParts }: SmsContext): Problem[] {
  if (template.problems.length > 0) return []
  const link = linkOfLength(linkUrl, shortestCode)
  const parts = countParts(renderTemplate(template, {}, () => link, link))
  return parts > maxParts ? [problem('text_too_many_parts', { parts, limit: maxParts })] : []
}

function linkProblems(template: Template, { utm }: ContentOf<'sms'>, { name }: SmsContext): Problem[] {
  const parameters = utmParameters(utm, name)
  return template.links
    .filter(link => isTooLong(link, parameters))
    .map(link => problem('utm_link_too_long', { url: link.url, limit: maxUrlLength }))
}

/** An alphanumeric sender receives no replies, so its text needs the link. */
function optOutProblems(template: Template, sender: Sender): Problem[] {
  const isEmpty = template.text.trim() === ''
  const receivesReplies = sender !== undefined && 'kind' in sender && sender.kind !== 'alphanumeric'
  if (isEmpty || template.unsubscribe || (receivesReplies && namesKeyword(template.text))) return []
  return [problem('opt_out_missing')]
}

function namesKeyword(text: string): boolean {
  return (text.match(/[\p{L}\p{M}-]+/gu) ?? []).some(isOptOutWord)
}
