/** For tests: the provider of http-kind.fixture.ts, a real HTTP server. */
import { createServer, type ServerResponse } from 'node:http'
import { Type } from '@fastify/type-provider-typebox'
import Value from 'typebox/value'
import type { GatewayPeer } from './contract.fixture.ts'
import { signature } from './http-kind.fixture.ts'

const Message = Type.Object({
  account: Type.String(),
  key: Type.String(),
  to: Type.String(),
  from: Type.String(),
  text: Type.String(),
  webhook: Type.String(),
})
export interface Taken {
  id: string
  to: string
  text: string
  webhook: string
}

export interface HttpPeer extends GatewayPeer {
  /** what it has accepted, in order */
  readonly taken: readonly Taken[]
  /** Posts to the webhook as the provider does; the status of the answer. */
  deliver(webhook: string, posted: object, token?: string): Promise<number>
}

export async function startHttpPeer(token: string): Promise<HttpPeer> {
  const received: string[] = []
  const taken: Taken[] = []
  const unanswered: (() => void)[] = []
  let how: 'accept' | 'refuse' | 'silent' = 'accept'
  const answer = (response: ServerResponse, status: number, body: object) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    try {
      for await (const chunk of request) chunks.push(chunk)
    } catch {
      return // it was cut
    }
    const message: unknown = JSON.parse(Buffer.concat(chunks).toString())
    if (!Value.Check(Message, message)) return answer(response, 400, { error: 'malformed' })
    if (request.headers.authorization !== `Bearer ${token}`) return answer(response, 401, { error: 'token' })
    const { to, text, webhook } = message
    received.push(to.slice(1))
    const accept = () => {
      const id = `m-${taken.length + 1}`
      taken.push({ id, to, text, webhook })
      answer(response, 202, { id })
    }
    if (how === 'accept') accept()
    else if (how === 'refuse') answer(response, 422, { error: 'sender' })
    else unanswered.push(accept)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    port: address.port,
    received,
    taken,
    behave(next) {
      how = next
    },
    answerLate() {
      for (const accept of unanswered.splice(0)) accept()
    },
    async deliver(webhook, posted, key = token) {
      const body = JSON.stringify(posted)
      const headers = { 'content-type': 'application/json', 'x-signature': signature(key, body) }
      return (await fetch(webhook, { method: 'POST', headers, body })).status
    },
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
