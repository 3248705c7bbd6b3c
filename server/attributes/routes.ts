/** Attributes by HTTP: the catalogue, their labels, and a change of type with its preview, progress and undo. */
import { Type } from '@fastify/type-provider-typebox'
import { attributeTypes } from '../../core/attributes.ts'
import type { App, Deps } from '../platform/http/http-server.ts'
import { onePage, pageOf } from '../platform/http/page.ts'
import {
  type AttributeChange,
  changeType,
  getAttributeChange,
  isPastUndo,
  listAttributeChanges,
  previewType,
  undoType,
} from './attribute-changes.ts'
import { editAttribute, readAttributeUses, readCatalogue, removeUnusedAttribute } from './catalogue-list.ts'

const closed = { additionalProperties: false } as const
const OfWorkspace = Type.Object({ w: Type.Integer() })
const OfAttribute = Type.Object({ w: Type.Integer(), name: Type.String({ maxLength: 200 }) })
const OfChange = Type.Object({ w: Type.Integer(), id: Type.Integer({ minimum: 1, maximum: 2_147_483_647 }) })
const Time = Type.String({ format: 'date-time' })
const TimeOrNull = Type.Union([Time, Type.Null()])
const AttributeTypeName = Type.Enum([...attributeTypes])
const Count = (description: string) => Type.Integer({ description })

const User = Type.Object({
  kind: Type.Enum(['segment', 'activity', 'import']),
  id: Type.Integer(),
  name: Type.String(),
})
const asked = {
  type: AttributeTypeName,
  decimal: Type.Optional(Type.Enum([',', '.'], { description: 'default: as most of the values have it' })),
  dayFirst: Type.Optional(
    Type.Boolean({ description: 'whether 03/04/2024 begins with the day; default: by the values' }),
  ),
}
const ChangeView = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  from: AttributeTypeName,
  to: AttributeTypeName,
  actor: Type.String(),
  state: Type.Enum(['running', 'done', 'failed', 'undoing', 'undone']),
  problem: Type.Union([Type.String(), Type.Null()], { description: 'why it failed' }),
  done: Type.Number({ description: 'the share of the profiles that it has been through, 0 to 1' }),
  converted: Count('values of the new type'),
  unread: Count('values that are none of the new type: texts still show them as they were written'),
  restored: Count('profiles that have their value back'),
  canUndo: Type.Boolean(),
  createdAt: Time,
  finishedAt: TimeOrNull,
})

function viewOf({ bucket, undoBucket, problem, createdAt, finishedAt, ...change }: AttributeChange, now: Date) {
  const isUndo = change.state === 'undoing' || change.state === 'undone'
  const isBack = isUndo || undoBucket > 0
  return {
    ...change,
    problem: problem === null ? null : `${problem.title} ${problem.fix}`,
    done: isBack ? (bucket === 0 ? 1 : undoBucket / bucket) : bucket / 256,
    canUndo: !isUndo && !isPastUndo({ createdAt }, now),
    createdAt: createdAt.toISOString(),
    finishedAt: finishedAt?.toISOString() ?? null,
  }
}

export async function routes(app: App, deps: Deps): Promise<void> {
  catalogueRoutes(app, deps)
  typeRoutes(app, deps)
}

function catalogueRoutes(app: App, { db, clock }: Deps): void {
  app.get(
    '/attributes/catalogue',
    {
      config: { lane: 'counts' },
      schema: {
        operationId: 'readAttributeCatalogue',
        summary: 'The attributes with the number of profiles of each, samples, and how many things use it',
        tags: ['profiles'],
        params: OfWorkspace,
        response: {
          200: pageOf(
            Type.Object({
              name: Type.String(),
              label: Type.Union([Type.String(), Type.Null()], { description: 'null: it is shown by its name' }),
              type: AttributeTypeName,
              archivedAt: TimeOrNull,
              createdAt: Time,
              profiles: Type.Integer(),
              samples: Type.Array(Type.String(), { description: 'as they were written' }),
              uses: Type.Integer({ description: 'segments, and SMS that have not started' }),
            }),
          ),
        },
      },
    },
    async ({ workspace }) => {
      const rows = await readCatalogue(db, workspace.id)
      return onePage(
        rows.map(({ archivedAt, createdAt, ...row }) => ({
          ...row,
          archivedAt: archivedAt?.toISOString() ?? null,
          createdAt: createdAt.toISOString(),
        })),
      )
    },
  )
  app.get(
    '/attributes/:name/uses',
    {
      schema: {
        operationId: 'listAttributeUses',
        summary: 'The segments, the SMS that have not started, and the imports under way that name an attribute',
        tags: ['profiles'],
        params: OfAttribute,
        response: { 200: pageOf(User) },
      },
    },
    async ({ workspace, params }) => onePage(await readAttributeUses(db, workspace.id, params.name)),
  )
  app.patch(
    '/attributes/:name',
    {
      config: { role: 'admin' },
      schema: {
        operationId: 'changeAttribute',
        summary: 'Change the label of an attribute, archive or restore it: its name stays',
        tags: ['profiles'],
        params: OfAttribute,
        body: Type.Object(
          {
            label: Type.Optional(Type.Union([Type.String({ format: 'line', maxLength: 100 }), Type.Null()])),
            archived: Type.Optional(Type.Boolean({ description: 'an archived one stays where it is used' })),
          },
          closed,
        ),
        response: { 204: Type.Null() },
      },
    },
    async ({ workspace, params, body, principal }, reply) => {
      const acting = { workspaceId: workspace.id, actor: principal.actor, now: clock.now() }
      await editAttribute(db, params.name, body, acting)
      return reply.code(204).send(null)
    },
  )
  app.delete(
    '/attributes/:name',
    {
      config: { role: 'admin' },
      schema: {
        operationId: 'removeAttribute',
        summary: 'Remove an attribute that few profiles have and that nothing uses, with its values',
        tags: ['profiles'],
        params: OfAttribute,
        response: { 200: Type.Object({ profiles: Type.Integer({ description: 'how many had a value' }) }) },
      },
    },
    async ({ workspace, params, principal }) =>
      removeUnusedAttribute(db, params.name, { workspaceId: workspace.id, actor: principal.actor, now: clock.now() }),
  )
}

function typeRoutes(app: App, { db, clock }: Deps): void {
  app.post(
    '/attributes/:name/type/preview',
    {
      config: { role: 'viewer', lane: 'counts' },
      schema: {
        operationId: 'previewAttributeType',
        summary: 'What a change of type would convert, what it would not, and what uses the attribute',
        tags: ['profiles'],
        params: OfAttribute,
        body: Type.Object(asked, closed),
        response: {
          200: Type.Object({
            from: AttributeTypeName,
            profiles: Type.Integer(),
            converted: Type.Integer(),
            unread: Count('values that are none of the new type'),
            unreadSamples: Type.Array(Type.String()),
            samples: Type.Array(Type.Object({ given: Type.String(), read: Type.String() })),
            style: Type.Object({
              decimal: Type.Enum([',', '.']),
              dayFirst: Type.Boolean(),
              guessed: Type.Boolean({ description: 'the values do not show it: choose decimal or dayFirst' }),
            }),
            uses: Type.Array(User),
          }),
        },
      },
    },
    async ({ workspace, params, body: { type, ...style } }) =>
      previewType(db, { name: params.name, to: type, ...style }, workspace.id),
  )
  app.post(
    '/attributes/:name/type',
    {
      config: { role: 'admin' },
      schema: {
        operationId: 'changeAttributeType',
        summary: 'Change the type of an attribute; its values are converted in the background, undone within 30 days',
        description:
          'A value that is none of the new type keeps its written form: texts and pages show it, conditions do not find it. Refused where something uses the attribute, unless `evenIfUsed`: segments that ask for the old type are then refused until they are edited.',
        tags: ['profiles'],
        params: OfAttribute,
        body: Type.Object({ ...asked, evenIfUsed: Type.Optional(Type.Boolean()) }, closed),
        response: { 202: ChangeView },
      },
    },
    async ({ workspace, params, body: { type, evenIfUsed = false, ...style }, principal }, reply) => {
      const acting = { workspaceId: workspace.id, actor: principal.actor, now: clock.now() }
      const change = await changeType(db, { name: params.name, to: type, ...style, evenIfUsed }, acting)
      return reply.code(202).send(viewOf(change, acting.now))
    },
  )
  app.get(
    '/attribute-changes',
    {
      schema: {
        operationId: 'listAttributeChanges',
        summary: 'The latest changes of types, newest first',
        tags: ['profiles'],
        params: OfWorkspace,
        response: { 200: pageOf(ChangeView) },
      },
    },
    async ({ workspace }) => {
      const now = clock.now()
      return onePage((await listAttributeChanges(db, workspace.id)).map(change => viewOf(change, now)))
    },
  )
  const one = { tags: ['profiles'], params: OfChange, response: { 200: ChangeView } }
  app.get(
    '/attribute-changes/:id',
    { schema: { operationId: 'getAttributeChange', summary: 'How far a change of type is, and what it did', ...one } },
    async ({ workspace, params }) => viewOf(await getAttributeChange(db, workspace.id, params.id), clock.now()),
  )
  app.post(
    '/attribute-changes/:id/undo',
    {
      config: { role: 'admin' },
      schema: {
        operationId: 'undoAttributeChange',
        summary:
          'Undo the latest change of an attribute’s type, or stop it: exactly the values that it changed are restored',
        ...one,
      },
    },
    async ({ workspace, params, principal }) => {
      const acting = { workspaceId: workspace.id, actor: principal.actor, now: clock.now() }
      return viewOf(await undoType(db, params.id, acting), acting.now)
    },
  )
}
