/**
 * How long does a freeze take? Everybody of a workspace becomes a message, queued or not sent with a reason; shared numbers are
 * settled, figures added up, codes drawn and credits set aside. Reference in the same run: the bare INSERT … SELECT of the same
 * people with the values that the text uses, without any reason. They alternate; the table is emptied before each.
 */

import { highestMaxParts } from '../core/sms/split.ts'
import { parseTemplate } from '../core/sms/template.ts'
import { createWorkspace } from '../server/access/workspaces.ts'
import { byConsent } from '../server/audience/audience-members.ts'
import { freeze } from '../server/audience/freeze.ts'
import type { Database } from '../server/platform/db/database.ts'
import { sql } from '../server/platform/db/sql.ts'
import { inFreshHoming } from './fresh-homing.ts'
import { makeAudience, texts } from './make-audience.ts'
import type { BenchResult } from './result.ts'
import { median, timed } from './rounds.ts'

const rounds = 3

export function benchFreeze({ size = 1_000_000 }: { size?: number } = {}): Promise<BenchResult> {
  return inFreshHoming('freeze', async ({ db, now }) => {
    const { id: workspaceId } = await createWorkspace(db, { name: 'Bench', owner: null, actor: 'bench' }, now)
    const { topicId, tagged: activityId } = await makeAudience(db, workspaceId, size, now)
    const template = parseTemplate(texts.tagged)
    const sendTo = { topics: [topicId], duplicates: 'one_per_address' as const }
    const question = {
      workspaceId,
      channel: 'sms' as const,
      sendTo,
      template,
      members: byConsent,
      linkUrl: 'https://l.acme.test',
      now,
      maxParts: highestMaxParts,
    }
    const tookMs: { bare: number[]; freeze: number[] } = { bare: [], freeze: [] }
    let frozen: Awaited<ReturnType<typeof freeze>>
    for (let round = 0; round < rounds; round++) {
      await emptied(db)
      tookMs.bare.push(await timed(() => insertBare(db, workspaceId, topicId, activityId)))
      await emptied(db)
      await db.run(sql`update activities set state = 'starting' where id = ${activityId}`)
      tookMs.freeze.push(
        await timed(async () => {
          frozen = await freeze(db, { ...question, activityId })
        }),
      )
    }
    if (frozen === undefined || frozen.targeted < size * 0.9) throw new Error(`only ${frozen?.targeted} are frozen`)
    return {
      name: 'freeze',
      figure: median(tookMs.freeze),
      unit: 'ms',
      better: 'lower',
      reference: median(tookMs.bare),
      ratio: Math.round(median(tookMs.freeze.map((ms, i) => ms / tookMs.bare[i]!)) * 100) / 100,
      size,
      detail: { reference: 'insert into messages select of the same people, in key order', rounds, tookMs, frozen },
    }
  })
}

async function emptied(db: Database): Promise<void> {
  await db.run(sql`truncate messages`)
  await db.run(sql`checkpoint`)
}

async function insertBare(db: Database, workspaceId: number, topicId: number, activityId: number): Promise<void> {
  await db.run(sql`
    insert into messages (bucket, workspace_id, activity_id, profile_id, status, address, country, vars)
    select p.bucket, ${workspaceId}::int, ${activityId}::bigint, p.profile_id, 'queued', p.phone, p.country,
      jsonb_strip_nulls(jsonb_build_object('first_name', p.first_name, 'points', p.attrs -> 'points', 'city', p.attrs -> 'city'))
    from current_consents k join profiles p on p.bucket = k.bucket and p.profile_id = k.profile_id
    where k.workspace_id = ${workspaceId} and k.topic_id = ${topicId} and k.channel = 'sms' and k.granted
      and p.workspace_id = ${workspaceId}
    order by p.bucket, p.profile_id`)
}
