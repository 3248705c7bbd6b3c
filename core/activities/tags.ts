/** The data tags that a text may use, and the text read with them: the same on the server and in the composer. */
import { parseTemplate, type Template } from '../sms/template.ts'
import { type UtmParameter, utmParameters } from '../sms/utm.ts'
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
export function templateOf(content: Content, attributes?: readonly string[], linkUrl?: string): Template {
  switch (content.channel) {
    case 'sms':
      return smsTemplate(content, attributes, linkUrl)
  }
}

export function smsTemplate(
  { body, smart }: Pick<ContentOf<'sms'>, 'body' | 'smart'>,
  attributes?: readonly string[],
  linkUrl?: string,
): Template {
  const ownHost = URL.parse(linkUrl ?? '')?.host
  return parseTemplate(body, {
    smart,
    ownHosts: ownHost === undefined ? [] : [ownHost],
    ...(attributes && { attributes: new Set([...defaultTags, ...attributes]) }),
  })
}

/** What the links of the content get added. */
export function parametersOf(content: Content, activityName: string): UtmParameter[] {
  return 'utm' in content ? utmParameters(content.utm, activityName) : []
}
