/** Website events as records of the inbox: what a browser or a server of the shop said, checked and without personal parts of addresses. */
import { type Static, Type } from 'typebox'
import { type InboxRow, type RecordKey, recordKind } from '../inbox/record-kind.ts'
import { sql } from '../platform/db/sql.ts'

export const eventKinds = ['page', 'track', 'identify'] as const
export type EventKind = (typeof eventKinds)[number]

const Id = Type.String({ pattern: '^[0-9a-f-]{36}$' })

const WebsiteEventBody = Type.Object({
  websiteId: Type.Number(),
  workspaceId: Type.Number(),
  kind: Type.Union([Type.Literal('page'), Type.Literal('track'), Type.Literal('identify')]),
  /** a hash of the website and the message id */
  key: Id,
  /** when it happened, in milliseconds */
  at: Type.Number(),
  /** a hash of the website and the id in the browser; missing: only the user is named */
  visitor: Type.Optional(Id),
  /** who the shop says it is, proved; `signed`: by a browser, with a signature */
  user: Type.Optional(Type.String()),
  signed: Type.Optional(Type.Boolean()),
  /** of a valid token: the number of its short link, and its click in milliseconds */
  codeNumber: Type.Optional(Type.Number()),
  clickedAt: Type.Optional(Type.Number()),
  url: Type.Optional(Type.String()),
  title: Type.Optional(Type.String()),
  search: Type.Optional(Type.String()),
  name: Type.Optional(Type.String()),
  /** JSON */
  properties: Type.Optional(Type.String()),
})
export type WebsiteEventBody = Static<typeof WebsiteEventBody>
export type WebsiteEventRow = InboxRow<'website_event', WebsiteEventBody>

export const websiteEventKind = recordKind({
  name: 'website_event',
  lane: 'events',
  label: 'Website event',
  schema: WebsiteEventBody,
  reference: 'key',
  erase: ({ websiteId, workspaceId, kind, key, at }) => ({ websiteId, workspaceId, kind, key, at }),
  recordsOf: (db, { profileId }) =>
    db.query<RecordKey>(
      sql`select e.source, e.seq from website_events e where e.bucket = ${profileId & 255} and e.profile_id = ${profileId}`,
    ),
})
