import { expect, test } from 'vitest'
import { changedSettings, initialSettings, isKnownBody, readKind, wrongSettings } from './gatewaySettings.ts'

/** A kind that the pages have never seen. */
const http = readKind({
  window: 100,
  kind: 'http',
  label: 'HTTP',
  settings: {
    type: 'object',
    required: ['url', 'apiKey', 'port'],
    properties: {
      url: { type: 'string', title: 'Address', pattern: '^https://', rule: 'Begin with https://.', maxLength: 200 },
      port: { type: 'integer', title: 'Port (of the proxy)', minimum: 1, maximum: 65_535, default: 443 },
      note: { type: 'string', title: 'Note' },
      flash: { type: 'boolean', title: 'Flash' },
      apiKey: { type: 'string', title: 'API key', writeOnly: true, description: 'From your provider.' },
    },
  },
})

test('the form of any kind begins with its defaults, or with what is stored', () => {
  expect(http.fields.map(({ name, label, isSecret }) => [name, label, isSecret])).toEqual([
    ['url', 'Address', false],
    ['port', 'Port (of the proxy)', false],
    ['note', 'Note', false],
    ['flash', 'Flash', false],
    ['apiKey', 'API key', true],
  ])
  const start = { url: '', port: 443, note: '', flash: false, apiKey: '' }
  expect(initialSettings(http, null)).toEqual(start)
  expect(initialSettings(http, { url: 'https://x' })).toEqual({ ...start, url: 'https://x' })
})

test('what is wrong is said at its field, by the words of the kind', () => {
  const values = { url: 'x', port: 0, note: '', flash: false, apiKey: '' }
  expect(wrongSettings(http, values, false)).toEqual({
    'settings.url': 'Begin with https://.',
    'settings.port': 'Enter a port from 1 to 65535.',
    'settings.apiKey': 'Enter the API key.',
  })
  expect(wrongSettings(http, { ...values, url: ' https://x ', port: 1 }, true)).toEqual({})
})

test('a value that is too long is said to be, and not cut', () => {
  const values = { url: `https://${'x'.repeat(200)}`, port: 65_536, note: '', flash: false, apiKey: 'k' }
  expect(wrongSettings(http, values, false)).toEqual({
    'settings.url': 'The address is too long: 208 characters, at most 200.',
    'settings.port': 'Enter a port from 1 to 65535.',
  })
})

test('only what has changed is sent, and no secret that was left empty', () => {
  const stored = { url: 'https://x', port: 443, flash: false }
  const values = { url: ' https://y ', port: 443, note: '', flash: true, apiKey: '' }
  expect(changedSettings([http], 'http', values, stored)).toEqual({ url: 'https://y', flash: true })
  expect(changedSettings([http], 'http', { ...values, apiKey: 'k ' }, null)).toMatchObject({ port: 443, apiKey: 'k ' })
  expect(changedSettings([http], 'unknown', values, null)).toEqual({})
})

test('a body names only settings of a kind that the server has', () => {
  expect(isKnownBody({ kind: 'http', settings: { url: 'x' } }, [http])).toBe(true)
  expect(isKnownBody({ kind: 'http', settings: { host: 'x' } }, [http])).toBe(false)
  expect(isKnownBody({ kind: 'smpp', settings: { host: 'x' } }, [http])).toBe(false)
})
