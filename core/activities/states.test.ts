import { expect, test } from 'vitest'
import { type ActivityAct, activityStates, acts, allows } from './states.ts'

const everyAct = Object.keys(acts) as ActivityAct[]

test('what is sent or cancelled can be looked at and not changed', () => {
  for (const state of ['sent', 'cancelled'] as const)
    expect(everyAct.filter(act => allows(act, state))).toEqual(['report', 'compare'])
})

test('a draft can be tested and scheduled, and has no report', () => {
  expect(everyAct.filter(act => allows(act, 'draft'))).toEqual(['edit', 'delete', 'test', 'schedule'])
})

test('the table names known states only', () => {
  for (const { from } of Object.values(acts)) for (const state of from) expect(activityStates).toContain(state)
})
