import { expect, test } from 'vitest'
import { kindOf } from './kinds.ts'
import { smpp } from './smpp/gateway.ts'

test('the kind in a row names its opener', () => {
  expect(kindOf('smpp')).toBe(smpp)
})

test.each(['carrier_pigeon', '', 'constructor'])('the unknown kind "%s" is named in the error', name => {
  expect(() => kindOf(name)).toThrow(`no gateway of the kind "${name}"`)
})
