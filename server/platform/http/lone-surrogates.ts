/**
 * Replaces half characters in request bodies: a lone surrogate (\ud83d of an emoji that was cut in two) becomes U+FFFD. PostgreSQL would
 * replace it in a text column but refuse it in a JSON column; here every text is the same before any route reads it.
 */
import type { FastifyInstance } from 'fastify'

import { shapeFault } from './json-shape.ts'

/** A lone surrogate can only arrive as an escape: the UTF-8 decoder has replaced invalid bytes already. */
const escapedSurrogate = /\\ud[89a-f]/i

export function takeWholeTexts(
  app: Pick<FastifyInstance, 'addContentTypeParser' | 'removeContentTypeParser' | 'getDefaultJsonParser'>,
): void {
  // Any site may send text/plain without a CORS preflight.
  app.removeContentTypeParser('text/plain')
  // A name like __proto__ is an ordinary name: it is an own property here, and copies copy own properties.
  const parse = app.getDefaultJsonParser('ignore', 'ignore')
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, text, done) => {
    const fault = shapeFault(text)
    if (fault !== undefined) return done(fault)
    const whole = escapedSurrogate.test(text)
    void parse(request, text, (error, body: unknown) => done(error, whole && error === null ? wholeTexts(body) : body))
  })
}

function wholeTexts(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed()
  if (Array.isArray(value)) return value.map(wholeTexts)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key.toWellFormed(), wholeTexts(inner)]))
}
