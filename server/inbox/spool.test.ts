import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { frameEntry, frameHeader, parseEntry, readLines } from './frames.ts'
import type { InboxEntry } from './insert.ts'
import { Spool } from './spool.ts'

const header = { installation: 'i', source: 3, startedAt: '2026-03-01T00:00:00.000Z' }
const at = new Date('2026-03-01T12:00:00.000Z')
const entry = (seq: number, body = '{"a":1}'): InboxEntry => ({ seq, kind: 'click', gatewayId: null, at, body })

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'homing-spool-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const spoolWith = (limitBytes = 1e6) => new Spool({ folder, header, limitBytes })
const files = () => readdirSync(folder).sort()

const entries = fc.array(
  fc.record({
    seq: fc.nat(),
    kind: fc.constantFrom('click', 'receipt'),
    gatewayId: fc.option(fc.nat()),
    at: fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('2100-01-01') }),
    body: fc.string({ unit: 'binary' }).map(text => JSON.stringify({ text })),
  }),
)

test('what was framed comes back, also when the file is cut at any byte: whole lines, nothing made up', () => {
  fc.assert(
    fc.property(entries, fc.nat(), (given, cut) => {
      const bytes = Buffer.from(given.map(frameEntry).join(''))
      const end = cut % (bytes.length + 1)
      const { lines, damagedBytes } = readLines(bytes.subarray(0, end))
      expect(damagedBytes).toBe(0)
      expect(lines.map(parseEntry)).toEqual(given.slice(0, lines.length))
      if (end === bytes.length) expect(lines).toHaveLength(given.length)
    }),
  )
})

test('a damaged line costs itself and no other', () => {
  const bytes = Buffer.from([1, 2, 3].map(seq => frameEntry(entry(seq))).join(''))
  const middle = frameEntry(entry(1)).length + 30
  bytes[middle] = bytes[middle]! ^ 1
  const { lines, damagedBytes } = readLines(bytes)
  expect(lines.map(parseEntry).map(found => found.seq)).toEqual([1, 3])
  expect(damagedBytes).toBe(frameEntry(entry(2)).length)
})

test('entries are read in the order of writing, and the file goes when all are appended', async () => {
  const spool = spoolWith()
  await spool.write([entry(1), entry(2)])
  await spool.write([entry(3)])
  expect(spool.isAppended).toBe(false)
  const read = await spool.read()
  expect(read.entries).toEqual([entry(1), entry(2), entry(3)])
  spool.appended(read.bytes)
  expect((await spool.read()).bytes).toBe(0)
  await spool.clear()
  expect(files()).toEqual([])
})

test('an entry longer than a piece is read whole', async () => {
  const spool = spoolWith(1e7)
  const long = entry(1, JSON.stringify({ text: 'x'.repeat(3_000_000) }))
  await spool.write([long])
  expect((await spool.read()).entries).toEqual([long])
  await spool.leave()
})

test('above its limit nothing is written', async () => {
  const spool = spoolWith(300)
  await spool.write([entry(1)])
  await expect(spool.write([entry(2), entry(3)])).rejects.toMatchObject({ code: 'inbox_full' })
  expect((await spool.read()).entries).toEqual([entry(1)])
  await spool.leave()
})

test('a file that another process has taken over is read to its end, and what follows goes into a new one', async () => {
  const spool = spoolWith()
  await spool.write([entry(1)])
  const [name = ''] = files()
  renameSync(join(folder, name), join(folder, 'taken'))
  await spool.write([entry(2)])
  const [fresh = ''] = files()
  const { lines } = readLines(readFileSync(join(folder, fresh)))
  expect(lines).toEqual([JSON.stringify(header), frameEntry(entry(2)).slice(18, -1)])

  const first = await spool.read()
  expect(first.entries).toEqual([entry(1)])
  spool.appended(first.bytes)
  const second = await spool.read()
  expect(second.entries).toEqual([entry(2)])
  spool.appended(second.bytes)
  expect(spool.isAppended).toBe(true)
  await spool.clear()
  expect(files()).toEqual(['taken'])
})

test('the first line names installation and source', () => {
  expect(JSON.parse(readLines(Buffer.from(frameHeader(header))).lines[0]!)).toEqual(header)
})
