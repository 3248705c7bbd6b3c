import { expect, test } from 'vitest'
import { Refusals } from './refusals.ts'

const after = (answers: readonly Parameters<Refusals['add']>[0][], refusals = new Refusals()) => {
  for (const answer of answers) refusals.add(answer, 0)
  return refusals
}
const many = <T>(n: number, answer: T): T[] => Array.from({ length: n }, () => answer)

test('where nothing was taken, a refusal concerns the gateway', () => {
  expect(after([]).takesOthers(0)).toBe(false)
  expect(after(many(30, 'other')).takesOthers(0)).toBe(false)
})

test('while others are taken it concerns its message, though most are refused', () => {
  expect(after(['taken', 'other']).takesOthers(0)).toBe(true)
  expect(after(many(20, ['taken', ...many(4, 'other' as const)] as const).flat()).takesOthers(0)).toBe(true)
})

test('a gateway that takes nothing any more is found out, and so is one that has been quiet for long', () => {
  const refusals = after(many(500, 'taken'))
  expect(refusals.takesOthers(600_001)).toBe(false)
  expect(after(many(200, 'other'), refusals).takesOthers(0)).toBe(false)
})

test('a few temporary faults are their messages’; most of the answers are congestion, for a while', () => {
  expect(after(many(4, 'temporary')).congested(0)).toBe(false)
  expect(after(many(40, ['taken', 'taken', 'temporary'] as const).flat()).congested(0)).toBe(false)
  const refusals = after([...many(100, 'taken' as const), ...many(100, 'temporary' as const)])
  expect(refusals.congested(0)).toBe(true)
  expect(refusals.helpedBySlowness).toBe(true)
  after(many(100, 'taken'), refusals)
  expect(refusals.helpedBySlowness).toBe(false)
  expect(refusals.congested(299_000)).toBe(true)
  expect(refusals.congested(301_000)).toBe(false)
})

test('"slow down" is about one message only while it is rare', () => {
  expect(after([...many(60, 'taken' as const), 'slow-down']).personal(0)).toBe(true)
  expect(after([...many(60, 'taken' as const), ...many(10, 'slow-down' as const)]).personal(0)).toBe(false)
  expect(after(['slow-down']).personal(0)).toBe(false)
})

test('who bounces again an hour later is no evidence against the gateway', () => {
  const refusals = after(many(100, ['taken', 'taken', 'temporary'] as const).flat())
  for (let i = 0; i < 1000; i++) refusals.add('temporary', 0, true)
  expect(refusals.congested(0)).toBe(false)
  expect(refusals.takesOthers(0)).toBe(true)
})
