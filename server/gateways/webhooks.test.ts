import { describe, expect, test, vi } from 'vitest'
import { testKeys } from '../../test/keys.ts'
import type { Arrivals } from './gateway.ts'
import { httpKind, signature } from './http-kind.fixture.ts'
import { smpp } from './smpp/kind.ts'
import { Webhooks } from './webhooks.ts'

const token = 'geheim12'
const row = {
  id: 7,
  workspaceId: 1,
  kind: 'http-fixture',
  settings: { baseUrl: 'http://sms.example', sender: 'shop' },
  secret: testKeys.seal(JSON.stringify({ token }), 'gateway secrets 1 7'),
  simulator: false,
}
const signed = (posted: object, key = token) => {
  const body = JSON.stringify(posted)
  const headers = { 'x-signature': signature(key, body) }
  return { method: 'POST', url: 'https://homing.example/webhooks/7', headers, body: Buffer.from(body) }
}
const reply = (text: string) => signed({ type: 'reply', from: '+46701700001', to: 'Shop', text })

interface Played {
  rows?: readonly object[]
  isAway?: boolean
  keep?: (arrivals: Arrivals) => Promise<void>
}

function make(played: Played = {}) {
  const kept: unknown[] = []
  let asked = 0
  const webhooks = new Webhooks({
    db: {
      async query<Row>() {
        asked++
        if (played.isAway) throw new Error('away')
        return (played.rows ?? [row]) as Row[]
      },
    },
    kinds: [smpp, httpKind],
    keys: testKeys,
    clock: { now: () => new Date('2026-11-28T12:00:00Z') },
    warn: () => {},
    keep:
      played.keep ??
      (async ({ all, ack }) => {
        kept.push(...all.map(({ record }) => record))
        ack(all, true)
      }),
  })
  return { webhooks, kept, played, asked: () => asked }
}

describe('a webhook', () => {
  test('is taken when all of it is kept, for the gateway of the address', async () => {
    const { webhooks, kept } = make()
    expect(await webhooks.take(7, reply('Hello'))).toBe('taken')
    expect(kept).toMatchObject([{ kind: 'reply', gatewayId: 7, at: new Date('2026-11-28T12:00:00Z') }])
  })

  test('is to come again when any of it is not kept', async () => {
    const { webhooks } = make({ keep: async ({ all, ack }) => ack(all, false) })
    expect(await webhooks.take(7, reply('Hello'))).toBe('later')
  })

  test('without a proof is refused, and for no gateway unknown', async () => {
    const { webhooks, kept } = make()
    expect(await webhooks.take(7, { ...reply('Hello'), headers: {} })).toBe('refused')
    expect(await webhooks.take(8, reply('Hello'))).toBe('unknown')
    expect(kept).toEqual([])
  })

  test.each([
    ['without its secret', { secret: null }],
    ['with a secret that is empty', { secret: testKeys.seal('{"token":""}', 'gateway secrets 1 7') }],
    ['whose key is not here', { secret: 'no key opens it' }],
    ['with settings that do not fit', { settings: {} }],
    ['of a kind of a newer version', { kind: 'pigeon' }],
  ])('for a gateway %s is to come again, whatever proves it', async (_, fault) => {
    const { webhooks, kept } = make({ rows: [{ ...row, ...fault }] })
    for (const key of [token, '']) expect(await webhooks.take(7, signed({}, key))).toBe('later')
    expect(kept).toEqual([])
  })

  test('is taken by what was read last while the database is away, and asks it once for many', async () => {
    const { webhooks, played, asked } = make()
    await Promise.all(Array.from({ length: 50 }, () => webhooks.take(7, reply('Hello'))))
    expect(asked()).toBe(1)
    played.isAway = true
    vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 2000)
    expect(await webhooks.take(7, reply('Hello'))).toBe('taken')
    vi.restoreAllMocks()
    const { webhooks: fresh } = make({ isAway: true })
    expect(await fresh.take(7, reply('Hello'))).toBe('later')
  })

  test('that is repeated is known by its print', async () => {
    const prints: string[] = []
    const { webhooks } = make({
      keep: async ({ all, ack }) => {
        prints.push(...all.map(one => one.print()))
        ack(all, true)
      },
    })
    for (const text of ['STOP', 'STOP', 'START']) await webhooks.take(7, reply(text))
    expect([prints[0] === prints[1], prints[1] === prints[2]]).toEqual([true, false])
  })
})
