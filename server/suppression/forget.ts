/** An erase, of a number's own no and its closings: they hold on without the number and without texts. */
import type { Db } from '../platform/db/database.ts'
import { tellBarred } from './barred.ts'
import { lockNumbers } from './opt-out.ts'
import { sealNumber, wipeEvidence } from './sealed-number.ts'

export async function forgetNoes(
  tx: Db,
  { workspaceId, profileId, phones }: { workspaceId: number; profileId: number; phones: readonly string[] },
): Promise<void> {
  await wipeEvidence(tx, workspaceId, profileId)
  // All locks first, in their order.
  await lockNumbers(
    tx,
    phones.map(address => ({ workspaceId, address })),
  )
  for (const address of phones) await sealNumber(tx, workspaceId, address)
  await tellBarred(
    tx,
    phones.map(address => ({ workspaceId, address, topicIds: null })),
  )
}
