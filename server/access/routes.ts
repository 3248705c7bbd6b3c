/** Of a workspace: its topics, attributes, API keys and members. */
import { Type } from '@fastify/type-provider-typebox'
import { highestMaxParts } from '../../core/sms/split.ts'
import type { App, Deps } from '../platform/http/http-server.ts'
import { onePage, pageOf } from '../platform/http/page.ts'
import { auditRoutes } from './audit-routes.ts'
import { createApiKey, listApiKeys, revokeApiKey } from './keys.ts'
import { memberRoutes } from './member-routes.ts'
import { roles } from './roles.ts'
import { changeWorkspace, ensureTopic, listAttributes, listTopics } from './workspaces.ts'

const Topic = Type.Object({ id: Type.Integer(), name: Type.String() })
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
  prefix: Type.String({ description: 'the first signs of the key' }),
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

const Settings = Type.Object({
  maxParts: Type.Integer({ description: 'the most parts of an SMS; a profile that would get more is not sent to' }),
})

function settingsRoutes(app: App, { db, clock }: Deps): void {
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
    async ({ workspace: { maxParts } }) => ({ maxParts }),
  )
  app.patch(
    '/settings',
    {
      config: { role: 'admin' },
      schema: {
        operationId: 'changeWorkspaceSettings',
        summary: 'Change the settings of the workspace',
        tags: ['access'],
        params: OfWorkspace,
        body: Type.Object(
          { maxParts: Type.Optional(Type.Integer({ minimum: 1, maximum: highestMaxParts })) },
          { additionalProperties: false },
        ),
        response: { 200: Settings },
      },
    },
    async ({ workspace, body, principal }) => {
      const input = { ...body, workspaceId: workspace.id, actor: principal.actor }
      const { maxParts } = await changeWorkspace(db, input, clock.now())
      return { maxParts }
    },
  )
}

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
    async ({ workspace }) => onePage(await listTopics(db, workspace.id)),
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
    async ({ workspace, body, principal }) => ensureTopic(db, workspace.id, body.name, clock.now(), principal.actor),
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
              type: Type.Enum(['text', 'number', 'date']),
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
