/**
 * What a person said on paper, on the phone or in the shop, and a member writes down: an opt-out or a consent, with the evidence of who said it,
 * how and when. An opt-out belongs to the address and holds at once, also of a locked profile; a consent never lifts an opt-out.
 */
import type { Channel } from '../../core/channels.ts'
import { problem } from '../../core/problems.ts'
import { audit } from '../access/audit.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import type { Address } from '../suppression/addresses.ts'
import { optOut } from '../suppression/opt-out.ts'
import { appendConsents } from './consent.ts'
import { lockProfile } from './edit-profile.ts'
import { openStage } from './stage.ts'
import { profileAddresses, viewProfile } from './view.ts'

export interface Evidence {
  /** who asked: the person, a parent, a lawyer; null: the person */
  asked: string | null
  /** how: "called customer service" */
  how: string
  /** when they said it; null: now */
  saidAt: Date | null
}

interface ByHand {
  workspaceId: number
  /** null: everything that the workspace sends */
  topicId: number | null
  channel: Channel
  evidence: Evidence
  actor: string
  now: Date
}

/** Throws not_found, profile_erased, profile_no_address, invalid_input. */
export async function optOutProfile(db: Database, input: ByHand & { profileId: number }): Promise<void> {
  const { workspaceId, profileId, channel } = input
  const { profile } = await viewProfile(db, workspaceId, profileId)
  if (profile.erasedAt !== null) throw problem('profile_erased')
  const address = profileAddresses(workspaceId, profile).find(one => one.channel === channel)
  if (address === undefined)
    throw problem('profile_no_address', { what: channel === 'email' ? 'e-mail address' : 'valid number' })
  await optOutAddress(db, { ...input, address })
}

/** Of an address, with a profile or without one. Throws not_found (the topic), invalid_input. */
export async function optOutAddress(
  db: Database,
  { address, ...input }: ByHand & { address: Address; profileId?: number },
): Promise<void> {
  const { workspaceId, topicId, profileId, actor, now } = input
  const topic = topicId === null ? null : await topicNamed(db, workspaceId, topicId)
  const evidence = evidenceOf(input)
  await optOut(
    db,
    { ...address, topicIds: topicId === null ? null : [topicId], source: 'person', evidence, now },
    async tx => {
      const subject = profileId === undefined ? `workspace ${workspaceId}` : `profile ${profileId}`
      const details = { channel: address.channel, topic: topic ?? 'all' }
      await audit(tx, { workspaceId, actor, action: 'opt_out.add', subject, details }, now)
    },
  )
}

/** Throws not_found, profile_erased, profile_locked, invalid_input. */
export async function consentByHand(
  db: Database,
  input: ByHand & { profileId: number; topicId: number; granted: boolean },
): Promise<void> {
  const { workspaceId, profileId, topicId, channel, granted, actor, now } = input
  const evidence = evidenceOf(input)
  await db.tx(async tx => {
    await lockProfile(tx, input)
    const topic = await topicNamed(tx, workspaceId, topicId)
    await openStage(tx, false)
    await tx.run(sql`
      insert into profile_resolved (line, bucket, profile_id, is_new) values (0, ${profileId & 255}, ${profileId}, false)`)
    const words = sql`select 0 as line, ${topicId}::int as topic_id, ${channel}::text as channel, ${granted}::boolean as granted,
      'by hand'::text as source, ${JSON.stringify(evidence)}::jsonb as evidence`
    await appendConsents(tx, workspaceId, words, now, { created: 0, updated: 1 })
    const details = { channel, topic, granted }
    await audit(tx, { workspaceId, actor, action: 'consent.add', subject: `profile ${profileId}`, details }, now)
  })
}

async function topicNamed(db: Db, workspaceId: number, topicId: number): Promise<string> {
  const [topic] = await db.query<{ name: string }>(
    sql`select name from topics where workspace_id = ${workspaceId} and id = ${topicId}`,
  )
  if (topic === undefined) throw problem('not_found', { what: 'topic' })
  return topic.name
}

/** As it is stored. Throws invalid_input. */
function evidenceOf({ evidence: { asked, how, saidAt }, actor, now }: ByHand): Record<string, string> {
  if (saidAt !== null && saidAt > now) throw problem('invalid_input', { where: 'saidAt', what: 'is in the future' })
  return { via: 'hand', actor, how, asked: asked ?? 'the person', saidAt: (saidAt ?? now).toISOString() }
}
