/** What one recipient gets, as the gateways of its channel take it. */

import { renderEmail } from '../../core/email/email-template.ts'
import { domainOf } from '../../core/email/from-address.ts'
import { splitIntoParts } from '../../core/sms/split.ts'
import type { Vars } from '../../core/sms/tag-values.ts'
import { renderTemplate } from '../../core/sms/template.ts'
import type { RenderedContent } from '../gateways/gateway.ts'
import { linksOfWindow, type Recipient, type RecipientLinks, type SendingPlan } from './plan.ts'

export interface RenderedMessage {
  content: RenderedContent
  /** what is paid for */
  parts: number
}

/** The messages of a window, in order. */
export function renderWindow(plan: SendingPlan, recipients: readonly Recipient[]): RenderedMessage[] {
  const links = linksOfWindow(plan, recipients)
  return recipients.map((recipient, i) => renderFor(plan, recipient, links[i]!))
}

function renderFor(plan: SendingPlan, { vars }: { vars: Vars | null }, links: RecipientLinks): RenderedMessage {
  const { content, template } = plan
  if (template.channel === 'sms') {
    const text = renderTemplate(template, vars ?? {}, links.linkFor, links.unsubscribe)
    const split = splitIntoParts(text)
    return { content: { channel: 'sms', text, split }, parts: split.parts.length }
  }
  const replyTo = content.channel === 'email' ? content.replyTo : ''
  const mail = renderEmail(template, vars ?? {}, links)
  return {
    content: {
      channel: 'email',
      ...mail,
      subject: plan.isTest ? `[Test] ${mail.subject}` : mail.subject,
      replyTo,
      unsubscribe: links.unsubscribe,
      listId: listIdOf(plan),
      token: plan.mailTokens.seal(links.number),
    },
    parts: 1,
  }
}

/** Of the topics, in the workspace, at the sender's domain: the same for all e-mails that one opts out of together. */
function listIdOf({ workspaceId, topics, content }: SendingPlan): string {
  const of = topics.length === 0 ? 'all' : topics.join('-')
  return `t${of}.w${workspaceId}.${domainOf(content.sender)}`
}
