/** Erases the opt-outs and closings of a person's addresses: they still hold, without the address and without texts. */
import { channelKeys } from '../../core/channels.ts'
import type { PersonalDataSubject } from '../messages/personal.ts'
import type { Db } from '../platform/db/database.ts'
import { type Address, lockAddresses } from './addresses.ts'
import { tellBarred } from './just-barred.ts'
import { sealAddress, wipeEvidence } from './sealed-address.ts'

export async function forgetOptOuts(tx: Db, person: PersonalDataSubject): Promise<void> {
  await wipeEvidence(tx, person.workspaceId, person.profileId)
  const addresses = subjectAddresses(person)
  // All locks first, in their order.
  await lockAddresses(tx, addresses)
  for (const address of addresses) await sealAddress(tx, address)
  await tellBarred(
    tx,
    addresses.map(address => ({ ...address, topicIds: null })),
  )
}

export const subjectAddresses = ({
  workspaceId,
  addresses,
}: Pick<PersonalDataSubject, 'workspaceId' | 'addresses'>): Address[] =>
  channelKeys.flatMap(channel => addresses[channel].map(address => ({ workspaceId, channel, address })))
