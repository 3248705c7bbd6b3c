import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { codeTables, describeCode, gatewayFaults, lookUpCode, refusalEndsAs, withPrefix } from './codes.ts'
import { classifyReceipt } from './dlr.ts'
import { formerCodes } from './former-codes.fixture.ts'
import { droppedCode } from './homing.ts'
import { commandStatus, commandStatuses, statusCode } from './smpp.ts'

const everyRow = [...codeTables].flatMap(([prefix, { rows }]) => rows.map(row => ({ prefix, row })))
const rows = everyRow.map(({ row }) => row)

describe('every table', () => {
  test('has each code once, with its prefix, words, an advice and a source, and the look-up finds it', () => {
    expect(new Set(rows.map(({ code }) => code)).size).toBe(rows.length)
    for (const { prefix, row } of everyRow) {
      expect(row.code.startsWith(`${prefix}:`)).toBe(true)
      expect(row.code).toMatch(/^[a-z][a-z0-9]*:[a-z0-9_.]+$/)
      expect(row.words).toMatch(/^[A-Z].*[^.]$/)
      expect(row.fix).toMatch(/^[A-Z].*\.$/)
      expect(row.source).not.toBe('')
      expect(lookUpCode(row.code)).toBe(row)
    }
  })

  test('lets only bounces count against a number', () => {
    expect(rows.filter(({ counts }) => counts).every(row => row.class === 'hard')).toBe(true)
  })
})

describe('command_status', () => {
  test('every 32-bit code has a row', () => {
    for (const code of [0, 9, 0x3ff, 0x400, 0x4ff, 0x500, 0xffff_ffff])
      expect(commandStatus(code).code).toBe(statusCode(code))
    expect(commandStatus(0x0b).code).toBe('smpp:0x0b')
    expect(commandStatus(0x0100).code).toBe('smpp:0x100')
  })

  test('an invalid destination is the only answer that counts against the number', () => {
    expect(commandStatuses.filter(s => s.counts).map(s => s.name)).toEqual(['RINVDSTADR'])
    expect(commandStatus(0x0b)).toMatchObject({ class: 'hard', counts: true })
  })

  test('throttling is 0x14 and 0x58 and nothing else', () => {
    expect(commandStatuses.filter(s => s.class === 'throttle').map(s => s.code)).toEqual(['smpp:0x14', 'smpp:0x58'])
  })

  test('a wrong password or sender is no bounce of the recipient', () => {
    for (const code of [0x0a, 0x0e, 0x0f, 0x48]) expect(commandStatus(code).class).toBe('fault')
    expect(gatewayFaults).toEqual(expect.arrayContaining(['smpp:0x0a', 'smpp:0x62']))
    expect(gatewayFaults).not.toContain('smpp:0x0b')
    expect(gatewayFaults.some(code => code.startsWith('homing:'))).toBe(false)
  })

  test('what no row lists is soft and does not count', () => {
    expect(commandStatus(0x401)).toMatchObject({ class: 'soft', counts: false, name: 'VENDOR' })
    expect(commandStatus(0x1234_5678)).toMatchObject({ class: 'soft', counts: false, name: 'RESERVED' })
  })

  test('a message that is refused again and again ends soft where full or busy may pass, else hard', () => {
    for (const code of ['smpp:0x14', 'smpp:0x58', 'smpp:0x08', 'smpp:0x401']) expect(refusalEndsAs(code)).toBe('soft')
    for (const code of ['smpp:0x0a', 'smpp:0x62', 'homing:not_bound', 'twilio:30003', '', null])
      expect(refusalEndsAs(code)).toBe('hard')
  })
})

describe('receipts', () => {
  test.each([
    ['DELIVRD', 'delivered', 'dlr:delivrd'],
    ['delivrd', 'delivered', 'dlr:delivrd'],
    ['DELIVERED', 'delivered', 'dlr:delivrd'],
    ['EXPIRED', 'soft', 'dlr:expired'],
    ['UNKNOWN', 'soft', 'dlr:unknown'],
    ['ACCEPTD', 'pending', 'dlr:acceptd'],
    ['ENROUTE', 'pending', 'dlr:enroute'],
    ['UNDELIV', 'hard', 'dlr:undeliv'],
    ['REJECTD', 'hard', 'dlr:rejectd'],
    ['DELETED', 'hard', 'dlr:deleted'],
    ['', 'pending', 'dlr:none'],
  ])('"%s" is %s and alone does not count', (stat, state, code) => {
    expect(classifyReceipt(stat, null, 'gsm')).toEqual({ state, counts: false, code })
  })

  test('the reason refines an undelivered message: unknown subscriber counts, absent is soft', () => {
    expect(classifyReceipt('UNDELIV', 1, 'gsm')).toEqual({ state: 'hard', counts: true, code: 'gsm:1' })
    expect(classifyReceipt('UNDELIV', 27, 'gsm')).toEqual({ state: 'soft', counts: false, code: 'gsm:27' })
    expect(classifyReceipt('UNDELIV', 3, 'vonage')).toEqual({ state: 'hard', counts: true, code: 'vonage:3' })
  })

  test('a number that no table explains proves nothing, and is kept behind the stat word', () => {
    expect(classifyReceipt('UNDELIV', 1, 'none')).toEqual({ state: 'hard', counts: false, code: 'dlr:undeliv/001' })
    expect(classifyReceipt('REJECTD', 99, 'gsm')).toEqual({ state: 'hard', counts: false, code: 'dlr:rejectd/gsm:099' })
  })

  test('a word that nobody knows stays pending, so that nothing is sent again', () => {
    expect(classifyReceipt('GLORP', 3, 'none')).toEqual({ state: 'pending', counts: false, code: 'dlr:glorp' })
    expect(classifyReceipt('constructor', 3, 'none').state).toBe('pending')
  })

  test('a reason never turns an expired or delivered message around', () => {
    expect(classifyReceipt('EXPIRED', 1, 'gsm').state).toBe('soft')
    expect(classifyReceipt('DELIVRD', 1, 'gsm').state).toBe('delivered')
  })
})

describe('the look-up', () => {
  test.each([
    ['smpp:0x0b', 'The number is not valid'],
    ['smpp:0x0000000B', 'The number is not valid'],
    ['smpp:0x401', 'The gateway gave a reason of its own'],
    ['dlr:undeliv/001', 'The message could not be delivered'],
    ['dlr:rejectd/gsm:099', 'The network refused the message'],
    ['dlr:none', 'The gateway sent a receipt without a state'],
    ['gsm:1', 'The number is not in use'],
    ['homing:no_answer', 'The gateway did not answer in time'],
  ])('%s: %s', (code, words) => expect(describeCode(code)).toBe(words))

  test.each([
    'twilio:30003',
    'smtp:5.1.1.1',
    'smtp:2.0.0',
    'gsm:999',
    'smpp:0xzz',
    'smpp:0x123456789',
    'dlr:glorp',
    'homing:constructor',
    'constructor:1',
    '__proto__:x',
    ':',
    '',
    '0x0B',
    droppedCode('opted_out'),
  ])('"%s" is an unknown code, with words', code => {
    expect(lookUpCode(code)).toMatchObject({ class: 'unknown_code', counts: false })
    expect(describeCode(code)).toContain('unknown code')
  })

  test('never throws, whatever the text', () =>
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map(rest => `smpp:${rest}`),
          fc.string().map(rest => `dlr:${rest}`),
        ),
        code => {
          expect(describeCode(code)).not.toBe('')
        },
      ),
    ))
})

test.each(formerCodes)('a code of an earlier version, "%s", is %s', (before, now) => {
  expect(withPrefix(before)).toBe(now)
  expect(withPrefix(now)).toBe(now)
})
