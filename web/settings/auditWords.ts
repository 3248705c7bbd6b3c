/** Actions of the audit log in words. An action without words is shown by its key. */

const acts: Readonly<Record<string, string>> = {
  'account.change': 'changed their account',
  'account.close': 'closed an account',
  'activity.cancel': 'cancelled an SMS',
  'activity.change': 'edited an SMS',
  'activity.create': 'created an SMS',
  'activity.delete': 'deleted a draft',
  'activity.export': 'exported a list',
  'activity.export_list': 'exported the list of SMS',
  'activity.pause': 'paused an SMS',
  'activity.restore': 'restored a draft',
  'activity.resume': 'resumed an SMS',
  'activity.schedule': 'scheduled an SMS',
  'activity.test': 'sent a test SMS',
  'activity.unschedule': 'moved an SMS to drafts',
  'api_key.create': 'created an API key',
  'api_key.revoke': 'revoked an API key',
  'attribute.change': 'changed an attribute',
  'attribute.remove': 'removed an attribute',
  'attribute.type': 'changed the type of an attribute',
  'attribute.type_undo': 'undid a change of type',
  'consent.add': 'added a consent by hand',
  'gateway.add': 'added a gateway',
  'gateway.change': 'changed a gateway',
  'gateway.pause': 'paused a gateway',
  'gateway.reconnect': 'reconnected a gateway',
  'gateway.remove': 'removed a gateway',
  'gateway.resume': 'resumed a gateway',
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
  'opt_out.add': 'opted a number out by hand',
  'opt_out.release': 'released an opt-out',
  'profile.change': 'edited a profile',
  'profile.erase': 'erased a profile',
  'profile.export': 'exported the personal data of a profile',
  'profile.lock': 'locked a profile',
  'profile.tags': 'changed the tags of a profile',
  'profile.unlock': 'unlocked a profile',
  'profile.upsert': 'created or updated profiles',
  'reminder.plan': 'planned a reminder',
  'reminder.remove': 'removed a planned reminder',
  'segment.change': 'edited a segment',
  'segment.create': 'created a segment',
  'segment.delete': 'deleted a segment',
  'segment.export': 'exported a segment',
  'segment.freeze': 'saved a segment as a list',
  'segment_list.start': 'made a segment from a list',
  'segment_list.stop': 'stopped a list of people',
  'segment_list.unmatched': 'downloaded unmatched entries',
  'sessions.end': 'signed out an account on all devices',
  sign_out: 'signed out',
  'sign_in.done': 'signed in',
  'sign_in.refused': 'entered a wrong password',
  'sign_in_link.create': 'created a sign-in link',
  'suppression.close': 'closed a number after hard bounces',
  'suppression.end': 'reopened a number after a delivery',
  'suppression.release': 'reopened a closed number',
  'tagging.create': 'changed tags',
  'tagging.undo': 'undid a change of tags',
  'topic.archive': 'archived a topic',
  'topic.create': 'created a topic',
  'topic.rename': 'renamed a topic',
  'topic.restore': 'restored a topic',
  'unmatched.retry': 'retried unmatched records',
  'website.change': 'changed a website',
  'website.create': 'registered a website',
  'website.read_secret': 'read the signing secret of a website',
  'website.remove': 'removed a website',
  'website_key.create': 'created a key of a website',
  'website_key.revoke': 'revoked a key of a website',
  'workspace.change': 'changed the workspace settings',
  'workspace.create': 'created the workspace',
}

export const actOf = (action: string): string => acts[action] ?? action.replace(/[._]/g, ' ')

/** What is before the dot of an action, in words. An action without a dot is its own kind. */
const kinds: Readonly<Record<string, string>> = {
  activity: 'SMS',
  reminder: 'Planned reminders',
  import: 'Imports',
  profile: 'Profiles',
  consent: 'Consents',
  opt_out: 'Opt-outs',
  suppression: 'Closed numbers',
  attribute: 'Attributes',
  topic: 'Topics',
  segment: 'Segments',
  segment_list: 'Lists of people',
  tagging: 'Tags',
  gateway: 'Gateways',
  website: 'Websites',
  website_key: 'Keys of websites',
  unmatched: 'Unmatched',
  workspace: 'Workspace',
  member: 'Members',
  invitation: 'Invitations',
  api_key: 'API keys',
  account: 'Accounts',
  sign_in: 'Sign-ins',
  sign_in_link: 'Sign-in links',
  sign_out: 'Sign-outs',
  sessions: 'Sessions',
  installation: 'Installation',
}

export const isNamed = (action: string): boolean => action in acts && kindOf(action) in kinds
const kindOf = (action: string) => action.split('.')[0] ?? ''
const sentence = (words: string) => words.charAt(0).toUpperCase() + words.slice(1)

/** For a select: everything; then by kind all of it, and each action. */
export const actionChoices = [
  { value: '', label: 'Every action' },
  ...Object.entries(kinds).map(([kind, label]) => {
    const own = Object.entries(acts).filter(([action]) => kindOf(action) === kind)
    const all = own.length === 1 && own[0]?.[0] === kind ? [] : [{ value: kind, label: `${label}: all` }]
    return { group: label, items: [...all, ...own.map(([value, words]) => ({ value, label: sentence(words) }))] }
  }),
]

const machines: Readonly<Record<string, string>> = {
  homing: 'Homing itself',
  'command line': 'Command line',
  nobody: 'Unknown',
}

/** Who did it, if it was neither a person nor a key: "command line". */
export const actorOf = (actor: string): string => machines[actor] ?? shortId(actor)

/** For a select. `chosen` is among them, also where it is neither a member nor a key any more. */
export function actorChoices(
  named: readonly { value: string; label: string }[],
  chosen: string,
  chosenName: string | undefined,
): { value: string; label: string }[] {
  const known = [
    { value: '', label: 'Everybody' },
    ...named,
    ...Object.entries(machines).map(([value, label]) => ({ value, label })),
  ]
  if (known.some(({ value }) => value === chosen)) return known
  return [...known, { value: chosen, label: chosenName ?? actorOf(chosen) }]
}

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
