import { expect, test } from 'vitest'
import type { Code } from '../gateways/code.ts'
import { type AnswerFact, type MessageFacts, noFacts, type ReceiptFact } from './facts.ts'
import { foldTestSms } from './test-sms.ts'

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
const receipt = (part: number, outcome: ReceiptFact['outcome'], code: Code = 'dlr:none'): ReceiptFact => ({
  n: 1,
  part,
  outcome,
  counts: false,
  at: at(10),
  code,
})
const of = (facts: Partial<MessageFacts>) => foldTestSms({ ...noFacts, parts: 1, ...facts })

test('without an attempt it waits, and is to be submitted', () => {
  expect(of({})).toMatchObject({ state: 'waiting', resend: null, code: null })
})

test('an attempt without an answer is not taken up again', () => {
  expect(of({ attempts: [attempt(1)] })).toMatchObject({ state: 'waiting', resend: undefined })
})

test('what the gateway refused waits, says why, and is taken up again', () => {
  const facts = { attempts: [attempt(1)], answers: [answer(1, 0, 'refused', 'homing:not_bound')] }
  expect(of(facts)).toMatchObject({ state: 'waiting', code: 'homing:not_bound', resend: null })
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
  expect(of(facts)).toMatchObject({ state: 'unknown', resend: undefined })
  expect(of({ ...facts, receipts: [receipt(1, 'delivered')] })).toMatchObject({ state: 'delivered', at: at(10) })
})

test('a soft bounce is the end of it: a test is not tried again', () => {
  const facts = {
    attempts: [attempt(1)],
    answers: [answer(1, 1, 'accepted')],
    receipts: [receipt(1, 'soft', 'dlr:expired')],
  }
  expect(of(facts)).toMatchObject({ state: 'bounced', code: 'dlr:expired', resend: undefined })
})

test('stopped before a submission it is not sent; after one it is what it was', () => {
  const stop = { reason: 'opted_out', at: at(5) }
  expect(of({ stop })).toMatchObject({ state: 'not_sent', reason: 'opted_out' })
  expect(of({ stop, attempts: [attempt(1)], answers: [answer(1, 1, 'accepted')] })).toMatchObject({ state: 'sent' })
})
