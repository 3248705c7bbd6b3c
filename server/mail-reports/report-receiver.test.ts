/** What strangers may do to the receiver of returned e-mails. */
import { connect } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { makeMailTokens } from '../links/mail-token.ts'
import { type Receiver, startReceiver } from './report-receiver.ts'

const tokens = makeMailTokens([Buffer.alloc(16, 1), Buffer.alloc(16, 2)])
let receiver: Receiver | undefined
afterEach(async () => receiver?.close())

test('a connection that is never idle is closed all the same, and what came of its e-mail is not kept', async () => {
  const kept: object[] = []
  const inbox = {
    append: async (records: readonly object[]) => {
      kept.push(...records)
      return { source: 1, seq: kept.length }
    },
  }
  receiver = await startReceiver({
    ...{ port: 0, host: '127.0.0.1', tokens, inbox, now: () => new Date(0), warn: () => {}, openMs: 300 },
  })
  const socket = connect(receiver.port, '127.0.0.1')
  socket.on('error', () => {})
  const closed = new Promise(resolve => socket.once('close', resolve))
  const commands = ['EHLO a', 'MAIL FROM:<>', `RCPT TO:<b-${tokens.seal(1)}@b.example>`, 'DATA', 'Subject: x\r\n']
  socket.on('data', () => socket.write(`${commands.shift() ?? 'x'}\r\n`))
  const octets = setInterval(() => commands.length === 0 && socket.write('x'), 10)
  await closed
  clearInterval(octets)
  expect(kept).toEqual([])
})
