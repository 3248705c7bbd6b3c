/** The audience of an activity as it would be now: the number, who is left out and why, the parts and the cost. */
import { countAudience } from '../audience/count.ts'
import { codeLengthFor } from '../links/seal.ts'
import { fromE4 } from '../messages/tallies.ts'
import type { Database } from '../platform/db.ts'
import { sql } from '../platform/sql.ts'
import { templateOf } from './check.ts'
import type { Asker } from './draft.ts'
import { readActivity, readSurroundings } from './store.ts'

export interface AudienceView {
  targeted: number
  notSent: number
  queued: number
  notSentReasons: Record<string, number>
  credits: string
  parts: number
  byParts: Record<string, number>
  byCountry: Record<string, { messages: number; parts: number; credits: string }>
}

/** The same SQL as the freeze, as a count. Throws not_found. */
export async function countActivityAudience(
  db: Database,
  { workspaceId, linkUrl, now }: Asker,
  id: number,
): Promise<AudienceView> {
  const activity = await readActivity(db, workspaceId, id)
  const { attributes } = await readSurroundings(db, workspaceId)
  const template = templateOf(activity, attributes)
  const codeLength = await nextCodeLength(db, template.links.length + 1)
  const { cost, ...people } = await countAudience(db, {
    workspaceId,
    sendTo: activity.sendTo,
    template,
    linkUrl,
    codeLength,
    now,
  })
  const byCountry = Object.entries(cost.byCountry).map(([country, { messages, parts, creditsE4 }]) => [
    country,
    { messages, parts, credits: fromE4(creditsE4) },
  ])
  return {
    ...people,
    credits: fromE4(cost.creditsE4),
    parts: cost.parts,
    byParts: cost.byParts,
    byCountry: Object.fromEntries(byCountry),
  }
}

/** How long the short codes would be if the audience were frozen now. */
async function nextCodeLength(db: Database, slots: number): Promise<number> {
  const [row] = await db.query<{ base: number; top: number }>(
    sql`select i.next_code_base as base, p.last_value + 2 as top from installation i, profile_ids p where i.id = 1`,
  )
  return codeLengthFor((row?.base ?? 1) + slots * (row?.top ?? 1))
}
