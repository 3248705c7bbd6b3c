/**
 * A code says why: it is what a gateway, a network or Homing itself says of one message. It begins with a prefix that names the table it
 * is from: `smpp:0x0b`, `gsm:1`, `dlr:undeliv`, `homing:no_answer`. It has this form wherever it is stored, shown, exported or in the API.
 *
 * Always: the prefix is lower case letters and digits, and the rest never changes its meaning. Codes that were stored stay valid.
 */
import { type Channel, channels } from '../channels.ts'

export type Code = `${string}:${string}`

/**
 * accepted: the gateway has it. pending: nothing is decided yet. delivered. soft: temporary, sent again by the hourly rule. hard: not sent
 * again. throttle: slow down; not an attempt. fault: of the gateway or of Homing, never a bounce of the recipient. dropped: taken back
 * before it was submitted. unknown_code: in no table, so it proves nothing.
 */
export type CodeClass =
  | 'accepted'
  | 'pending'
  | 'delivered'
  | 'soft'
  | 'hard'
  | 'throttle'
  | 'fault'
  | 'dropped'
  | 'unknown_code'

/** What a reason of the network can be. */
export type NetworkClass = Extract<CodeClass, 'delivered' | 'soft' | 'hard'>

/** What a code is about: one message, its sender or recipient, or everything that is sent over this gateway. */
export type CodeScope =
  | 'message'
  | 'sender'
  | 'recipient'
  | 'bind'
  | 'account'
  | 'gateway-config'
  | 'protocol'
  | 'query'
  | 'cancel'
  | 'replace'
  | 'process'

export interface CodeRow {
  readonly code: Code
  /** as its source calls it */
  readonly name: string
  readonly class: CodeClass
  readonly scope: CodeScope
  /**
   * Evidence against the number or address: three hard bounces that count close it. Filters, barrings and rejects without a reason never count:
   * otherwise one filtered campaign that is sent three times would close a whole audience.
   */
  readonly counts: boolean
  /** the reason, for a marketer */
  readonly words: string
  /** what to do about it */
  readonly fix: string
  /** which document defines it */
  readonly source: string
}

const faultFixesOfSms: Readonly<Record<CodeScope, string>> = {
  message: 'Look at the length and the characters of the text.',
  sender: 'Register the sender with your provider, or choose another one.',
  recipient: 'Look at the number.',
  bind: 'Nothing at first: Homing connects again. If it stays, ask your provider how many connections are allowed.',
  account: 'Check the credentials of the gateway.',
  'gateway-config': 'Compare what your provider asks for with what Homing sends.',
  protocol: 'Tell your provider: Homing does not use this operation.',
  query: 'Tell your provider: Homing does not use this operation.',
  cancel: 'Tell your provider: Homing does not use this operation.',
  replace: 'Tell your provider: Homing does not use this operation.',
  process: 'Nothing: Homing sends the message again.',
}

const faultFixes: Readonly<Record<Channel, Readonly<Record<CodeScope, string>>>> = {
  sms: faultFixesOfSms,
  email: {
    ...faultFixesOfSms,
    message: 'Make the e-mail smaller, or ask for a mail server that takes it.',
    sender: 'Check SPF, DKIM and DMARC of the domain of the sender: docs/email.md. Then send again.',
    recipient: 'Look at the address.',
    'gateway-config': 'Compare the settings of the gateway with what the mail server asks for: docs/email.md.',
  },
}

interface NewRow extends Omit<CodeRow, 'fix'> {
  /** whose gateways give it */
  readonly channel?: Channel
}

function fixOf({ class: outcome, scope, counts, channel = 'sms' }: NewRow): string {
  const { words, closesAfter } = channels[channel]
  switch (outcome) {
    case 'accepted':
    case 'delivered':
      return 'Nothing.'
    case 'pending':
      return 'Nothing: a receipt may still come.'
    case 'soft':
      return 'Nothing: Homing tries again every hour, for 48 hours.'
    case 'hard':
      return counts
        ? `Nothing: after ${closesAfter} such bounces Homing closes the ${words.address}.`
        : 'Nothing: Homing does not send the message again.'
    case 'throttle':
      return 'Nothing: Homing slows down. If it stays, lower the rate of the gateway or ask your provider for a higher one.'
    case 'fault':
      return faultFixes[channel][scope]
    case 'dropped':
      return 'Nothing.'
    case 'unknown_code':
      return 'Ask your provider what it means.'
  }
}

export function codeRow({ channel = 'sms', ...row }: NewRow): CodeRow {
  return { ...row, fix: fixOf({ ...row, channel }) }
}
