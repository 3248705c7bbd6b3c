import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Framer } from './framer.ts'
import { command, headerOnly, writeHeader } from './pdu.ts'

function pdu(length: number, sequence: number): Buffer {
  const buffer = Buffer.alloc(length, sequence & 0xff)
  writeHeader(buffer, 0, length, command.submitSm, 0, sequence)
  return buffer
}

function cut(stream: Buffer, sizes: readonly number[]): { pdus: Buffer[]; holds: boolean; framer: Framer } {
  const framer = new Framer()
  const pdus: Buffer[] = []
  let holds = true
  for (let at = 0, i = 0; at < stream.length && holds; i++) {
    const size = sizes[i % sizes.length]!
    holds = framer.push(Buffer.from(stream.subarray(at, at + size)), (b, start, end) =>
      pdus.push(b.subarray(start, end)),
    )
    at += size
  }
  return { pdus, holds, framer }
}

test('any cut of the stream gives the same PDUs, byte by byte too', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 16, max: 300 }), { minLength: 1, maxLength: 12 }),
      fc.oneof(fc.constant([1]), fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 5 })),
      (lengths, sizes) => {
        const sent = lengths.map((length, i) => pdu(length, i + 1))
        const { pdus, holds, framer } = cut(Buffer.concat(sent), sizes)
        expect(holds).toBe(true)
        expect(framer.unfinished).toBe(false)
        expect(pdus.map(p => p.toString('hex'))).toEqual(sent.map(p => p.toString('hex')))
      },
    ),
  )
})

test.each([0, 4, 8, 15, 65_537, 0x7fff_ffff, 0xffff_ffff])('length %i ends the stream', length => {
  for (const sizes of [[1], [1000]]) {
    const bad = Buffer.alloc(64)
    bad.writeUInt32BE(length, 0)
    const { pdus, holds, framer } = cut(Buffer.concat([headerOnly(command.enquireLink, 0, 1), bad]), sizes)
    expect(pdus).toHaveLength(1)
    expect(holds).toBe(false)
    expect(framer.push(headerOnly(command.enquireLink, 0, 2), () => expect.fail('read on after a broken length'))).toBe(
      false,
    )
  }
})

test('a request of the web is no PDU', () => {
  expect(cut(Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'), [7]).holds).toBe(false)
})

test('the largest PDU passes and one that stays unfinished is reported', () => {
  const whole = cut(pdu(65_536, 1), [1000])
  expect(whole.pdus).toHaveLength(1)
  expect(cut(pdu(65_536, 1).subarray(0, 65_535), [1000]).framer.unfinished).toBe(true)
  expect(cut(Buffer.from([0, 0]), [1]).framer.unfinished).toBe(true)
})
