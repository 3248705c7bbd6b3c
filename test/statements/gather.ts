/**
 * Which statements does the product send, in this process? Each text is written down once, with the file that sends it; statements that only
 * tests send are left out. statements.last.ts reads them when all have run. Written at once: tests kill their processes.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { appendFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { sent } from '../../server/platform/db/database.ts'
import { Sql } from '../../server/platform/db/sql.ts'
import { ROOT } from '../sources.ts'

export interface Recorded {
  /** from the root: server/sending/claim.ts */
  by: string
  name?: string
  text: string
  /** its rows are read; described: and compared with their description (server/platform/db/rows.ts) */
  rows: 'none' | 'read' | 'described'
}

const seen = new Set<string>()

function look(message: unknown, file: string): void {
  const text = textOf(message)
  if (text === undefined || seen.has(text)) return
  const by = senderOf(new Error().stack ?? '')
  if (by === undefined || !/^server\//.test(by) || /\.(test|fixture)\.ts$/.test(by)) return
  seen.add(text)
  const recorded: Recorded = { by, text, ...nameOf(message), rows: rowsOf(message) }
  appendFileSync(file, `${JSON.stringify(recorded)}\n`)
}

const textOf = (message: unknown): string | undefined =>
  typeof message === 'object' && message !== null && 'statement' in message && message.statement instanceof Sql
    ? message.statement.text
    : undefined

const nameOf = (message: unknown): { name?: string } =>
  typeof message === 'object' && message !== null && 'name' in message && typeof message.name === 'string'
    ? { name: message.name }
    : {}

const rowsOf = (message: unknown): Recorded['rows'] =>
  typeof message === 'object' && message !== null && 'rows' in message
    ? message.rows === 'described' || message.rows === 'read'
      ? message.rows
      : 'none'
    : 'none'

/** The first file on the stack that is ours and no part of the way to the database. */
function senderOf(stack: string): string | undefined {
  for (const line of stack.split('\n')) {
    const at = line.indexOf(ROOT)
    if (at < 0) continue
    const path = line.slice(at + ROOT.length).replace(/[:?)].*$/, '')
    if (!/^(node_modules\/|server\/platform\/(db\/|http\/request-pools)|test\/(statements\/|slow\.ts))/.test(path))
      return path
  }
  return undefined
}

/** Until the returned function is called. Nothing where nobody asks for them (HOMING_TEST_STATEMENTS names a folder). */
export function gatherStatements(): () => void {
  const folder = process.env.HOMING_TEST_STATEMENTS
  if (folder === undefined) return () => {}
  Error.stackTraceLimit = 30
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${process.pid}-${crypto.randomUUID()}.jsonl`)
  const listener = (message: unknown) => look(message, file)
  subscribe(sent.name, listener)
  return () => unsubscribe(sent.name, listener)
}
