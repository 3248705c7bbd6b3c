/**
 * A connection of a kind that carries the messages of one channel, as sending sees it.
 *
 * Always: a message of another channel is not written. Sending hands over none (its claims look at the channel of the gateway), so it is
 * answered refused, like what a gateway does not have.
 */
import type { Channel } from '../../core/channels.ts'
import { homingCode } from '../../core/gateways/homing.ts'
import type { GatewayConnection, Handlers, Outgoing, RenderedContentOf } from './gateway.ts'

type Of<O extends Outgoing, On extends Channel> = O & Outgoing<RenderedContentOf<On>>

export function openFor<O extends Outgoing, On extends Channel>(
  channel: On,
  handlers: Handlers<O>,
  open: (handlers: Handlers<Of<O, On>>) => GatewayConnection<Of<O, On>>,
): GatewayConnection<O> {
  const connection = open(handlers)
  const isOf = (message: O): message is Of<O, On> => message.content.channel === channel
  const refuse = (message: O) => ({
    ...{ message, part: 0, outcome: 'refused' as const, counts: false, personal: false, providerId: null, late: false },
    code: homingCode('other_channel'),
  })
  return {
    get ready() {
      return connection.ready
    },
    room: parts => connection.room(parts),
    submit(messages) {
      const others = messages.filter(message => !isOf(message))
      if (others.length > 0) setImmediate(() => handlers.answered(others.map(refuse)))
      connection.submit(messages.filter(isOf))
    },
    committed: messages => connection.committed(messages.filter(isOf)),
    close: () => connection.close(),
  }
}
