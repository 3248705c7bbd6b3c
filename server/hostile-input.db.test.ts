/** No request of allowed size holds up the others: between two turns of the event loop lies a bounded amount of this thread's work. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { shapes } from '../test/linear.ts'
import { testApp } from './access/app.fixture.ts'

const dataFolder = mkdtempSync(join(tmpdir(), 'homing-hostile-'))
afterAll(() => rmSync(dataFolder, { recursive: true, force: true }))
const app = testApp({ dataFolder })
/** On an idle machine most turns take a tenth of it. */
const mostMs = 250

/** The longest turn of the event loop while it runs, in milliseconds of this thread's own work. */
async function longestTurn(run: () => Promise<unknown>): Promise<number> {
  let longest = 0
  let over = false
  let last = process.threadCpuUsage()
  const turn = () => {
    const { user, system } = process.threadCpuUsage(last)
    last = process.threadCpuUsage()
    longest = Math.max(longest, (user + system) / 1000)
    if (!over) setImmediate(turn)
  }
  setImmediate(turn)
  await run()
  over = true
  turn()
  return longest
}

async function held(requests: Readonly<Record<string, () => Promise<unknown>>>): Promise<Record<string, number>> {
  const slow: Record<string, number> = {}
  for (const [name, run] of Object.entries(requests)) {
    // The first time code is compiled, and a collection of garbage may fall into any turn.
    const ms = Math.min(await longestTurn(run), await longestTurn(run))
    if (ms > mostMs) slow[name] = Math.round(ms)
  }
  return slow
}

const form = (csv: string) =>
  `--b\r\ncontent-disposition: form-data; name="file"; filename="a.csv"\r\ncontent-type: text/csv\r\n\r\n${csv}\r\n--b--\r\n`

describe('the other requests have their turn', () => {
  test('while a draft of any text is read', { timeout: 120_000 }, async () => {
    const place = await app.workspace('Hostile drafts')
    const made = await app.call('POST', `${place.base}/activities`, { key: place.key, body: { name: 'x' } })
    const { id } = made.body as { id: number }
    const requests = Object.fromEntries(
      [
        'scheme characters',
        'schemes',
        'tags that are unknown',
        'closed brackets',
        'marks in two heaps',
        'links that differ',
        'joined emoji',
        'a link of other letters',
      ].flatMap(name =>
        [6400, 20_000].map(n => [
          `${name} ${n}`,
          async () => {
            const { body } = await app.call('GET', `${place.base}/activities/${id}`, { key: place.key })
            const { revision } = body as { revision: number }
            const text = shapes[name]!(n).slice(0, n)
            await app.call('PATCH', `${place.base}/activities/${id}`, {
              key: place.key,
              body: { revision, content: { channel: 'sms', body: text } },
            })
            await app.call('POST', `${place.base}/activities/${id}/audience`, { key: place.key, body: {} })
          },
        ]),
      ),
    )
    expect(await held(requests)).toEqual({})
  })

  test('while a list of any cells is looked at', { timeout: 120_000 }, async () => {
    const place = await app.workspace('Hostile lists')
    const preview = (csv: string) => () =>
      app.built.app.inject({
        method: 'POST',
        url: `${place.base}/imports/preview`,
        headers: { authorization: `Bearer ${place.key}`, 'content-type': 'multipart/form-data; boundary=b' },
        payload: form(csv),
      })
    const long = Object.fromEntries(
      [
        'digits and a letter',
        'marks in two heaps',
        'commas',
        'spaces',
        'apostrophes',
        'hyphens',
        'addresses with many points',
      ].map(name => [name, preview(`a|b\n${shapes[name]!(900_000)}|1\n`)]),
    )
    const wide = Array.from({ length: 1000 }, (_, i) => `c${i}`).join(';')
    const numbers = Array.from({ length: 1000 }, (_, i) => `07017${40_000 + i}`).join(';')
    const requests = {
      ...long,
      'a name of a column': preview(`${shapes['marks in two heaps']!(500_000)}\n1\n`),
      'a thousand columns': preview(`${wide}\n${`${numbers}\n`.repeat(100)}`),
      quotes: preview(`a;b\n${'"a"";'.repeat(100_000)}`),
    }
    expect(await held(requests)).toEqual({})
  })

  test('while calls, searches and headers of any size are read', { timeout: 120_000 }, async () => {
    const place = await app.workspace('Hostile calls')
    const names = Array.from({ length: 49_000 }, (_, i) => `"a${i}":1`).join(',')
    const raw = (payload: string) => () =>
      app.built.app.inject({
        method: 'POST',
        url: `${place.base}/profiles`,
        headers: { authorization: `Bearer ${place.key}`, 'content-type': 'application/json' },
        payload,
      })
    const requests = {
      'many names': raw(`{"profiles":[{"externalKey":"A","attributes":{${names}}}]}`),
      'many values': raw(`[${'1,'.repeat(2_000_000)}1]`),
      'deep arrays': raw('['.repeat(4_000_000)),
      'numbers that are nearly none': raw(
        JSON.stringify({ profiles: Array.from({ length: 1000 }, () => ({ phone: `+46${'(0)-'.repeat(24)}` })) }),
      ),
      'a search': () => app.call('GET', `${place.base}/profiles?search=${'%25'.repeat(500)}`, { key: place.key }),
      'a header': () =>
        app.built.app.inject({
          url: `${place.base}/profiles`,
          headers: { authorization: `Bearer ${' '.repeat(15_000)}x y` },
        }),
    }
    expect(await held(requests)).toEqual({})
  })
})
