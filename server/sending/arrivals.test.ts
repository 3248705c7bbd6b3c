import { expect, test } from 'vitest'
import type { Arrival } from '../gateways/gateway.ts'
import type { InboxRecord } from '../inbox/record-kind.ts'
import { keepArrivals } from './arrivals.ts'

const at = new Date('2026-11-28T12:00:00Z')
const arrival = (kind: 'reply' | 'unreadable', name: string): Arrival => ({
  record:
    kind === 'reply'
      ? { kind, gatewayId: 1, at, body: { number: name, sender: 'Shop', text: 'STOP' } }
      : { kind, gatewayId: 1, at, body: { hex: name, why: 'test' } },
  print: () => name,
})

function scene() {
  const acks: [names: string[], kept: boolean][] = []
  const appended: InboxRecord[] = []
  const complaints: string[] = []
  const all = [arrival('unreadable', 'a'), arrival('reply', 'b'), arrival('unreadable', 'c'), arrival('reply', 'd')]
  const replies = Promise.withResolvers<boolean>()
  const inbox = { isFull: false }
  const done = () =>
    keepArrivals(
      { all, ack: (some, kept) => acks.push([some.map(one => one.print()), kept]) },
      {
        inbox: {
          async append(records) {
            if (inbox.isFull) throw new Error('disk full')
            appended.push(...records)
            return { source: 1, seq: 1 }
          },
        },
        replies: { take: () => replies.promise },
        warn: (_, what) => complaints.push(what),
      },
    )
  return { acks, appended, complaints, replies, inbox, done }
}

test('a reply that waits holds up no receipt', async () => {
  const { acks, appended, replies, done } = scene()
  const all = done()
  await new Promise(resolve => setImmediate(resolve))
  expect(acks).toEqual([[['a', 'c'], true]])
  expect(appended.map(({ kind }) => kind)).toEqual(['unreadable', 'unreadable'])
  replies.resolve(true)
  await all
  expect(acks).toEqual([
    [['a', 'c'], true],
    [['b', 'd'], true],
  ])
})

test('replies that are not applied in time are to be delivered again', async () => {
  const { acks, replies, done } = scene()
  replies.resolve(false)
  await done()
  expect(acks).toContainEqual([['b', 'd'], false])
})

test('what cannot be kept is to be delivered again, and harms nothing else', async () => {
  const { acks, complaints, replies, inbox, done } = scene()
  inbox.isFull = true
  replies.resolve(true)
  await done()
  expect(acks).toContainEqual([['a', 'c'], false])
  expect(acks).toContainEqual([['b', 'd'], true])
  expect(complaints).toHaveLength(1)
})
