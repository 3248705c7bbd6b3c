/**
 * In each file of tests with a database: which statements does the product send? Each text is written down once, with the file that sends
 * it; statements that only tests send are left out. lint.test.ts reads them when all have run.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { sent } from '../../server/platform/db/database.ts'
import { Sql } from '../../server/platform/db/sql.ts'
import { ROOT } from '../sources.ts'

export interface Recorded {
  /** from the root: server/sending/claim.ts */
  by: string
  name?: string
  text: string
}

const seen = new Map<string, Recorded>()

function look(message: unknown): void {
  const text = textOf(message)
  if (text === undefined || seen.has(text)) return
  const by = senderOf(new Error().stack ?? '')
  if (by === undefined || !/^server\//.test(by) || /\.(test|fixture)\.ts$/.test(by)) return
  seen.set(text, { by, text, ...nameOf(message) })
}

const textOf = (message: unknown): string | undefined =>
  typeof message === 'object' && message !== null && 'statement' in message && message.statement instanceof Sql
    ? message.statement.text
    : undefined

const nameOf = (message: unknown): { name?: string } =>
  typeof message === 'object' && message !== null && 'name' in message && typeof message.name === 'string'
    ? { name: message.name }
    : {}

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

const folder = process.env.HOMING_TEST_STATEMENTS
if (folder !== undefined) {
  Error.stackTraceLimit = 30
  subscribe(sent.name, look)
  afterAll(() => {
    unsubscribe(sent.name, look)
    const file = join(folder, `${process.pid}-${crypto.randomUUID()}.json`)
    if (seen.size === 0) return
    mkdirSync(folder, { recursive: true })
    writeFileSync(file, JSON.stringify([...seen.values()]))
  })
}
