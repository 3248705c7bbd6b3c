import { expect, test } from 'vitest'
import { type Marked, outgoing } from '../outgoing.fixture.ts'
import { encodeParts, type PartOf } from './encode.ts'

function encoded(message: Marked): PartOf<Marked>[] {
  const parts: PartOf<Marked>[] = []
  encodeParts(message, parts)
  return parts
}
const long = 'x'.repeat(400)

test('a short text is one body without a header, for a final receipt', () => {
  const message = outgoing(1, { text: 'Hi @', validMinutes: 2 * 1440 + 61 })
  expect(encoded(message)).toEqual([
    {
      sourceTon: 5,
      sourceNpi: 0,
      source: 'Homing',
      destTon: 1,
      destNpi: 1,
      dest: '46701700001',
      esmClass: 0,
      registeredDelivery: 1,
      dataCoding: 0,
      shortMessage: Uint8Array.of(0x48, 0x69, 0x20, 0x00),
      validityPeriod: '000002010100000R',
      message,
      part: 1,
      again: false,
      bounced: false,
    },
  ])
})

test('a long text is a body for each part, joined by the reference', () => {
  const parts = encoded(outgoing(7, { text: long }))
  expect(parts.map(({ part, esmClass }) => [part, esmClass])).toEqual([
    [1, 0x40],
    [2, 0x40],
    [3, 0x40],
  ])
  expect(parts.map(({ shortMessage }) => [...shortMessage.subarray(0, 6)])).toEqual([
    [5, 0, 3, 7, 3, 1],
    [5, 0, 3, 7, 3, 2],
    [5, 0, 3, 7, 3, 3],
  ])
})

test('only the wanted parts are made, with the numbers and the total of the whole text', () => {
  const parts = encoded(outgoing(7, { text: long, parts: 0b101, again: true }))
  expect(parts.map(({ part, again, shortMessage }) => [part, again, shortMessage[4], shortMessage[5]])).toEqual([
    [1, true, 3, 1],
    [3, true, 3, 3],
  ])
})

test.each([
  ['Homing', 5, 0, 'Homing'],
  ['71234', 3, 0, '71234'],
  ['+46701740605', 1, 1, '46701740605'],
  ['not a sender', 5, 0, 'not a sender'],
])('the sender %s has its type of number', (from, sourceTon, sourceNpi, source) => {
  expect(encoded(outgoing(1, { from }))[0]).toMatchObject({ sourceTon, sourceNpi, source })
})

test('what GSM does not have is sent as UCS-2', () => {
  const [part] = encoded(outgoing(1, { text: 'Ж' }))
  expect(part).toMatchObject({ dataCoding: 8, shortMessage: Uint8Array.of(0x04, 0x16) })
})

test('without a validity the gateway takes its own', () => {
  expect(encoded(outgoing(1, { validMinutes: undefined }))[0]?.validityPeriod).toBe('')
})
