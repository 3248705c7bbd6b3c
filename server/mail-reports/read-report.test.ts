import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { outcomeFor, readMailReport } from './read-report.ts'
import { complaint, deliveryReport, plainLetter, type ReportOf } from './reports.fixture.ts'

const token = '711kvctwcedve'
const read = (raw: Uint8Array, recipient = '') => readMailReport(raw, recipient)
const anna = 'anna@example.net'
const outcomeOf = async (of: Partial<ReportOf>, address = anna) =>
  outcomeFor(await read(deliveryReport({ token, ...of })), address)

describe('a report of a delivery', () => {
  test.each<[string, Partial<ReportOf>, string, boolean]>([
    ['Postfix: no such mailbox', {}, 'hard', true],
    ['Exim writes 5.0.0 for everything', { status: '5.0.0' }, 'hard', true],
    ['Exim: a full mailbox is not hard', { status: '5.0.0', diagnostic: 'smtp; 452 4.2.2 over quota' }, 'soft', false],
    [
      'greylisted until the relay gave up',
      { status: '4.2.0', diagnostic: 'smtp; 450 4.2.0 greylisted' },
      'soft',
      false,
    ],
    ['a policy', { status: '5.7.1', diagnostic: 'smtp; 550 5.7.1 policy' }, 'hard', false],
    ['the sender', { status: '5.7.26', diagnostic: 'smtp; 554 5.7.26 unauthenticated' }, 'hard', false],
    ['words only', { status: '5.0.0', diagnostic: 'smtp; 550 No such user' }, 'hard', true],
    ['nothing but the status', { diagnostic: '' }, 'hard', true],
    [
      'no code in an address of a server',
      { status: '5.0.0', diagnostic: 'smtp; 550 refused by [5.1.1.40]' },
      'hard',
      false,
    ],
    ['FAILED with a comment', { action: 'FAILED (bad mailbox)' }, 'hard', true],
    ['base64', { base64: true }, 'hard', true],
    ['line feeds only', { newline: '\n' }, 'hard', true],
  ])('%s', async (_, of, state, counts) => {
    expect(await outcomeOf(of)).toMatchObject({ state, counts, code: expect.stringMatching(/^smtp:/) })
  })

  test('that it is delayed or was delivered is no failure', async () => {
    expect(await outcomeOf({ action: 'delayed', status: '4.4.1' })).toMatchObject({ state: 'pending', counts: false })
    for (const action of ['delivered', 'relayed', 'expanded'])
      expect(await outcomeOf({ action, status: '2.0.0' })).toMatchObject({ state: 'delivered' })
  })

  test('of an alias or a list counts only against the address that it is about', async () => {
    const block = (final: string, action: string, original = anna) => [
      `Final-Recipient: rfc822; ${final}`,
      `Original-Recipient: rfc822;${original}`,
      `Action: ${action}`,
      `Status: ${action === 'failed' ? '5.1.1' : '2.0.0'}`,
      '',
    ]
    const gone = { recipient: 'gone@example.net', original: anna }
    expect(await outcomeOf(gone)).toMatchObject({ state: 'hard', counts: false })
    expect(await outcomeOf({ ...gone, more: block(anna, 'delivered') })).toMatchObject({ state: 'delivered' })
    expect(await outcomeOf({ ...gone, more: block('bo@example.net', 'relayed') })).toMatchObject({ state: 'delivered' })
    expect(await outcomeOf({ more: block('bo@example.net', 'delivered') })).toMatchObject({
      state: 'hard',
      counts: true,
    })
    expect(await outcomeOf({ recipient: 'x@elsewhere.example' })).toMatchObject({ state: 'hard', counts: false })
  })

  test('it knows the address in any writing', async () => {
    expect(await outcomeOf({ recipient: '<Anna@EXAMPLE.net>' })).toMatchObject({ counts: true })
    expect(await outcomeOf({ recipient: 'a@xn--bcher-kva.example' }, 'a@bücher.example')).toMatchObject({
      counts: true,
    })
    const passedOn = { recipient: 'x@example.net', original: 'an+2Bna@example.net', action: 'relayed' }
    expect(await outcomeOf(passedOn, 'an+na@example.net')).toMatchObject({ state: 'delivered' })
  })

  test('it names the message in its envelope, its recipient, or what it returns', async () => {
    const { tokens } = await read(
      deliveryReport({ token, n: 3 }),
      `prvs=1=B-${token.toUpperCase()}+x@bounce.example.com`,
    )
    expect(tokens[0]?.token).toBe(token)
    expect((await read(deliveryReport({ token, n: 3 }))).tokens).toContainEqual({ token, n: 3 })
  })

  test('of 200 recipients, without one of ours, and cut off: it is read as far as it goes', async () => {
    const block = '\r\n\r\nFinal-Recipient: rfc822; x@example.net\r\nAction: failed\r\nStatus: 5.1.1'
    const many = deliveryReport({ token, diagnostic: `x${block.repeat(300)}` })
    expect((await read(many)).kind).toBe('delivery')
    const whole = deliveryReport({ token })
    for (let length = 0; length < whole.length; length += 40) await read(whole.subarray(0, length))
  })
})

test('a complaint names the message that it is about, whatever it hides', async () => {
  const report = await read(complaint(token))
  expect(report).toMatchObject({ kind: 'complaint', blocks: [] })
  expect(report.tokens.map(one => one.token)).toContain(token)
})

test('the letter of a person or an absence is no report, whatever it quotes', async () => {
  for (const text of ['I am away until Monday.', 'Jag är på semester.', '> 550 5.1.1 user unknown\n\nWhat is this?'])
    expect(await read(plainLetter(token, text))).toMatchObject({ kind: 'other', blocks: [] })
})

test('a mail server without a report is believed that there is no mailbox, and it is no evidence', async () => {
  const from = 'MAILER-DAEMON@old.example'
  expect(outcomeFor(await read(plainLetter(token, 'anna@example.net: user unknown', from)), anna)).toMatchObject({
    state: 'hard',
    counts: false,
  })
  expect((await read(plainLetter(token, 'It could not be delivered.', from))).blocks).toEqual([])
})

test('nothing that a stranger sends makes it throw, nor a thousand parts within each other', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.string(), async (raw, recipient) => {
      expect((await read(raw, recipient)).blocks).toEqual([])
    }),
  )
  const nested = Array.from(
    { length: 1000 },
    (_, i) => `Content-Type: multipart/mixed; boundary=b${i}\r\n\r\n--b${i}\r\n`,
  )
  expect(await read(Buffer.from(nested.join('')))).toMatchObject({ blocks: [] })
})

test('what is behind thousands of lines is not read: each costs as much as a long one', async () => {
  const report = deliveryReport({ token: '0123456789abc' })
  const behind = (lines: number) => readMailReport(Buffer.concat([Buffer.from('A: b\r\n'.repeat(lines)), report]), '')
  expect((await behind(10)).kind).toBe('delivery')
  expect((await behind(5000)).kind).toBe('other')
})
