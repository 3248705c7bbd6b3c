import { expect, test } from 'vitest'
import type { Code } from '../gateways/code.ts'
import { type AnswerFact, type MessageFacts, noFacts, type ReceiptFact } from './facts.ts'
import { foldMessage } from './fold.ts'
import { latestTestAt, testSmsState } from './test-sms.ts'

const at = (seconds: number) => new Date(Date.parse('2026-03-01T12:00:00Z') + seconds * 1000)
const attempt = (n: number, first = 1, parts: number | null = null) => ({ n, try: first, parts, at: at(n) })
const answer = (n: number, part: number, outcome: AnswerFact['outcome'], code: Code | null = null): AnswerFact => ({
  n,
  part,
  outcome,
  counts: false,
  at: at(n),
  code,
})
const receipt = (part: number, outcome: ReceiptFact['outcome'], code: Code | null = null): ReceiptFact => ({
  n: 1,
  part,
  outcome,
  counts: false,
  at: at(10),
  code,
})
/** As it is made: with its window over. */
function of(facts: Partial<MessageFacts>) {
  const verdict = foldMessage({ ...noFacts, parts: 1, windowOverAt: at(0), ...facts })
  return { ...verdict, state: testSmsState(verdict) }
}

test('without an attempt it waits', () => {
  expect(of({})).toMatchObject({ state: 'waiting', due: null, code: null })
})

test('what the gateway refused waits, says why, and is taken up again', () => {
  const facts = { attempts: [attempt(1)], answers: [answer(1, 0, 'refused', 'smpp:0x58')] }
  expect(of(facts)).toMatchObject({ state: 'waiting', code: 'smpp:0x58', due: at(1), resend: null })
})

test('one refused part of two is sent again alone', () => {
  const facts = {
    parts: 2,
    attempts: [attempt(1)],
    answers: [answer(1, 1, 'accepted'), answer(1, 2, 'refused', 'smpp:0x58')],
  }
  expect(of(facts)).toMatchObject({ state: 'sent', resend: 2 })
})

test('unknown is said so, is never taken up again, and gives way to a receipt', () => {
  const facts = { attempts: [attempt(1)], answers: [answer(1, 0, 'unknown', 'homing:process_died')] }
  expect(of(facts)).toMatchObject({ state: 'unknown', due: null, resend: null })
  expect(of({ ...facts, receipts: [receipt(1, 'pending')] })).toMatchObject({ state: 'sent' })
  expect(of({ ...facts, receipts: [receipt(1, 'delivered')] })).toMatchObject({ state: 'delivered', statusAt: at(10) })
})

test('a soft bounce is the end of it: a test is not tried again', () => {
  const facts = {
    attempts: [attempt(1)],
    answers: [answer(1, 1, 'accepted')],
    receipts: [receipt(1, 'soft', 'dlr:expired')],
  }
  expect(of(facts)).toMatchObject({ state: 'bounced', code: 'dlr:expired', due: null })
})

test('stopped before a submission it is not sent; after one it is what it was', () => {
  const stop = { reason: 'opted_out', at: at(5) }
  expect(of({ stop })).toMatchObject({ state: 'not_sent', reason: 'opted_out' })
  expect(of({ stop, attempts: [attempt(1)], answers: [answer(1, 1, 'accepted')] })).toMatchObject({ state: 'sent' })
})

test('a gateway has 15 minutes of business time to take it, and at least one of real time', () => {
  expect(latestTestAt(at(0), 1)).toEqual(at(15 * 60))
  expect(latestTestAt(at(0), 3600)).toEqual(at(3600 * 60))
})
