/** Sign-in by password, and sign-out. Without a principal; limited by address and by login name (tries.ts). */
import { Type } from '@fastify/type-provider-typebox'
import { Problem, problem } from '../../core/problems.ts'
import type { App } from '../platform/http/http-server.ts'
import { makeVisitorOf, nobodyTrusted } from '../platform/http/visitor.ts'
import { signInByPassword, signOut } from './come-and-go.ts'
import { maxPasswordLength } from './password-rules.ts'
import { type AccessDeps, checkOrigin, headersOf } from './principal.ts'
import { cookiesOf } from './sign-in.ts'

const limited = { rateLimit: { max: 30, timeWindow: 60_000 } }
const Done = Type.Object({ ok: Type.Literal(true) })

export async function signInRoutes(app: App, { db, clock, signIn, config }: AccessDeps): Promise<void> {
  const { visitorOf = makeVisitorOf(nobodyTrusted) } = config
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
      const library = await signIn()
      const { nameSecret: secret } = library
      const name = request.body.email.trim().toLowerCase()
      const by = { secret, name, network: visitorOf(request.raw).limitKey }
      const token = await signInByPassword(db, by, request.body.password, clock.now()).catch((error: unknown) => {
        if (error instanceof Problem && error.code === 'sign_in_wait')
          reply.header('retry-after', String(error.details.seconds))
        throw error
      })
      if (token === undefined) throw problem('sign_in_refused')
      reply.header('set-cookie', await cookiesOf(library, token))
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
      reply.header('set-cookie', await signOut(db, await signIn(), headersOf(request), clock.now()))
      return { ok: true } as const
    },
  )
}
