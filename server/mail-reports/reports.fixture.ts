/** For tests: reports as Postfix and Exim write them (measured with Postfix 3.7 and Exim 4.96). */

export interface ReportOf {
  token: string
  n?: number
  action?: string
  status?: string
  diagnostic?: string
  remote?: string
  recipient?: string
  /** where an alias passed it on */
  original?: string
  /** of other recipients */
  more?: readonly string[]
  /** how the part is coded */
  base64?: boolean
  newline?: string
  from?: string
}

const boundary = '9F4.1700000000/mx.example.net'

export function deliveryReport({
  token,
  n = 1,
  action = 'failed',
  status = '5.1.1',
  diagnostic = 'smtp; 550 5.1.1 <anna@example.net>: user unknown',
  remote = 'dns; mx.example.net',
  recipient = 'anna@example.net',
  original = recipient,
  more = [],
  base64 = false,
  newline = '\r\n',
  from = 'MAILER-DAEMON@mx.example.net',
}: ReportOf): Buffer {
  const fields = [
    'Reporting-MTA: dns; relay.example.com',
    `Original-Envelope-Id: ${token}.${n}`,
    'X-Postfix-Queue-ID: 9F4',
    '',
    `Final-Recipient: rfc822; ${recipient}`,
    `Original-Recipient: rfc822;${original}`,
    `Action: ${action}`,
    `Status: ${status}`,
    `Remote-MTA: ${remote}`,
    `Diagnostic-Code: ${diagnostic}`,
    '',
    ...more,
  ]
  const part = fields.join(newline)
  return letter(
    { from, to: `b-${token}@bounce.example.com`, type: 'multipart/report; report-type=delivery-status', newline },
    [
      ['text/plain; charset=us-ascii', ['This is the mail system at host relay.example.com.']],
      base64
        ? ['message/delivery-status\r\nContent-Transfer-Encoding: base64', [Buffer.from(part).toString('base64')]]
        : ['message/delivery-status', [part]],
      ['text/rfc822-headers', [`Message-ID: <${token}.m@example.com>`, `X-Homing-Message: ${token}`, 'Subject: Hello']],
    ],
  )
}

/** RFC 5965, with the address of the person taken out. */
export const complaint = (token: string, type = 'abuse'): Buffer =>
  letter(
    { from: 'fbl@mailbox.example', to: 'abuse@example.com', type: 'multipart/report; report-type=feedback-report' },
    [
      ['text/plain', ['This is an email abuse report.']],
      [
        'message/feedback-report',
        [`Feedback-Type: ${type}`, 'User-Agent: SomeGenerator/1.0', 'Version: 1', 'Original-Rcpt-To: <redacted>'],
      ],
      [
        'message/rfc822',
        [`Message-ID: <${token}.m@example.com>`, `X-Homing-Message: ${token}`, 'Subject: Hello', '', 'Hi'],
      ],
    ],
  )

/** Not a report: of a person, or of a machine that answers for one. */
export const plainLetter = (token: string, text: string, from = 'anna@example.net'): Buffer =>
  Buffer.from(
    [
      `From: <${from}>`,
      `To: <b-${token}@bounce.example.com>`,
      'Subject: Re: Hello',
      'Auto-Submitted: auto-replied',
      'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=utf-8',
      '',
      text,
      '',
    ].join('\r\n'),
  )

function letter(
  { from, to, type, newline = '\r\n' }: { from: string; to: string; type: string; newline?: string },
  parts: readonly (readonly [type: string, lines: readonly string[]])[],
): Buffer {
  const head = [
    'Return-Path: <>',
    `From: <${from}>`,
    `To: <${to}>`,
    'Subject: Undelivered Mail Returned to Sender',
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    `Content-Type: ${type}; boundary="${boundary}"`,
    '',
  ]
  const body = parts.flatMap(([partType, lines]) => [`--${boundary}`, `Content-Type: ${partType}`, '', ...lines])
  return Buffer.from([...head, ...body, `--${boundary}--`, ''].join(newline))
}
