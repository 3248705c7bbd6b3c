/**
 * The log of the processes, on stderr (stdout is for the output of the CLI). JSON lines, or readable lines on a terminal. Only warnings and
 * errors by default; HOMING_LOG=info or debug writes more. Never phone numbers, texts or secrets.
 */
import pino from 'pino'
import { problem } from '../../core/problems.ts'
import { safeError } from './safe-error.ts'

export type Log = Pick<pino.Logger, 'debug' | 'info' | 'warn' | 'error'>

const LEVELS = ['silent', 'error', 'warn', 'info', 'debug']

/** Keys whose values are never written, on the first two levels of an entry. */
const SECRET = ['password', 'secret', 'token', 'authorization', 'cookie', 'apiKey', 'phone', 'text', 'connectionString']

export interface LogOptions {
  /** web, worker, simulator, start, or the name of a verb. */
  part: string
  level?: string
  /** Where lines are written; default stderr, for tests something else. */
  out?: { write(line: string): void }
  readable?: boolean
}

/** `log.info({ activity, count, ms }, 'batch submitted')` */
export function createLog({ part, level = process.env.HOMING_LOG || 'warn', out, readable }: LogOptions): pino.Logger {
  if (!LEVELS.includes(level))
    throw problem('setting_invalid', { name: 'HOMING_LOG', value: level, wanted: `one of ${LEVELS.join(', ')}` })
  const destination = out ?? pino.destination({ fd: 2, sync: true })
  const person = readable ?? (out === undefined && process.stderr.isTTY === true && process.send === undefined)
  return pino(
    {
      level,
      base: { part, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }), log: withSafeErrors },
      redact: { paths: SECRET.flatMap(key => [key, `*.${key}`]), censor: '…' },
      serializers: { err: error => error },
      hooks: { logMethod: withoutBareErrors },
    },
    person ? { write: (line: string) => void destination.write(readableLine(line)) } : destination,
  )
}

/** Replaces errors under any key, and whatever is under `err`, by what may be logged of them (safe-error.ts). */
function withSafeErrors(entry: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(entry).map(([key, value]) => {
      if (value instanceof Error || (key === 'err' && value !== undefined)) return [key, safeError(value)]
      return [key, isPlain(value) ? withSafeErrors(value) : value]
    }),
  )
}

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype

/** `log.error(error)`: pino would use its message as the sentence. */
function withoutBareErrors(this: pino.Logger, args: Parameters<pino.LogFn>, method: pino.LogFn): void {
  const [first, ...rest] = args
  if (first instanceof Error) method.apply(this, [{ err: first }, ...(rest.length > 0 ? rest : ['an error'])])
  else method.apply(this, args)
}

/** `12:00:01 warn web: gateway is slow (gateway=3, ms=4000)` */
function readableLine(line: string): string {
  const { time, level, part, pid: _, msg = '', err, ...rest } = JSON.parse(line) as Record<string, unknown>
  const details = Object.entries(rest).map(
    ([key, value]) => `${key}=${typeof value === 'object' ? JSON.stringify(value) : value}`,
  )
  const tail = details.length > 0 ? ` (${details.join(', ')})` : ''
  return `${String(time).slice(11, 19)} ${level} ${part}: ${msg}${tail}${errorLines(err)}\n`
}

function errorLines(err: unknown): string {
  if (typeof err !== 'object' || err === null) return ''
  const { at = [], ...words } = err as { at?: string[] }
  return `\n${JSON.stringify(words)}${at.map(place => `\n    at ${place}`).join('')}`
}
