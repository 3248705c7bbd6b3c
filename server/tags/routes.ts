/** Tags by HTTP: which there are, a change over everybody in a segment or list, its progress and its undo. */
import { Type } from '@fastify/type-provider-typebox'
import type { App, Deps } from '../platform/http/http-server.ts'
import { onePage, pageOf, pageWith } from '../platform/http/page.ts'
import { maxTagsOfProfile } from '../profiles/change-tags.ts'
import { maxProfileSearch } from '../profiles/search.ts'
import { listTags, maxTagsListed, removeTag, renameTag } from './tag-list.ts'
import { usersOfTag } from './tag-uses.ts'
import {
  createTagging,
  getTagging,
  isTooOld,
  leftOf,
  listTaggings,
  type Tagging,
  tagLimits,
  undoTagging,
} from './taggings.ts'

const closed = { additionalProperties: false } as const
const OfWorkspace = Type.Object({ w: Type.Integer() })
const OfTagging = Type.Object({ w: Type.Integer(), id: Type.Integer({ minimum: 1, maximum: 2_147_483_647 }) })
const Tag = Type.String({ format: 'name', minLength: 1, maxLength: tagLimits.characters })
const Tags = Type.Array(Tag, { maxItems: tagLimits.atOnce })
const Time = Type.String({ format: 'date-time' })

const TaggingView = Type.Object({
  id: Type.Integer(),
  add: Type.Array(Type.String()),
  remove: Type.Array(Type.String()),
  definition: Type.Unknown({
    description:
      'the people whose tags it changes: a tree of conditions, with the segments that it names as they were when it was asked for',
  }),
  isSearched: Type.Boolean({ description: 'of these only those whom a search found' }),
  actor: Type.String(),
  state: Type.Enum(['running', 'done', 'failed', 'undoing', 'undone']),
  done: Type.Number({ description: 'the share of the profiles that it has been through, 0 to 1' }),
  found: Type.Integer({ description: 'profiles that it was for, so far' }),
  changed: Type.Integer({ description: 'profiles whose tags it has changed; the others had them so already' }),
  locked: Type.Integer({ description: 'left as they are, because they are locked' }),
  full: Type.Integer({ description: `left as they are, because they would have more than ${maxTagsOfProfile} tags` }),
  restored: Type.Integer({ description: 'profiles that have their tags back' }),
  undoLocked: Type.Integer({
    description: 'still changed after the undo, because they are locked: undo it again later',
  }),
  undoFull: Type.Integer({ description: `still changed, because they would have more than ${maxTagsOfProfile} tags` }),
  undoLater: Type.Integer({
    description: 'still changed, because a later change of these tags is not undone for them',
  }),
  undoAfter: Type.Union([Type.Integer(), Type.Null()], {
    description: 'the later change of the same tags that has to be undone first',
  }),
  problem: Type.Union([Type.String(), Type.Null()]),
  canUndo: Type.Boolean(),
  createdAt: Time,
  finishedAt: Type.Union([Time, Type.Null()]),
})

function viewOf(tagging: Tagging, now: Date) {
  const { bucket, undoBucket, problem, createdAt, finishedAt, ...same } = tagging
  const isBack = tagging.state === 'undoing' || tagging.state === 'undone'
  return {
    ...same,
    done: isBack ? (bucket === 0 ? 1 : undoBucket / bucket) : bucket / 256,
    problem: problem === null ? null : `${problem.title} ${problem.fix}`,
    canUndo:
      (!isBack || (tagging.state === 'undone' && leftOf(tagging) > 0)) &&
      !isTooOld(tagging, now) &&
      (tagging.undoAfter === null || tagging.state === 'running'),
    createdAt: createdAt.toISOString(),
    finishedAt: finishedAt?.toISOString() ?? null,
  }
}

export async function routes(app: App, deps: Deps): Promise<void> {
  tagRoutes(app, deps)
  taggingRoutes(app, deps)
}

function tagRoutes(app: App, { db, clock }: Deps): void {
  app.get(
    '/tags',
    {
      config: { lane: 'counts' },
      schema: {
        operationId: 'listTags',
        summary: `The tags of the workspace with the number of profiles of each, most used first; ${maxTagsListed} at most`,
        tags: ['tags'],
        params: OfWorkspace,
        response: {
          200: pageWith(Type.Object({ tag: Type.String(), profiles: Type.Integer() }), {
            more: Type.Boolean({ description: 'there are others' }),
          }),
        },
      },
    },
    async ({ workspace }) => {
      const { items, more } = await listTags(db, workspace.id)
      return { ...onePage(items), ...(more && { total: null }), more }
    },
  )
  app.get(
    '/tags/uses',
    {
      schema: {
        operationId: 'listTagUses',
        summary: 'The segments that name a tag, and the activities that have not started yet',
        tags: ['tags'],
        params: OfWorkspace,
        querystring: Type.Object({ tag: Tag }, closed),
        response: {
          200: pageOf(
            Type.Object({ kind: Type.Enum(['segment', 'activity']), id: Type.Integer(), name: Type.String() }),
          ),
        },
      },
    },
    async ({ workspace, query }) => onePage(await usersOfTag(db, workspace.id, query.tag)),
  )
  app.post(
    '/tags/rename',
    {
      schema: {
        operationId: 'renameTag',
        summary: 'Rename a tag for everybody who has it; one that a segment or Send to names is refused',
        tags: ['tags'],
        params: OfWorkspace,
        body: Type.Object({ from: Tag, to: Tag }, closed),
        response: { 202: TaggingView },
      },
    },
    async ({ workspace, body, principal }, reply) => {
      const acting = { workspaceId: workspace.id, actor: principal.actor, now: clock.now() }
      return reply.code(202).send(viewOf(await renameTag(db, body, acting), acting.now))
    },
  )
  app.post(
    '/tags/remove',
    {
      schema: {
        operationId: 'removeTag',
        summary: 'Remove a tag from everybody who has it; one that a segment or Send to names is refused',
        tags: ['tags'],
        params: OfWorkspace,
        body: Type.Object({ tag: Tag }, closed),
        response: { 202: TaggingView },
      },
    },
    async ({ workspace, body, principal }, reply) => {
      const acting = { workspaceId: workspace.id, actor: principal.actor, now: clock.now() }
      return reply.code(202).send(viewOf(await removeTag(db, body.tag, acting), acting.now))
    },
  )
}

function taggingRoutes(app: App, { db, clock }: Deps): void {
  app.post(
    '/taggings',
    {
      schema: {
        operationId: 'createTagging',
        summary:
          'Add tags to everybody in a segment, or remove them; done in the background, and undone within 30 days',
        description: `At most ${tagLimits.atOnce} tags at once, ${maxTagsOfProfile} per profile and ${tagLimits.open} unfinished changes per workspace. Locked profiles stay as they are. The changes of a workspace follow each other.`,
        tags: ['tags'],
        params: OfWorkspace,
        body: Type.Object(
          {
            add: Type.Optional(Tags),
            remove: Type.Optional(Tags),
            definition: Type.Unknown({ description: 'a tree of conditions: GET /api/v1/segment-schema' }),
            search: Type.Optional(
              Type.String({
                format: 'line',
                maxLength: maxProfileSearch,
                description: 'of these only those whom the list of profiles finds by it',
              }),
            ),
          },
          closed,
        ),
        response: { 202: TaggingView },
      },
    },
    async ({ workspace, body, principal }, reply) => {
      const acting = { workspaceId: workspace.id, actor: principal.actor, now: clock.now() }
      return reply.code(202).send(viewOf(await createTagging(db, body, acting), acting.now))
    },
  )
  app.get(
    '/taggings',
    {
      schema: {
        operationId: 'listTaggings',
        summary: 'The latest changes of tags, newest first',
        tags: ['tags'],
        params: OfWorkspace,
        response: { 200: pageOf(TaggingView) },
      },
    },
    async ({ workspace }) => {
      const now = clock.now()
      return onePage((await listTaggings(db, workspace.id)).map(tagging => viewOf(tagging, now)))
    },
  )
  const one = { tags: ['tags'], params: OfTagging, response: { 200: TaggingView } }
  app.get(
    '/taggings/:id',
    { schema: { operationId: 'getTagging', summary: 'How far a change of tags is, and what it did', ...one } },
    async ({ workspace, params }) => viewOf(await getTagging(db, workspace.id, params.id), clock.now()),
  )
  app.post(
    '/taggings/:id/undo',
    {
      schema: {
        operationId: 'undoTagging',
        summary:
          'Undo a change of tags, or stop it: exactly those whom it changed get back what they had; the newest change of a tag first',
        ...one,
      },
    },
    async ({ workspace, params, principal }) => {
      const acting = { workspaceId: workspace.id, actor: principal.actor, now: clock.now() }
      return viewOf(await undoTagging(db, params.id, acting), acting.now)
    },
  )
}
