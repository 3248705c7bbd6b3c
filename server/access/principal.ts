/**
 * Authenticates and authorizes every request before its body is read: the session cookie of a person or the API key of a client, then the
 * workspace of the address, then the role.
 *
 * Invariants: a workspace that does not exist and one of somebody else give the same 404. A change by cookie must come from our own pages.
 */
import type { FastifyRequest } from 'fastify'
import { problem } from '../../core/problems.ts'
import { sql } from '../platform/db/sql.ts'
import type { App, Deps } from '../platform/http/http-server.ts'
import type { Allowed } from '../platform/http/still-allowed.ts'
import { findApiKey } from './keys.ts'
import { mayAct, type Role, type RouteAccess, roleNeeded } from './roles.ts'
import { type BeganBy, readBeganBy } from './sessions.ts'
import type { SignIn } from './sign-in.ts'
import { getWorkspace, type Workspace, workspaceOf } from './workspaces.ts'

export interface Principal {
  kind: 'user' | 'key'
  id: string
  name: string
  email: string
  /** as in the audit log */
  actor: string
  /** of a key: the only workspace that it may use */
  workspaceId: number | null
  role: Role | null
  /** of a person: when this session began (real time) and its token */
  session: { createdAt: Date; token: string; beganBy: BeganBy } | null
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The authenticated caller; on routes behind the guard. */
    principal: Principal
    /** Authorizes again, after a body that may have taken minutes. Throws unauthorized, forbidden. */
    stillMay: () => Promise<void>
    /** The workspace of the address, and the role in it; on routes under /workspaces/:w. */
    workspace: Workspace & { role: Role }
  }
  interface FastifyContextConfig extends RouteAccess {}
}

/** `signIn` is loaded on first use: the library takes half a second, for which no start must wait. */
export type AccessDeps = Deps & { signIn: () => Promise<SignIn> }

/** Requests of `app` and its children must be authenticated. */
export function requirePrincipal(app: App, deps: AccessDeps): void {
  const tooManyFailures = app.createRateLimit({ max: 30, timeWindow: 60_000 })
  app.decorateRequest('principal')
  app.decorateRequest('stillMay')
  app.addHook('onRequest', async (request, reply) => {
    const { authorization } = request.headers
    if (authorization === undefined) {
      request.principal = await personOf(request, deps, cookies => reply.header('set-cookie', cookies))
    } else {
      const principal = await keyOf(authorization, deps)
      if (principal === undefined) {
        const limit = await tooManyFailures(request)
        throw problem('isExceeded' in limit && limit.isExceeded ? 'too_many_requests' : 'api_key_invalid')
      }
      request.principal = principal
    }
    const { principal } = request
    request.stillMay = async () => {
      if ((await again(deps, principal, authorization)) === undefined) throw problem('unauthorized')
    }
    // In a workspace only later, when it is known that the key may use it.
    if (!request.routeOptions.url?.includes('/:w/')) refuseKeys(request)
    if (request.routeOptions.config.installationOwner && !(await ownsInstallation(deps.db, request.principal)))
      throw problem('forbidden')
  })
}

/** Requests of `app` and its children name a workspace, `:w`, in which the principal has the role that the route needs. */
export function requireWorkspace(app: App, deps: Deps): void {
  const { db } = deps
  app.decorateRequest('workspace')
  app.decorateRequest('allowed')
  app.addHook('onRequest', async request => {
    const { principal } = request
    const id = workspaceId(request.params)
    const workspace = id === undefined ? undefined : await enter(db, principal, id)
    if (workspace === undefined) throw problem('not_found', { what: 'workspace' })
    const { config } = request.routeOptions
    if (!mayAct(workspace.role, roleNeeded(request.method, config))) throw problem('forbidden')
    if (config.sends && !mayAct(workspace.role, workspace.sendRole))
      throw problem('may_not_send', { role: workspace.sendRole })
    refuseKeys(request)
    request.workspace = workspace
    request.allowed = allowedOf(request, deps)
    const { stillMay } = request
    request.stillMay = async () => {
      await stillMay()
      if (!(await request.allowed.check())) throw problem('forbidden')
    }
  })
}

/** For long responses: the same checks again, for the principal of the beginning. */
function allowedOf({ principal, workspace, headers, method, routeOptions }: FastifyRequest, deps: Deps): Allowed {
  const needed = roleNeeded(method, routeOptions.config)
  const { authorization } = headers
  return {
    workspace: String(workspace.id),
    principal: principal.id,
    key: `${workspace.id} ${needed} ${principal.id} ${principal.session?.token ?? ''}`,
    async check() {
      const same = await again(deps, principal, authorization)
      const entered = same && (await enter(deps.db, same, workspace.id))
      return entered !== undefined && mayAct(entered.role, needed)
    },
  }
}

/** The current state of the principal; undefined: its session or key has ended. */
async function again(deps: Deps, principal: Principal, authorization = ''): Promise<Principal | undefined> {
  return principal.kind === 'key' ? keyOf(authorization, deps) : inSession(deps, principal)
}

async function inSession({ db }: Deps, principal: Principal): Promise<Principal | undefined> {
  const [row] = await db.query(
    sql`select from sign_ins where token = ${principal.session?.token ?? ''} and user_id = ${principal.id} and expires_at > ${new Date()}`,
    'session-again',
  )
  return row === undefined ? undefined : principal
}

function refuseKeys({ routeOptions, principal }: FastifyRequest): void {
  if (routeOptions.config.peopleOnly && principal.kind === 'key') throw problem('forbidden')
}

export async function ownsInstallation(db: Deps['db'], principal: Principal): Promise<boolean> {
  if (principal.kind !== 'user') return false
  const [row] = await db.query(sql`select from users where id = ${principal.id} and installation_owner`)
  return row !== undefined
}

async function enter(
  db: Deps['db'],
  principal: Principal,
  id: number,
): Promise<(Workspace & { role: Role }) | undefined> {
  if (principal.kind === 'user') return workspaceOf(db, principal.id, id)
  if (principal.workspaceId !== id || principal.role === null) return undefined
  const workspace = await getWorkspace(db, id)
  return workspace && { ...workspace, role: principal.role }
}

function workspaceId(params: unknown): number | undefined {
  const text = typeof params === 'object' && params !== null && 'w' in params ? String(params.w) : ''
  const id = /^\d{1,10}$/.test(text) ? Number(text) : 0
  return id >= 1 && id <= 2_147_483_647 ? id : undefined
}

async function keyOf(authorization: string, { db, clock }: Deps): Promise<Principal | undefined> {
  const key = /^Bearer +(\S+)$/i.exec(authorization)?.[1]
  const holder = key === undefined ? undefined : await findApiKey(db, key, clock.now())
  return (
    holder && {
      kind: 'key',
      id: `key:${holder.id}`,
      name: holder.name,
      email: '',
      actor: `key ${holder.id}`,
      workspaceId: holder.workspaceId,
      role: holder.role,
      session: null,
    }
  )
}

async function personOf(
  request: FastifyRequest,
  deps: AccessDeps,
  setCookies: (cookies: string[]) => void,
): Promise<Principal> {
  if (request.headers.cookie === undefined) throw problem('unauthorized')
  checkOrigin(request, deps.config.url)
  const { api } = await deps.signIn()
  const { response, headers } = await api.getSession({ headers: headersOf(request), returnHeaders: true })
  if (response === null) throw problem('unauthorized')
  // A session in use is extended once per day.
  const cookies = headers?.getSetCookie() ?? []
  if (cookies.length > 0) setCookies(cookies)
  const { user, session } = response
  return {
    kind: 'user',
    id: user.id,
    name: user.name,
    email: user.email,
    actor: `user ${user.id}`,
    workspaceId: null,
    role: null,
    session: { createdAt: session.createdAt, token: session.token, beganBy: readBeganBy(session.beganBy) },
  }
}

/** Throws cross_site if a browser says that a change comes from another site. A client without Origin is no browser. */
export function checkOrigin(request: FastifyRequest, url: string): void {
  if (request.method === 'GET' || request.method === 'HEAD') return
  const { origin, host } = request.headers
  const site = request.headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none') throw problem('cross_site')
  if (origin !== undefined && !isOwnOrigin(origin, host, new URL(url))) throw problem('cross_site')
}

/** The address of the installation, or the one that the request was sent to: over https if the installation has https. */
export function isOwnOrigin(origin: string, host: string | undefined, url: URL): boolean {
  if (!URL.canParse(origin)) return false
  const from = new URL(origin)
  if (from.origin === url.origin) return true
  return from.host === host && (url.protocol !== 'https:' || from.protocol === 'https:')
}

/** The headers that the sign-in library needs. */
export function headersOf(request: FastifyRequest): Headers {
  const headers = new Headers()
  for (const name of ['cookie', 'user-agent'] as const) {
    const value = request.headers[name]
    if (value !== undefined) headers.set(name, value)
  }
  return headers
}
