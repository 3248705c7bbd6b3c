import { expect, test } from 'vitest'
import { problem } from '../problems.ts'
import { checkSender } from './sender.ts'

test.each([
  ['ACME', 'alphanumeric'],
  ['a12', 'alphanumeric'],
  ['Elevensigns', 'alphanumeric'],
  ['+46701740605', 'number'],
  ['+123456789012345', 'number'],
  ['720', 'short_code'],
  ['71700500', 'short_code'],
])('%s is a sender: %s', (sender, kind) => expect(checkSender(sender)).toEqual({ kind }))

test.each([
  '',
  'AB',
  'TwelveSigns1',
  'A CME',
  'ÅSA',
  'A-1',
  '12',
  '46701740605',
  '+046701740605',
  '+4670',
  '+1234567890123456',
  'AC\n',
  '７２０',
])('%j is no sender', sender => {
  const check = checkSender(sender)
  if (!('problem' in check)) throw new Error('passed')
  expect(problem(check.problem, check.details).message).toContain(sender)
})
