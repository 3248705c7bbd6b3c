/** The data tags that a text may use, and the text read with them: the same on the server and in the composer. */
import { parseTemplate, type Template } from '../sms/template.ts'

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

/** `attributes`: the names of the catalogue; undefined while they are not known: then no tag is called unknown. */
export function templateOf(
  { body, smart }: { body: string; smart: boolean },
  attributes: readonly string[] | undefined,
  linkUrl?: string,
): Template {
  const ownHost = URL.parse(linkUrl ?? '')?.host
  return parseTemplate(body, {
    smart,
    ownHosts: ownHost === undefined ? [] : [ownHost],
    ...(attributes && { attributes: new Set([...defaultTags, ...attributes]) }),
  })
}
