/**
 * Why does somebody whom Send to selected get no SMS? The first reason of this table that holds is the one that is
 * stored and shown; the order is part of the definition. The freeze tests them, the report, lists and exports word them
 * from here. A reason never costs anything.
 */
export interface NotSentReason {
  /** as stored in `messages.excluded` and `messages.stop_reason`, and as exported */
  readonly key: string
  readonly label: string
  readonly sentence: string
}

// biome-ignore format: a table reads by its columns
export const notSentReasons = [
  { key: 'no_consent', label: 'No consent', sentence: 'The profile has not consented to the topics of this SMS.' },
  { key: 'opted_out', label: 'Opted out', sentence: 'The number has opted out of these topics, or of everything.' },
  { key: 'suppressed', label: 'Closed by hand', sentence: 'The number was closed for SMS by hand.' },
  { key: 'hard_bounces', label: 'Closed after hard bounces', sentence: 'Three messages bounced hard at this number since its last delivery.' },
  { key: 'no_number', label: 'No number', sentence: 'The profile has no phone number.' },
  { key: 'invalid_number', label: 'Invalid number', sentence: 'The phone number cannot exist.' },
  { key: 'landline', label: 'Landline', sentence: 'The number belongs to a landline, which gets no SMS.' },
  { key: 'number_type', label: 'Number gets no SMS', sentence: 'The number is of a kind that gets no SMS, such as premium rate or toll-free.' },
  { key: 'duplicate_number', label: 'Duplicate number', sentence: 'Another profile with the same number gets this SMS.' },
  { key: 'frequency', label: 'Sent to recently', sentence: 'The profile was sent an SMS too recently.' },
  { key: 'no_price', label: 'No price', sentence: 'There is no price for the country of the number.' },
  { key: 'needs_credits', label: 'Needs credits', sentence: 'There were not enough credits left for this profile.' },
  { key: 'too_long', label: 'Text too long', sentence: 'With the values of this profile the text has more parts than the workspace allows.' },
  { key: 'too_late', label: 'Too late', sentence: 'The latest time of the activity passed before its turn came.' },
  { key: 'cancelled', label: 'Cancelled', sentence: 'The activity was cancelled before its turn came.' },
  { key: 'erased', label: 'Erased', sentence: 'The person was forgotten on request.' },
] as const satisfies readonly NotSentReason[]

export type NotSentReasonKey = (typeof notSentReasons)[number]['key']
export const notSentReasonKeys: readonly NotSentReasonKey[] = notSentReasons.map(({ key }) => key)

const byKey: ReadonlyMap<string, NotSentReason> = new Map(notSentReasons.map(reason => [reason.key, reason]))

export function isNotSentReason(key: string): key is NotSentReasonKey {
  return byKey.has(key)
}

/** The sentence of a reason; an unknown key is shown as it is. */
export function describeNotSent(key: string): string {
  return byKey.get(key)?.sentence ?? key
}
