import { createVerify, generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { outgoingEmail } from '../outgoing.fixture.ts'
import { compose } from './compose.ts'

const date = new Date('2026-11-28T12:00:00Z')
const input = { bounceDomain: 'bounce.example.com', signing: undefined, date }

async function headersOf(message: ReturnType<typeof outgoingEmail>): Promise<Map<string, string[]>> {
  const made = await compose(message, input)
  const [head = ''] = made!.body.toString().split('\r\n\r\n', 1)
  const lines = head.replace(/\r\n[ \t]/g, ' ').split('\r\n')
  const found = new Map<string, string[]>()
  for (const line of lines) {
    const name = line.slice(0, line.indexOf(':')).toLowerCase()
    found.set(name, [...(found.get(name) ?? []), line.slice(line.indexOf(':') + 2)])
  }
  return found
}

test('the headers by which people unsubscribe are those of RFC 8058 and 2919, each once and on one line', async () => {
  const made = await compose(outgoingEmail(7), input)
  const text = made!.body.toString()
  for (const line of [
    'List-Unsubscribe: <https://l.example.com/u7>',
    'List-Unsubscribe-Post: List-Unsubscribe=One-Click',
    'List-Id: <offers.1.shop.example.com>',
    'Feedback-ID: offers.1.shop.example.com:homing',
    'Precedence: bulk',
    'X-Homing-Message: 0000000000007',
    'Message-ID: <0000000000007.m@shop.example.com>',
    'From: Shop <news@shop.example.com>',
    'Date: Sat, 28 Nov 2026 12:00:00 +0000',
  ])
    expect(text.split('\r\n').filter(one => one.toLowerCase() === line.toLowerCase())).toEqual([expect.any(String)])
  expect(text).not.toMatch(/^(X-Mailer|Auto-Submitted):/m)
  expect(text.indexOf('text/plain')).toBeLessThan(text.indexOf('text/html'))
})

test('the envelope names the message, and the attempt only where it comes back with a report', async () => {
  const [first, second] = await Promise.all([1, 2].map(n => compose(outgoingEmail(7, { n }), input)))
  expect(first!.envelope.from).toBe('b-0000000000007@bounce.example.com')
  expect(second!.envelope).toEqual({ ...first!.envelope, id: '0000000000007.2' })
})

test('nothing that a person wrote begins a header: in the subject, the name, the list or the address for replies', () =>
  fc.assert(
    fc.asyncProperty(
      fc.string({
        unit: fc.constantFrom(
          '\r',
          '\n',
          '\0',
          '\u2028',
          'Bcc: x@y.example',
          ' ',
          ':',
          '"',
          'ä',
          '😀',
          '\ud83d',
          '=?utf-8?q?',
        ),
      }),
      async text => {
        const clean = await headersOf(outgoingEmail(1))
        const message = outgoingEmail(1, { content: { subject: text, fromName: text, listId: text || 'x' } })
        const headers = await headersOf(message)
        expect([...headers.keys()].filter(name => !clean.has(name))).toEqual([])
        for (const [name, values] of headers) expect([name, values.length]).toEqual([name, 1])
      },
    ),
    { numRuns: 200 },
  ))

test.each([
  'a@exa mple.net',
  '<b@example.net>, c@example.net',
  'b@example.net>\r\nRCPT TO:<x@y.example',
  'a@b@example.net',
  '@example.net',
  'a@',
  'a',
  '"a b"@example.net',
  'a@[127.0.0.1]',
  `${'x'.repeat(65)}@example.net`,
  '',
])('"%s" is no address to send to', async to => {
  expect(await compose(outgoingEmail(1, { to }), input)).toBeUndefined()
  if (to !== '') expect(await compose(outgoingEmail(1, { content: { replyTo: to } }), input)).toBeUndefined()
})

test('a domain goes over the line as A-labels; letters before the @ need a server that takes them', async () => {
  const plain = await compose(outgoingEmail(1, { to: 'joe@bücher.example' }), input)
  expect([plain!.envelope.to, plain!.needsUtf8]).toEqual(['joe@xn--bcher-kva.example', false])
  expect((await compose(outgoingEmail(1, { to: 'jörg@bücher.example' }), input))!.needsUtf8).toBe(true)
})

test('the signature covers the headers of one-click, and its key verifies it', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  const signing = { domain: 'example.com', selector: 'homing1', key: privateKey }
  const made = await compose(outgoingEmail(1), { ...input, signing })
  const text = made!.body.toString('latin1')
  const [head = ''] = text.split('\r\n\r\n', 1)
  const field = /^DKIM-Signature: ((?:.|\r\n[ \t])*)/m.exec(head)?.[1] ?? ''
  const tags = Object.fromEntries(
    field
      .replace(/\r\n[ \t]+/g, ' ')
      .split(';')
      .map(tag => tag.trim().split(/=(.*)/s).slice(0, 2)),
  )
  expect(tags).toMatchObject({ d: 'example.com', s: 'homing1', a: 'rsa-sha256' })
  const covered = tags.h.split(':').map((name: string) => name.trim().toLowerCase())
  for (const name of ['from', 'subject', 'list-unsubscribe', 'list-unsubscribe-post', 'list-id', 'message-id'])
    expect(covered).toContain(name)
  // RFC 6376 §3.7: the headers in relaxed form, then the signature itself without its value.
  const lines = head.split(/\r\n(?![ \t])/)
  const relaxed = (line: string) => {
    const at = line.indexOf(':')
    return `${line.slice(0, at).toLowerCase()}:${line
      .slice(at + 1)
      .replace(/\r\n/g, '')
      .replace(/[ \t]+/g, ' ')
      .trim()}`
  }
  const signed = covered.map((name: string) => relaxed(lines.find(line => line.toLowerCase().startsWith(`${name}:`))!))
  const own = relaxed(lines.find(line => line.startsWith('DKIM-Signature'))!).replace(/b=[A-Za-z0-9+/= ]+$/, 'b=')
  const verify = createVerify('RSA-SHA256').update(`${signed.join('\r\n')}\r\n${own}`, 'latin1')
  expect(verify.verify(publicKey, tags.b.replace(/\s/g, ''), 'base64')).toBe(true)
})
