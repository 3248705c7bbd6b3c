import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readSmtpReply, type SmtpStage } from './smtp-reply.ts'

const told = (stage: SmtpStage, text: string, host?: string) => {
  const row = readSmtpReply(stage, host === undefined ? { text } : { text, host })
  return row && [row.class, row.counts, row.code]
}

describe('to RCPT TO, and in reports of later failures', () => {
  const cases: [string, string, boolean, string][] = [
    ['550 5.1.1 <a@b.example>: user unknown', 'hard', true, 'smtp:5.1.1'],
    [
      '550-5.1.1 The email account that you tried to reach does not exist.\n550 5.1.1 https://support',
      'hard',
      true,
      'smtp:5.1.1',
    ],
    ['556 5.1.10 null MX', 'hard', true, 'smtp:5.1.10'],
    ['550 No such user here', 'hard', true, 'smtp:unknown_user'],
    ['550 5.0.0 Unrouteable address', 'hard', true, 'smtp:unknown_user'],
    ['550 5.5.0 Requested action not taken: mailbox unavailable', 'fault', false, 'smtp:5.5.0'],
    ['550 5.4.1 Recipient address rejected: Access denied', 'hard', true, 'smtp:unknown_user'],
    ['550 mailbox unavailable', 'hard', false, 'smtp:550'],
    ['550 5.1.2 host not found', 'hard', false, 'smtp:5.1.2'],
    ['552 5.2.2 mailbox full', 'soft', false, 'smtp:5.2.2'],
    ['552 over quota', 'soft', false, 'smtp:full'],
    ['452 4.2.2 over quota', 'soft', false, 'smtp:4.2.2'],
    ['450 4.2.0 greylisted', 'soft', false, 'smtp:4.2.0'],
    ['451 4.7.1 try again later', 'soft', false, 'smtp:4.7.1'],
    ['450 busy', 'soft', false, 'smtp:450'],
    ['550 5.7.1 message refused by policy', 'hard', false, 'smtp:5.7.1'],
    ['550 Blocked - see https://ipcheck.example', 'hard', false, 'smtp:policy'],
    ['554 5.7.26 unauthenticated', 'fault', false, 'smtp:5.7.26'],
    ['550 5.7.515 Access denied, sending domain does not meet the requirements', 'fault', false, 'smtp:5.7.515'],
    ['421 4.7.0 slow down', 'throttle', false, 'smtp:421'],
    ['450 4.3.2 concurrent connections limit exceeded', 'throttle', false, 'smtp:rate'],
    ['454 Throttling failure: Maximum sending rate exceeded', 'throttle', false, 'smtp:rate'],
    ['452 4.5.3 too many recipients', 'throttle', false, 'smtp:rate'],
    ['550 5.4.5 Daily user sending limit exceeded', 'throttle', false, 'smtp:5.4.5'],
    [
      '550-Callback setup failed while verifying <b-0@b.example>\n550-Called: 192.0.2.1\n550-Response: 550 5.1.1 no such user\n550 Sender verify failed',
      ...(['fault', false, 'smtp:sender'] as const),
    ],
    ['550 5.1.1 <b-0@b.example>: Sender address rejected: User unknown', 'fault', false, 'smtp:sender'],
    ['550 5.1.0 Domain of sender address <b-0@b.example> does not exist', 'fault', false, 'smtp:sender'],
    ['550 Envelope sender does not exist', 'fault', false, 'smtp:sender'],
    ['550 5.4.1 Relay Access Denied', 'soft', false, 'smtp:5.4.1'],
    ['550 <throttle@spf.example>: user unknown', 'hard', true, 'smtp:unknown_user'],
    ['550 Recipient <listed@dkim.example> unknown user', 'hard', true, 'smtp:unknown_user'],
    ['550 relaying denied', 'fault', false, 'smtp:relay'],
    ['550 5.1.1.1 odd', 'hard', false, 'smtp:550'],
    ['550 rejected by [5.1.1.40]', 'hard', false, 'smtp:550'],
    ['450 5.1.1 of another class', 'soft', false, 'smtp:450'],
  ]
  test.each(cases)('"%s" is %s, counts %s: %s', (text, fate, counts, code) => {
    expect(told('rcpt', text)).toEqual([fate, counts, code])
    expect(told('report', text)).toEqual([fate, counts, code])
  })

  test('a relay that does not know us refuses nobody', () => {
    for (const text of ['554 5.7.1 <a@b.example>: Relay access denied', '550 5.7.54 Unable to relay recipient']) {
      expect(told('rcpt', text)).toEqual(['fault', false, 'smtp:relay'])
      expect(told('report', text)).toMatchObject(['hard', false, expect.any(String)])
    }
  })

  test('the words of Hotmail for no such mailbox count from its own servers only', () => {
    const text = '550 5.5.0 Requested action not taken: mailbox unavailable'
    expect(told('rcpt', text, 'mx.hotmail.com')).toEqual(['hard', true, 'smtp:unknown_user'])
    expect(told('rcpt', text, 'nothotmail.com')).toEqual(['fault', false, 'smtp:5.5.0'])
  })
})

describe('at other stages', () => {
  test('a reply to MAIL FROM is about the sender, whatever it says', () => {
    for (const text of ['550 5.1.1 user unknown', '550 5.7.1 policy', '553 no such user', '554 5.7.26 no'])
      expect(told('mail', text)).toMatchObject(['fault', false, expect.any(String)])
    expect(told('mail', '451 later')?.[0]).toBe('throttle')
    expect(told('mail', '552 5.3.4 too big')).toEqual(['fault', false, 'smtp:too_large'])
  })
  test('a reply to DATA is about the server', () => {
    expect(told('data', '550 5.1.1 user unknown')).toEqual(['fault', false, 'smtp:5.3.5'])
    expect(told('data', '451 4.3.0 later')?.[0]).toBe('throttle')
  })
  test('a reply to the body counts only by a code that names the mailbox', () => {
    expect(told('body', '550 5.1.1 user unknown')).toEqual(['hard', true, 'smtp:5.1.1'])
    expect(told('body', '550 no such user')).toEqual(['hard', false, 'smtp:550'])
    expect(told('body', '554 5.7.1 spam')).toEqual(['hard', false, 'smtp:5.7.1'])
    expect(told('body', '451 4.3.0 later')?.[0]).toBe('soft')
  })
  test('a reply that refuses nothing has no meaning here', () => {
    for (const text of ['250 ok', '354 end with a dot', '', 'hello', '5.1.1', '55', '5501 x', '999 x'])
      expect(told('rcpt', text)).toBeUndefined()
  })
})

test('policy, reputation, sender, size and rate never count, and no reply makes it throw', () => {
  const digits = fc.constantFrom('421', '450', '451', '452', '454', '500', '535', '550', '551', '552', '553', '554')
  const enhanced = fc.constantFrom(
    '',
    '5.7.1',
    '5.7.26',
    '5.1.8',
    '5.3.4',
    '5.2.2',
    '4.7.0',
    '5.6.1',
    '5.5.2',
    '5.7.999',
  )
  const stages = fc.constantFrom<SmtpStage>('mail', 'rcpt', 'data', 'body', 'report')
  fc.assert(
    fc.property(stages, digits, enhanced, fc.string(), (stage, code, more, text) => {
      const row = readSmtpReply(stage, { text: `${code} ${more} ${text}` })
      expect(row).toBeDefined()
      if (more !== '' && code[0] === more[0]) expect(row?.counts).toBe(false)
    }),
    { numRuns: 2000 },
  )
})
