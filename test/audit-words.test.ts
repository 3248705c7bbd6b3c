import { expect, test } from 'vitest'
import { actionChoices, actorChoices, isNamed } from '../web/settings/auditWords.ts'
import { readSources } from './sources.ts'

test('each action that the server records has words and a kind on the page, so that it can be read and filtered', () => {
  const recorded = new Set(
    readSources('server')
      .filter(({ path }) => !/\.test\.ts$|\.fixture\.ts$/.test(path))
      .flatMap(({ text }) => text.split('\n').filter(line => /\baction\b|actOn\(/.test(line)))
      .flatMap(line => [...line.matchAll(/'([a-z_]+\.[a-z_]+|sign_out)'/g)].map(([, action = '']) => action)),
  )
  const decided = ['pause', 'resume', 'cancel', 'unschedule'].map(act => `activity.${act}`)
  expect(recorded.size).toBeGreaterThan(35)
  expect([...recorded, ...decided].filter(action => !isNamed(action))).toEqual([])
  const offered = actionChoices.flatMap(choice => ('items' in choice ? choice.items : [choice]))
  expect([...recorded].filter(action => !offered.some(({ value }) => value === action))).toEqual([])
})

test('an actor who left can be chosen as long as they are', () => {
  const named = [{ value: 'user 1', label: 'Ada' }]
  expect(actorChoices(named, '', undefined).map(({ label }) => label)).toEqual([
    'Everybody',
    'Ada',
    'Homing itself',
    'Command line',
    'Unknown',
  ])
  expect(actorChoices(named, 'user 2', 'Grace').at(-1)).toEqual({ value: 'user 2', label: 'Grace' })
})
