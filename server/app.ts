/**
 * The web process, joined: which routes there are, in which order they are asked, and the pages.
 * Short links come before everything (`front`); then the API; what is neither is the UI's to show.
 */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import type { AddressInfo, Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import fastifyStatic from '@fastify/static'
import type { FastifyRequest } from 'fastify'
import { problem } from '../core/problems.ts'
import { linkRoutes } from './access/link-routes.ts'
import { meRoutes } from './access/me-routes.ts'
import { type AccessDeps, requirePrincipal, requireWorkspace } from './access/principal.ts'
import { callerOf } from './access/roles.ts'
import { routes as accessRoutes } from './access/routes.ts'
import type { SignIn } from './access/sign-in.ts'
import { signInRoutes } from './access/sign-in-routes.ts'
import { routes as activityRoutes } from './activities/routes.ts'
import { testSmsRoutes } from './activities/test-sms-routes.ts'
import { routes as alarmRoutes } from './alarms/routes.ts'
import { routes as attributeRoutes } from './attributes/routes.ts'
import { routes as creditRoutes } from './credits/routes.ts'
import { routes as gatewayRoutes } from './gateways/routes.ts'
import { webhookRoutes } from './gateways/webhook-routes.ts'
import type { Webhooks } from './gateways/webhooks.ts'
import { routes as importRoutes } from './imports/routes.ts'
import { routes as inboxRoutes } from './inbox/routes.ts'
import { owners } from './personal-data-owners.ts'
import type { Database } from './platform/db/database.ts'
import type { Lanes } from './platform/db/pools.ts'
import { sql } from './platform/db/sql.ts'
import type { Requester } from './platform/fair-queue.ts'
import { type App, type Deps, type FrontHandler, makeHttp } from './platform/http/http-server.ts'
import { describeApi, openApiDocument } from './platform/http/openapi.ts'
import { sendProblem } from './platform/http/problem-responses.ts'
import { makeRequestLanes, type RequestLanes } from './platform/http/request-pools.ts'
import { makeStillAllowed } from './platform/http/still-allowed.ts'
import { routes as profileRoutes } from './profiles/routes.ts'
import { recordKinds } from './record-kinds.ts'
import { figureRoutes, routes as reportRoutes } from './report/routes.ts'
import { routes as segmentRoutes, schemaRoute as segmentSchemaRoute } from './segments/routes.ts'
import { routes as tagRoutes } from './tags/routes.ts'
import { sendNotice } from './unsubscribe/plain-page.ts'
import { routes as websiteRoutes } from './website/routes.ts'

export interface BuiltApp {
  app: App
  /** The port that it listens on (`port` 0: any free one). */
  listen(port: number, host: string): Promise<number>
  /** A connection that came in elsewhere. */
  accept(socket: Socket): void
  /** Ends live streams, lets requests finish for 5 s, then closes. The database is the caller's. */
  close(): Promise<void>
}

/** What routes get, with the lanes from which they get their database. */
export type AppDeps = Omit<Deps, 'db' | 'stillAllowed'> & { lanes: Lanes }

export interface Doors {
  /** answers short links and opt-out pages before anything else */
  front?: FrontHandler | undefined
  /** undefined: no provider delivers by HTTP */
  webhooks?: Pick<Webhooks, 'take'> | undefined
}

export async function buildApp({ lanes, ...given }: AppDeps, { front, webhooks }: Doors = {}): Promise<BuiltApp> {
  const { config, log } = given
  const deps = { ...given, stillAllowed: makeStillAllowed() }
  const access: AccessDeps = { ...deps, db: lanes.access, signIn: signInOf({ ...deps, db: lanes.access }) }
  const page = readPage(config.uiFolder)
  const app = await makeHttp({ config, log, front, scriptHashes: page === undefined ? [] : inlineScripts(page) })
  await describeApi(app, ({ method, url, open, config: access }) => ({
    role: callerOf({ method, url, open, access }),
    keys: access.peopleOnly !== true,
    sends: access.sends === true,
  }))
  app.register(async root => signInRoutes(root as App, access))
  app.register(async root => linkRoutes(root as App, access))
  if (webhooks !== undefined) app.register(async root => webhookRoutes(root as App, webhooks, config.url))
  app.register(async api => apiRoutes(api as App, access, makeRequestLanes(lanes)), { prefix: '/api/v1' })
  healthRoutes(app, lanes.ready)
  await pages(app, config.uiFolder, page)
  await app.ready()
  return {
    app,
    async listen(port, host) {
      await app.listen({ port, host })
      // Ahead of the first visitor, behind the word "ready".
      setTimeout(() => void access.signIn().catch(() => {}), 500).unref()
      void isReady(lanes.ready).catch(() => {})
      return (app.server.address() as AddressInfo).port
    },
    accept: socket => void app.server.emit('connection', socket),
    async close() {
      deps.live.close()
      const force = setTimeout(() => app.server.closeAllConnections(), 5_000)
      await app.close()
      clearTimeout(force)
    },
  }
}

/** Loaded once, when somebody first needs it; after a failure again. */
function signInOf({ db, keys, config }: Deps): () => Promise<SignIn> {
  let loaded: Promise<SignIn> | undefined
  return () => {
    loaded ??= import('./access/sign-in.ts')
      .then(({ makeSignIn }) => makeSignIn({ db, keys, url: config.url }))
      .catch(error => {
        loaded = undefined
        throw error
      })
    return loaded
  }
}

/** The API, for those who are signed in or bring a key. */
async function apiRoutes(api: App, access: AccessDeps, { db, guard }: RequestLanes): Promise<void> {
  let document: object | undefined
  api.get('/openapi.json', { schema: { hide: true } }, async () => (document ??= openApiDocument(api)))
  await figureRoutes(api)
  await segmentSchemaRoute(api)
  const deps = { ...access, db }
  api.register(async known => {
    const app = known as App
    requirePrincipal(app, access)
    guard(app, requesterOf, request => request.stillMay())
    await meRoutes(app, deps)
    app.register(
      async inside => {
        requireWorkspace(inside as App, access)
        await workspaceRoutes(inside as App, deps)
      },
      { prefix: '/workspaces/:w' },
    )
  })
}

/** Outside of a workspace everybody has a queue of their own. */
function requesterOf({ workspace, principal }: FastifyRequest): Requester {
  return { workspace: workspace === undefined ? principal.id : String(workspace.id), principal: principal.id }
}

/** In the order of the ring. */
async function workspaceRoutes(app: App, deps: Deps): Promise<void> {
  const profiles = (own: App) => profileRoutes(own, deps, owners)
  const unmatched = (own: App) => inboxRoutes(own, deps, recordKinds)
  for (const routes of [
    accessRoutes,
    profiles,
    importRoutes,
    creditRoutes,
    segmentRoutes,
    attributeRoutes,
    tagRoutes,
    gatewayRoutes,
    unmatched,
    activityRoutes,
    testSmsRoutes,
    alarmRoutes,
    reportRoutes,
    websiteRoutes,
  ])
    app.register(async own => routes(own as App, deps))
}

/** A database that takes longer is no better than none. */
const readyMs = 4_000

async function isReady(db: Database): Promise<boolean> {
  const rows = await db.query(sql`select from installation where id = 1`)
  return rows.length === 1
}

function healthRoutes(app: App, db: Database): void {
  let asking: Promise<boolean> | undefined
  /** However many ask at once, the database is asked once. */
  const look = () => {
    asking ??= isReady(db)
      .catch(() => false)
      .finally(() => {
        asking = undefined
      })
    return asking
  }
  const hidden = { schema: { hide: true } }
  app.get('/health', hidden, async () => ({ status: 'alive' }))
  app.get('/ready', hidden, async (_request, reply) => {
    const ready = await Promise.race([look(), sleep(readyMs, false)])
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready' })
  })
}

/**
 * Where pages of the UI begin (web/routes.tsx). What is not listed is not shown the UI: it may be a short link that was cut, and
 * its visitor somebody who got a message.
 */
export const uiPaths = ['/', '/sign-in', '/w']

function isOfUi(url: string): boolean {
  const [path = ''] = url.split('?', 1)
  return uiPaths.some(page => path === page || path === `${page}/` || (page !== '/' && path.startsWith(`${page}/`)))
}

/** The UI: files as they are, its one page for each of its addresses, and a neutral page for what nobody has. */
async function pages(app: App, folder: string | null, page: string | undefined): Promise<void> {
  if (folder !== null && page !== undefined)
    await app.register(fastifyStatic, {
      root: folder,
      wildcard: false,
      index: false,
      schemaHide: true,
      // What ui-build.ts has laid beside each file.
      preCompressed: true,
      setHeaders: (response, path) => {
        // Files under assets/ carry their hash in their name.
        const fixed = path.startsWith(join(folder, 'assets'))
        response.header('cache-control', fixed ? 'public, max-age=31536000, immutable' : 'no-cache')
      },
    })
  app.setNotFoundHandler((request, reply) => {
    const forPages =
      (request.method === 'GET' || request.method === 'HEAD') && !/^\/(api|assets)(\/|$)/.test(request.url)
    if (!forPages || page === undefined) return sendProblem(reply, problem('not_found', { what: 'page' }))
    if (isOfUi(request.url))
      return reply.header('cache-control', 'no-cache').type('text/html; charset=utf-8').send(page)
    reply.hijack()
    sendNotice(request.raw, reply.raw, 404)
    return reply
  })
}

function readPage(folder: string | null): string | undefined {
  const file = folder === null ? undefined : join(folder, 'index.html')
  return file !== undefined && existsSync(file) ? readFileSync(file, 'utf8') : undefined
}

/** The content security policy allows the scripts in our own page, and no other inline ones. */
function inlineScripts(page: string): string[] {
  return [...page.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g)].map(([, script]) =>
    createHash('sha256')
      .update(script ?? '')
      .digest('base64'),
  )
}
