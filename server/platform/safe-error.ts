/**
 * What may a log contain of an error? Messages quote their input: PostgreSQL the row, a parser the text, fetch the address; each may contain a
 * person's number. So the message is never written. The rest is enough to find the fault: class, code, names of table and
 * constraint, the system call, and the frames of our own code.
 *
 * Every line about an error is made here: those of the log (log.ts), of a process that ends, and of uncaught errors.
 */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Problem } from '../../core/problems.ts'

export interface SafeError {
  type: string
  code?: string
  /** only for errors whose words contain no value: see `fixed` */
  message?: string
  table?: string
  column?: string
  constraint?: string
  syscall?: string
  at?: string[]
  cause?: SafeError
  /** of an AggregateError */
  errors?: SafeError[]
}

const root = fileURLToPath(new URL('../..', import.meta.url)).replaceAll('\\', '/')
const mostFrames = 12
const deepest = 3

/** SQLSTATE classes about connections, sign-in, resources and the server: their messages quote no row. */
const ofServer = new Set(['08', '25', '28', '3D', '40', '53', '55', '57', '58'])

/** Messages of V8, Node and `pg` into which no value is inserted, or their part before the value. */
const fixed =
  /^(?:Cannot (?:read|set) properties of (?:undefined|null)|Cannot destructure property|Maximum call stack size exceeded|Invalid array length|Invalid time value|Invalid string length|Assignment to constant variable|timeout expired|Connection terminated(?: unexpectedly| due to connection timeout)?|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error and is not queryable|Invalid URL|fetch failed|terminated|aborted|The operation was aborted(?: due to timeout)?|This operation was aborted)/

export function safeError(error: unknown, depth = 0): SafeError {
  if (!(error instanceof Error)) return { type: typeof error }
  const safe: SafeError = { type: wordOf(error.name) ?? 'Error' }
  const code = wordOf(fieldOf(error, 'code'))
  if (code !== undefined) safe.code = code
  const message = messageOf(error)
  if (message !== undefined) safe.message = message
  for (const key of ['table', 'column', 'constraint', 'syscall'] as const) {
    const value = wordOf(fieldOf(error, key))
    if (value !== undefined) safe[key] = value
  }
  const at = framesOf(error)
  if (at.length > 0) safe.at = at
  if (depth < deepest) {
    if (error instanceof AggregateError) safe.errors = error.errors.slice(0, 3).map(one => safeError(one, depth + 1))
    if (error.cause !== undefined) safe.cause = safeError(error.cause, depth + 1)
  }
  return safe
}

/** The same for a person, on several lines. */
export function inLines(error: unknown): string {
  const { type, code, message, table, column, constraint, syscall, at, cause, errors } = safeError(error)
  const details = Object.entries({ code, syscall, table, column, constraint })
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key} ${value}`)
  const head = [message === undefined ? type : `${type}: ${message}`, ...details].join(', ')
  const more = [cause, ...(errors ?? [])].filter(one => one !== undefined)
  return [
    head,
    ...(at ?? []).map(place => `    at ${place}`),
    ...more.map(one => `  because of ${[one.type, one.code, ...(one.at ?? []).slice(0, 2)].filter(Boolean).join(' ')}`),
  ].join('\n')
}

function messageOf(error: Error): string | undefined {
  // A sentence of ours with placeholders: the code replaces it.
  if (error instanceof Problem) return undefined
  if (isOfDatabase(error)) return wordsOfServer(error)
  return fixed.exec(error.message)?.[0]
}

/** PostgreSQL's message about itself: password, missing database, full disk. Undefined if it may quote a row. */
export function wordsOfServer(error: unknown): string | undefined {
  if (!isOfDatabase(error) || !ofServer.has(String(error.code).slice(0, 2))) return undefined
  return error.message.slice(0, 200).replaceAll(/\s+/g, ' ')
}

function isOfDatabase(error: unknown): error is Error & { code: string } {
  return error instanceof Error && /^[0-9A-Z]{5}$/.test(String(fieldOf(error, 'code'))) && 'severity' in error
}

function fieldOf(error: Error, key: string): unknown {
  const value: unknown = Object.getOwnPropertyDescriptor(error, key)?.value
  return value
}

/** A name or a code, as programs write them; anything else may be a value. */
function wordOf(value: unknown): string | undefined {
  return typeof value === 'string' && /^[A-Za-z_][\w.-]{0,62}$|^[0-9][0-9A-Z]{4}$/.test(value) ? value : undefined
}

/** Paths of our files are shorter, and the pattern below takes quadratic time. */
const longestFrame = 500

const known = new Map<string, boolean>()

/** Only lines that name an existing file of ours: the text before them is the message, which may look like anything. */
function framesOf(error: Error): string[] {
  const stack = typeof error.stack === 'string' ? error.stack : ''
  const frames: string[] = []
  for (const line of stack.split('\n')) {
    if (line.length > longestFrame) continue
    const [, path, at] = /^ {4}at .*?(?:file:\/\/)?([A-Za-z]?:?[\\/][^():]*):(\d+:\d+)\)?$/.exec(line) ?? []
    const slashed = path?.replaceAll('\\', '/') ?? ''
    const index = slashed.indexOf(root)
    if (at === undefined || index < 0 || slashed.includes('/node_modules/')) continue
    const file = slashed.slice(index + root.length)
    if (!/^(?:core|server|test|e2e|bench|web)\/[\w./-]+$/.test(file) || !isOurs(file)) continue
    frames.push(`${file}:${at}`)
    if (frames.length === mostFrames) break
  }
  return frames
}

function isOurs(file: string): boolean {
  const before = known.get(file)
  if (before !== undefined) return before
  if (known.size > 2000) known.clear()
  const is = existsSync(`${root}${file}`)
  known.set(file, is)
  return is
}
