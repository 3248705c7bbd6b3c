import { expect, test } from 'vitest'
import { createLog } from './log.ts'

function capture(options: { level?: string; readable?: boolean } = {}) {
  const lines: string[] = []
  return { log: createLog({ part: 'web', out: { write: line => void lines.push(line) }, ...options }), lines }
}

test('quiet by default: only what is wrong is said, as one JSON line', () => {
  const { log, lines } = capture()
  log.info({ ms: 3 }, 'all is well')
  log.warn({ gateway: 3 }, 'gateway is slow')
  expect(lines.map(line => JSON.parse(line))).toMatchObject([
    { level: 'warn', part: 'web', gateway: 3, msg: 'gateway is slow' },
  ])
})

test('secrets, numbers and texts are never in a line', () => {
  const { log, lines } = capture({ level: 'info' })
  log.info(
    { password: 'p4ss', gateway: { password: 'p4ss', name: 'g' }, phone: '+4670', headers: { authorization: 'p4ss' } },
    'bound',
  )
  expect(lines.join()).not.toMatch(/p4ss|4670/)
  expect(lines.join()).toContain('"name":"g"')
})

test('a person reads a line with the stack of an error', () => {
  const { log, lines } = capture({ readable: true })
  log.error({ err: new Error('boom'), ms: 4 }, 'it failed')
  expect(lines[0]).toMatch(
    /^\d\d:\d\d:\d\d error web: it failed \(ms=4\)\n\{"type":"Error"\}\n {4}at server\/platform\/log/,
  )
})

test('an unknown level is a wrong setting', () => {
  expect(() => capture({ level: 'loud' })).toThrow(/HOMING_LOG is "loud"/)
})
