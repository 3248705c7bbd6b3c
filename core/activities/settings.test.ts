import { describe, expect, test } from 'vitest'
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
        sendTo: { ...sendToOf(), topics: [{ id: 7, name: 'Offers' }], duplicates: 'all' },
        gateway: { id: 3, name: 'Operator', test: true },
        sendAt: oldest.sendAt,
        latestAt: null,
        quietHours: true,
        links: oldest.links,
        unsubscribe: false,
        maxParts: 20,
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

  test.each([
    [{ topics: [1], include: { match: 'any', segments: [3] } }, 'sendTo.include'],
    [{ topics: [1], exclude: { match: 'all', segments: [3] } }, 'sendTo.exclude'],
    [{ topics: [1], tags: { exclude: { match: 'any', tags: ['vip'] } } }, 'sendTo.tags.exclude'],
    [{ topics: [1], frequency: { hours: 24 } }, 'sendTo.frequency'],
    [{ topics: [1], frozen: true }, 'sendTo.frozen'],
  ])('that chooses fewer people in a way this version does not know is refused: %j', (document, where) => {
    expect(readSendTo(document).faults).toEqual([
      { code: 'activity_newer', where, what: 'is not known to this version' },
    ])
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
