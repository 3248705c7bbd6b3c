import { receiptText } from '../../../test/smsc.ts'
import { type ContractInput, type GatewayPeer, gatewayContract } from '../contract.fixture.ts'
import { outgoing } from '../outgoing.fixture.ts'
import { SmppGateway } from './gateway.ts'
import { status } from './pdu.ts'
import { listenSmpp, type ServerSession } from './server.ts'
import type { ShortMessage } from './short-message.ts'
import type { SmppLogin } from './smpp-settings.ts'

async function start(): Promise<GatewayPeer> {
  const received: string[] = []
  const unanswered: { session: ServerSession<ShortMessage>; sequence: number }[] = []
  const answers: boolean[] = []
  let how: 'accept' | 'refuse' | 'silent' = 'accept'
  let ids = 0
  let last: ShortMessage | undefined
  const server = await listenSmpp<ShortMessage>({
    handlers: {
      bind: () => status.ok,
      submitted(session, messages) {
        for (const { dest, sequence } of messages) {
          received.push(dest)
          if (how === 'accept') session.answer(sequence, status.ok, `id-${++ids}`)
          else if (how === 'refuse') session.answer(sequence, status.invalidSource, '')
          else unanswered.push({ session, sequence })
        }
      },
      acknowledged: (_, __, code) => answers.push(code === status.ok),
    },
  })
  const deliver = (message: ShortMessage) => {
    last = message
    const [session] = [...server.sessions].filter(({ room }) => room > 0)
    session!.deliver([message])
  }
  const spoken = (source: string, text: string, esmClass: number): ShortMessage => ({
    sourceTon: 1,
    sourceNpi: 1,
    source,
    destTon: 5,
    destNpi: 0,
    dest: 'Homing',
    esmClass,
    registeredDelivery: 0,
    dataCoding: 0,
    shortMessage: Buffer.from(text),
  })
  return {
    port: server.port,
    received,
    behave(next) {
      how = next
    },
    answerLate() {
      for (const { session, sequence } of unanswered.splice(0)) session.answer(sequence, status.ok, `id-${++ids}`)
    },
    deliveries: {
      receipt: (providerId, from) => deliver(spoken(from, receiptText(providerId), 4)),
      reply: (text, from) => deliver(spoken(from, text, 0)),
      repeat: () => deliver(last!),
      answers,
    },
    close: () => server.close(),
  }
}

const open: ContractInput<SmppLogin>['open'] = (input, handlers, responseTimeoutMs) =>
  new SmppGateway(input, handlers, {
    responseTimeoutMs,
    reconnectMs: 10,
    reconnectMaxMs: 20,
    closeTimeoutMs: 500,
  })

const settings = (port: number): SmppLogin => ({ host: '127.0.0.1', port, systemId: 'homing', password: 'secret' })

const parts: ContractInput<SmppLogin>['parts'] = ({ content }) => content.split.parts.length

gatewayContract('SMPP', { start, settings, open, message: outgoing, parts })
