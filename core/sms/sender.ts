/**
 * Who is the sender of an SMS, and can it be answered? A word, a number or a short code.
 *
 * Always: what passes here fits the source address of SMPP (alphanumeric TON 5, number TON 1, short code TON 3).
 * Source: ITU-T E.164 (15 digits); GSM 03.40 §9.1.2.5 (11 characters).
 */
export type SenderKind = 'alphanumeric' | 'number' | 'short_code'

export type SenderCheck = { kind: SenderKind } | { problem: 'sender_invalid'; details: { sender: string } }

/** The kind of a sender, or why it is none. Spaces around it are the caller's to trim. */
export function checkSender(sender: string): SenderCheck {
  if (/^[0-9]{3,8}$/.test(sender)) return { kind: 'short_code' }
  if (/^\+[1-9][0-9]{6,14}$/.test(sender)) return { kind: 'number' }
  if (/^(?=.*[A-Za-z])[A-Za-z0-9]{3,11}$/.test(sender)) return { kind: 'alphanumeric' }
  return { problem: 'sender_invalid', details: { sender: sender.slice(0, 40) } }
}
