import { expect, test } from 'vitest'
import type { GatewayAnswer, GatewayConnection, Outgoing, RenderedSms } from './gateway.ts'
import { openFor } from './of-channel.ts'
import { outgoing } from './outgoing.fixture.ts'

const sms = outgoing(1)
const email: Outgoing = {
  ...sms,
  to: 'anna@example.net',
  from: 'news@example.com',
  content: {
    channel: 'email',
    subject: 'Hi',
    fromName: 'News',
    replyTo: '',
    html: '<p>Hi</p>',
    text: 'Hi',
    unsubscribe: 'https://l.example/abc',
    listId: 'offers.1.example.com',
    token: '0000000000000',
  },
}

test('a message of another channel is refused and never reaches the connection of the kind', async () => {
  const submitted: Outgoing[] = []
  const committed: Outgoing[] = []
  const connection: GatewayConnection<Outgoing<RenderedSms>> = {
    ready: true,
    room: () => 1,
    submit: messages => submitted.push(...messages),
    committed: messages => committed.push(...messages),
    close: async () => {},
  }
  const answers = await new Promise<readonly GatewayAnswer<Outgoing>[]>(answered => {
    const handlers = {
      ...{ answered, arrived: () => {}, beforeWrite: () => true, mayStill: () => true },
      ...{ changed: () => {}, ready: () => {} },
    }
    const open = openFor<Outgoing, 'sms'>('sms', handlers, () => connection)
    open.submit([email, sms])
    open.committed([email, sms])
  })
  expect(submitted).toEqual([sms])
  expect(committed).toEqual([sms])
  expect(answers).toMatchObject([{ message: email, part: 0, outcome: 'refused', code: 'homing:other_channel' }])
})
