/** For the bench of the pages: a workspace with lots of everything, and somebody who may look at it. */
import { contentOf } from '../core/activities/content.ts'
import { invite } from '../server/access/invitations.ts'
import { ensureTopic } from '../server/access/topics.ts'
import { createActivity } from '../server/activities/draft.ts'
import type { Database } from '../server/platform/db/database.ts'
import { sql } from '../server/platform/db/sql.ts'
import { makeSentActivity } from './sent.ts'

/** Activities beside the big one, and drafts. */
const others = 300
const drafts = 100
const text = 'Hi ##first_name|there##! News: https://example.com/news Stop: ##unsubscribe##'

export interface Place {
  workspaceId: number
  /** sent to all profiles */
  activityId: number
  draftId: number
  /** clicked in the big one */
  profileId: number
  /** An invitation: works once. */
  signInLink: string
}

export async function makePlace(db: Database, size: number, url: string): Promise<Place> {
  const now = new Date()
  const { workspaceId, activityId } = await makeSentActivity(db, size)
  const { id: topic } = await ensureTopic(db, workspaceId, 'Offers', now)
  await db.run(sql`insert into current_consents (bucket, profile_id, workspace_id, topic_id, channel, at, granted)
    select bucket, profile_id, workspace_id, ${topic}, 'sms', ${now}, true from profiles where workspace_id = ${workspaceId}`)
  const content = contentOf({ channel: 'sms', sender: 'Acme', body: text })
  await db.run(sql`with made as (
      insert into activities (workspace_id, name, state, content, created_at, updated_at, started_at, frozen_at, finished_at)
      select ${workspaceId}::int, 'Campaign ' || i, 'sent', ${JSON.stringify(content)}::jsonb, t, t, t, t, t
      from generate_series(1, ${others}::int) i cross join lateral (select ${now}::timestamptz - i * interval '1 day' as t) at
      returning id)
    insert into tallies (bucket, activity_id, figure, n, credits)
    select t.bucket, made.id, t.figure, t.n, t.credits from made cross join tallies t where t.activity_id = ${activityId}`)
  await db.run(sql`insert into activities (workspace_id, name, content, created_at, updated_at)
    select ${workspaceId}::int, 'Draft ' || i, ${JSON.stringify(content)}::jsonb, ${now}, ${now} from generate_series(1, ${drafts}::int) i`)
  const context = { workspaceId, actor: 'bench', url, linkUrl: url, now }
  const sendTo = { topics: [topic], duplicates: 'one_per_address' as const }
  const draft = await createActivity(db, context, {
    name: 'Spring',
    content,
    sendTo,
  })
  const { link } = await invite(db, url, { workspaceId, email: 'bench@acme.test', role: 'admin', actor: 'bench' }, now)
  await db.run(sql`vacuum analyze`)
  const [clicked] = await db.query<{ id: number }>(
    sql`select m.profile_id as id from messages m where m.activity_id = ${activityId} and m.first_click_at is not null limit 1`,
  )
  return { workspaceId, activityId, draftId: draft.id, profileId: clicked?.id ?? 1, signInLink: link }
}
