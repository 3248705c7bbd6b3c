/** For tests: messages as sending hands them to a connection. */
import { splitIntoParts } from '../../core/sms/split.ts'
import type { Outgoing, RenderedSms } from './gateway.ts'

export type Marked = Outgoing<RenderedSms> & { readonly number: number }

/** `number` tells them apart: it is in the phone number and in the text. */
export function outgoing(number: number, more: Partial<Omit<Marked, 'content'>> & { text?: string } = {}): Marked {
  const { text = `Hello ${number}`, ...rest } = more
  return {
    key: `1/${number}/1`,
    n: 1,
    to: `+467017${String(number).padStart(5, '0')}`,
    from: 'Homing',
    content: { channel: 'sms', text, split: splitIntoParts(text) },
    parts: null,
    reference: number & 0xff,
    validMinutes: 60,
    again: false,
    bounced: false,
    number,
    ...rest,
  }
}

export const outgoings = (count: number, from = 0): Marked[] =>
  Array.from({ length: count }, (_, i) => outgoing(from + i))
