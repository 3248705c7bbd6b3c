import { expect, test } from 'vitest'
import { type ActivityAct, activityStates, acts, allows, isInWizard, willStart } from './states.ts'

const everyAct = Object.keys(acts) as ActivityAct[]

test('what is sent can be looked at and not changed; what is cancelled can be deleted too', () => {
  expect(everyAct.filter(act => allows(act, 'sent'))).toEqual(['planReminder', 'report', 'compare'])
  expect(everyAct.filter(act => allows(act, 'cancelled'))).toEqual(['delete', 'report', 'compare'])
})

test('a scheduled activity can be a draft again, and is not edited before', () => {
  expect(everyAct.filter(act => allows(act, 'scheduled'))).toEqual(['unschedule', 'planReminder', 'cancel', 'report'])
  expect(activityStates.filter(isInWizard)).toEqual(['draft', 'failed'])
})

test('a draft can be tested and scheduled, and has no report', () => {
  expect(everyAct.filter(act => allows(act, 'draft'))).toEqual(['edit', 'delete', 'test', 'schedule', 'planReminder'])
})

test('the table names known states only', () => {
  for (const { from } of Object.values(acts)) for (const state of from) expect(activityStates).toContain(state)
})

test('people are not found yet before the start: while it is planned, under way, interrupted or to be tried again', () => {
  expect(activityStates.filter(willStart).toSorted()).toEqual(['failed', 'paused', 'scheduled', 'starting'])
})
