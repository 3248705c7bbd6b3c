/**
 * The OpenAPI 3.1 document of the API, /api/v1/openapi.json, made from the schemas that check the input. A route that is missing in it
 * does not exist for clients. Test: app.db.test.ts.
 */
import fastifySwagger from '@fastify/swagger'
import type { FastifyContextConfig } from 'fastify'
import type { App } from './http-server.ts'
import { referToNamed } from './named-schemas.ts'
import { ProblemSchema } from './problem-responses.ts'

const problemResponse = {
  description: 'What went wrong, and how to fix it',
  content: { 'application/problem+json': { schema: { $ref: 'Problem#' } } },
}

const tags = [
  { name: 'access', description: 'Signing in, workspaces, members, API keys' },
  { name: 'profiles', description: 'People, their consents, topics and attributes' },
  { name: 'imports', description: 'Lists of profiles from files' },
  { name: 'segments', description: 'Saved definitions of an audience, and frozen lists' },
  { name: 'tags', description: 'Labels on profiles, and changes of them over many profiles' },
  { name: 'activities', description: 'One sending: content, sender, Send to, schedule, state' },
  { name: 'report', description: 'What an activity did, live; its lists and exports' },
  { name: 'gateways', description: 'Connections that carry messages' },
  { name: 'operate', description: 'The installation' },
]

/** Which role an operation needs (`x-role`), whether API keys may call it, and whether "who may send" of the workspace applies (`x-sends`). */
export type DescribeAccess = (route: { method: string; url: string; open: boolean; config: FastifyContextConfig }) => {
  role: string
  keys: boolean
  sends: boolean
}

/** Once all routes are added. */
export const openApiDocument = (app: Pick<App, 'swagger'>): object => referToNamed(app.swagger())

/** Call it before routes are added: it collects them. */
export async function describeApi(app: App, describeAccess: DescribeAccess): Promise<void> {
  app.addSchema(ProblemSchema)
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Homing',
        version: '1',
        description:
          'SMS campaigns: profiles, activities, reports. Ids are numbers; times are ISO 8601; credits are decimals in text. Lists give `next`, the `after` of the next page. Errors are problem+json with a stable `code`. `x-role` of an operation is the least role that may call it; one with `x-sends` also needs the role that the workspace requires of those who send.',
      },
      servers: [{ url: '/' }],
      tags,
      security: [{ apiKey: [] }, { session: [] }],
      components: {
        securitySchemes: {
          apiKey: { type: 'http', scheme: 'bearer', description: 'An API key of the workspace' },
          session: {
            type: 'apiKey',
            in: 'cookie',
            name: 'homing.session_token',
            description: 'The session of a person',
          },
        },
      },
    },
    transform: ({ schema, url, route }) => {
      const own = schema ?? {}
      const hide = own.hide === true || !url.startsWith('/api/') || url.endsWith('/openapi.json')
      const given = typeof own.response === 'object' && own.response !== null ? own.response : {}
      // A file or a stream has its own content type and no schema.
      const types = own.produces ?? []
      const stream = types.length > 0 && {
        200: {
          description: 'The content',
          content: Object.fromEntries(types.map(type => [type, { schema: { type: 'string' } }])),
        },
      }
      const response = { ...stream, ...given }
      const open = own.security?.length === 0
      const { role, keys, sends } = describeAccess({
        method: String(route.method),
        url,
        open,
        config: route.config ?? {},
      })
      const access = {
        'x-role': role,
        ...(sends && { 'x-sends': true }),
        security: open ? [] : [...(keys ? [{ apiKey: [] }] : []), { session: [] }],
      }
      return { schema: { ...own, ...access, hide, response: { ...response, default: problemResponse } }, url }
    },
    refResolver: {
      buildLocalReference: (json, _base, _fragment, i) => (typeof json.$id === 'string' ? json.$id : `schema${i}`),
    },
  })
}
