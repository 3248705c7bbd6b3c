import { gatewayContract } from './contract.fixture.ts'
import { HttpConnection, receive, signature } from './http-kind.fixture.ts'
import { startHttpPeer } from './http-peer.fixture.ts'
import { outgoing } from './outgoing.fixture.ts'

const token = 'secret12'

gatewayContract('HTTP', {
  start: () => startHttpPeer(token),
  message: outgoing,
  parts: ({ content }) => content.split.parts.length,
  settings: (port: number) => ({ baseUrl: `http://127.0.0.1:${port}`, sender: 'shop', token }),
  open: (input, handlers, answerMs) => new HttpConnection(input, handlers, { answerMs, reconnectMs: 10, closeMs: 500 }),
  webhook: {
    receive,
    request: (posted, key = token) => ({
      method: 'POST',
      url: 'https://homing.example/webhooks/7',
      headers: { 'x-signature': signature(key, posted) },
      body: Buffer.from(posted),
    }),
    receipt: (providerId, to) => JSON.stringify({ type: 'receipt', id: providerId, to: `+${to}`, status: 'delivered' }),
    reply: (text, from) => JSON.stringify({ type: 'reply', from: `+${from}`, to: 'Homing', text }),
  },
})
