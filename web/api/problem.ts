/**
 * An error response of the server, as problem+json: `title` says what happened, `fix` what to do. The texts come from
 * core/problems.ts; only failures to reach the server have their text here.
 */
export class ApiProblem extends Error {
  readonly status: number
  readonly code: string
  readonly title: string
  readonly fix: string
  readonly details: Readonly<Record<string, unknown>>
  /** single faults of what was sent, with their places: `settings.port` */
  readonly faults: readonly { where: string; what: string }[]
  /** From the header Retry-After; undefined: the response has none. */
  readonly retryAfterSeconds: number | undefined

  constructor(status: number, body: unknown, retryAfter?: string | null) {
    const words = isRecord(body) ? body : {}
    const title = text(words.title) ?? `The server answered ${status}.`
    super(title)
    this.name = 'ApiProblem'
    this.status = status
    this.code = text(words.code) ?? 'unknown'
    this.title = title
    this.fix =
      text(words.fix) ?? text(words.detail) ?? 'Try again. If it persists, ask the person who runs this server.'
    this.retryAfterSeconds = /^\d{1,4}$/.test(retryAfter ?? '') ? Number(retryAfter) : undefined
    this.details = isRecord(words.details) ? words.details : {}
    const errors: readonly unknown[] = Array.isArray(words.errors) ? words.errors : []
    this.faults = errors.flatMap(one =>
      isRecord(one) ? [{ where: text(one.where) ?? '', what: text(one.what) ?? title }] : [],
    )
  }
}

const unreachable = {
  code: 'unreachable',
  title: 'The server does not answer.',
  fix: 'Check your connection; this page tries again automatically.',
}

/** Anything thrown, as a problem. A request without a response is `unreachable` with status 0. */
export function asProblem(thrown: unknown): ApiProblem {
  if (thrown instanceof ApiProblem) return thrown
  if (thrown instanceof TypeError) return new ApiProblem(0, unreachable)
  return new ApiProblem(0, {
    code: 'page',
    title: 'Something went wrong on this page.',
    fix: thrown instanceof Error ? thrown.message : 'Reload the page.',
  })
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
