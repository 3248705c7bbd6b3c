/**
 * A body's texts are whole: half of a character (a lone surrogate, as \ud83d of an emoji that was cut in two) becomes U+FFFD.
 * PostgreSQL would do so in a column of text but refuse it in one of JSON; here, every text is the same before any route reads it.
 */
import type { FastifyInstance } from 'fastify'

/** Only written as an escape can a half come in: of bytes that are none the decoder has made U+FFFD already. */
const escapedSurrogate = /\\ud[89a-f]/i

export function takeWholeTexts(
  app: Pick<FastifyInstance, 'addContentTypeParser' | 'removeContentTypeParser' | 'getDefaultJsonParser'>,
): void {
  // Every site may send plain text, without a question to us before.
  app.removeContentTypeParser('text/plain')
  const parse = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, text, done) => {
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
