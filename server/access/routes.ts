/** Of a workspace: its topics, attributes, API keys and members. */

import { Type } from '@fastify/type-provider-typebox'
import { attributeTypes } from '../../core/attributes.ts'
import { maxFrequencyHours } from '../../core/frequency.ts'
import { highestMaxParts } from '../../core/sms/split.ts'
import { sendRoles } from '../../core/workspace-settings.ts'
import type { App, Deps } from '../platform/http/http-server.ts'
import { onePage, pageOf } from '../platform/http/page.ts'
import { auditRoutes } from './audit-routes.ts'
import { createApiKey, listApiKeys, revokeApiKey } from './keys.ts'
import { memberRoutes } from './member-routes.ts'
import { roles } from './roles.ts'
import { changeTopic, countConsents, ensureTopic, listTopics, type Topic as TopicRow } from './topics.ts'
import { changeWorkspace } from './workspace-settings.ts'
import { listAttributes } from './workspaces.ts'

const Topic = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  archivedAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()], {
    description: 'not offered for new SMS since; null: offered',
  }),
})
const countedMs = 60_000
const Name = Type.Object(
  { name: Type.String({ format: 'name', minLength: 1, maxLength: 100 }) },
  { additionalProperties: false },
)
const OfWorkspace = Type.Object({ w: Type.Integer() })
const Nullable = Type.Union([Type.String(), Type.Null()])
const RoleName = Type.Enum([...roles])
const KeyRole = Type.Enum(['admin', 'editor', 'viewer'])
const ApiKeyView = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  role: RoleName,
  prefix: Type.String({ description: 'the first characters of the key' }),
  createdAt: Type.String({ format: 'date-time' }),
  lastUsedAt: Nullable,
  expiresAt: Nullable,
  revokedAt: Nullable,
})

export async function routes(app: App, deps: Deps): Promise<void> {
  settingsRoutes(app, deps)
  topicRoutes(app, deps)
  keyRoutes(app, deps)
  memberRoutes(app, deps)
  auditRoutes(app, deps)
}

const settings = {
  name: Type.String({ format: 'name', minLength: 1, maxLength: 100 }),
  timeZone: Type.String({ maxLength: 100, description: 'a name of the IANA list, as in Europe/Stockholm' }),
  defaultCountry: Type.String({
    pattern: '^[A-Za-z]{2}$',
    description: 'ISO 3166 alpha-2: the country of numbers without a country code',
  }),
  currency: Type.String({ maxLength: 20, description: 'ISO 4217, as in SEK; of SMS scheduled from now on' }),
  creditValue: Type.String({
    maxLength: 20,
    description: 'what one credit is worth, decimal; of SMS scheduled from now on',
  }),
  linkDomain: Type.Union([Type.String({ maxLength: 300 }), Type.Null()], {
    description:
      'what short links begin with, as in https://go.example.com; it must lead to this installation; null: the link domain of the installation',
  }),
  defaultSender: Type.String({ maxLength: 40, description: 'of new SMS; empty: none' }),
  sendRole: Type.Enum([...sendRoles], { description: 'the lowest role that may schedule and resume' }),
  maxParts: Type.Integer({
    minimum: 1,
    maximum: highestMaxParts,
    description: 'the most parts of an SMS; a profile that would get more is not sent to',
  }),
  frequencyHours: Type.Union([Type.Integer({ minimum: 1, maximum: maxFrequencyHours }), Type.Null()], {
    description: 'of new SMS: nobody to whom another was sent within this number of hours; null: no limit',
  }),
}
const Settings = Type.Object({ ...settings, name: Type.String() })

function settingsRoutes(app: App, { db, clock, config }: Deps): void {
  app.get(
    '/settings',
    {
      schema: {
        operationId: 'getWorkspaceSettings',
        summary: 'The settings of the workspace',
        tags: ['access'],
        params: OfWorkspace,
        response: { 200: Settings },
      },
    },
    async ({ workspace: { id: _, role: __, ...settings } }) => settings,
  )
  app.patch(
    '/settings',
    {
      // A new link domain is asked over the network.
      config: { role: 'admin', rateLimit: { max: 60, timeWindow: 60_000 } },
      schema: {
        operationId: 'changeWorkspaceSettings',
        summary: 'Change the settings of the workspace; scheduled and sent SMS keep those of their time',
        tags: ['access'],
        params: OfWorkspace,
        body: Type.Partial(Type.Object(settings), { additionalProperties: false }),
        response: { 200: Settings },
      },
    },
    async ({ workspace, body, principal }) => {
      const by = { ...config, actor: principal.actor, role: workspace.role }
      const { id: _, ...changed } = await changeWorkspace(db, workspace.id, body, by, clock.now())
      return changed
    },
  )
}

const topicView = ({ archivedAt, ...topic }: TopicRow) => ({ ...topic, archivedAt: archivedAt?.toISOString() ?? null })

function topicRoutes(app: App, { db, clock }: Deps): void {
  app.get(
    '/topics',
    {
      schema: {
        operationId: 'listTopics',
        summary: 'What profiles can subscribe to',
        tags: ['profiles'],
        params: OfWorkspace,
        response: { 200: pageOf(Topic) },
      },
    },
    async ({ workspace }) => onePage((await listTopics(db, workspace.id)).map(topicView)),
  )
  app.post(
    '/topics',
    {
      schema: {
        operationId: 'createTopic',
        summary: 'Make a topic; one that is there is given back',
        tags: ['profiles'],
        params: OfWorkspace,
        body: Name,
        response: { 200: Topic },
      },
    },
    async ({ workspace, body, principal }) =>
      topicView(await ensureTopic(db, workspace.id, body.name, clock.now(), principal.actor)),
  )
  app.patch(
    '/topics/:id',
    {
      schema: {
        operationId: 'changeTopic',
        summary: 'Rename or archive a topic; consents and opt-outs stay, scheduled SMS keep it',
        tags: ['profiles'],
        params: Type.Object({ w: Type.Integer(), id: Type.Integer({ minimum: 1, maximum: 2_147_483_647 }) }),
        body: Type.Object(
          {
            name: Type.Optional(Type.String({ format: 'name', minLength: 1, maxLength: 100 })),
            archived: Type.Optional(Type.Boolean({ description: 'true: not offered for new SMS' })),
          },
          { additionalProperties: false, minProperties: 1 },
        ),
        response: { 200: Topic },
      },
    },
    async ({ workspace, params, body, principal }) => {
      const change = { ...body, workspaceId: workspace.id, id: params.id, actor: principal.actor }
      return topicView(await changeTopic(db, change, clock.now()))
    },
  )
  const counted = new Map<number, { atMs: number; counts: ReturnType<typeof countConsents> }>()
  app.get(
    '/topic-counts',
    {
      config: { lane: 'counts' },
      schema: {
        operationId: 'countTopics',
        summary: 'How many profiles consent to each topic; at most a minute old',
        tags: ['profiles'],
        params: OfWorkspace,
        response: { 200: pageOf(Type.Object({ topicId: Type.Integer(), profiles: Type.Integer() })) },
      },
    },
    async ({ workspace: { id } }) => {
      const atMs = performance.now()
      let last = counted.get(id)
      if (last === undefined || atMs - last.atMs > countedMs) {
        last = { atMs, counts: countConsents(db, id) }
        counted.set(id, last)
        // Asked again the next time.
        last.counts.catch(() => counted.delete(id))
      }
      return onePage(await last.counts)
    },
  )
  app.get(
    '/attributes',
    {
      schema: {
        operationId: 'listAttributes',
        summary: 'The custom attributes of profiles, with their types',
        tags: ['profiles'],
        params: OfWorkspace,
        response: {
          200: pageOf(
            Type.Object({
              name: Type.String(),
              type: Type.Enum([...attributeTypes]),
              label: Type.Union([Type.String(), Type.Null()], { description: 'null: it is shown by its name' }),
              archived: Type.Boolean({ description: 'it stays where it is used, and is not offered again' }),
            }),
          ),
        },
      },
    },
    async ({ workspace }) => onePage(await listAttributes(db, workspace.id)),
  )
}

function keyRoutes(app: App, { db, clock }: Deps): void {
  const config = { role: 'admin', peopleOnly: true } as const
  app.get(
    '/api-keys',
    {
      config,
      schema: {
        operationId: 'listApiKeys',
        summary: 'API keys, revoked ones too',
        tags: ['access'],
        params: OfWorkspace,
        response: { 200: pageOf(ApiKeyView) },
      },
    },
    async ({ workspace }) => onePage(await listApiKeys(db, workspace.id)),
  )
  app.post(
    '/api-keys',
    {
      config,
      schema: {
        operationId: 'createApiKey',
        summary: 'Make an API key, a viewer unless a role is named; the answer is the only time it is shown',
        tags: ['access'],
        params: OfWorkspace,
        body: Type.Object(
          {
            name: Type.String({ format: 'name', minLength: 1, maxLength: 100 }),
            role: Type.Optional(KeyRole),
            expiresAt: Type.Optional(Type.String({ format: 'date-time', description: 'default: it does not end' })),
          },
          { additionalProperties: false },
        ),
        response: { 201: Type.Object({ id: Type.Integer(), key: Type.String() }) },
      },
    },
    async ({ workspace, body: { name, role = 'viewer', expiresAt }, principal }, reply) => {
      const ends = expiresAt === undefined ? null : new Date(expiresAt)
      const key = { workspaceId: workspace.id, name, role, expiresAt: ends, actor: principal.actor }
      return reply.code(201).send(await createApiKey(db, key, clock.now()))
    },
  )
  app.delete(
    '/api-keys/:id',
    {
      config,
      schema: {
        operationId: 'revokeApiKey',
        summary: 'Revoke an API key at once',
        tags: ['access'],
        params: Type.Object({ w: Type.Integer(), id: Type.Integer({ minimum: 1, maximum: 2_147_483_647 }) }),
        response: { 204: Type.Null() },
      },
    },
    async ({ workspace, params, principal }, reply) => {
      await revokeApiKey(db, workspace.id, params.id, principal.actor, clock.now())
      return reply.code(204).send(null)
    },
  )
}
