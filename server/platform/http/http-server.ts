/**
 * The HTTP server of the web process: Fastify with TypeBox schemas, problem+json errors, security headers and limits.
 *
 * How a folder adds its routes: its `routes.ts` exports `async function routes(app: App, deps: Deps)`; `app.ts` registers it
 * under `/api/v1/workspaces/:w`, so paths in it are relative ("/activities/:id"). There the request has `request.workspace`
 * and `request.principal` (access/principal.ts); another workspace is a 404 before the handler runs. GET needs the role
 * viewer, everything else editor, unless the route says `config: { role: 'admin' }`.
 *
 * What always holds: a body with a field that its schema does not name is refused (nothing is dropped silently); values of
 * bodies are not converted (those of params and query strings are); no header, number or text is logged.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import fastifyHelmet from '@fastify/helmet'
import fastifyRateLimit from '@fastify/rate-limit'
import { type TypeBoxTypeProvider, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type RawReplyDefaultExpression,
  type RawRequestDefaultExpression,
  type RawServerDefault,
} from 'fastify'
import type { Clock } from '../clock.ts'
import type { Database } from '../db/database.ts'
import type { Log } from '../log.ts'
import type { ReachCheck } from '../reach.ts'
import type { Keyring } from '../secrets/keyring.ts'
import { answerUnreadable, answerUnroutable, strictTransport, strictTransportHeader } from './bare-answers.ts'
import { type ConnectionLimits, connectionLimits, limitConnections, serverOptions } from './client-timeouts.ts'
import { formatsOfAnswers, registerFormats } from './formats.ts'
import type { Live } from './live.ts'
import { takeWholeTexts } from './lone-surrogates.ts'
import { answerProblems } from './problem-responses.ts'
import { endWhenStalled } from './stalled-response.ts'
import type { StillAllowed } from './still-allowed.ts'
import { makeVisitorOf, nobodyTrusted, type VisitorOf } from './visitor.ts'

export interface WebConfig {
  /** The address that people use (config.ts, `addresses`). No trailing slash. */
  url: string
  /** The base of short links: {linkUrl}/{code}. No trailing slash. */
  linkUrl: string
  /** The data folder (uploads, rejected rows, spool), absolute. */
  dataFolder: string
  /** The built UI, absolute; null: only the API. */
  uiFolder: string | null
  /** The visitor of a request, for limits; default: the address of its socket. Not Fastify's trustProxy, which would trust X-Forwarded-Host and -Proto too. */
  visitorOf?: VisitorOf
  /** Addresses at which gateways are allowed; default: no private address. */
  reach?: ReachCheck
  /** How long a client may read nothing of its response; default: stalled-response.ts. */
  readerMs?: number
  /** How long a page waits for a count of a segment before it continues in the background; default: segments/routes.ts. */
  countMs?: number
  /** Limits on slow and on many clients; default: client-timeouts.ts. */
  limits?: Partial<ConnectionLimits>
}

/** Everything that a route may use. There are no singletons: a test can create several. */
export interface Deps {
  /** of the request's lane (request-pools.ts) */
  db: Database
  /** business time */
  clock: Clock
  /** of the installation's secrets */
  keys: Keyring
  config: WebConfig
  live: Live
  stillAllowed: StillAllowed
  log: Log
}

export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

/** Answers a request before all routes (short links, opt-out pages); false: not handled. */
export type FrontHandler = (request: IncomingMessage, response: ServerResponse) => boolean

export interface HttpOptions {
  config: WebConfig
  log: Log
  front?: FrontHandler | undefined
  /** Hashes of the inline scripts of the UI's page, for the content security policy. */
  scriptHashes?: string[]
}

const mebibyte = 1024 * 1024
const slowRequest = Object.assign(new Error('a body that does not come'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' })

export async function makeHttp({ config, log, front, scriptHashes = [] }: HttpOptions): Promise<App> {
  registerFormats()
  const https = config.url.startsWith('https:')
  const linksOverHttps = config.linkUrl.startsWith('https:')
  const app = Fastify({
    logger: false,
    bodyLimit: 4 * mebibyte,
    forceCloseConnections: 'idle',
    genReqId: () => crypto.randomUUID(),
    trustProxy: false,
    clientErrorHandler: (error, socket) => answerUnreadable(error, socket, https),
    frameworkErrors: (error, _request, reply) => answerUnroutable(error, reply, https),
    routerOptions: { maxParamLength: 200, ignoreTrailingSlash: true },
    serializerOpts: { ajv: { formats: { ...formatsOfAnswers } } },
    serverFactory: handler => {
      const limits = { ...connectionLimits, ...config.limits }
      const server = createServer(serverOptions(limits), (request, response) => {
        began(request, response)
        // Pages and the API set it again, by their own address.
        if (linksOverHttps) response.setHeader('strict-transport-security', strictTransportHeader)
        // Every response of `front` fits into the buffers of its connection.
        if (front?.(request, response) === true) return
        if (!https) response.removeHeader('strict-transport-security')
        endWhenStalled(response, config.readerMs)
        handler(request, response)
      })
      const began = limitConnections(server, limits, socket => answerUnreadable(slowRequest, socket, https))
      server.maxHeadersCount = 100
      return server
    },
  })
    .withTypeProvider<TypeBoxTypeProvider>()
    .setValidatorCompiler(TypeBoxValidatorCompiler)
  answerProblems(app, log)
  takeWholeTexts(app)
  await app.register(fastifyHelmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'self'"],
        'base-uri': ["'self'"],
        'form-action': ["'self'"],
        'frame-ancestors': ["'none'"],
        'object-src': ["'none'"],
        'img-src': ["'self'", 'data:'],
        'font-src': ["'self'", 'data:'],
        'script-src': ["'self'", ...scriptHashes.map(hash => `'sha256-${hash}'`)],
        // Mantine writes its colour variables into a <style> element of the page.
        'style-src': ["'self'", "'unsafe-inline'"],
      },
    },
    strictTransportSecurity: https ? strictTransport : false,
    xFrameOptions: { action: 'deny' },
    referrerPolicy: { policy: 'same-origin' },
  })
  const { visitorOf = makeVisitorOf(nobodyTrusted) } = config
  await app.register(fastifyRateLimit, {
    global: false,
    max: 20,
    timeWindow: 60_000,
    keyGenerator: request => visitorOf(request.raw).limitKey ?? '',
    allowList: (_request, key) => key === '',
  })
  app.addHook('preValidation', async request => {
    // A missing body counts as an empty object: required fields are then named, and the others may be omitted.
    const { method, headers, routeOptions } = request
    const none = request.body === undefined && headers['content-type'] === undefined
    if (none && method !== 'GET' && method !== 'HEAD' && routeOptions.schema?.body !== undefined) request.body = {}
  })
  app.addHook('onSend', async (request, reply) => {
    reply.header('x-request-id', request.id)
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store')
  })
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none'
    const ms = Math.round(reply.elapsedTime)
    if (reply.statusCode >= 500) log.error({ method: request.method, route, status: reply.statusCode, ms }, 'answered')
    else log.debug({ method: request.method, route, status: reply.statusCode, ms }, 'answered')
  })
  return app
}
