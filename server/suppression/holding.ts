/**
 * What is held against an address now, as SQL: the opt-outs and the suppressions that nobody has released. The check of a claim, the
 * audience and the question for one number use these conditions and no others.
 */
import { empty, type Sql, sql } from '../platform/db/sql.ts'

/** Whose address it is. As values where the statement asks for many addresses: the probe then compares the address alone. */
export interface HeldAddress {
  workspace: Sql
  channel: string
  address: Sql
}

/** An opt-out of everything or of one of these topics; null: of anything. */
export function openOptOut({ workspace, channel, address }: HeldAddress, topics: readonly number[] | null): Sql {
  return sql`exists (select from opt_outs o where o.workspace_id = ${workspace} and o.channel = ${channel} and o.address = ${address} and o.released_at is null
    ${topics === null ? empty : sql`and (o.topic_id is null or o.topic_id = any(${topics}::int[]))`})`
}

/** A suppression for that reason; undefined: for any. */
export function openSuppression(
  { workspace, channel, address }: HeldAddress,
  reason?: 'by_hand' | 'hard_bounces',
): Sql {
  return sql`exists (select from suppressions s where s.workspace_id = ${workspace} and s.channel = ${channel} and s.address = ${address} and s.released_at is null
    ${reason === undefined ? empty : sql`and s.reason = ${reason}`})`
}
