/**
 * Limits on the number of things in a workspace. A script can create as many things as a person may create, and lists, pages and checks
 * read all of them. (Attributes: profiles/catalogue.ts; parts, links and tags of a text: core/sms.)
 */
import { problem } from '../../core/problems.ts'
import type { Db } from '../platform/db/database.ts'
import { raw, type Sql, sql } from '../platform/db/sql.ts'

export const collections = {
  topics: { limit: 200, counted: sql`topics where workspace_id = ` },
  segments: { limit: 1000, counted: sql`segments where workspace_id = ` },
  gateways: { limit: 50, counted: sql`gateways where removed_at is null and workspace_id = ` },
  'API keys': { limit: 100, counted: sql`api_keys where revoked_at is null and workspace_id = ` },
  websites: { limit: 50, counted: sql`websites where removed_at is null and workspace_id = ` },
  members: { limit: 500, counted: sql`members where workspace_id = ` },
  drafts: { limit: 5000, counted: sql`activities where state = 'draft' and deleted_at is null and workspace_id = ` },
} as const satisfies Record<string, { limit: number; counted: Sql }>

export type Collection = keyof typeof collections

/** Call it before one more is created. Throws limit_reached. Two concurrent calls may exceed the limit by one. */
export async function refuseMore(db: Db, workspaceId: number, what: Collection): Promise<void> {
  const { limit, counted } = collections[what]
  const [row] = await db.query<{ n: number }>(
    sql`select count(*) as n from (select from ${counted}${workspaceId} limit ${raw(String(limit))}) c`,
  )
  if ((row?.n ?? 0) >= limit) throw problem('limit_reached', { what, limit })
}
