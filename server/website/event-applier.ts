/**
 * Website events from the inbox become facts: whose each is, stored once, in transactions of the events lane. The visitors change in the last one, with
 * the watermark, so a batch that is done again after a crash finds them as they were and writes the same rows under the same keys.
 */

import { testRecipient } from '../../core/messages/test-sms.ts'
import { identify, type KnownVisitor, linkOfEvent, type Proof } from '../../core/website/identity.ts'
import { judgeInTransaction } from '../clicks/judge.ts'
import { makeApplier, type Registration } from '../inbox/applier.ts'
import { type CodeTarget, type LinkRanges, makeLinkRanges } from '../links/range.ts'
import { type Grouping, groupForWriting } from '../messages/group.ts'
import type { Database } from '../platform/db/database.ts'
import { countMinutes, countPageDays, type MinuteCounts } from './minutes.ts'
import { PageBook } from './page-book.ts'
import {
  deleteVisitorEvents,
  insertLinkVisitors,
  insertProfileEvents,
  insertVisitorEvents,
  isRoomFor,
  type LinkVisitor,
  markSeen,
  type ProfileEvent,
  readLinkVisitors,
  readLiving,
  readUsers,
  readVisitorEvents,
  readVisitors,
  type StoredEvent,
  type StoredVisitor,
  type VisitorEvent,
  writeVisitors,
} from './store.ts'
import { type WebsiteEventRow, websiteEventKind } from './website-kind.ts'

/** Visitors of one link are counted over this time. */
const linkVisitorsMs = 30 * 24 * 60 * 60 * 1000
/** What a visitor did before it was known becomes the profile's as far back as this. */
const attachedMs = 30 * 24 * 60 * 60 * 1000

export const websiteEvents: Registration = {
  kinds: [websiteEventKind],
  makeApplier({ db, grouping, clock }) {
    const ranges = makeLinkRanges(db)
    const pages = new PageBook()
    return makeApplier([websiteEventKind], async (rows, finish) => {
      const now = clock.now()
      const resolved = await resolve(db, rows, ranges)
      const pageIds = await pageIdsOf(db, rows, pages, now)
      const outcome = decide(rows, resolved, pageIds)
      // No link led to what came before the first one.
      for (const { visitorId, profileId, knownBy } of outcome.attached)
        for (const event of await readVisitorEvents(db, visitorId, new Date(now.getTime() - attachedMs)))
          outcome.known.push(ofProfile(event, { profileId, knownBy, link: null }))
      const fresh = await writeKnown(db, outcome, grouping)
      await db.tx(async tx => {
        for (const key of await insertVisitorEvents(tx, onceEach(outcome.unknown))) fresh.add(key)
        await writeVisitors(tx, [...outcome.visitors.values()], now)
        await markSeen(tx, outcome.seen, now)
        await deleteVisitorEvents(
          tx,
          outcome.attached.map(({ visitorId }) => visitorId),
        )
        const counted = rows.flatMap((row, i) =>
          fresh.delete(row.body.key) ? [{ row, pageId: pageIds[i] ?? null }] : [],
        )
        await countMinutes(tx, minutesOf(counted.map(({ row }) => row)), now)
        await countPageDays(tx, daysOf(counted), now)
        await finish(tx)
      })
    })
  },
}

interface Resolved {
  targets: ReadonlyMap<number, CodeTarget>
  /** by workspace and customer id */
  users: ReadonlyMap<string, number>
  visitors: ReadonlyMap<string, StoredVisitor>
  living: ReadonlySet<number>
  ofLinks: Map<string, LinkVisitor[]>
}

const userKey = (workspaceId: number, userId: string) => `${workspaceId} ${userId}`
const linkKey = (one: Pick<LinkVisitor, 'profileId' | 'activityId' | 'linkId'>) =>
  `${one.profileId} ${one.activityId} ${one.linkId}`

async function resolve(db: Database, rows: readonly WebsiteEventRow[], ranges: LinkRanges): Promise<Resolved> {
  const targets = new Map<number, CodeTarget>()
  for (const { body } of rows) {
    if (body.codeNumber === undefined || targets.has(body.codeNumber)) continue
    const target = ranges.find(body.codeNumber) ?? (await ranges.resolve(body.codeNumber, db))
    // A token of another workspace's link proves nothing here.
    if (target?.kind === 'link' && target.profileId !== testRecipient && target.workspaceId === body.workspaceId)
      targets.set(body.codeNumber, target)
  }
  const named = rows.flatMap(({ body }) =>
    body.user === undefined ? [] : [{ workspaceId: body.workspaceId, userId: body.user }],
  )
  const asked = [...new Map(named.map(one => [userKey(one.workspaceId, one.userId), one])).values()]
  const users = new Map(
    (await readUsers(db, asked)).map(one => [userKey(one.workspaceId, one.userId), one.profileId] as const),
  )
  const ids = [...new Set(rows.flatMap(({ body }) => (body.visitor === undefined ? [] : [body.visitor])))]
  const stored = await readVisitors(db, ids)
  const profileIds = new Set([
    ...[...targets.values()].map(({ profileId }) => profileId),
    ...users.values(),
    ...stored.map(({ profileId }) => profileId),
  ])
  const living = await readLiving(db, [...profileIds])
  const links = [...targets.values()].map(({ profileId, activityId, linkId }) => ({
    bucket: profileId & 255,
    profileId,
    activityId,
    linkId,
  }))
  const oldest = Math.min(...rows.map(({ at }) => at.getTime()))
  const ofLinks = Map.groupBy(await readLinkVisitors(db, links, new Date(oldest - linkVisitorsMs)), linkKey)
  return { targets, users, visitors: new Map(stored.map(one => [one.visitorId, one])), living, ofLinks }
}

async function pageIdsOf(
  db: Database,
  rows: readonly WebsiteEventRow[],
  pages: PageBook,
  now: Date,
): Promise<(string | null)[]> {
  const views = rows.flatMap(({ body: { websiteId, workspaceId, url, title = '' } }, i) =>
    url === undefined ? [] : [{ i, websiteId, workspaceId, url, title }],
  )
  const ids = await pages.idsOf(
    db,
    views.map(({ i, ...view }) => view),
    now,
  )
  const all: (string | null)[] = rows.map(() => null)
  for (const [n, { i }] of views.entries()) all[i] = ids[n] ?? null
  return all
}

interface Outcome {
  known: ProfileEvent[]
  unknown: VisitorEvent[]
  /** as they are after the batch */
  visitors: Map<string, StoredVisitor>
  /** known before, and unchanged */
  seen: string[]
  /** were nobody's until now */
  attached: { visitorId: string; profileId: number; knownBy: KnownVisitor['knownBy'] }[]
  cameBy: LinkVisitor[]
}

/** In the order of the records. */
function decide(
  rows: readonly WebsiteEventRow[],
  { targets, users, visitors, living, ofLinks }: Resolved,
  pageIds: readonly (string | null)[],
): Outcome {
  const outcome: Outcome = { known: [], unknown: [], visitors: new Map(), seen: [], attached: [], cameBy: [] }
  const seen = new Set<string>()
  for (const [i, row] of rows.entries()) {
    const { body } = row
    const event = eventOf(row, pageIds[i] ?? null)
    const visitorId = body.visitor
    const before = visitorId === undefined ? undefined : (outcome.visitors.get(visitorId) ?? visitors.get(visitorId))
    let state: KnownVisitor | undefined = before !== undefined && living.has(before.profileId) ? before : undefined
    const proof = proofOf(row, { targets, users, living, ofLinks }, outcome)
    if (proof !== undefined) {
      const found = identify(state, proof)
      const isChanged = state === undefined || !isSame(state, found.visitor)
      state = found.visitor
      if (visitorId !== undefined && isChanged) {
        const { websiteId, workspaceId } = body
        outcome.visitors.set(visitorId, { visitorId, websiteId, workspaceId, ...found.visitor })
        if (found.attaches) outcome.attached.push({ visitorId, profileId: state.profileId, knownBy: state.knownBy })
      }
    }
    if (state !== undefined) {
      outcome.known.push(ofProfile(event, state))
      if (visitorId !== undefined && !outcome.visitors.has(visitorId)) seen.add(visitorId)
    } else if (visitorId !== undefined) outcome.unknown.push({ ...event, visitorId })
  }
  // What came before in the same batch, of a visitor that is known at its end.
  const attached = new Map(outcome.attached.map(one => [one.visitorId, one]))
  const [early, unknown] = [
    outcome.unknown.filter(one => attached.has(one.visitorId)),
    outcome.unknown.filter(one => !attached.has(one.visitorId)),
  ]
  for (const event of early) {
    const { profileId, knownBy } = attached.get(event.visitorId)!
    outcome.known.push(ofProfile(event, { profileId, knownBy, link: null }))
  }
  return { ...outcome, unknown, seen: [...seen] }
}

function isSame(a: KnownVisitor, b: KnownVisitor): boolean {
  return (
    a.profileId === b.profileId &&
    a.knownBy === b.knownBy &&
    a.link?.linkId === b.link?.linkId &&
    a.link?.clickedAt.getTime() === b.link?.clickedAt.getTime()
  )
}

/** What the record proves about its visitor. A link that many visitors came by already proves nothing. */
function proofOf(
  { body }: WebsiteEventRow,
  { targets, users, living, ofLinks }: Omit<Resolved, 'visitors'>,
  outcome: Outcome,
): Proof | undefined {
  if (body.user !== undefined) {
    const profileId = users.get(userKey(body.workspaceId, body.user))
    if (profileId !== undefined && living.has(profileId))
      return { by: body.signed === true ? 'signed' : 'server', profileId }
    return undefined
  }
  const target = body.codeNumber === undefined ? undefined : targets.get(body.codeNumber)
  if (target === undefined || body.visitor === undefined || body.clickedAt === undefined) return undefined
  const { profileId, activityId, linkId, workspaceId } = target
  if (!living.has(profileId)) return undefined
  const key = linkKey(target)
  const known = ofLinks.get(key) ?? []
  if (!isRoomFor(known, body.visitor)) return undefined
  const clickedAt = new Date(body.clickedAt)
  const cameBy = {
    bucket: profileId & 255,
    profileId,
    activityId,
    linkId,
    clickedAt,
    visitorId: body.visitor,
    workspaceId,
  }
  if (!known.some(one => one.visitorId === body.visitor && one.clickedAt.getTime() === body.clickedAt)) {
    ofLinks.set(key, [...known, cameBy])
    outcome.cameBy.push(cameBy)
  }
  return { by: 'link', profileId, link: { activityId, linkId, clickedAt } }
}

function eventOf({ body, at, source, seq }: WebsiteEventRow, pageId: string | null): StoredEvent {
  return {
    eventKey: body.key,
    workspaceId: body.workspaceId,
    websiteId: body.websiteId,
    kind: body.kind,
    pageId,
    name: body.name ?? null,
    search: body.search ?? null,
    properties: body.properties ?? null,
    visitorId: body.visitor ?? null,
    at: new Date(body.at),
    receivedAt: at,
    source,
    seq,
  }
}

function ofProfile(event: StoredEvent, known: KnownVisitor): ProfileEvent {
  const link = linkOfEvent(known, event.at)
  return {
    ...event,
    bucket: known.profileId & 255,
    profileId: known.profileId,
    knownBy: known.knownBy,
    activityId: link?.activityId ?? null,
    linkId: link?.linkId ?? null,
  }
}

/** Of several with one key the first: one statement cannot insert a row twice. */
function onceEach<One extends StoredEvent>(events: readonly One[]): One[] {
  const keys = new Set<string>()
  return events.filter(({ eventKey }) => !keys.has(eventKey) && keys.add(eventKey))
}

/** Returns the keys of what was not there before. */
async function writeKnown(db: Database, { known, cameBy }: Outcome, grouping: Grouping): Promise<Set<string>> {
  const fresh = new Set<string>()
  for (const { items } of groupForWriting(onceEach(known), grouping))
    for (const key of await db.tx(tx => insertProfileEvents(tx, items))) fresh.add(key)
  for (const { items, tallyBucket } of groupForWriting(cameBy, grouping)) {
    await db.tx(tx => insertLinkVisitors(tx, items))
    // The page ran its script: the click that led to it was a person's.
    const messages = [...new Map(items.map(one => [`${one.activityId} ${one.profileId}`, one])).values()]
    await judgeInTransaction(db, tallyBucket, { messages })
  }
  return fresh
}

function minutesOf(rows: readonly WebsiteEventRow[]): MinuteCounts[] {
  return [...Map.groupBy(rows, ({ body }) => body.websiteId)].map(([websiteId, of]) => {
    const pageViews = of.filter(({ body }) => body.kind === 'page').length
    return {
      websiteId,
      workspaceId: of[0]!.body.workspaceId,
      pageViews,
      events: of.length - pageViews,
      bots: 0,
      dropped: 0,
    }
  })
}

function daysOf(counted: readonly { row: WebsiteEventRow; pageId: string | null }[]) {
  const views = counted.flatMap(({ row: { body }, pageId }) =>
    body.kind === 'page' && pageId !== null ? [{ websiteId: body.websiteId, pageId }] : [],
  )
  return [...Map.groupBy(views, ({ websiteId, pageId }) => `${websiteId} ${pageId}`).values()].map(of => ({
    ...of[0]!,
    views: of.length,
  }))
}
