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
    phones.map(phone => ({ workspaceId, phone })),
  )
  for (const phone of phones) await sealNumber(tx, workspaceId, phone)
  await tellBarred(
    tx,
    phones.map(phone => ({ workspaceId, phone, topicIds: null })),
  )
}
