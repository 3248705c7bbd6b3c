/** A test SMS straight into the tables, as `askTestSms` makes it, for tests that need one and no draft that could be sent. */
import { latestTestAt } from '../../core/messages/test-sms.ts'
import type { Vars } from '../../core/sms/tag-values.ts'
import { insertTestMessage } from '../messages/test-sms.ts'
import type { Database } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'

export interface MadeTest {
  workspaceId: number
  gatewayId: number
  now: Date
  draft?: number
  phone?: string
  sender?: string
  body?: string
  vars?: Vars
  parts?: number
  creditsE4?: number
  /** one for each link of the body */
  urls?: readonly string[]
  codeBase?: number
}

/** The id of its activity. */
export async function makeTestSms(db: Database, made: MadeTest): Promise<number> {
  const { workspaceId, gatewayId, now, draft = null, phone = '+46701700001', sender = 'Shop', body = 'Hi' } = made
  const { vars = {}, parts = 1, creditsE4 = 10_000, urls = [], codeBase = null } = made
  const content = { channel: 'sms', sender, body, smart: true }
  const settings = { name: 'Test', gatewayId, sender, body, smart: true, sendTo: { topics: [], duplicates: 'all' } }
  return db.tx(async tx => {
    const [row] = await tx.query<{ id: number }>(sql`
      insert into activities (workspace_id, kind, test_of, name, state, content, gateway_id, latest_at, version, code_base, code_span, code_length,
        created_at, updated_at, started_at, frozen_at)
      values (${workspaceId}, 'test', ${draft}, 'Test', 'sending', ${JSON.stringify(content)}::jsonb, ${gatewayId}, ${latestTestAt(now, 1)}, 1,
        ${codeBase}, ${codeBase === null ? null : 1}, 11, ${now}, ${now}, ${now}, ${now}) returning id`)
    const activityId = row!.id
    await tx.run(sql`insert into activity_versions (activity_id, version, settings, created_at)
      values (${activityId}, 1, ${JSON.stringify(settings)}::jsonb, ${now})`)
    await tx.run(sql`insert into links (activity_id, slot, kind, url)
      select ${activityId}::bigint, u.slot - 1, 'link', u.url from unnest(${[...urls]}::text[]) with ordinality as u (url, slot)`)
    await insertTestMessage(tx, { workspaceId, activityId, address: phone, country: null, vars, parts, creditsE4, now })
    return activityId
  })
}
