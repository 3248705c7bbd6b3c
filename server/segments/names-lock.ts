/**
 * What names segments, tags and attributes, and what takes such a name away, exclude each other per workspace. So an activity or a segment that comes to
 * name something, and a change that deletes, renames or converts it because nothing names it, never both commit.
 *
 * Order of locks: a row, then the profiles (server/profiles/locks.ts), then the names. `holdNames` before `changeNames` in one transaction could wait for
 * another that does the same; the other way round is safe.
 */
import type { Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'

/** First key of the advisory lock: "segm" in ASCII. */
const naming = 1936025453

/** Until the end of the transaction, everything in the workspace keeps its name. Others may hold it, too. Read what is named afterwards. */
export async function holdNames(tx: Db, workspaceId: number): Promise<void> {
  await tx.query(sql`select pg_advisory_xact_lock_shared(${naming}, ${workspaceId}::int)`)
}

/** Alone until the end of the transaction: to take a name away, or to save what may close a circle of segments. Look for uses afterwards. */
export async function changeNames(tx: Db, workspaceId: number): Promise<void> {
  await tx.query(sql`select pg_advisory_xact_lock(${naming}, ${workspaceId}::int)`)
}
