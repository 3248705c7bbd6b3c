/** Segments by HTTP: save, change, freeze, count, look at and explain. A tree can be asked without being saved. */
import { Type } from '@fastify/type-provider-typebox'
import { segmentSorts } from '../../core/segments/segment-sorts.ts'
import { readTree, segmentSchema } from '../../core/segments/tree.ts'
import { localAt } from '../../core/zones.ts'
import { abortOnDisconnect } from '../platform/http/abort-on-disconnect.ts'
import type { App, Deps } from '../platform/http/http-server.ts'
import { onePage, pageOf, pageQuery, pageWith } from '../platform/http/page.ts'
import { listRoutes } from './list-routes.ts'
import { beginLongCount, type LongCount, readLongCount, stopLongCount } from './long-counts.ts'
import { countNodes } from './node-counts.ts'
import { countOverlap } from './overlap.ts'
import {
  changeSegment,
  createSegment,
  deleteSegment,
  freezeSegment,
  getSegment,
  keepSize,
  type Segment,
  treeOf,
  usersOf,
} from './saved.ts'
import { listSegmentPage } from './segment-list.ts'
import { countMembers, explainMember, listSegmentMembers } from './segment-members.ts'
import { segmentNames } from './segment-names.ts'
import { dailySizes, recentSizes } from './sizes.ts'

const Id = Type.Integer({ minimum: 1, maximum: 2_147_483_647 })
const OfWorkspace = Type.Object({ w: Type.Integer() })
const OfSegment = Type.Object({ w: Type.Integer(), id: Id })
const closed = { additionalProperties: false } as const
const Time = Type.String({ format: 'date-time' })
const TimeOrNull = Type.Union([Time, Type.Null()])
const Name = Type.String({ format: 'line', maxLength: 1000 })
/** Checked by its reader, which says where it breaks the language. */
const Tree = Type.Unknown({ description: 'a tree of conditions: GET /api/v1/segment-schema' })

const SegmentView = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  frozen: Type.Boolean({ description: 'a list that stays; else the members follow from the definition at each use' }),
  definition: Type.Unknown({ description: 'a tree of conditions; null: a frozen list' }),
  revision: Type.Integer(),
  size: Type.Union([Type.Integer(), Type.Null()], { description: 'the last exact count; null: never counted' }),
  countedAt: TimeOrNull,
  createdAt: Time,
  updatedAt: Time,
  archivedAt: TimeOrNull,
})
const User = Type.Object({ kind: Type.Enum(['segment', 'activity']), id: Type.Integer(), name: Type.String() })
const DailySizeView = Type.Object({
  day: Type.String({ format: 'date', description: 'in the time zone of the workspace' }),
  size: Type.Union([Type.Integer(), Type.Null()], { description: 'null: not counted' }),
  why: Type.Union([Type.Enum(['slow', 'broken']), Type.Null()], {
    description: 'why it was not counted: it took too long, or something that the segment uses was missing',
  }),
  countedAt: Time,
  isOther: Type.Boolean({ description: 'the conditions are others than those of the size before' }),
})
const Member = Type.Object({
  profileId: Type.Integer(),
  externalKey: Type.Union([Type.String(), Type.Null()]),
  firstName: Type.Union([Type.String(), Type.Null()]),
  lastName: Type.Union([Type.String(), Type.Null()]),
  phone: Type.Union([Type.String(), Type.Null()]),
  email: Type.Union([Type.String(), Type.Null()]),
  country: Type.Union([Type.String(), Type.Null()]),
})
const Count = Type.Object({
  n: Type.Integer(),
  range: Type.Union([Type.Object({ low: Type.Integer(), high: Type.Integer() }), Type.Null()], {
    description: 'null: exact; else the truth lies within these, 19 times of 20',
  }),
  asOf: Time,
})

const recentDays = 30
const LongCountView = Type.Object({
  id: Type.Integer(),
  state: Type.Enum(['waiting', 'running', 'done', 'refused', 'failed', 'cancelled'], {
    description: 'refused: it did not end within 5 minutes',
  }),
  n: Type.Union([Type.Integer(), Type.Null()], { description: 'exact; null: not done' }),
  asOf: TimeOrNull,
  createdAt: Time,
  problem: Type.Union(
    [
      Type.Object({
        code: Type.String(),
        title: Type.String(),
        fix: Type.String(),
        where: Type.Optional(Type.String({ description: 'the place in the tree, if it is known' })),
      }),
      Type.Null(),
    ],
    { description: 'why it was refused or failed' },
  ),
})

/** How long a page waits for a count before it continues in the background. */
const usualCountMs = 10_000
/** They are an aid: a page does without where they take longer. */
const nodeCountsMs = 5_000
const longCountOf = (count: LongCount) => ({
  ...count,
  createdAt: count.createdAt.toISOString(),
  asOf: iso(count.asOf),
})
const iso = (time: Date | null) => time?.toISOString() ?? null
const viewOf = (segment: Segment) => ({
  ...segment,
  countedAt: iso(segment.countedAt),
  createdAt: segment.createdAt.toISOString(),
  updatedAt: segment.updatedAt.toISOString(),
  archivedAt: iso(segment.archivedAt),
})

/** The language does not depend on a workspace. */
export async function schemaRoute(app: App): Promise<void> {
  app.get(
    '/segment-schema',
    {
      schema: {
        operationId: 'getSegmentSchema',
        summary: 'The JSON Schema of a segment',
        tags: ['segments'],
        security: [],
        response: { 200: Type.Record(Type.String(), Type.Unknown()) },
      },
    },
    async () => ({ ...segmentSchema }),
  )
}

export async function routes(app: App, deps: Deps): Promise<void> {
  await listRoutes(app, deps)
  savedRoutes(app, deps)
  askingRoutes(app, deps)
}

function savedRoutes(app: App, { db, clock }: Deps): void {
  app.get(
    '/segments',
    {
      schema: {
        operationId: 'listSegments',
        summary: 'The segments of the workspace, by name unless you sort otherwise, those that are archived last',
        tags: ['segments'],
        params: OfWorkspace,
        querystring: Type.Object(
          {
            search: Type.Optional(
              Type.String({ format: 'line', maxLength: 200, description: 'in the name or in what the conditions say' }),
            ),
            sort: Type.Optional(
              Type.Enum([...segmentSorts], { description: '"-" is descending; what was never counted is smallest' }),
            ),
            archived: Type.Optional(Type.Boolean({ description: 'false: without those that are archived' })),
            recent: Type.Optional(Type.Boolean({ description: 'with the sizes of the last 30 days' })),
            ...pageQuery,
            limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, description: 'default: all on one page' })),
          },
          closed,
        ),
        response: {
          200: pageWith(
            Type.Object({
              ...SegmentView.properties,
              uses: Type.Integer({ description: 'the segments that use it, and the activities that have not started' }),
              recent: Type.Optional(Type.Array(Type.Object({ day: Type.String(), size: Type.Integer() }))),
            }),
            { all: Type.Object({ live: Type.Integer(), archived: Type.Integer() }) },
          ),
        },
      },
    },
    async ({ workspace, query: { recent, ...query } }) => {
      const { id, timeZone: zone } = workspace
      const { items, ...page } = await listSegmentPage(db, { id, zone }, query)
      const sizes = recent
        ? await recentSizes(
            db,
            id,
            items.map(segment => segment.id),
            localAt(zone, clock.now().getTime() - recentDays * 86_400_000).date,
          )
        : undefined
      return {
        ...page,
        items: items.map(segment => ({
          ...viewOf(segment),
          uses: segment.uses,
          ...(sizes && { recent: sizes.get(segment.id) ?? [] }),
        })),
      }
    },
  )
  app.post(
    '/segments',
    {
      schema: {
        operationId: 'createSegment',
        summary: 'Save a segment',
        tags: ['segments'],
        params: OfWorkspace,
        body: Type.Object({ name: Name, definition: Tree }, closed),
        response: { 201: SegmentView },
      },
    },
    async ({ workspace, body, principal }, reply) => {
      const acting = { workspaceId: workspace.id, actor: principal.actor, now: clock.now() }
      return reply.code(201).send(viewOf(await createSegment(db, body, acting)))
    },
  )
  app.get(
    '/segments/:id',
    {
      schema: {
        operationId: 'getSegment',
        summary: 'One segment, and what uses it',
        tags: ['segments'],
        params: OfSegment,
        response: { 200: Type.Object({ ...SegmentView.properties, usedBy: Type.Array(User) }) },
      },
    },
    async ({ workspace, params }) => {
      const segment = await getSegment(db, workspace.id, params.id)
      return { ...viewOf(segment), usedBy: await usersOf(db, workspace.id, 'segment', String(params.id)) }
    },
  )
  app.patch(
    '/segments/:id',
    {
      schema: {
        operationId: 'changeSegment',
        summary: 'Rename, redefine, archive or restore a segment: what is not given stays',
        tags: ['segments'],
        params: OfSegment,
        body: Type.Object(
          {
            revision: Type.Optional(
              Type.Integer({
                minimum: 1,
                maximum: 2_147_483_647,
                description: 'of the one you loaded: 409 where it has changed since',
              }),
            ),
            name: Type.Optional(Name),
            definition: Type.Optional(Tree),
            archived: Type.Optional(Type.Boolean()),
          },
          closed,
        ),
        response: { 200: SegmentView },
      },
    },
    async ({ workspace, params, body, principal }) => {
      const acting = { workspaceId: workspace.id, actor: principal.actor, now: clock.now() }
      return viewOf(await changeSegment(db, params.id, body, acting))
    },
  )
  app.delete(
    '/segments/:id',
    {
      schema: {
        operationId: 'deleteSegment',
        summary: 'Delete a segment that nothing uses',
        tags: ['segments'],
        params: OfSegment,
        response: { 204: Type.Null() },
      },
    },
    async ({ workspace, params, principal }, reply) => {
      await deleteSegment(db, params.id, { workspaceId: workspace.id, actor: principal.actor, now: clock.now() })
      return reply.code(204).send(null)
    },
  )
  app.get(
    '/segments/:id/sizes',
    {
      schema: {
        operationId: 'listSegmentSizes',
        summary: 'The exact sizes of a segment by day, newest first',
        description: 'At most 400 days. A day on which nothing was counted is missing.',
        tags: ['segments'],
        params: OfSegment,
        response: { 200: pageOf(DailySizeView) },
      },
    },
    async ({ workspace, params }) => {
      await getSegment(db, workspace.id, params.id)
      const sizes = await dailySizes(db, workspace.id, params.id)
      return onePage(sizes.map(size => ({ ...size, countedAt: size.countedAt.toISOString() })))
    },
  )
  app.post(
    '/segments/frozen',
    {
      config: { lane: 'counts' },
      schema: {
        operationId: 'freezeSegment',
        summary: 'Save the people who are in a segment now, as a list that stays',
        tags: ['segments'],
        params: OfWorkspace,
        body: Type.Object({ name: Name, definition: Tree }, closed),
        response: { 201: SegmentView },
      },
    },
    async ({ workspace, body, principal }, reply) => {
      const acting = { workspaceId: workspace.id, actor: principal.actor, now: clock.now() }
      return reply.code(201).send(viewOf(await freezeSegment(db, body, acting)))
    },
  )
}

function askingRoutes(app: App, { db, clock, config }: Deps): void {
  app.post(
    '/segments/count',
    {
      config: { role: 'viewer', lane: 'counts' },
      schema: {
        operationId: 'countSegment',
        summary: 'How many profiles are in it now, exactly or at once from an eighth of them',
        description: 'Where the eighth holds few, the answer is exact.',
        tags: ['segments'],
        params: OfWorkspace,
        body: Type.Object(
          {
            definition: Tree,
            estimate: Type.Optional(Type.Boolean({ description: 'at once, from an eighth of the profiles' })),
            background: Type.Optional(
              Type.Boolean({
                description: 'if it takes longer than 10 seconds, answer 202 and continue in the background',
              }),
            ),
            id: Type.Optional(
              Type.Integer({
                minimum: 1,
                maximum: 2_147_483_647,
                description: 'the saved segment whose definition this edits: it must not contain itself',
              }),
            ),
          },
          closed,
        ),
        response: { 200: Count, 202: LongCountView },
      },
    },
    async ({ workspace, body }, reply) => {
      const self = body.id === undefined ? undefined : await getSegment(db, workspace.id, body.id)
      const asking = { workspaceId: workspace.id, now: clock.now(), self }
      const tree = readTree(body.definition)
      const sampled = body.estimate ?? false
      const disconnected = abortOnDisconnect(reply)
      const late = body.background ? AbortSignal.timeout(config.countMs ?? usualCountMs) : undefined
      const signal = late ? AbortSignal.any([disconnected, late]) : disconnected
      try {
        const { n, range, asOf } = await countMembers(db, tree, asking, { sampled, signal })
        return { n, range: range && { low: range.low, high: range.high }, asOf: asOf.toISOString() }
      } catch (error) {
        if (disconnected.aborted || !late?.aborted) throw error
        return reply.code(202).send(longCountOf(await beginLongCount(db, tree, asking)))
      }
    },
  )
  app.post(
    '/segments/node-counts',
    {
      config: { role: 'viewer', lane: 'counts' },
      schema: {
        operationId: 'countSegmentNodes',
        summary: 'How many profiles fit each condition and group of a definition',
        description: 'From an eighth of the profiles, with the range; exactly in a small workspace.',
        tags: ['segments'],
        params: OfWorkspace,
        body: Type.Object({ definition: Tree }, closed),
        response: {
          200: pageOf(
            Type.Object({
              where: Type.String({ description: 'the place in the tree: root.items[2]' }),
              n: Type.Integer(),
              range: Count.properties.range,
            }),
          ),
        },
      },
    },
    async ({ workspace, body }, reply) => {
      const signal = AbortSignal.any([abortOnDisconnect(reply), AbortSignal.timeout(nodeCountsMs)])
      const asking = { workspaceId: workspace.id, now: clock.now() }
      return onePage(await countNodes(db, readTree(body.definition), asking, signal))
    },
  )
  app.get(
    '/segments/counts/:id',
    {
      schema: {
        operationId: 'getSegmentCount',
        summary: 'A count in the background: its state, and its number when it is done',
        description: 'Kept for a day. A count that has not ended after 5 minutes is refused.',
        tags: ['segments'],
        params: OfSegment,
        response: { 200: LongCountView },
      },
    },
    async ({ workspace, params }) => longCountOf(await readLongCount(db, workspace.id, params.id)),
  )
  app.delete(
    '/segments/counts/:id',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'cancelSegmentCount',
        summary: 'Cancel a count in the background',
        tags: ['segments'],
        params: OfSegment,
        response: { 200: LongCountView },
      },
    },
    async ({ workspace, params }) => longCountOf(await stopLongCount(db, workspace.id, params.id)),
  )
  app.post(
    '/segments/overlap',
    {
      config: { role: 'viewer', lane: 'counts' },
      schema: {
        operationId: 'countSegmentOverlap',
        summary: 'How many profiles are in two segments now, and how many in one of them only, exactly',
        description: 'Of a segment and a frozen list of it: who is still in it, who came since, and who left.',
        tags: ['segments'],
        params: OfWorkspace,
        body: Type.Object({ first: Tree, second: Tree }, closed),
        response: {
          200: Type.Object({
            both: Type.Integer(),
            onlyFirst: Type.Integer(),
            onlySecond: Type.Integer(),
            asOf: Time,
          }),
        },
      },
    },
    async ({ workspace, body }, reply) => {
      const trees = { first: readTree(body.first), second: readTree(body.second) }
      const asking = { workspaceId: workspace.id, now: clock.now() }
      const { asOf, ...counts } = await countOverlap(db, trees, asking, abortOnDisconnect(reply))
      return { ...counts, asOf: asOf.toISOString() }
    },
  )
  app.post(
    '/segments/:id/count',
    {
      config: { role: 'viewer', lane: 'counts' },
      schema: {
        operationId: 'countSavedSegment',
        summary: 'How many profiles are in a saved segment now, exactly; the list of segments shows it afterwards',
        tags: ['segments'],
        params: OfSegment,
        response: { 200: Count },
      },
    },
    async ({ workspace, params }, reply) => {
      const segment = await getSegment(db, workspace.id, params.id)
      const asking = { workspaceId: workspace.id, now: clock.now() }
      const { n, asOf } = await countMembers(db, treeOf(segment), asking, { signal: abortOnDisconnect(reply) })
      await keepSize(db, segment, n, asOf)
      return { n, range: null, asOf: asOf.toISOString() }
    },
  )
  app.post(
    '/segments/members',
    {
      config: { role: 'viewer', lane: 'counts' },
      schema: {
        operationId: 'listSegmentMembers',
        summary: 'The profiles that are in it now, a page at a time',
        tags: ['segments'],
        params: OfWorkspace,
        body: Type.Object({ definition: Tree }, closed),
        querystring: Type.Object({
          ...pageQuery,
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, description: 'default: 25' })),
        }),
        response: { 200: pageOf(Member) },
      },
    },
    async ({ workspace, body, query: { limit = 25, ...query } }) =>
      listSegmentMembers(
        db,
        readTree(body.definition),
        { workspaceId: workspace.id, now: clock.now() },
        { ...query, limit },
      ),
  )
  app.get(
    '/segments/:id/members',
    {
      config: { role: 'viewer', lane: 'counts' },
      schema: {
        operationId: 'listSavedSegmentMembers',
        summary: 'The profiles that are in a saved segment now, a page at a time',
        tags: ['segments'],
        params: OfSegment,
        querystring: Type.Object({
          ...pageQuery,
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, description: 'default: 25' })),
        }),
        response: { 200: pageOf(Member) },
      },
    },
    async ({ workspace, params, query: { limit = 25, ...query } }) => {
      const tree = treeOf(await getSegment(db, workspace.id, params.id))
      return listSegmentMembers(db, tree, { workspaceId: workspace.id, now: clock.now() }, { ...query, limit })
    },
  )
  app.post(
    '/segments/names',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'nameSegmentParts',
        summary: 'The names of activities and links that definitions name; what is gone is left out',
        description: 'With the links of each activity.',
        tags: ['segments'],
        params: OfWorkspace,
        body: Type.Object(
          {
            activities: Type.Array(Id, { maxItems: 2000 }),
            links: Type.Array(Id, { maxItems: 2000 }),
          },
          closed,
        ),
        response: {
          200: Type.Object({
            activities: Type.Array(Type.Object({ id: Type.Integer(), name: Type.String() })),
            links: Type.Array(Type.Object({ id: Type.Integer(), activityId: Type.Integer(), url: Type.String() })),
          }),
        },
      },
    },
    async ({ workspace, body }) => segmentNames(db, workspace.id, body),
  )
  app.post(
    '/segments/explain',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'explainSegmentMember',
        summary: 'Is a profile in it, and which conditions hold?',
        tags: ['segments'],
        params: OfWorkspace,
        body: Type.Object(
          { definition: Tree, profileId: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }) },
          closed,
        ),
        response: {
          200: Type.Object({
            isMember: Type.Boolean(),
            nodes: Type.Array(
              Type.Object({
                where: Type.String({ description: 'the place in the tree: root.items[2]' }),
                holds: Type.Boolean(),
              }),
            ),
          }),
        },
      },
    },
    async ({ workspace, body }) =>
      explainMember(db, readTree(body.definition), { workspaceId: workspace.id, now: clock.now() }, body.profileId),
  )
}
