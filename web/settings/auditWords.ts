/** Actions of the audit log in words. An action without words is shown by its key. */

const acts: Readonly<Record<string, string>> = {
  'account.change': 'changed their account',
  'account.close': 'closed an account',
  'activity.cancel': 'cancelled an SMS',
  'activity.change': 'edited an SMS',
  'activity.create': 'created an SMS',
  'activity.delete': 'deleted a draft',
  'activity.export': 'exported a list',
  'activity.restore': 'restored a draft',
  'activity.schedule': 'scheduled an SMS',
  'activity.test': 'sent a test SMS',
  'api_key.create': 'created an API key',
  'api_key.revoke': 'revoked an API key',
  'gateway.add': 'added a gateway',
  'gateway.change': 'changed a gateway',
  'gateway.resume': 'reconnected a gateway',
  'import.rejected_rows': 'downloaded rejected rows',
  'import.start': 'started an import',
  'import.stop': 'stopped an import',
  'installation.release_sending': 'resumed sending',
  'invitation.create': 'invited someone',
  'invitation.renew': 'created a new link for an invitation',
  'invitation.withdraw': 'withdrew an invitation',
  'member.change': 'changed a role',
  'member.join': 'accepted an invitation',
  'member.leave': 'left the workspace',
  'member.remove': 'removed a member',
  'opt_out.release': 'released an opt-out',
  'profile.erase': 'erased a profile',
  'profile.export': 'exported the personal data of a profile',
  'profile.lock': 'locked a profile',
  'profile.unlock': 'unlocked a profile',
  'profile.upsert': 'created or updated profiles',
  'sessions.end': 'signed out an account on all devices',
  sign_out: 'signed out',
  'sign_in.done': 'signed in',
  'sign_in.refused': 'entered a wrong password',
  'sign_in_link.create': 'created a sign-in link',
  'suppression.release': 'reopened a closed number',
  'topic.create': 'created a topic',
  'workspace.change': 'changed the workspace settings',
  'workspace.create': 'created the workspace',
}

export const actOf = (action: string): string => acts[action] ?? action.replace(/[._]/g, ' ')

/** The filters of the list: the part of an action before its dot. */
export const kinds = [
  { value: '', label: 'Everything' },
  { value: 'activity', label: 'SMS' },
  { value: 'import', label: 'Imports' },
  { value: 'profile', label: 'Profiles' },
  { value: 'member', label: 'Members' },
  { value: 'invitation', label: 'Invitations' },
  { value: 'api_key', label: 'API keys' },
  { value: 'gateway', label: 'Gateways' },
  { value: 'sign_in', label: 'Sign-ins' },
  { value: 'account', label: 'Accounts' },
  { value: 'topic', label: 'Topics' },
] as const

/** The names of fields on the pages. Several fields may share a name. */
const fieldWords: Readonly<Record<string, string>> = {
  host: 'address',
  port: 'address',
  systemId: 'user',
  email: 'e-mail',
  body: 'text',
  sendAt: 'time',
  latestAt: 'latest time',
  sendTo: 'audience',
  gatewayId: 'gateway',
  utm: 'UTM parameters',
  binds: 'connections',
}

/** "role editor, was viewer", "address and password changed". `nameOf`: the name of an id, if it is known. */
export function detailsOf(
  details: Readonly<Record<string, unknown>>,
  nameOf: (subject: string) => string | undefined = () => undefined,
): string {
  return Object.entries(details)
    .map(([name, value]) =>
      name === 'fields' && Array.isArray(value)
        ? `${fieldsOf(value)} changed`
        : `${wordsOfName(name)} ${wordsOf(value, nameOf)}`,
    )
    .join(', ')
}

/** "settings.systemId" -> "user": the settings of a gateway's kind are named like any other field. */
function wordsOfName(name: string): string {
  const field = name.replace(/^settings\./, '')
  return fieldWords[field] ?? field.replace(/([A-Z])/g, ' $1').toLowerCase()
}

function fieldsOf(fields: readonly unknown[]): string {
  const words = [...new Set(fields.map(field => wordsOfName(String(field))))]
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}

function wordsOf(value: unknown, nameOf: (subject: string) => string | undefined): string {
  if (Array.isArray(value)) return value.map(each => wordsOf(each, nameOf)).join(' and ')
  if (typeof value === 'object' && value !== null) return `(${detailsOf({ ...value }, nameOf)})`
  return typeof value === 'string' ? (nameOf(value) ?? shortId(value)) : String(value)
}

/** "user 3f2a9c01" for the 36 characters of an id; "SMS 12" for "activity 12". */
export const shortId = (subject: string): string =>
  subject.replace(/\b([0-9a-f]{8})-[0-9a-f-]{27}\b/g, '$1').replace(/^activity (?=\d+$)/, 'SMS ')
