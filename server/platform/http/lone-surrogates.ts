/**
 * A body's texts are whole: half of a character (a lone surrogate, as \ud83d of an emoji that was cut in two) becomes U+FFFD.
 * PostgreSQL would do so in a column of text but refuse it in one of JSON; here, every text is the same before any route reads it.
 */
import type { FastifyInstance } from 'fastify'

import { shapeFault } from './json-shape.ts'

/** Only written as an escape can a half come in: of bytes that are none the decoder has made U+FFFD already. */
const escapedSurrogate = /\\ud[89a-f]/i

export function takeWholeTexts(
  app: Pick<FastifyInstance, 'addContentTypeParser' | 'removeContentTypeParser' | 'getDefaultJsonParser'>,
): void {
  // Every site may send plain text, without a question to us before.
  app.removeContentTypeParser('text/plain')
  // A name like __proto__ is a name as any other: it is an own property here, and who copies one copies own properties.
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
