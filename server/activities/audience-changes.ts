/**
 * Who has come and who has gone: the people who would get an activity now, beside those of the moment when somebody looked at its audience, or when it was
 * scheduled. Both are read exactly, by the SQL of the freeze; what came of it for somebody who has gone (an opt-out, another SMS, a changed
 * segment) is said by the reasons of the count.
 */

import { problem } from '../../core/problems.ts'
import { keepLook, type Look, type LookKind, readLook } from '../audience/looks.ts'
import { differenceOf, onlyIn, type PeopleSet, sizeOf } from '../audience/people-set.ts'
import { readRecipients } from '../audience/recipients.ts'
import { bucketCount } from '../platform/db/buckets.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { pgArray, sql } from '../platform/db/sql.ts'
import { type Cursor, cursorOf } from '../platform/http/cursor.ts'
import { type Page, type PageRequest, stretchOf, turnPage } from '../platform/http/page.ts'
import { audienceQuestion, readWholeActivity } from './activity-audience.ts'
import type { RequestContext } from './draft.ts'
import { type ActivityRow, readSurroundings } from './store.ts'

/** The most people of each side that are shown. */
export const shownPeople = 25

export interface ChangedPerson {
  profileId: number
  externalKey: string | null
  firstName: string | null
  lastName: string | null
  phone: string | null
  email: string | null
}

export interface AudienceChanges {
  asOf: Date
  /** who would get it now */
  people: number
  /** what that is compared with; null: nobody has looked since Send to was changed */
  since: { at: Date; kind: LookKind; people: number } | null
  joined: number
  left: number
  /** the first of them, without those who are erased */
  firstJoined: ChangedPerson[]
  firstLeft: ChangedPerson[]
}

/** Changes nothing. Throws not_found, conflict: it has started, and what of the activity cannot be read. */
export async function audienceChanges(
  db: Database,
  context: RequestContext,
  id: number,
  signal?: AbortSignal,
): Promise<AudienceChanges> {
  const { now, look } = await readNow(db, context, id, signal)
  return compared(db, context, look, now)
}

/**
 * Remembers who would get it now, where nothing is remembered since Send to was changed, or where `again` is true; tells what has changed since what was
 * remembered before. Throws as audienceChanges.
 */
export async function lookAtAudience(
  db: Database,
  context: RequestContext,
  id: number,
  { again = false, signal }: { again?: boolean | undefined; signal?: AbortSignal } = {},
): Promise<AudienceChanges> {
  const { activity, now, look } = await readNow(db, context, id, signal)
  if (look === undefined || again) await remember(db, context, activity, 'looked', now)
  return compared(db, context, look, now)
}

const longestLookMs = 10_000

/** After an activity was scheduled. It is of use, and not needed: where it takes too long or fails, the look before stays. */
export async function rememberScheduled(db: Database, context: RequestContext, id: number): Promise<void> {
  try {
    const { activity, now } = await readNow(db, context, id, AbortSignal.timeout(longestLookMs))
    if (activity.state === 'scheduled') await remember(db, context, activity, 'scheduled', now)
  } catch {
    // The activity is scheduled, whatever comes of this.
  }
}

async function readNow(
  db: Database,
  context: RequestContext,
  id: number,
  signal?: AbortSignal,
): Promise<{ activity: ActivityRow; now: PeopleSet; look: Look | undefined }> {
  const { workspaceId } = context
  const activity = await readWholeActivity(db, workspaceId, id)
  if (activity.frozenAt !== null)
    throw problem('conflict', { what: 'This SMS has started: its people do not change any more. See its report.' })
  const look = await readLook(db, { activityId: id, workspaceId }, activity.sendTo)
  const question = await audienceQuestion(db, context, activity, await readSurroundings(db, workspaceId), false)
  return { activity, look, now: await readRecipients(db, question, signal) }
}

async function remember(
  db: Database,
  { workspaceId, now: at }: RequestContext,
  { id, sendTo }: ActivityRow,
  kind: LookKind,
  people: PeopleSet,
): Promise<void> {
  await keepLook(db, { activityId: id, workspaceId }, { kind, at, people }, sendTo)
}

async function compared(
  db: Db,
  { workspaceId, now: asOf }: RequestContext,
  look: Look | undefined,
  now: PeopleSet,
): Promise<AudienceChanges> {
  const { joined, left, firstJoined, firstLeft } = differenceOf(look?.people ?? now, now, shownPeople)
  return {
    asOf,
    people: sizeOf(now),
    since: look === undefined ? null : { at: look.at, kind: look.kind, people: sizeOf(look.people) },
    joined,
    left,
    firstJoined: await readPeople(db, workspaceId, firstJoined),
    firstLeft: await readPeople(db, workspaceId, firstLeft),
  }
}

export const changeSides = ['joined', 'left'] as const
export type ChangeSide = (typeof changeSides)[number]

const sideCursors: Readonly<Record<ChangeSide, Cursor<{ bucket: number; id: number }>>> = {
  joined: cursorOf('joined an audience', { bucket: 'id', id: 'id' }),
  left: cursorOf('left an audience', { bucket: 'id', id: 'id' }),
}

/** All of one side, page by page, in the order of the keys: compared again for each page. Changes nothing. Throws as audienceChanges, and cursor_invalid. */
export async function pageOfChanged(
  db: Database,
  context: RequestContext,
  id: number,
  {
    side = 'joined',
    limit = shownPeople,
    ...page
  }: PageRequest & { side?: ChangeSide | undefined; limit?: number | undefined },
  signal?: AbortSignal,
): Promise<Page<ChangedPerson>> {
  const { now, look } = await readNow(db, context, id, signal)
  const before = look?.people ?? now
  const ids = side === 'joined' ? onlyIn(now, before) : onlyIn(before, now)
  const keyOf = (profileId: number) => ({ bucket: profileId & (bucketCount - 1), id: profileId })
  const { read, ...cursors } = await turnPage(
    sideCursors[side],
    page,
    async (from, backwards) => {
      const isAfter = (profileId: number) => {
        if (from === undefined) return true
        const { bucket } = keyOf(profileId)
        const order = bucket - from.bucket || profileId - from.id
        return backwards ? order < 0 : order > 0
      }
      const found = ids.filter(isAfter)
      if (backwards) found.reverse()
      return stretchOf(found.slice(0, limit + 1), limit, backwards, keyOf)
    },
    keyOf,
  )
  const items = await readPeople(db, context.workspaceId, read.rows)
  return { items, ...cursors, total: { n: ids.length, exact: true } }
}

async function readPeople(db: Db, workspaceId: number, ids: readonly number[]): Promise<ChangedPerson[]> {
  if (ids.length === 0) return []
  const buckets = [...new Set(ids.map(id => id & 255))]
  return db.query<ChangedPerson>(sql`
    select p.profile_id as "profileId", p.external_key as "externalKey", p.first_name as "firstName", p.last_name as "lastName", p.phone, p.email
    from profiles p where p.workspace_id = ${workspaceId} and p.bucket = any(${buckets}::int[]) and p.profile_id = any(${pgArray(ids)}::bigint[])
      and p.erased_at is null order by p.bucket, p.profile_id`)
}
