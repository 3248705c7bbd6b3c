/** For tests that send through gateways of their own: a workspace with people, straight into the tables; its gateways; an activity to all of them. */

import { ensureTopic } from '../server/access/topics.ts'
import { createWorkspace } from '../server/access/workspaces.ts'
import { createActivity, type RequestContext } from '../server/activities/draft.ts'
import { scheduleActivity } from '../server/activities/schedule.ts'
import { addGateway } from '../server/gateways/gateways.ts'
import type { Database } from '../server/platform/db/database.ts'
import { sql } from '../server/platform/db/sql.ts'
import { testKeys } from './keys.ts'

export interface Sending {
  context: RequestContext
  topicId: number
}

/** Their numbers are +46701700001 and those that follow. */
export async function makePeople(db: Database, people: number): Promise<Sending> {
  const now = new Date()
  const { id: workspaceId } = await createWorkspace(db, { name: 'Shop', owner: null, actor: 'test' }, now)
  const { id: topicId } = await ensureTopic(db, workspaceId, 'Offers', now)
  const everybody = sql`from generate_series(1, ${people}::int) i`
  await db.run(sql`insert into profiles (bucket, profile_id, workspace_id, phone, phone_type, created_at, updated_at)
    select i & 255, i, ${workspaceId}::int, '+46701' || (700000 + i), 'mobile', ${now}::timestamptz, ${now}::timestamptz ${everybody}`)
  await db.run(sql`insert into consents (bucket, profile_id, workspace_id, topic_id, channel, at, granted, source)
    select i & 255, i, ${workspaceId}::int, ${topicId}::int, 'sms', ${now}::timestamptz, true, 'test' ${everybody}`)
  await db.run(sql`insert into current_consents (bucket, profile_id, workspace_id, topic_id, channel, at, granted)
    select i & 255, i, ${workspaceId}::int, ${topicId}::int, 'sms', ${now}::timestamptz, true ${everybody}`)
  await db.run(sql`insert into profile_keys (value, workspace_id, kind, profile_id)
    select '+46701' || (700000 + i), ${workspaceId}::int, 'phone', i ${everybody}`)
  await db.run(sql`analyze`)
  const url = 'http://127.0.0.1:9'
  return { context: { workspaceId, actor: 'test', url, linkUrl: url, now }, topicId }
}

export async function addSmsc(
  db: Database,
  { context }: Sending,
  name: string,
  port: number,
  window = 10,
): Promise<number> {
  const { workspaceId, actor, now } = context
  const gateway = {
    workspaceId,
    name,
    actor,
    kind: 'smpp',
    settings: { host: '127.0.0.1', port, systemId: 's', password: 'p' },
    window,
    binds: 1,
  }
  return (await addGateway(db, testKeys, gateway, now)).id
}

export async function sendToAll(db: Database, { context, topicId }: Sending, gatewayId: number): Promise<number> {
  const { id } = await createActivity(db, context, {
    name: 'Autumn',
    content: { channel: 'sms', sender: 'Shop', body: 'Hi! Stop: ##unsubscribe##' },
    sendTo: { topics: [topicId], duplicates: 'one_per_address' },
    gatewayId,
    quietHours: false,
  })
  await scheduleActivity(db, context, id, { sendAt: null })
  return id
}
