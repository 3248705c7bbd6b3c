/**
 * Why is a targeted profile not sent to? The first reason of this table that holds is stored and shown, so the order is part of the
 * definition. The freeze tests the reasons; the report, lists and exports take their words from here. A message that is not sent
 * costs nothing.
 *
 * The keys are the same on each channel. The words are those of the channel (core/channels.ts).
 */
import { type Channel, type ChannelFacts, channels, perChannel } from '../channels.ts'

export interface NotSentReason {
  /** as stored in `messages.excluded` and `messages.stop_reason`, and as exported */
  readonly key: NotSentReasonKey
  readonly label: string
  readonly sentence: string
}

// biome-ignore format: a table reads by its columns
const tableOf = ({ closesAfter, words: { channel, message, address, fullAddress } }: ChannelFacts) =>
  [
    { key: 'no_consent', label: 'No consent', sentence: `The profile has not consented to the topics of this ${message}.` },
    { key: 'opted_out', label: 'Opted out', sentence: `The ${address} has opted out of these topics, or of everything.` },
    { key: 'suppressed', label: 'Closed by hand', sentence: `The ${address} was closed for ${channel} by hand.` },
    { key: 'hard_bounces', label: 'Closed after hard bounces', sentence: `${closesAfter} messages bounced hard at this ${address} since its last delivery.` },
    { key: 'no_address', label: `No ${address}`, sentence: `The profile has no ${fullAddress}.` },
    { key: 'invalid_address', label: `Invalid ${address}`, sentence: `The ${fullAddress} cannot exist.` },
    { key: 'landline', label: 'Landline', sentence: `The number belongs to a landline, which cannot receive ${channel}.` },
    { key: 'number_type', label: `Cannot receive ${channel}`, sentence: `This kind of number cannot receive ${channel}, such as premium rate or toll-free.` },
    { key: 'duplicate_address', label: `Duplicate ${address}`, sentence: `Another profile with the same ${address} gets this ${message}.` },
    { key: 'frequency', label: 'Sent to recently', sentence: `The profile was sent another ${message} too recently.` },
    { key: 'clicked_before', label: 'Clicked before', sentence: `The profile clicked in the ${message} that this one reminds of, or unsubscribed through it, before its turn came.` },
    { key: 'no_price', label: 'No price', sentence: `There is no price for the country of the ${address}.` },
    { key: 'needs_credits', label: 'Needs credits', sentence: 'There were not enough credits left for this profile.' },
    { key: 'too_long', label: 'Text too long', sentence: 'With the values of this profile the text has more parts than the workspace allows.' },
    { key: 'too_late', label: 'Too late', sentence: 'The latest time of the activity passed before its turn came.' },
    { key: 'cancelled', label: 'Cancelled', sentence: 'The activity was cancelled before its turn came.' },
    { key: 'erased', label: 'Erased', sentence: 'The person was erased on request.' },
  ] as const

export type NotSentReasonKey = ReturnType<typeof tableOf>[number]['key']

const tables = perChannel((channel): readonly NotSentReason[] => tableOf(channels[channel]))
const byKey = perChannel(channel => new Map<string, NotSentReason>(tables[channel].map(reason => [reason.key, reason])))

export const notSentReasonKeys: readonly NotSentReasonKey[] = tables.sms.map(({ key }) => key)

export function notSentReasons(channel: Channel): readonly NotSentReason[] {
  return tables[channel]
}

export function isNotSentReason(key: string): key is NotSentReasonKey {
  return byKey.sms.has(key)
}

/** Undefined for a key that this version does not know. */
export function notSentReason(key: string, channel: Channel): NotSentReason | undefined {
  return byKey[channel].get(key)
}

/** The sentence of a reason; an unknown key is shown as it is. */
export function describeNotSent(key: string, channel: Channel): string {
  return notSentReason(key, channel)?.sentence ?? key
}
