/**
 * How errors leave the server: application/problem+json (RFC 9457) with the sentences of core/problems.ts.
 * Any other error is a 500 that contains only the request id; the log has the rest.
 */
import { Type } from '@fastify/type-provider-typebox'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Problem, problem } from '../../../core/problems.ts'
import { sqlState } from '../db/database.ts'
import { busy } from '../fair-queue.ts'
import type { Log } from '../log.ts'
import { faultOfFormat } from './formats.ts'

/** The body of every error. `code` is stable; `title` and `fix` are sentences for people; `errors` are the single faults of an input. */
export const ProblemSchema = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.String(),
    detail: Type.String(),
    fix: Type.String(),
    instance: Type.Optional(Type.String()),
    errors: Type.Optional(Type.Array(Type.Object({ where: Type.String(), what: Type.String() }))),
  },
  { $id: 'Problem', description: 'RFC 9457 problem details' },
)

/** For a 503 without its own time. */
const retryAfterSeconds = 5

interface Fault {
  where: string
  what: string
}

/** One fault of a schema check, as TypeBox reports it. */
interface SchemaFault {
  instancePath?: string
  message?: string
  keyword?: string
  params?: Record<string, unknown>
}

export function problemBody(error: Problem, instance: string, errors?: Fault[]) {
  return {
    type: `urn:homing:problem:${error.code}`,
    title: error.title,
    status: error.status,
    code: error.code,
    detail: error.message,
    fix: error.fix,
    instance: `urn:uuid:${instance}`,
    ...(errors === undefined ? {} : { errors }),
  }
}

export function sendProblem(reply: FastifyReply, error: Problem, errors?: Fault[]): FastifyReply {
  if (error.status === 503) reply.header('retry-after', Number(error.details.seconds ?? retryAfterSeconds))
  if (error.status === 401) reply.header('www-authenticate', 'Bearer realm="homing"')
  return reply
    .code(error.status)
    .type('application/problem+json')
    .serializer(JSON.stringify)
    .send(problemBody(error, reply.request.id, errors))
}

export function answerProblems(app: Pick<FastifyInstance, 'setErrorHandler'>, log: Log): void {
  app.setErrorHandler((error: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const faults = schemaFaults(error)
    if (faults !== undefined) return sendProblem(reply, problem('invalid_input', { ...faults[0] }), faults)
    const known = knownProblem(error)
    if (known !== undefined) return sendProblem(reply, known, placeOf(known))
    // The client disconnected before its body was complete: no one reads a response, and nothing is wrong here.
    if (request.raw.destroyed && !request.raw.complete) return reply.code(499).send()
    log.error(
      { err: error, request: request.id, route: request.routeOptions.url },
      'an error that no sentence stands for',
    )
    return sendProblem(reply, problem('internal'))
  })
}

/** The place of a fault that a verb found, for the field of a form or the condition of a segment. */
function placeOf({ details: { where, what }, title }: Problem): Fault[] | undefined {
  return typeof where === 'string' ? [{ where, what: typeof what === 'string' ? what : title }] : undefined
}

/** Our problems, and errors of Fastify and PostgreSQL that a client caused. */
function knownProblem(error: unknown): Problem | undefined {
  if (error instanceof Problem) return error
  const state = sqlState(error)
  if (state === '22021' || state === '22P05') {
    // PostgreSQL accepts no U+0000 in text.
    return problem('invalid_input', { where: 'A text', what: 'holds the character U+0000, which cannot be stored' })
  }
  // Statement timeout, and lock timeout.
  if (state === '57014') return busy('the database took too long for this', error)
  if (state === '55P03') return busy('what this needs is being written by another request', error)
  if (state === '53300' || state === '57P03' || state === '57P01' || isUnreachable(error))
    return problem('database_away', {}, { cause: error })
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined
  if (error.statusCode === 413) return problem('body_too_large')
  if (error.statusCode === 415) return problem('media_type')
  if (error.statusCode === 429) return problem('too_many_requests')
  if (error.statusCode === 404) return problem('not_found', { what: 'page' })
  if (error.statusCode === 400) return problem('invalid_input', { where: 'The request', what: error.message })
  return undefined
}

function isUnreachable(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    (error.code === 'ECONNREFUSED' || error.code === 'ENOENT' || error.code === 'ECONNRESET') &&
    'syscall' in error &&
    error.syscall === 'connect'
  )
}

/** Where and what, in words, for each fault; undefined for any other error. */
function schemaFaults(error: unknown): [Fault, ...Fault[]] | undefined {
  if (!(error instanceof Error) || !('validation' in error) || !Array.isArray(error.validation)) return undefined
  const part =
    'validationContext' in error && typeof error.validationContext === 'string' ? error.validationContext : 'body'
  const [first, ...others] = faultsInWords(part, error.validation)
  // A closed union reports every branch; the first faults are enough.
  return [first ?? { where: part, what: 'does not fit the schema' }, ...others.slice(0, 9)]
}

/** `part`: the name of what was checked; the places begin with it. */
export function faultsInWords(part: string, faults: readonly SchemaFault[]): Fault[] {
  return faults.map(fault => faultInWords(part, fault)).filter(fault => fault !== undefined)
}

function faultInWords(part: string, fault: SchemaFault): Fault | undefined {
  const at = (fault.instancePath ?? '').split('/').filter(step => step !== '')
  const where = (steps: string[]) => (steps.length === 0 ? part : `${part}.${steps.join('.')}`)
  const names = (key: string) => (Array.isArray(fault.params?.[key]) ? fault.params[key].map(String) : [])
  if (fault.keyword === 'required') {
    const missing = names('requiredProperties')
    return { where: where([...at, ...missing.slice(0, 1)]), what: 'is missing' }
  }
  if (fault.keyword === 'additionalProperties' || fault.keyword === 'unevaluatedProperties') {
    const unknown = names('additionalProperties').concat(names('unevaluatedProperties'))
    return { where: where([...at, ...unknown.slice(0, 1)]), what: 'is not a known field' }
  }
  if (fault.keyword === 'boolean' || fault.keyword === 'anyOf') return undefined
  return { where: where(at), what: wordsOf(fault) }
}

/** What is wrong with a value, in words. */
export function wordsOf({ keyword, params, message }: Pick<SchemaFault, 'keyword' | 'params' | 'message'>): string {
  if (keyword === 'enum' && Array.isArray(params?.allowedValues)) return notOneOf(params.allowedValues)
  if (keyword === 'const' && params !== undefined && 'allowedValue' in params) return notOneOf([params.allowedValue])
  const format = keyword === 'format' ? faultOfFormat(String(params?.format)) : undefined
  return format ?? message ?? 'does not fit the schema'
}

const mostListed = 40

function notOneOf(allowed: readonly unknown[]): string {
  const listed = allowed.slice(0, mostListed).map(String).join(', ')
  const more = allowed.length - mostListed
  return `must be ${allowed.length === 1 ? '' : 'one of: '}${listed}${more > 0 ? ` and ${more} more` : ''}`
}
