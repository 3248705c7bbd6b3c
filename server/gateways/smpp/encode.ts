/**
 * One SMS as the bodies of its submit_sm, one for each part: addresses, user data header, data_coding, validity. What the parts
 * say was decided before (core/sms/split.ts). SMPP 3.4 §4.4.1.
 */
import { carries } from '../../../core/messages/facts.ts'
import { encodeGsm, encodeUcs2 } from '../../../core/sms/gsm-alphabet.ts'
import { checkSender } from '../../../core/sms/sender.ts'
import type { Outgoing, RenderedContentOf } from '../gateway.ts'
import type { Submit } from './session.ts'

/** One part on its way. */
export type PartOf<O extends Outgoing<RenderedContentOf<'sms'>>> = Submit & {
  readonly message: O
  readonly part: number
}

/** Adds the wanted parts to `out`. A part of a long text has a header with an 8-bit reference; every part asks for a final receipt. */
export function encodeParts<O extends Outgoing<RenderedContentOf<'sms'>>>(message: O, out: PartOf<O>[]): void {
  const { encoding, parts } = message.content.split
  const { ton, npi, address } = senderAddress(message.from)
  const dest = message.to.slice(1)
  const isLong = parts.length > 1
  const validityPeriod = message.validMinutes === undefined ? '' : relativeTime(message.validMinutes)
  for (let index = 0; index < parts.length; index++) {
    if (!carries(message.parts, index + 1)) continue
    const { text } = parts[index]!
    const body = encoding === 'GSM-7' ? encodeGsm(text) : encodeUcs2(text)
    out.push({
      sourceTon: ton,
      sourceNpi: npi,
      source: address,
      destTon: 1,
      destNpi: 1,
      dest,
      esmClass: isLong ? 0x40 : 0,
      registeredDelivery: 1,
      dataCoding: encoding === 'GSM-7' ? 0 : 8,
      shortMessage: isLong ? withHeader(body, message.reference, parts.length, index + 1) : body,
      validityPeriod,
      message,
      part: index + 1,
      again: message.again,
      bounced: message.bounced,
    })
  }
}

function senderAddress(sender: string): { ton: number; npi: number; address: string } {
  const check = checkSender(sender)
  if ('problem' in check || check.kind === 'alphanumeric') return { ton: 5, npi: 0, address: sender }
  if (check.kind === 'short_code') return { ton: 3, npi: 0, address: sender }
  return { ton: 1, npi: 1, address: sender.replace(/^\+/, '') }
}

/** 3GPP TS 23.040 §9.2.3.24.1 */
function withHeader(body: Uint8Array, reference: number, total: number, number: number): Uint8Array {
  const bytes = new Uint8Array(6 + body.length)
  bytes.set([5, 0, 3, reference, total, number])
  bytes.set(body, 6)
  return bytes
}

/** `YYMMDDhhmmss000R`, SMPP 3.4 §7.1.1.2 */
function relativeTime(minutes: number): string {
  const two = (n: number) => String(n).padStart(2, '0')
  return `0000${two(Math.floor(minutes / 1440))}${two(Math.floor(minutes / 60) % 24)}${two(minutes % 60)}00000R`
}
