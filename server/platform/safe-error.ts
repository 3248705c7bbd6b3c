/**
 * What may a log say about an error? Messages quote what was read: PostgreSQL the row, a parser the text, fetch the address, a person's
 * number in each of them. So a message is never written. What is left says enough to find the fault: the class, the code, the names of
 * table and constraint, which call of the system failed, and the places of our own code on the stack.
 *
 * Every line about an error is made here: the log's (log.ts), the last words of a process, and what nobody caught.
 */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Problem } from '../../core/problems.ts'

export interface SafeError {
  type: string
  code?: string
  /** only of errors whose words hold no value: see `fixed` */
  message?: string
  table?: string
  column?: string
  constraint?: string
  syscall?: string
  at?: string[]
  cause?: SafeError
  /** of several failures at once */
  errors?: SafeError[]
}

const root = fileURLToPath(new URL('../..', import.meta.url)).replaceAll('\\', '/')
const mostFrames = 12
const deepest = 3

/** Classes of SQLSTATE about connections, sign-in, resources and the server: their words name no value of a row. */
const ofServer = new Set(['08', '25', '28', '3D', '40', '53', '55', '57', '58'])

/** Words that V8, Node and `pg` use, in which no value is filled in, or before one. */
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

/** The same for a person, on lines of their own. */
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
  // A sentence of ours with holes for values: the code stands for it.
  if (error instanceof Problem) return undefined
  if (isOfDatabase(error)) return wordsOfServer(error)
  return fixed.exec(error.message)?.[0]
}

/** What PostgreSQL says of itself: of a password, a missing database, a full disk. Undefined where its words may quote a row. */
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

/** The path of a file of ours is shorter, and the pattern below takes quadratic time. */
const longestFrame = 500

const known = new Map<string, boolean>()

/** Only lines that name a file of ours which exists: what stands before them is the message, which may look like anything. */
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
