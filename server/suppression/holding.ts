/**
 * The opt-outs and suppressions of an address that hold now, as SQL conditions. The check of a claim, the audience and the look-up of one
 * number use these conditions and no others.
 */
import { empty, type Sql, sql } from '../platform/db/sql.ts'

/** The address. As values if the statement concerns many addresses: the probe then compares only the address. */
export interface HeldAddress {
  workspace: Sql
  channel: string
  address: Sql
}

/** An opt-out of everything or of one of these topics; null: any opt-out. */
export function openOptOut({ workspace, channel, address }: HeldAddress, topics: readonly number[] | null): Sql {
  return sql`exists (select from opt_outs o where o.workspace_id = ${workspace} and o.channel = ${channel} and o.address = ${address} and o.released_at is null
    ${topics === null ? empty : sql`and (o.topic_id is null or o.topic_id = any(${topics}::int[]))`})`
}

/** A suppression with that reason; undefined: any. */
export function openSuppression(
  { workspace, channel, address }: HeldAddress,
  reason?: 'by_hand' | 'hard_bounces',
): Sql {
  return sql`exists (select from suppressions s where s.workspace_id = ${workspace} and s.channel = ${channel} and s.address = ${address} and s.released_at is null
    ${reason === undefined ? empty : sql`and s.reason = ${reason}`})`
}
