import { expect, test } from 'vitest'
import { figuresOf } from '../../core/report/figures.ts'
import { nextStep } from './nextStep.ts'

const stepOf = (tallies: Record<string, number>) => {
  const step = nextStep({ figures: figuresOf(new Map(Object.entries(tallies))) })
  return step !== null && ('tab' in step ? step.tab : step.act)
}

test.each([
  [{}, false],
  [{ queued: 10 }, false],
  [{ not_sent: 20, delivered: 80, unique: 5 }, 'not-sent'],
  [{ not_sent: 5, delivered: 60, bounced_hard: 35 }, 'bounced'],
  [{ delivered: 95, bounced_hard: 5, unique: 5 }, 'remind'],
  [{ delivered: 95, bounced_hard: 5, unique: 95 }, 'clicks'],
  [{ delivered: 95, bounced_hard: 5 }, 'remind'],
  [{ pending: 95 }, 'sent'],
])('%j leads to %s', (tallies, tab) => {
  expect(stepOf(tallies)).toBe(tab)
})
