/** The data tags that a text may use, and the text read with them: the same on the server and in the composer. */
import { type EmailTemplate, parseEmail } from '../email/email-template.ts'
import { parseTemplate, type Template } from '../sms/template.ts'
import { defaultUtmMedium, type UtmParameter, utmParameters } from '../sms/utm.ts'
import type { Content, ContentOf } from './content.ts'

/** Tags that are fields of a profile, with the name of the field. All others are attributes. */
export const profileFields = {
  first_name: 'firstName',
  last_name: 'lastName',
  email: 'email',
  phone: 'phone',
  external_key: 'externalKey',
} as const

/** Tags that every workspace has, beside the attributes of its catalogue. */
export const defaultTags = ['first_name', 'last_name', 'city', 'email', 'phone', 'external_key'] as const

/**
 * The text of any content, read with its tags and links: of a draft, a freeze and a plan alike. `attributes`: the names of the catalogue;
 * undefined where they are not known: then no tag is called unknown. `linkUrl`: of a draft; links to it are refused.
 */
export function templateOf(content: Content, attributes?: readonly string[], linkUrl?: string): AnyTemplate {
  switch (content.channel) {
    case 'sms':
      return smsTemplate(content, attributes, linkUrl)
    case 'email':
      return emailTemplate(content, attributes, linkUrl)
  }
}

/** The written text of each channel. All have tags, links and a way out. */
export type AnyTemplate = Template | EmailTemplate

export function emailTemplate(
  content: ContentOf<'email'>,
  attributes?: readonly string[],
  linkUrl?: string,
): EmailTemplate {
  return parseEmail(content, readingOptions(attributes, linkUrl))
}

function readingOptions(attributes: readonly string[] | undefined, linkUrl: string | undefined) {
  const ownHost = URL.parse(linkUrl ?? '')?.host
  return {
    ownHosts: ownHost === undefined ? [] : [ownHost],
    ...(attributes && { attributes: new Set([...defaultTags, ...attributes]) }),
  }
}

export function smsTemplate(
  { body, smart }: Pick<ContentOf<'sms'>, 'body' | 'smart'>,
  attributes?: readonly string[],
  linkUrl?: string,
): Template {
  return parseTemplate(body, { smart, ...readingOptions(attributes, linkUrl) })
}

/** What the links of the content get added. */
export function parametersOf(content: Content, activityName: string): UtmParameter[] {
  return utmParameters(content.utm, activityName, mediums[content.channel])
}

/** utm_medium where nobody chose another. */
export const mediums = { sms: defaultUtmMedium, email: 'email' } as const satisfies Record<Content['channel'], string>
