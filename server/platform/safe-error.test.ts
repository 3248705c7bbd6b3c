import { spawnSync } from 'node:child_process'
import pg from 'pg'
import { expect, test } from 'vitest'
import { problem } from '../../core/problems.ts'
import { inOneSentence } from '../supervisor/last-words.ts'
import { createLog } from './log.ts'

/** Personal values, as any error may contain them. */
const canaries = ['Quillfeather', '46701234567', 'quill@private.example', 'p4ssw0rd', 'tok_77aa']
const all = canaries.join(' ')

const thrown = (work: () => unknown): unknown => {
  try {
    work()
  } catch (error) {
    return error
  }
}

function ofPostgres(): Error {
  const error = new pg.DatabaseError(`invalid input syntax for type bigint: "${all}"`, 1, 'error')
  const { name: _, message: __, ...rest } = error
  return Object.assign(error, rest, {
    code: '22P02',
    severity: 'ERROR',
    detail: `Key (phone)=(${all}) already exists.`,
    where: `COPY stage, line 3, column phone: "${all}"`,
    table: 'profiles',
    constraint: 'profiles_pk',
    parameters: [all],
  })
}

const kinds: [string, unknown][] = [
  ['PostgreSQL', ofPostgres()],
  ['JSON', thrown(() => JSON.parse(`{"${all}`))],
  ['URL', thrown(() => new URL(`${all}://`))],
  ['regular expression', thrown(() => new RegExp(`(${all}`))],
  ['a name of a property', thrown(() => (undefined as unknown as Record<string, { x: 1 }>)[all]?.x.toFixed())],
  [
    'file',
    Object.assign(new Error(`ENOENT: no such file, open '${all}'`), { code: 'ENOENT', path: all, syscall: 'open' }),
  ],
  ['fetch', new TypeError('fetch failed', { cause: new Error(`getaddrinfo ENOTFOUND ${all}`) })],
  ['several', new AggregateError([new Error(all), new Error(all)], all)],
  ['a sentence of ours', problem('invalid_input', { where: all, what: all })],
  [
    'a message like a stack',
    new Error(`x\n    at ${all} (file:///server/${all}.ts:1:2)\n    at server/${canaries[0]}.ts:1:2`),
  ],
  ['a code that is a value', Object.assign(new Error('x'), { code: all, table: all, column: `${all} ` })],
  ['a name', Object.assign(new Error('x'), { name: all })],
  ['a text', all],
  ['an object', { phone: all }],
]

test.each(kinds)('an error of %s is logged without the values in it', (_, error) => {
  for (const readable of [false, true]) {
    const lines: string[] = []
    const log = createLog({ part: 'web', level: 'debug', out: { write: line => void lines.push(line) }, readable })
    log.error({ err: error, other: error instanceof Error ? error : 0, within: { err: error } }, 'it failed')
    if (error instanceof Error) log.error(error)
    lines.push(error instanceof Error && error.name === 'Problem' ? '' : inOneSentence(error))
    for (const canary of canaries) expect(lines.join('\n')).not.toContain(canary)
  }
})

test('what is left says where to look: class, code, table, constraint and our own places', () => {
  const lines: string[] = []
  const log = createLog({ part: 'web', out: { write: line => void lines.push(line) } })
  log.error({ err: ofPostgres() }, 'it failed')
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    err: {
      code: '22P02',
      table: 'profiles',
      constraint: 'profiles_pk',
      at: expect.arrayContaining([expect.stringMatching(/^server\/platform\/safe-error\.test\.ts:\d+:\d+$/)]),
    },
  })
})

test('what nobody caught ends the process with the same words', () => {
  const script = `import { endInWords } from ${JSON.stringify(new URL('../supervisor/last-words.ts', import.meta.url).href)}
    endInWords()
    Promise.reject(Object.assign(new Error(process.argv[1]), { detail: process.argv[1], code: '22P02', severity: 'ERROR', table: 'profiles' }))`
  const ended = spawnSync(process.execPath, ['--input-type=module', '-e', script, all], { encoding: 'utf8' })
  expect(ended.status).toBe(1)
  expect(ended.stderr).toMatch(/^Error, code 22P02, table profiles\n/)
  for (const canary of canaries) expect(ended.stderr).not.toContain(canary)
})
