/** When is the content of an e-mail ready? It has a sender that may send, a subject, a body within the limits, and an unsubscribe link. */
import type { ContentOf } from '../../core/activities/content.ts'
import { emailTemplate, parametersOf } from '../../core/activities/tags.ts'
import { linkOfLength } from '../../core/credits/cost.ts'
import { htmlSize } from '../../core/email/blocks.ts'
import { type EmailTemplate, largestHtml, placeInWords } from '../../core/email/email-template.ts'
import { isPlainAddress, senderProblem } from '../../core/email/from-address.ts'
import { Problem, problem } from '../../core/problems.ts'
import { maxUrlLength } from '../../core/sms/urls.ts'
import { isTooLong } from '../../core/sms/utm.ts'
import type { ActivitySurroundings } from './store.ts'

export interface EmailContext extends Pick<ActivitySurroundings, 'attributes'> {
  /** of the activity */
  name: string
  linkUrl: string
}

/** Characters of a short link's code at most (server/links/seal.ts). */
const longestCode = 12

export function checkEmail(content: ContentOf<'email'>, context: EmailContext): Problem[] {
  const template = emailTemplate(content, context.attributes, context.linkUrl)
  return [
    ...senderProblems(content),
    ...template.problems.map(({ code, place, details }) => {
      const found = new Problem(code, details)
      return isOfField.has(code)
        ? found
        : problem('email_content', { where: placeInWords(place, content), what: found.title, fix: found.fix })
    }),
    ...sizeProblems(template, context.linkUrl),
    ...linkProblems(template, content, context.name),
  ]
}

/** Their sentences name the place. */
const isOfField = new Set([
  'email_subject_empty',
  'email_body_empty',
  'email_unsubscribe_missing',
  'email_footer_address',
  'email_from_name_address',
])

function senderProblems({ sender, replyTo }: ContentOf<'email'>): Problem[] {
  const wrong = senderProblem(sender)
  return [
    ...(wrong ? [new Problem(wrong.code, wrong.details)] : []),
    ...(replyTo === '' || isPlainAddress(replyTo)
      ? []
      : [problem('email_reply_to_invalid', { address: replyTo.slice(0, 100) })]),
  ]
}

function sizeProblems(template: EmailTemplate, linkUrl: string): Problem[] {
  const bytes = largestHtml(template, linkOfLength(linkUrl, longestCode))
  const kB = (size: number) => Math.ceil(size / 1024)
  return bytes > htmlSize.refuse ? [problem('email_too_large', { size: kB(bytes), limit: kB(htmlSize.refuse) })] : []
}

function linkProblems({ links }: EmailTemplate, content: ContentOf<'email'>, name: string): Problem[] {
  const parameters = parametersOf(content, name)
  return links
    .filter(link => isTooLong(link, parameters))
    .map(link => problem('utm_link_too_long', { url: link.url, limit: maxUrlLength }))
}
