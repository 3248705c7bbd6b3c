/**
 * Responses outside of Fastify's routes and hooks: invalid HTTP, endless headers, unreadable addresses. They are problem+json with the same
 * headers as any other error. Test: server/headers.db.test.ts.
 */
import { randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyReply } from 'fastify'
import { type Problem, problem } from '../../../core/problems.ts'
import { problemBody, sendProblem } from './problem-responses.ts'

/** Half a year. Only if all addresses of the installation use https: otherwise a later start with http would be unreachable on this host. */
export const strictTransport = { maxAge: 15_552_000, includeSubDomains: false }
export const strictTransportHeader = `max-age=${strictTransport.maxAge}`

/** The headers of a response without a page. */
export function bareHeaders(https: boolean): Record<string, string> {
  return {
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'referrer-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    ...(https && { 'strict-transport-security': strictTransportHeader }),
  }
}

/** For an address that Fastify cannot look up. */
export function answerUnroutable(error: { code?: string }, reply: FastifyReply, https: boolean): void {
  reply.headers(bareHeaders(https))
  // A path segment that is longer than any id names nothing.
  if (error.code === 'FST_ERR_MAX_PARAM_LENGTH') sendProblem(reply, problem('not_found', { what: 'page' }))
  else
    sendProblem(
      reply,
      problem('invalid_input', { where: 'The address', what: 'has a % without two digits of a character behind it' }),
    )
}

/** For bytes that Node could not read as a request; the connection ends with it. */
export function answerUnreadable(error: Error & { code?: string }, socket: Socket, https: boolean): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) return
  const told = problemOf(error.code)
  const body = JSON.stringify(problemBody(told, randomUUID()))
  const headers = {
    ...bareHeaders(https),
    'content-type': 'application/problem+json',
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${told.status} ${STATUS_CODES[told.status]}\r\n${lines.join('')}\r\n${body}`)
}

function problemOf(code: string | undefined): Problem {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return problem('request_slow')
  if (code === 'HPE_HEADER_OVERFLOW') return problem('headers_too_large')
  return problem('invalid_input', { where: 'The request', what: 'is not HTTP/1.1 that can be read' })
}
