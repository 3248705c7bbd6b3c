import { describe, expect, test } from 'vitest'
import { frequencyInWords, parseFrequency } from '../frequency.ts'
import { Problem } from '../problems.ts'
import { readContent } from './content.ts'
import { problemOf } from './fields.ts'
import { readSendTo, sendToOf } from './send-to.ts'
import { readSettings, settingsFrom, settingsShape } from './settings.ts'

/** As versions wrote it before links got parameters and before there was a limit of parts. */
const oldest = {
  name: 'Autumn',
  sender: 'Shop',
  body: 'Hi https://example.com',
  smart: false,
  sendTo: { topics: [{ id: 7, name: 'Offers' }], duplicates: 'all' },
  gatewayId: 3,
  gateway: { id: 3, name: 'Operator', test: true },
  sendAt: '2025-11-01T10:00:00.000Z',
  latestAt: null,
  quietHours: true,
  links: ['https://example.com'],
  unsubscribe: false,
}
const parameters = [
  { key: 'utm_source', value: 'homing' },
  { key: 'utm_campaign', value: 'autumn' },
]
const content = {
  channel: 'sms',
  sender: 'Shop',
  body: 'Hi',
  smart: true,
  utm: { on: false, source: '', medium: '', name: '' },
}

describe('a frozen document', () => {
  test('of the oldest version is read whole, with no parameters and the highest limit', () => {
    expect(readSettings(oldest)).toEqual({
      faults: [],
      value: {
        shape: settingsShape,
        name: 'Autumn',
        content: { ...content, body: oldest.body, smart: false },
        utm: [],
        sendTo: {
          ...sendToOf(),
          topics: [{ id: 7, name: 'Offers' }],
          duplicates: 'all',
          include: { match: 'any', segments: [] },
          exclude: { match: 'any', segments: [] },
          reminds: null,
          selection: null,
        },
        gateway: { id: 3, name: 'Operator', test: true },
        sendAt: oldest.sendAt,
        latestAt: null,
        quietHours: true,
        links: oldest.links,
        unsubscribe: false,
        maxParts: 20,
        currency: null,
        creditValue: null,
        linkDomain: null,
      },
    })
  })

  test('of a version with parameters and a limit keeps both', () => {
    const { value, faults } = readSettings({ ...oldest, utm: parameters, maxParts: 4 })
    expect(faults).toEqual([])
    expect(value).toMatchObject({
      utm: parameters,
      maxParts: 4,
      content: { utm: { on: true, source: 'homing', medium: '', name: 'autumn' } },
    })
  })

  test('of today is read as it was written', () => {
    const written = readSettings({ ...oldest, utm: parameters, maxParts: 4 }).value
    expect(readSettings(JSON.parse(JSON.stringify(written)))).toEqual({ value: written, faults: [] })
  })

  test.each([
    ['null', null, 'settings is not an object'],
    ['a text', 'Hi', 'settings is not an object'],
    ['no topics', { ...oldest, sendTo: {} }, 'settings.sendTo.topics is missing'],
    [
      'a topic without id',
      { ...oldest, sendTo: { topics: [{ name: 'x' }] } },
      'settings.sendTo.topics.0.id is missing',
    ],
    ['no text', { ...oldest, body: undefined }, 'settings.body is missing'],
    ['a sender that is no text', { ...oldest, sender: 5 }, 'settings.sender is not text'],
    ['no gateway', { ...oldest, gateway: undefined, gatewayId: null }, 'settings.gatewayId is not a positive integer'],
    ['another shape', { ...oldest, shape: 2, content }, 'settings.shape is 2; this version knows 1'],
    [
      'a value of a credit that is no number',
      { ...oldest, creditValue: 'abc' },
      'settings.creditValue is not a decimal',
    ],
    ['a currency that is none', { ...oldest, currency: 'kr' }, 'settings.currency is not a currency of three letters'],
    ['an unknown channel', { ...oldest, shape: 1, content: { channel: 'fax' } }, 'content.channel is “fax”'],
    ['no content', { ...oldest, shape: 1 }, 'content is not an object'],
  ])('with %s names what is wrong and where, and cannot be sent', (_, document, what) => {
    expect(problemOf(readSettings(document).faults).message).toContain(what)
    expect(() => settingsFrom(document)).toThrow(Problem)
  })
})

describe('Send to', () => {
  test('lacks in older drafts what chooses nothing', () => {
    expect(readSendTo({ topics: [1], duplicates: 'all' })).toEqual({
      value: sendToOf({ topics: [1], duplicates: 'all' }),
      faults: [],
    })
    expect(readSendTo(sendToOf({ topics: [1] }))).toEqual({ value: sendToOf({ topics: [1] }), faults: [] })
  })

  test('has a frequency of whole hours, and is not readable with another', () => {
    expect(readSendTo({ topics: [1], frequency: { hours: 24 } })).toEqual({
      value: sendToOf({ topics: [1], duplicates: 'one_per_address', frequency: { hours: 24 } }),
      faults: [],
    })
    for (const frequency of [{ hours: 0 }, { hours: 1.5 }, { hours: 8761 }, { hours: '24' }, {}, 24, 'often'])
      expect(readSendTo({ topics: [1], frequency }).faults[0]).toMatchObject({
        code: 'activity_unreadable',
        where: expect.stringContaining('sendTo.frequency'),
      })
  })

  test.each([
    [{ hours: 1 }, 'the last hour'],
    [{ hours: 24 }, 'the last 24 hours'],
    [{ hours: 36 }, 'the last 36 hours'],
    [{ hours: 48 }, 'the last 2 days'],
  ])('says %j as a span', (frequency, span) => {
    expect(frequencyInWords(frequency, 'sms')).toBe(`Nobody who was sent another SMS in ${span}`)
  })

  test.each([
    ['24h', 24],
    ['3d', 72],
    ['365d', 8760],
    ['366d', undefined],
    ['0h', undefined],
    ['1.5h', undefined],
    ['24', undefined],
    ['', undefined],
  ])('reads the frequency %s', (given, hours) => {
    expect(parseFrequency(given)).toEqual(hours === undefined ? undefined : { hours })
  })

  test('is live unless it says that it is frozen', () => {
    expect(readSendTo({ topics: [1] }).value.frozen).toBe(false)
    expect(readSendTo({ topics: [1], frozen: true })).toMatchObject({ value: { frozen: true }, faults: [] })
    expect(readSendTo({ topics: [1], frozen: 'yes' }).faults).toHaveLength(1)
  })

  test('is read under the former names too, in drafts and in versions', () => {
    const sendTo = { ...oldest.sendTo, duplicates: 'one_per_number' }
    expect(readSendTo({ topics: [1], duplicates: 'one_per_number' }).value.duplicates).toBe('one_per_address')
    expect(readSettings({ ...oldest, sendTo })).toMatchObject({
      value: { sendTo: { duplicates: 'one_per_address' } },
      faults: [],
    })
  })

  test('keeps the segments and tags that were chosen', () => {
    const chosen = {
      topics: [1],
      include: { match: 'all' as const, segments: [3, 4] },
      exclude: { match: 'any' as const, segments: [5] },
      tags: { include: { match: 'any' as const, tags: ['vip'] }, exclude: { match: 'all' as const, tags: [] } },
      duplicates: 'all' as const,
    }
    expect(readSendTo(chosen)).toEqual({ value: sendToOf(chosen), faults: [] })
  })

  test('of a version that chose segments needs their definitions: without them it would reach everybody', () => {
    const { topics } = oldest.sendTo
    const include = { match: 'any', segments: [{ id: 3, name: 'VIP' }] }
    const tree = { v: 1, root: { kind: 'group', match: 'all', items: [{ kind: 'tag', match: 'any', tags: ['vip'] }] } }
    const read = (more: object) => readSettings({ ...oldest, sendTo: { topics, include, ...more } })
    expect(read({ selection: { of: 'everybody', tree } })).toMatchObject({
      faults: [],
      value: { sendTo: { include, selection: { of: 'everybody', tree } } },
    })
    for (const broken of [
      {},
      { selection: null },
      { selection: { of: 'everybody' } },
      { selection: { of: 'all', tree } },
    ])
      expect(read(broken).faults).not.toEqual([])
    for (const items of [[{ kind: 'tag', match: 'any', tags: [] }], [{ kind: 'horoscope' }]])
      expect(
        read({ selection: { of: 'everybody', tree: { v: 1, root: { kind: 'group', match: 'all', items } } } }).faults,
      ).toMatchObject([{ where: 'settings.sendTo.selection.tree' }])
  })

  test.each([[null], [[]], [{ topics: 'all' }], [{ topics: [0] }], [{ duplicates: 'some' }], [{ tags: 5 }]])(
    'of the form %j is a fault, not an exception',
    document => {
      expect(readSendTo(document).faults).toMatchObject([{ code: 'activity_unreadable' }])
    },
  )
})

describe('content', () => {
  test('is read by its channel', () => {
    expect(readContent(content)).toEqual({ value: content, faults: [] })
  })

  test('of an unknown channel is named and shown as empty', () => {
    expect(readContent({ ...content, channel: 'fax' })).toMatchObject({
      value: { sender: '', body: '' },
      faults: [{ code: 'activity_channel', where: 'content.channel' }],
    })
    expect(readContent({ ...content, channel: 'constructor' }).faults).toHaveLength(1)
  })
})
