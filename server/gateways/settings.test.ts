import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readSettings, smppKind } from './settings.ts'

const settings = { host: 'smsc.example', port: 2775, systemId: 'acct' }

test('settings that fit their kind are read as they are, and name their account', () => {
  expect(readSettings('smpp', settings)).toEqual({ settings, fault: null })
  expect(smppKind.account(settings)).toBe('smpp:acct@smsc.example:2775')
})

test.each([
  ['twilio', settings, 'kind “twilio”'],
  ['', settings, 'kind “”'],
  ['constructor', settings, 'kind “constructor”'],
  ['smpp', null, 'do not fit'],
  ['smpp', {}, 'do not fit'],
  ['smpp', { ...settings, port: '2775' }, 'do not fit'],
  ['smpp', { ...settings, host: 'SMSC.example' }, 'do not fit'],
  ['smpp', { ...settings, host: '10.1' }, 'do not fit'],
  ['smpp', { ...settings, systemId: 'ä' }, 'do not fit'],
  ['smpp', { ...settings, systemId: 'a\n' }, 'do not fit'],
  ['smpp', { ...settings, more: 1 }, 'do not fit'],
])('of the kind "%s", %j: a fault in words', (kind, stored, words) => {
  const { settings: read, fault } = readSettings(kind, stored)
  expect(read).toBeNull()
  expect(fault).toContain(words)
})

test('never throws, whatever a row holds', () =>
  fc.assert(fc.property(fc.string(), fc.jsonValue(), (kind, stored) => readSettings(kind, stored).fault !== undefined)))
