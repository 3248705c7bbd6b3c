/**
 * When all tests have run: does every statement that the product sent keep the rules that let it run on one PostgreSQL and on a cluster?

 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readPlacements } from './placements.ts'
import type { Recorded } from './record.ts'
import { lintStatement } from './rules.ts'

const placements = readPlacements()
const folder = process.env.HOMING_TEST_STATEMENTS ?? ''

/** Many statements differ only in the filter of a search or an export. A fault of all of them is reported once. */
async function findingsOf(statements: readonly Recorded[]): Promise<string[]> {
  const found = new Map<string, string>()
  for (const { by, name, text } of statements)
    for (const { rule, what } of await lintStatement(text, placements))
      found.set(
        `${by}${name === undefined ? '' : ` (${name})`}: ${rule}: ${what}`,
        text.replace(/\s+/g, ' ').slice(0, 200),
      )
  return [...found].map(([told, text]) => `${told}\n    ${text}`)
}

test('every statement keeps the rules', async () => {
  const files = (existsSync(folder) ? readdirSync(folder) : []).map(name => readFileSync(join(folder, name), 'utf8'))
  const statements = new Map(
    files.flatMap((file): Recorded[] => JSON.parse(file)).map(statement => [statement.text, statement]),
  )
  expect(statements.size, 'the statements of all tests with a database: run it as part of npm test').toBeGreaterThan(
    500,
  )
  expect((await findingsOf([...statements.values()])).join('\n')).toBe('')
}, 60_000)
