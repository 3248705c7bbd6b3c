import { expect, test } from 'vitest'
import { makeComplaints, QUIET_MS } from './limited-warnings.ts'
import { createLog } from './log.ts'

test('the same fault is said once in half a minute, with how often it was not; another one at once', () => {
  let nowMs = 0
  const lines: string[] = []
  const write = (line: string) => {
    const { msg, err, notSaid = 0 } = JSON.parse(line)
    lines.push(`${msg}, ${err.code}, ${notSaid}`)
  }
  const complain = makeComplaints(
    createLog({ part: 'test', level: 'warn', out: { write }, readable: false }),
    () => nowMs,
  )
  const failure = (code: string) => Object.assign(new Error(code), { code })
  const refused = failure('refused')
  for (let i = 0; i < 10; i++) complain(refused, 'sweeps')
  complain(refused, 'imports')
  complain(failure('starting'), 'sweeps')
  complain(refused, 'sweeps')
  nowMs = QUIET_MS - 1
  complain(refused, 'sweeps')
  nowMs = QUIET_MS
  complain(refused, 'sweeps')
  expect(lines).toEqual([
    'sweeps, refused, 0',
    'imports, refused, 0',
    'sweeps, starting, 9',
    'sweeps, refused, 0',
    'sweeps, refused, 1',
  ])
})
