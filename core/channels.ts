/**
 * What is a channel? The one table: where a profile keeps its address, which rules hold for its messages, and what pages, figures and reports call
 * things. An activity has one channel (`activities.channel`); an opt-out and a suppression belong to an address on a channel.
 */
import { recordOf } from './record-of.ts'

/** What things are called, in the middle of a sentence. */
export interface ChannelWords {
  /** "Gets no SMS" */
  readonly channel: string
  /** "this SMS", one of them */
  readonly message: string
  readonly address: string
  readonly addresses: string
  /** where "address" alone could be another one */
  readonly fullAddress: string
  /** the heading of the column with the address */
  readonly column: string
  /** when a message counts as delivered: "Profiles whose phone received the SMS." */
  readonly delivered: string
  /** an example of what makes it impossible to deliver */
  readonly impossible: string
}

export interface ChannelFacts {
  /** the column of `profiles` with the address, and the kind of its key in `profile_keys` */
  readonly addressColumn: 'phone' | 'email'
  /** the column of `profiles` with what was given instead of a valid address; null: the column of the address has it */
  readonly givenColumn: 'phone_given' | null
  /** the column of `profiles` that says that other profiles have the address too; null: that is not kept, and each may be shared */
  readonly sharedColumn: 'phone_shared' | null
  /** the number of messages with a hard bounce that counts, since the last delivery to the address, that closes it */
  readonly closesAfter: number
  /** a message costs credits */
  readonly isCharged: boolean
  readonly words: ChannelWords
}

export const channels = {
  sms: {
    addressColumn: 'phone',
    givenColumn: 'phone_given',
    sharedColumn: 'phone_shared',
    closesAfter: 3,
    isCharged: true,
    words: {
      channel: 'SMS',
      message: 'SMS',
      address: 'number',
      addresses: 'numbers',
      fullAddress: 'phone number',
      column: 'Phone',
      delivered: 'Profiles whose phone received the SMS.',
      impossible: 'the number is not in use',
    },
  },
  email: {
    addressColumn: 'email',
    givenColumn: null,
    sharedColumn: null,
    closesAfter: 3,
    isCharged: false,
    words: {
      channel: 'e-mail',
      message: 'e-mail',
      address: 'address',
      addresses: 'addresses',
      fullAddress: 'e-mail address',
      column: 'E-mail',
      delivered: 'Profiles whose mail server accepted the e-mail and did not return it.',
      impossible: 'there is no such mailbox',
    },
  },
} as const satisfies Readonly<Record<string, ChannelFacts>>

export type Channel = keyof typeof channels

export const channelKeys: readonly Channel[] = ['sms', 'email']

/** A row names a channel that this version does not know: written by a newer one, or by hand. */
export class UnknownChannel extends Error {
  constructor(channel: string) {
    super(`channel “${channel}” is unknown; this version knows ${channelKeys.join(', ')}`)
    this.name = 'UnknownChannel'
  }
}

export function isChannel(key: string): key is Channel {
  return Object.hasOwn(channels, key)
}

/** Throws UnknownChannel. */
export function channelOf(key: string): Channel {
  if (!isChannel(key)) throw new UnknownChannel(key)
  return key
}

/** Where only words depend on it: what a newer version wrote is shown in the words of SMS. */
export function channelInWords(key: string): Channel {
  return isChannel(key) ? key : 'sms'
}

/** Something for each channel. */
export function perChannel<Value>(make: (channel: Channel) => Value): Record<Channel, Value> {
  return recordOf(channelKeys, make)
}
