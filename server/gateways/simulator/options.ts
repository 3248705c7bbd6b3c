/** How is the simulator set up? One typed object, its defaults, and the variables that set it from outside. */
import { problem } from '../../../core/problems.ts'
import { trimEndWhere } from '../../../core/trim.ts'
import { simulatorLogin } from './login.ts'
import { checkedShares, type Shares } from './population.ts'

export type SimulatorOptions = {
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  /** This port or, where it is taken, one of the next; 0: the one of the last time, or any. */
  readonly near: number
  /** Where journal and count file live; undefined: nothing is kept. */
  readonly folder: string | undefined
  readonly seed: number
  /** binds as it, or with `-` and something behind it, are accounts of their own */
  readonly systemId: string
  readonly password: string
  /** Submits a second above which the answer is 0x58; 0: none. */
  readonly throttlePerSecond: number
  readonly shares: Shares
  /** Real milliseconds from the submit to the receipt. */
  readonly receiptDelayMs: readonly [number, number]
  /** Real milliseconds from the delivery to each visit. */
  readonly visitDelayMs: readonly [number, number]
  /** Business milliseconds that a person takes to read before the first step, and between two steps. */
  readonly readingMs: readonly [first: number, between: number]
  /** What "late" means, in business milliseconds; never less than a real second. */
  readonly lateMs: number
  /** Business time that passes in a unit of real time. */
  readonly clockRate: number
  /** What the links begin with that people open, e.g. `http://127.0.0.1:8080`; empty: they open none. Never beyond this machine. */
  readonly linkOrigins: readonly string[]
  /** Receipts without an answer a session. */
  readonly window: number
}

export const defaultOptions: SimulatorOptions = {
  host: '127.0.0.1',
  port: 0,
  near: 0,
  folder: undefined,
  seed: 1,
  ...simulatorLogin,
  throttlePerSecond: 0,
  shares: checkedShares(),
  receiptDelayMs: [50, 500],
  visitDelayMs: [200, 2000],
  // Nobody reads in 2 seconds, and who is back within 10 has tapped twice.
  readingMs: [2_500, 12_000],
  lateMs: 600_000,
  clockRate: 1,
  linkOrigins: [],
  window: 1000,
}

/**
 * Reads `HOMING_CLOCK_RATE` and `HOMING_SIMULATOR_PORT`, `_FOLDER`, `_SEED`, `_THROTTLE`, `_RECEIPT_DELAY_MS` and
 * `_VISIT_DELAY_MS` (`50-500`), `_SHARES` (`click=0,hard=0.1`), `_LINK_ORIGINS` (by comma). Throws invalid_input with the
 * variable's name.
 */
export function simulatorOptionsFromEnv(env: Readonly<Record<string, string | undefined>>): SimulatorOptions {
  const prefix = 'HOMING_SIMULATOR_'
  const text = (name: string) => env[prefix + name]?.trim() || undefined
  return {
    ...defaultOptions,
    port: numberOf(`${prefix}PORT`, text('PORT'), 0, 65_535) ?? defaultOptions.port,
    folder: text('FOLDER'),
    seed: numberOf(`${prefix}SEED`, text('SEED'), 0, 0xffff_ffff) ?? defaultOptions.seed,
    throttlePerSecond: numberOf(`${prefix}THROTTLE`, text('THROTTLE'), 0, 1e9) ?? 0,
    clockRate: numberOf('HOMING_CLOCK_RATE', env.HOMING_CLOCK_RATE?.trim() || undefined, 1, 1e6) ?? 1,
    receiptDelayMs: spanOf(`${prefix}RECEIPT_DELAY_MS`, text('RECEIPT_DELAY_MS')) ?? defaultOptions.receiptDelayMs,
    visitDelayMs: spanOf(`${prefix}VISIT_DELAY_MS`, text('VISIT_DELAY_MS')) ?? defaultOptions.visitDelayMs,
    shares: sharesFrom(`${prefix}SHARES`, text('SHARES')),
    linkOrigins: (text('LINK_ORIGINS') ?? '')
      .split(',')
      .filter(origin => origin.trim() !== '')
      .map(origin => originOf(`${prefix}LINK_ORIGINS`, origin.trim())),
  }
}

function numberOf(where: string, text: string | undefined, least: number, most: number): number | undefined {
  if (text === undefined) return undefined
  const number = Number(text)
  if (number >= least && number <= most) return number
  throw problem('invalid_input', { where, what: `"${text}" is no number from ${least} to ${most}` })
}

function spanOf(where: string, text: string | undefined): [number, number] | undefined {
  if (text === undefined) return undefined
  const found = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(text)
  const from = Number(found?.[1])
  const to = Number(found?.[2] ?? found?.[1])
  if (from <= to) return [from, to]
  throw problem('invalid_input', { where, what: `"${text}" is no span of milliseconds such as 50-500` })
}

function sharesFrom(where: string, text: string | undefined): Shares {
  const entries = (text ?? '')
    .split(',')
    .filter(entry => entry.trim() !== '')
    .map(entry => entry.split('='))
  const known = Object.keys(defaultOptions.shares)
  for (const [name = '', value] of entries) {
    if (!known.includes(name.trim()) || value === undefined) {
      throw problem('invalid_input', { where, what: `"${name}" is no share; known are ${known.join(', ')}` })
    }
  }
  return checkedShares(Object.fromEntries(entries.map(([name = '', value]) => [name.trim(), Number(value)])))
}

function originOf(where: string, text: string): string {
  const url = URL.parse(text)
  if (url && url.origin !== 'null') return url.origin + trimEndWhere(url.pathname, character => character === '/')
  throw problem('invalid_input', { where, what: `"${text}" is no address such as http://127.0.0.1:8080` })
}
