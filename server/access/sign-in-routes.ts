/** Coming in and going out: password, one-time link, sign-out. The only routes without a principal; limited by address. */
import { Type } from '@fastify/type-provider-typebox'
import { problem } from '../../core/problems.ts'
import type { App } from '../platform/http.ts'
import { maxPasswordLength } from './me.ts'
import { type AccessDeps, checkOrigin, headersOf } from './principal.ts'

const limited = { rateLimit: { max: 10, timeWindow: 60_000 } }
const Done = Type.Object({ ok: Type.Literal(true) })

export async function signInRoutes(app: App, { signIn, config }: AccessDeps): Promise<void> {
  app.post(
    '/api/auth/sign-in/email',
    {
      config: limited,
      schema: {
        operationId: 'signIn',
        summary: 'Sign in with e-mail and password; sets the session cookie',
        tags: ['access'],
        security: [],
        body: Type.Object(
          { email: Type.String({ maxLength: 254 }), password: Type.String({ maxLength: maxPasswordLength }) },
          { additionalProperties: false },
        ),
        response: { 200: Done },
      },
    },
    async (request, reply) => {
      checkOrigin(request, config.url)
      const email = request.body.email.trim().toLowerCase()
      const { api } = await signIn()
      const { headers } = await api
        .signInEmail({
          body: { email, password: request.body.password },
          headers: headersOf(request),
          returnHeaders: true,
        })
        .catch((error: unknown) => {
          if (isRefusal(error)) throw problem('sign_in_refused')
          throw error
        })
      reply.header('set-cookie', headers?.getSetCookie() ?? [])
      return { ok: true } as const
    },
  )

  app.post(
    '/api/auth/sign-out',
    {
      schema: {
        operationId: 'signOut',
        summary: 'End the session of this cookie',
        tags: ['access'],
        security: [],
        body: Type.Optional(Type.Object({}, { additionalProperties: false })),
        response: { 200: Done },
      },
    },
    async (request, reply) => {
      checkOrigin(request, config.url)
      const { api } = await signIn()
      const { headers } = await api.signOut({ headers: headersOf(request), returnHeaders: true })
      reply.header('set-cookie', headers?.getSetCookie() ?? [])
      return { ok: true } as const
    },
  )

  app.get(
    '/sign-in-link/:token',
    {
      // A HEAD by a link preview must not use the link up.
      exposeHeadRoute: false,
      config: { rateLimit: { max: 30, timeWindow: 60_000 } },
      schema: { hide: true, params: Type.Object({ token: Type.String({ maxLength: 100 }) }) },
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-store')
      const { api } = await signIn()
      const redeemed = await api
        .magicLinkVerify({ query: { token: request.params.token }, headers: headersOf(request), returnHeaders: true })
        .catch((error: unknown) => {
          if (isRefusal(error)) return undefined
          throw error
        })
      if (redeemed === undefined) return reply.redirect('/sign-in?problem=link', 303)
      reply.header('set-cookie', redeemed.headers?.getSetCookie() ?? [])
      return reply.redirect('/', 303)
    },
  )
}

/** An answer of better-auth that says no (a redirect to an error page, 400, 401, 403), not a fault of ours. */
function isRefusal(error: unknown): boolean {
  return (
    error instanceof Error &&
    error.name === 'APIError' &&
    'statusCode' in error &&
    typeof error.statusCode === 'number' &&
    error.statusCode < 500
  )
}
