/** For tests: messages as sending hands them to a connection. */
import { splitIntoParts } from '../../core/sms/split.ts'
import type { Outgoing, RenderedContent, RenderedEmail, RenderedSms } from './gateway.ts'

export type MarkedOf<Of extends RenderedContent> = Outgoing<Of> & { readonly number: number }
export type Marked = MarkedOf<RenderedSms>

type More = Partial<Omit<Marked, 'content'>> & { text?: string }

const rest = (number: number) => ({
  key: `1/${number}/1`,
  n: 1,
  parts: null,
  reference: number & 0xff,
  validMinutes: 60,
  again: false,
  bounced: false,
  number,
})
const digits = (number: number) => `467017${String(number).padStart(5, '0')}`

/** `number` tells them apart: it is in the phone number and in the text. */
export function outgoing(number: number, more: More = {}): Marked {
  const { text = `Hello ${number}`, ...changed } = more
  return {
    ...rest(number),
    to: `+${digits(number)}`,
    from: 'Homing',
    content: { channel: 'sms', text, split: splitIntoParts(text) },
    ...changed,
  }
}

/** The same as an e-mail: the digits are before the @. */
export function outgoingEmail(
  number: number,
  { text = `Hello ${number}`, content = {}, ...changed }: More & { content?: Partial<RenderedEmail> } = {},
): MarkedOf<RenderedEmail> {
  return {
    ...rest(number),
    to: `${digits(number)}@example.net`,
    from: 'news@shop.example.com',
    content: {
      channel: 'email',
      subject: `Hello ${number}`,
      fromName: 'Shop',
      replyTo: '',
      html: `<p>${text}</p>`,
      text,
      unsubscribe: `https://l.example.com/u${number}`,
      listId: 'offers.1.shop.example.com',
      token: `0000000${String(number).padStart(6, '0')}`,
      ...content,
    },
    ...changed,
  }
}

export const outgoings = (count: number, from = 0): Marked[] =>
  Array.from({ length: count }, (_, i) => outgoing(from + i))
