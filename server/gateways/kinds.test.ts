import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Problem } from '../../core/problems.ts'
import { kindNamed, kindOf, parseGatewayUrl, readGatewaySettings } from './find-kind.ts'
import { gatewayKinds } from './kinds.ts'
import { smpp } from './smpp/kind.ts'

const settings = { host: 'smsc.example', port: 2775, systemId: 'acct' }

describe('a kind', () => {
  test('in a row names its opener', () => {
    expect(kindOf('smpp')).toBe(smpp)
  })

  test.each(['carrier_pigeon', '', 'constructor'])('that is unknown ("%s") is named in the error', name => {
    expect(() => kindOf(name)).toThrow(`no gateway of the kind "${name}"`)
    expect(() => kindNamed(name)).toThrow('kind: must be one of: smpp')
  })

  test.each(gatewayKinds.map(kind => [kind.name, kind] as const))(
    '"%s" declares settings that a form and the command line can show, and its secrets as such',
    (_, kind) => {
      const common = ['name', 'kind', 'url', 'workspace', 'binds', 'window', 'rate', 'real', 'data', 'json', 'help']
      for (const [name, schema] of Object.entries(kind.schema.properties)) {
        expect(common).not.toContain(name)
        expect(schema).toMatchObject({
          title: expect.any(String),
          type: expect.stringMatching(/^(string|integer|number|boolean)$/),
        })
        if ('pattern' in schema) expect(schema).toMatchObject({ rule: expect.any(String) })
        expect('writeOnly' in schema).toBe(kind.secrets.includes(name))
        expect(name in kind.shown.properties).toBe(!kind.secrets.includes(name))
      }
    },
  )
})

test('a connection is opened with the stored settings and the secrets of its kind, and with nothing else', async () => {
  const rest = {
    gatewayId: 1,
    window: 1,
    rate: 0,
    webhookUrl: 'https://homing.example/webhooks/1',
    now: () => new Date(0),
    refuses: () => 'not here',
  }
  const handlers = {
    answered: () => {},
    arrived: () => {},
    beforeWrite: () => true,
    mayStill: () => true,
    changed: () => {},
    ready: () => {},
  }
  for (const secrets of [{ password: 'p' }, {}]) {
    const stored = { ...settings, host: '127.0.0.1', ...secrets }
    await smpp.open({ ...rest, settings: stored }, handlers).close()
  }
  expect(() => smpp.open({ ...rest, settings: { ...settings, more: 1 } }, handlers)).toThrow('do not fit')
})

describe('stored settings', () => {
  test('that fit their kind are read as they are, and name their host, address and account', () => {
    expect(readGatewaySettings('smpp', settings)).toEqual({
      target: {
        settings,
        host: 'smsc.example',
        address: 'smsc.example:2775',
        account: 'smpp:acct@smsc.example:2775',
      },
      fault: null,
    })
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
    ['smpp', { ...settings, password: 'p' }, 'do not fit'],
    ['smpp', { ...settings, more: 1 }, 'do not fit'],
  ])('of the kind "%s", %j: a fault in words', (kind, stored, words) => {
    const { target, fault } = readGatewaySettings(kind, stored)
    expect(target).toBeNull()
    expect(fault).toContain(words)
  })

  test('never throw, whatever a row holds', () =>
    fc.assert(
      fc.property(fc.string(), fc.jsonValue(), (kind, stored) => readGatewaySettings(kind, stored).fault !== undefined),
    ))
})

describe('entered settings', () => {
  test('are written in one way', () => {
    expect(smpp.check({ ...settings, host: ' SMSC.Example. ', password: 'x' }).settings).toEqual(settings)
    expect(smpp.check({ ...settings, host: '[::1]' }).settings).toMatchObject({ host: '::1' })
    expect(smpp.check({ ...settings, host: '127.1' }).settings).toMatchObject({ host: '127.0.0.1' })
  })

  test.each([
    [{ ...settings, host: 'smpp://x' }, "settings.host: Enter only the host's name"],
    [{ ...settings, host: 'a:2775' }, 'settings.host: Enter only'],
    [{ ...settings, host: 'user@smsc' }, 'settings.host: Enter only'],
    [{ ...settings, host: '' }, 'settings.host: '],
    [{ ...settings, port: 70_000 }, 'settings.port: must be <= 65535'],
    [{ ...settings, port: '2775' }, 'settings.port: must be integer'],
    [{ ...settings, systemId: 'user-with-a-long-name' }, 'settings.systemId: '],
    [{ host: 'x', port: 1 }, 'settings.systemId: is missing'],
    [{ ...settings, tls: true }, 'settings.tls: is not a known field'],
  ])('that are wrong name the place: %j', (entered, words) => {
    expect(() => smpp.check(entered)).toThrow(words)
  })

  test('the secrets among them are checked apart, and no error repeats them', () => {
    expect(smpp.checkSecrets({ ...settings, password: 'p@ss' }, 'all')).toEqual({ password: 'p@ss' })
    expect(smpp.checkSecrets(settings, 'some')).toEqual({})
    expect(() => smpp.checkSecrets(settings, 'all')).toThrow('settings.password: is missing')
    for (const password of ['geheim12ä', `geheim12${'x'.repeat(60)}`, ['geheim12']])
      try {
        smpp.checkSecrets({ password }, 'all')
        expect.unreachable()
      } catch (error) {
        expect(error).toMatchObject({ code: 'invalid_input', details: { where: 'settings.password' } })
        expect(String(error)).not.toContain('geheim12')
      }
  })
})

describe('the address of a gateway', () => {
  test('is read with its user, password, host and port', () => {
    expect(parseGatewayUrl('smpp://user:p%40ss@smpp.example.com:3550')).toEqual({
      kind: smpp,
      settings: { host: 'smpp.example.com', port: 3550, systemId: 'user', password: 'p@ss' },
    })
    expect(parseGatewayUrl('smpp://user:pw@[::1]').settings).toMatchObject({ host: '::1', port: 2775 })
    expect(parseGatewayUrl('smpp://user@host').settings).not.toHaveProperty('password')
  })

  test.each([
    'http://user:geheim12@host:1',
    'smpp://host:1',
    'smpp://user:geheim12@host:0',
    'smpp://user:geheim12@host:1/path',
    'smpp://user:geheim12@:2775',
    'smpp://user-with-a-long-name:geheim12@host',
    'smpp://user:geheim12%zz@host',
    'smpp://us%C3%A9r:geheim12@host',
    'nonsense geheim12',
    '',
  ])('is refused without repeating the password: %s', text => {
    try {
      parseGatewayUrl(text)
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(Problem)
      expect(error).toMatchObject({ code: expect.stringMatching(/^(gateway_url|invalid_input)$/) })
      expect(String(error)).not.toContain('geheim12')
    }
  })
})
