/**
 * What does a code mean? One look-up over the tables of all protocols, by the prefix. A protocol with codes of its own (the API of a
 * provider) is a table in a file beside this one and a line in `ofGateways`.
 */
import { type Code, type CodeRow, codeRow } from './code.ts'
import { dlrRow, messageStates } from './dlr.ts'
import { gsmErrors, gsmRow } from './gsm.ts'
import { homingCodes, homingRow } from './homing.ts'
import { commandStatuses, smppRow } from './smpp.ts'
import { smtpCodes, smtpRow } from './smtp-codes.ts'
import { vonageErrors, vonageRow } from './vonage.ts'

interface CodeTable {
  readonly rows: readonly CodeRow[]
  /** Undefined where it has no row for the code. */
  find(code: string): CodeRow | undefined
}

const ofGateways: readonly (readonly [string, CodeTable])[] = [
  ['smpp', { rows: commandStatuses, find: smppRow }],
  ['dlr', { rows: messageStates, find: dlrRow }],
  ['gsm', { rows: gsmErrors, find: gsmRow }],
  ['smtp', { rows: smtpCodes, find: smtpRow }],
  ['vonage', { rows: vonageErrors, find: vonageRow }],
]

/** By their prefix. */
export const codeTables: ReadonlyMap<string, CodeTable> = new Map([
  ...ofGateways,
  ['homing', { rows: homingCodes, find: homingRow }],
])

/** Never throws: a code whose prefix or rest is in no table has the class unknown_code. */
export function lookUpCode(code: string): CodeRow {
  return codeTables.get(prefixOf(code))?.find(code) ?? unknownCode(code)
}

/** The reason in words for a marketer. */
export const describeCode = (code: string): string => lookUpCode(code).words

const prefixOf = (code: string) => code.slice(0, Math.max(0, code.indexOf(':')))

function unknownCode(code: string): CodeRow {
  return codeRow({
    code: withPrefix(code),
    name: '',
    class: 'unknown_code',
    scope: 'message',
    counts: false,
    words: `The gateway gave an unknown code, ${code}`,
    source: '',
  })
}

/** What a message has become after its gateway refused it again and again, by the code of the last refusal: full or busy may pass. */
export function refusalEndsAs(code: string | null): 'soft' | 'hard' {
  if (code === null) return 'hard'
  const { class: kind } = lookUpCode(code)
  return kind === 'throttle' || kind === 'soft' ? 'soft' : 'hard'
}

/** The listed codes by which a gateway refuses a message for a fault that is not the recipient's. */
export const gatewayFaults: readonly Code[] = ofGateways
  .flatMap(([, { rows }]) => rows)
  .filter(row => row.class === 'fault')
  .map(row => row.code)

/**
 * A code with its prefix, also of a record that an earlier version put into the inbox or the spool: "0x0B", "UNDELIV/gsm:1", "DELIVRD",
 * "no_answer". The migration code_prefixes does the same in SQL.
 */
export function withPrefix(code: string): Code {
  if (hasPrefix(code)) return code
  if (/^0x[0-9a-f]+$/i.test(code)) return `smpp:0x${code.slice(2).toLowerCase().replace(/^0+/, '').padStart(2, '0')}`
  const reason = /\/((?:gsm|vonage):[1-9][0-9]?)$/.exec(code)?.[1]
  if (reason !== undefined && hasPrefix(reason)) return reason
  if (/^[a-z][a-z_]*$/.test(code)) return `homing:${code}`
  return code === '' ? 'dlr:none' : `dlr:${code.toLowerCase()}`
}

const hasPrefix = (code: string): code is Code => /^[a-z][a-z0-9]*:/.test(code)
