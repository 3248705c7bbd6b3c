import { describe, expect, test } from 'vitest'
import {
  classifyReceipt,
  commandStatus,
  commandStatuses,
  describeOutcome,
  gsmMapErrors,
  messageStates,
} from './outcomes.ts'

describe('command_status', () => {
  test('each code stands once, and every 32-bit code has a row', () => {
    expect(new Set(commandStatuses.map(s => s.code)).size).toBe(commandStatuses.length)
    for (const code of [0, 9, 0x3ff, 0x400, 0x4ff, 0x500, 0xffff_ffff]) expect(commandStatus(code).code).toBe(code)
  })

  test('an invalid destination is the only answer that counts against the number', () => {
    expect(commandStatuses.filter(s => s.counts).map(s => s.name)).toEqual(['RINVDSTADR'])
    expect(commandStatus(0x0b)).toMatchObject({ class: 'hard', counts: true })
  })

  test('throttling is 0x14 and 0x58 and nothing else', () => {
    expect(commandStatuses.filter(s => s.class === 'throttle').map(s => s.code)).toEqual([0x14, 0x58])
  })

  test('a wrong password or sender is no bounce of the recipient', () => {
    for (const code of [0x0a, 0x0e, 0x0f, 0x48]) expect(commandStatus(code).class).toBe('gateway-fault')
  })

  test('what no row lists is soft and does not count', () => {
    expect(commandStatus(0x401)).toMatchObject({ class: 'soft', counts: false, name: 'VENDOR' })
    expect(commandStatus(0x1234_5678)).toMatchObject({ class: 'soft', counts: false, name: 'RESERVED' })
  })
})

describe('receipts', () => {
  test.each([
    ['DELIVRD', 'delivered'],
    ['delivrd', 'delivered'],
    ['DELIVERED', 'delivered'],
    ['EXPIRED', 'soft'],
    ['UNKNOWN', 'soft'],
    ['ACCEPTD', 'pending'],
    ['ENROUTE', 'pending'],
    ['UNDELIV', 'hard'],
    ['REJECTD', 'hard'],
    ['DELETED', 'hard'],
  ])('%s is %s and does not count by itself', (stat, state) => {
    expect(classifyReceipt(stat, null, 'gsm')).toMatchObject({ state, counts: false })
  })

  test('the reason refines an undelivered message: unknown subscriber counts, absent is soft', () => {
    expect(classifyReceipt('UNDELIV', 1, 'gsm')).toEqual({ state: 'hard', counts: true, code: 'UNDELIV/gsm:1' })
    expect(classifyReceipt('UNDELIV', 27, 'gsm')).toEqual({ state: 'soft', counts: false, code: 'UNDELIV/gsm:27' })
    expect(classifyReceipt('UNDELIV', 3, 'vonage')).toMatchObject({ state: 'hard', counts: true })
  })

  test('without a table the same number proves nothing', () => {
    expect(classifyReceipt('UNDELIV', 1, 'none')).toEqual({ state: 'hard', counts: false, code: 'UNDELIV/001' })
  })

  test('a word that nobody knows stays pending, so that nothing is sent again', () => {
    expect(classifyReceipt('GLORP', 3, 'none')).toEqual({ state: 'pending', counts: false, code: 'GLORP' })
  })

  test('a reason never turns an expired or delivered message around', () => {
    expect(classifyReceipt('EXPIRED', 1, 'gsm').state).toBe('soft')
    expect(classifyReceipt('DELIVRD', 1, 'gsm').state).toBe('delivered')
  })
})

describe('words', () => {
  test('every row of every table has words, and its code finds them', () => {
    for (const s of commandStatuses) expect(describeOutcome(s.code)).toBe(s.words)
    for (const s of messageStates) expect(describeOutcome(s.stat)).toBe(s.words)
    for (const r of gsmMapErrors) expect(describeOutcome(`UNDELIV/gsm:${r.code}`)).toBe(r.words)
  })

  test('hexadecimal, local and unknown codes are worded too', () => {
    expect(describeOutcome('0x0000000B')).toBe('The number is not valid')
    expect(describeOutcome('UNDELIV/gsm:1')).toBe('The number is not in use')
    expect(describeOutcome('no_answer')).toBe('The gateway did not answer in time')
    expect(describeOutcome('constructor')).toBe('The gateway said constructor')
  })
})
