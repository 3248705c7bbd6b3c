import { expect, test } from 'vitest'
import type { Arrival } from '../gateways/gateway.ts'
import type { Inbox } from '../inbox/append.ts'
import type { InboxRecord } from '../inbox/record-kind.ts'
import { ReplyIntake } from './reply-intake.ts'

const at = new Date('2026-11-28T12:00:00Z')

function intake() {
  const kept: InboxRecord[] = []
  const applied = Promise.withResolvers<boolean>()
  const replies: Inbox = {
    source: 1,
    direct: true,
    append: async records => {
      kept.push(...records)
      return { source: 1, seq: kept.length }
    },
    close: async () => {},
  }
  const subject = new ReplyIntake({ replies, marks: { wait: () => applied.promise }, passed: async () => {} })
  const stop = (gatewayId: number): Arrival => ({
    record: { kind: 'reply', gatewayId, at, body: { number: '46701740601', sender: 'Shop', text: 'STOP' } },
    print: () => 'STOP from 46701740601',
  })
  return { kept, apply: () => applied.resolve(true), subject, stop }
}

test('a repetition of what is not applied yet is kept once, and acknowledged when it is applied', async () => {
  const { kept, apply, subject, stop } = intake()
  const both = Promise.all([subject.take([stop(1)]), subject.take([stop(1)])])
  apply()
  expect(await both).toEqual([true, true])
  expect(kept).toHaveLength(1)
})

test('the same words over another gateway are another reply: it may belong to another workspace', async () => {
  const { kept, apply, subject, stop } = intake()
  const both = Promise.all([subject.take([stop(1)]), subject.take([stop(2)])])
  apply()
  expect(await both).toEqual([true, true])
  expect(kept.map(({ gatewayId }) => gatewayId)).toEqual([1, 2])
})
