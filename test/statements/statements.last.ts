/**
 * When all tests have run: does every statement that the product sent keep the rules that let it run on one PostgreSQL and on a cluster?
 * Statements of the tests and of the processes that they start.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Recorded } from './gather.ts'
import { readPlacements } from './placements.ts'
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

/** The last line of a process that was killed may not be. */
const isWhole = (line: string) => line.endsWith('}')

function readStatements(): Map<string, Recorded> {
  const files = (existsSync(folder) ? readdirSync(folder) : []).map(name => readFileSync(join(folder, name), 'utf8'))
  const statements = files.flatMap(file => file.split('\n').filter(isWhole)).map((line): Recorded => JSON.parse(line))
  return new Map(statements.map(statement => [statement.text, statement]))
}

/** The way of a message and of what comes back: here a wrong type of a column would be a wrong status of thousands. */
const hot = /^server\/(audience|sending|messages|inbox|receipts|replies|clicks)\//

/** Prepared, and so sent often. */
const isHot = ({ by, name, rows }: Recorded) => rows !== 'none' && hot.test(by) && name !== undefined

test('every hot statement describes its rows', () => {
  const statements = [...readStatements().values()].filter(isHot)
  const bare = statements.filter(({ rows }) => rows === 'read').map(({ by, name }) => `${by}: ${name}`)
  expect([...new Set(bare)], 'describe their rows with rowsNamed (server/platform/db/rows.ts)').toEqual([])
  expect(statements.length, 'hot statements with described rows').toBeGreaterThan(50)
  // Not prepared, and read row by row: the groups of an audience.
  expect(statements.map(({ name }) => name)).toContain('audience-groups')
})

test('every statement keeps the rules', async () => {
  const statements = readStatements()
  expect(statements.size, 'the statements of all tests with a database: run it as part of npm test').toBeGreaterThan(
    500,
  )
  expect((await findingsOf([...statements.values()])).join('\n')).toBe('')
}, 60_000)

/** Read row by row, and so not prepared. */
const streamed = ['audience-groups', 'audience-lists']

test('a name stands for one text: a connection refuses another one under it', () => {
  const texts = Map.groupBy(
    [...readStatements().values()].filter(({ name }) => name !== undefined && !streamed.includes(name)),
    ({ name }) => name,
  )
  const several = [...texts.values()].filter(all => all.length > 1)
  expect(several.map(all => all.map(({ by, name, text }) => `${by}: ${name}: ${text.replace(/\s+/g, ' ')}`))).toEqual(
    [],
  )
})
