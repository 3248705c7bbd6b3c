/** Websites by HTTP: registration, keys, what arrives; what a person did there, and what those did who clicked. */
import { Type } from '@fastify/type-provider-typebox'
import type { App, Deps } from '../platform/http/http-server.ts'
import { onePage, pageOf } from '../platform/http/page.ts'
import { readAfterClick } from './after-click.ts'
import { readProfileVisits } from './profile-visits.ts'
import { readWebsiteActivity } from './website-activity.ts'
import {
  changeWebsite,
  consentModes,
  createWebsite,
  createWebsiteKey,
  listWebsiteKeys,
  listWebsites,
  readSigningSecret,
  removeWebsite,
  revokeWebsiteKey,
  type Website,
} from './websites.ts'

const closed = { additionalProperties: false } as const
const maxId = 2_147_483_647
const OfWorkspace = Type.Object({ w: Type.Integer() })
const OfWebsite = Type.Object({ w: Type.Integer(), id: Type.Integer({ minimum: 1, maximum: maxId }) })
const OfKey = Type.Object({
  w: Type.Integer(),
  id: Type.Integer({ minimum: 1, maximum: maxId }),
  key: Type.Integer({ minimum: 1, maximum: maxId }),
})
const OfBigId = Type.Object({ w: Type.Integer(), id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }) })
const Time = Type.String({ format: 'date-time' })
const TimeOrNull = Type.Union([Time, Type.Null()])
const Count = (description: string) => Type.Integer({ description })

const settings = {
  name: Type.String({ format: 'name', maxLength: 100 }),
  hosts: Type.Array(Type.String({ maxLength: 300 }), {
    maxItems: 20,
    description: 'hosts of its pages, such as shop.example',
  }),
  consent: Type.Enum([...consentModes], {
    description:
      'before a person consents: ask sends nothing; token sends the views of a page that a link led to, and stores nothing',
  }),
  queryKeys: Type.Array(Type.String({ maxLength: 100 }), {
    maxItems: 20,
    description: 'query parameters that stay in addresses, beside utm_*',
  }),
  hashRoutes: Type.Boolean({ description: 'the part after the # distinguishes pages' }),
  retentionDays: Type.Integer({ minimum: 30, maximum: 800, description: 'how long visits are kept' }),
}
const WebsiteView = Type.Object({
  id: Type.Integer(),
  publicKey: Type.String(),
  scriptUrl: Type.String({ description: 'what the pages of the website load' }),
  createdAt: Time,
  ...settings,
})
const viewOf = ({ createdAt, ...website }: Website, url: string) => ({
  ...website,
  scriptUrl: `${url}/s/${website.publicKey}.js`,
  createdAt: createdAt.toISOString(),
})

export async function routes(app: App, deps: Deps): Promise<void> {
  websiteRoutes(app, deps)
  keyRoutes(app, deps)
  readRoutes(app, deps)
}

function websiteRoutes(app: App, { db, clock, keys, config: { url } }: Deps): void {
  app.get(
    '/websites',
    {
      schema: {
        operationId: 'listWebsites',
        summary: 'The websites of the workspace',
        tags: ['websites'],
        params: OfWorkspace,
        response: { 200: pageOf(WebsiteView) },
      },
    },
    async ({ workspace }) => onePage((await listWebsites(db, workspace.id)).map(website => viewOf(website, url))),
  )
  const { name, hosts, ...others } = settings
  app.post(
    '/websites',
    {
      config: { role: 'admin' },
      schema: {
        operationId: 'createWebsite',
        summary: 'Register a website: its page views and events then belong to this workspace',
        tags: ['websites'],
        params: OfWorkspace,
        body: Type.Object(
          {
            name,
            hosts,
            consent: Type.Optional(others.consent),
            queryKeys: Type.Optional(others.queryKeys),
            hashRoutes: Type.Optional(others.hashRoutes),
            retentionDays: Type.Optional(others.retentionDays),
          },
          closed,
        ),
        response: { 201: WebsiteView },
      },
    },
    async ({ workspace, body, principal }, reply) => {
      const acting = { workspaceId: workspace.id, actor: principal.actor, now: clock.now() }
      return reply.code(201).send(viewOf(await createWebsite(db, keys, body, acting), url))
    },
  )
  app.patch(
    '/websites/:id',
    {
      config: { role: 'admin' },
      schema: {
        operationId: 'changeWebsite',
        summary: 'Change the hosts and settings of a website; the script has them within five minutes',
        tags: ['websites'],
        params: OfWebsite,
        body: Type.Partial(Type.Object(settings), closed),
        response: { 200: WebsiteView },
      },
    },
    async ({ workspace, params, body, principal }) => {
      const acting = { workspaceId: workspace.id, actor: principal.actor, now: clock.now() }
      return viewOf(await changeWebsite(db, params.id, body, acting), url)
    },
  )
  app.delete(
    '/websites/:id',
    {
      config: { role: 'admin' },
      schema: {
        operationId: 'removeWebsite',
        summary: 'Remove a website: its script and keys stop at once, recorded visits stay for their time',
        tags: ['websites'],
        params: OfWebsite,
        response: { 204: Type.Null() },
      },
    },
    async ({ workspace, params, principal }, reply) => {
      await removeWebsite(db, params.id, { workspaceId: workspace.id, actor: principal.actor, now: clock.now() })
      return reply.code(204).send(null)
    },
  )
  app.get(
    '/websites/:id/signing-secret',
    {
      config: { role: 'admin' },
      schema: {
        operationId: 'readSigningSecret',
        summary: 'The secret with which the shop’s server signs user ids; reading it leaves an entry in the audit',
        tags: ['websites'],
        params: OfWebsite,
        response: { 200: Type.Object({ secret: Type.String() }) },
      },
    },
    async ({ workspace, params, principal }) => {
      const acting = { workspaceId: workspace.id, actor: principal.actor, now: clock.now() }
      return { secret: await readSigningSecret(db, keys, params.id, acting) }
    },
  )
}

function keyRoutes(app: App, { db, clock }: Deps): void {
  app.get(
    '/websites/:id/keys',
    {
      config: { role: 'admin' },
      schema: {
        operationId: 'listWebsiteKeys',
        summary: 'The server keys of a website, without the keys themselves',
        tags: ['websites'],
        params: OfWebsite,
        response: {
          200: pageOf(
            Type.Object({
              id: Type.Integer(),
              name: Type.String(),
              prefix: Type.String({ description: 'the first characters, to tell keys apart' }),
              createdAt: Time,
              revokedAt: TimeOrNull,
            }),
          ),
        },
      },
    },
    async ({ workspace, params }) =>
      onePage(
        (await listWebsiteKeys(db, workspace.id, params.id)).map(({ createdAt, revokedAt, ...key }) => ({
          ...key,
          createdAt: createdAt.toISOString(),
          revokedAt: revokedAt?.toISOString() ?? null,
        })),
      ),
  )
  app.post(
    '/websites/:id/keys',
    {
      config: { role: 'admin' },
      schema: {
        operationId: 'createWebsiteKey',
        summary: 'A new key for the shop’s server, shown only in this answer',
        tags: ['websites'],
        params: OfWebsite,
        body: Type.Object({ name: settings.name }, closed),
        response: { 201: Type.Object({ id: Type.Integer(), key: Type.String() }) },
      },
    },
    async ({ workspace, params, body, principal }, reply) => {
      const acting = { workspaceId: workspace.id, actor: principal.actor, now: clock.now() }
      return reply.code(201).send(await createWebsiteKey(db, params.id, body.name, acting))
    },
  )
  app.delete(
    '/websites/:id/keys/:key',
    {
      config: { role: 'admin' },
      schema: {
        operationId: 'revokeWebsiteKey',
        summary: 'Revoke a server key; it stops within five seconds',
        tags: ['websites'],
        params: OfKey,
        response: { 204: Type.Null() },
      },
    },
    async ({ workspace, params, principal }, reply) => {
      const acting = { workspaceId: workspace.id, actor: principal.actor, now: clock.now() }
      await revokeWebsiteKey(db, params.id, params.key, acting)
      return reply.code(204).send(null)
    },
  )
}

const sums = {
  pageViews: Count('views of people'),
  events: Count('custom events'),
  bots: Count('of programs, not kept'),
  dropped: Count('not recorded, because too many came'),
}
const Known = Type.Enum(['link', 'signed', 'server'], {
  description: 'how the person was known: by a link of an SMS, by a signed id, by the shop’s server',
})

function readRoutes(app: App, { db, clock }: Deps): void {
  app.get(
    '/websites/:id/activity',
    {
      schema: {
        operationId: 'readWebsiteActivity',
        summary: 'Whether the script is seen, what arrived in the last hour, and the most viewed pages of seven days',
        tags: ['websites'],
        params: OfWebsite,
        response: {
          200: Type.Object({
            lastEventAt: TimeOrNull,
            minutes: Type.Array(Type.Object({ minute: Time, ...sums })),
            pages: Type.Array(Type.Object({ url: Type.String(), title: Type.String(), views: Type.Integer() })),
            totals: Type.Object(sums, { description: 'of the last seven days' }),
          }),
        },
      },
    },
    async ({ workspace, params }) => {
      const { lastEventAt, minutes, ...activity } = await readWebsiteActivity(db, workspace.id, params.id, clock.now())
      return {
        ...activity,
        lastEventAt: lastEventAt?.toISOString() ?? null,
        minutes: minutes.map(({ minute, ...of }) => ({ ...of, minute: minute.toISOString() })),
      }
    },
  )
  app.get(
    '/profiles/:id/website',
    {
      schema: {
        operationId: 'readProfileVisits',
        summary: 'What a person did on the websites: visits, most viewed pages, searches and custom events',
        description: 'From the latest 1,000 events; 25 of each.',
        tags: ['websites'],
        params: OfBigId,
        response: {
          200: Type.Object({
            lastSeenAt: TimeOrNull,
            visits: Type.Array(
              Type.Object({
                websiteId: Type.Integer(),
                from: Time,
                until: Time,
                pages: Type.Array(
                  Type.Object({ id: Type.String(), url: Type.String(), title: Type.String(), at: Time }),
                ),
                events: Type.Array(Type.String()),
                knownBy: Known,
                activity: Type.Union([Type.Object({ id: Type.Integer(), name: Type.String() }), Type.Null()], {
                  description: 'the SMS whose link led there',
                }),
              }),
            ),
            pages: Type.Array(
              Type.Object({ url: Type.String(), title: Type.String(), views: Type.Integer(), lastAt: Time }),
            ),
            searches: Type.Array(Type.Object({ text: Type.String(), at: Time })),
            events: Type.Array(
              Type.Object({
                id: Type.String(),
                name: Type.String(),
                at: Time,
                url: Type.Union([Type.String(), Type.Null()]),
                properties: Type.Union([Type.String(), Type.Null()], { description: 'JSON' }),
              }),
            ),
            more: Type.Boolean({ description: 'there are more than the 1,000 events that were read' }),
          }),
        },
      },
    },
    async ({ workspace, params }) => {
      const found = await readProfileVisits(db, workspace.id, params.id)
      return {
        ...found,
        lastSeenAt: found.lastSeenAt?.toISOString() ?? null,
        visits: found.visits.map(({ from, until, pages, ...visit }) => ({
          ...visit,
          from: from.toISOString(),
          until: until.toISOString(),
          pages: pages.map(({ at, ...page }) => ({ ...page, at: at.toISOString() })),
        })),
        pages: found.pages.map(({ lastAt, ...page }) => ({ ...page, lastAt: lastAt.toISOString() })),
        searches: found.searches.map(({ at, ...one }) => ({ ...one, at: at.toISOString() })),
        events: found.events.map(({ at, ...one }) => ({ ...one, at: at.toISOString() })),
      }
    },
  )
  app.get(
    '/activities/:id/website',
    {
      schema: {
        operationId: 'readAfterClick',
        summary: 'What people did on the website within a week of their click, per link of the SMS',
        tags: ['websites'],
        params: OfBigId,
        response: {
          200: Type.Object({
            links: Type.Array(
              Type.Object({
                linkId: Type.Integer(),
                url: Type.String(),
                clicked: Count('people who clicked it'),
                seen: Count('people who came by it and were seen on the website'),
                pages: Type.Array(Type.Object({ url: Type.String(), people: Type.Integer(), views: Type.Integer() })),
                events: Type.Array(Type.Object({ name: Type.String(), people: Type.Integer(), times: Type.Integer() })),
              }),
            ),
          }),
        },
      },
    },
    async ({ workspace, params }) => readAfterClick(db, workspace.id, params.id),
  )
}
