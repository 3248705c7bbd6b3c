import { expect, test } from 'vitest'
import { limitWarnings, QUIET_MS } from './limited-warnings.ts'
import { createLog } from './log.ts'

test('a warning is logged once per half minute with the number suppressed; a different one at once', () => {
  let nowMs = 0
  const lines: string[] = []
  const write = (line: string) => {
    const { msg, err, suppressed = 0 } = JSON.parse(line)
    lines.push(`${msg}, ${err.code}, ${suppressed}`)
  }
  const warn = limitWarnings(createLog({ part: 'test', level: 'warn', out: { write }, readable: false }), () => nowMs)
  const failure = (code: string) => Object.assign(new Error(code), { code })
  const refused = failure('refused')
  for (let i = 0; i < 10; i++) warn(refused, 'sweeps')
  warn(refused, 'imports')
  warn(failure('starting'), 'sweeps')
  warn(refused, 'sweeps')
  nowMs = QUIET_MS - 1
  warn(refused, 'sweeps')
  nowMs = QUIET_MS
  warn(refused, 'sweeps')
  expect(lines).toEqual([
    'sweeps, refused, 0',
    'imports, refused, 0',
    'sweeps, starting, 9',
    'sweeps, refused, 0',
    'sweeps, refused, 1',
  ])
})
