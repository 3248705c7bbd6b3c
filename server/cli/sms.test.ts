import { PassThrough, Writable } from 'node:stream'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import vectors from '../../test/vectors/gsm-vectors.json' with { type: 'json' }
import { maxLineBytes, runSms } from './sms.ts'

/** What is kept, and not what is still to be collected. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc()')
}

async function* from(chunks: Iterable<string | Uint8Array>) {
  yield* chunks
}

async function run(chunks: Iterable<string | Uint8Array>, smart = false) {
  let out = ''
  const output = new Writable({
    decodeStrings: false,
    write(chunk, _, done) {
      out += chunk
      setImmediate(done)
    },
  })
  const code = await runSms({ smart, input: from(chunks), output })
  await new Promise<void>(done => output.end(done))
  return {
    code,
    lines: out
      .split('\n')
      .slice(0, -1)
      .map(line => JSON.parse(line)),
  }
}

const input = vectors.vectors.map(({ text }) => `${JSON.stringify({ text })}\n`).join('')

test('each vector is counted unchanged', async () => {
  expect(await run([input])).toEqual({
    code: 0,
    lines: vectors.vectors.map(({ encoding, units, perPart }) => ({ encoding, units, parts: perPart })),
  })
})

test('with --smart each vector is normalised and replaced before it is counted', async () => {
  const { lines } = await run([input], true)
  expect(lines.map(({ encoding, units, parts }) => [encoding, units, parts.length])).toEqual(
    vectors.vectors.map(vector => [vector.smartEncoding, vector.smartUnits, vector.smartParts]),
  )
})

test('it does not matter where the stream is cut, not even inside of a character', async () => {
  const octets = Buffer.from('{"text":"åäö €👍"}\n{"text":""}\r\n{"text":"x"}')
  const whole = await run([octets])
  expect(whole.lines.map(line => line.parts)).toEqual([[7], [0], [1]])
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(octets.length), { maxLength: 6 }), async cuts => {
      const places = [0, ...cuts.sort((a, b) => a - b), octets.length]
      expect(await run(places.slice(1).map((end, i) => octets.subarray(places[i], end)))).toEqual(whole)
    }),
  )
})

test('a bad line gets an error with its number in its place, the others their count, and the exit code is 1', async () => {
  const { code, lines } = await run([
    '\ufeff{"text":"a"}\n',
    'nonsense\n\n{"text":5}\n"text"\nnull\n{"txt":"a"}\n',
    Buffer.from([0x22, 0xff, 0x22, 0x0a]),
    `{"text":"${'x'.repeat(maxLineBytes)}"}\n`,
    '{"text":"b"}',
  ])
  expect(code).toBe(1)
  expect(lines.map(line => line.error?.split(/[;.]/)[0] ?? line.units)).toEqual([
    1,
    'Line 2: not JSON',
    'Line 3: not JSON',
    'Line 4: no "text" that is a string',
    'Line 5: no "text" that is a string',
    'Line 6: no "text" that is a string',
    'Line 7: no "text" that is a string',
    'Line 8: not UTF-8',
    `Line 9: longer than ${maxLineBytes} bytes`,
    1,
  ])
})

test('nothing in gives nothing out and exit code 0', async () => {
  expect(await run([])).toEqual({ code: 0, lines: [] })
})

test('a line without end is not kept in memory', async () => {
  const chunk = Buffer.alloc(1024 * 1024, 0x61)
  collectGarbage()
  const before = process.memoryUsage().arrayBuffers
  // Of the second half, in which what was kept would be 150 chunks. On a busy machine, freed memory goes a moment later.
  let least = Number.POSITIVE_INFINITY
  function* endless() {
    for (let i = 0; i < 300; i++) {
      yield Buffer.from(chunk)
      if (i >= 150 && i % 15 === 0) {
        collectGarbage()
        least = Math.min(least, process.memoryUsage().arrayBuffers - before)
      }
    }
    yield '\n{"text":"a"}\n'
  }
  const { code, lines } = await run(endless())
  expect(code).toBe(1)
  expect(lines).toHaveLength(2)
  expect(least).toBeLessThan(50 * 1024 * 1024)
})

test('it reads no further than its reader keeps up, and ends when the reader goes', async () => {
  let read = 0
  async function* endless() {
    for (;;) {
      read++
      yield '{"text":"a"}\n'.repeat(1000)
    }
  }
  const output = new PassThrough({ highWaterMark: 1024 })
  const done = runSms({ smart: false, input: endless(), output })
  while (!output.writableNeedDrain) await new Promise(setImmediate)
  for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate)
  expect(read).toBeLessThan(3)
  output.destroy()
  expect(await done).toBe(0)
})

test('an output that fails is an error, not a short result', async () => {
  const output = new Writable({ write: (_chunk, _encoding, done) => done(new Error('no space left')) })
  async function* lines() {
    yield '{"text":"a"}\n'
    await new Promise(setImmediate)
    yield '{"text":"b"}\n'
  }
  await expect(runSms({ smart: false, input: lines(), output })).rejects.toThrow('no space left')
})
