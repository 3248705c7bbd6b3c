/**
 * Consents: a profile's yes or no to a topic on a channel, appended when it changes something; beside them the current one.
 *
 * Invariants: current_consents is the latest row of consents; two consents of one profile never have the same time.
 */
import type { Db } from '../platform/db/database.ts'
import { type Sql, sql } from '../platform/db/sql.ts'

/**
 * For the persons in profile_resolved. `words`: a select of (line, topic_id, channel, granted, source, evidence), one row per line,
 * topic and channel. A profile without a current consent has a change even with a first "no". Returns how many were appended.
 */
export async function appendConsents(
  tx: Db,
  workspaceId: number,
  words: Sql,
  now: Date,
  persons: { created: number; updated: number },
): Promise<number> {
  const ofNew = persons.created > 0 ? await appendOfNew(tx, workspaceId, words, now) : 0
  const ofKnown = persons.updated > 0 ? await appendOfKnown(tx, workspaceId, words, now) : 0
  return ofNew + ofKnown
}

async function appendOfNew(tx: Db, workspaceId: number, words: Sql, now: Date): Promise<number> {
  await tx.run(sql`
    insert into consents (bucket, profile_id, workspace_id, topic_id, channel, at, granted, source, evidence)
    select r.bucket, r.profile_id, ${workspaceId}::int, c.topic_id, c.channel, ${now}::timestamptz, c.granted, c.source, c.evidence
    from profile_resolved r join (${words}) c on c.line = r.line where r.is_new`)
  return tx.run(sql`
    insert into current_consents (bucket, profile_id, workspace_id, topic_id, channel, at, granted)
    select r.bucket, r.profile_id, ${workspaceId}::int, c.topic_id, c.channel, ${now}::timestamptz, c.granted
    from profile_resolved r join (${words}) c on c.line = r.line where r.is_new`)
}

async function appendOfKnown(tx: Db, workspaceId: number, words: Sql, now: Date): Promise<number> {
  const some = await tx.run(sql`
    insert into profile_consents (bucket, profile_id, topic_id, channel, at, granted, same, source, evidence)
    select r.bucket, r.profile_id, c.topic_id, c.channel, ${now}::timestamptz, c.granted, false, c.source, c.evidence
    from profile_resolved r join (${words}) c on c.line = r.line where not r.is_new`)
  if (some === 0) return 0
  await tx.run(sql`
    update /* fanout */ profile_consents t set same = c.granted = t.granted, at = greatest(t.at, c.at + interval '1 millisecond')
    from current_consents c
    where c.bucket = t.bucket and c.profile_id = t.profile_id and c.topic_id = t.topic_id and c.channel = t.channel`)
  const appended = await tx.run(sql`
    insert into consents (bucket, profile_id, workspace_id, topic_id, channel, at, granted, source, evidence)
    select bucket, profile_id, ${workspaceId}::int, topic_id, channel, at, granted, source, evidence
    from profile_consents where not same`)
  await tx.run(sql`
    insert into current_consents (bucket, profile_id, workspace_id, topic_id, channel, at, granted)
    select bucket, profile_id, ${workspaceId}::int, topic_id, channel, at, granted
    from profile_consents where not same
    on conflict (bucket, profile_id, topic_id, channel) do update set at = excluded.at, granted = excluded.granted`)
  return appended
}
