/**
 * What a gateway delivers, whatever its protocol: receipts, replies of people, and what could not be read. Each goes into the inbox
 * as it is here. server/receipts and server/replies make facts of them.
 */
import { type Static, Type } from 'typebox'

export const ReceiptBody = Type.Object({
  providerId: Type.String(),
  /** other ids of the same message: some gateways write one into the parameter and another into the text */
  otherIds: Type.Optional(Type.Array(Type.String())),
  state: Type.Union([Type.Literal('pending'), Type.Literal('delivered'), Type.Literal('soft'), Type.Literal('hard')]),
  counts: Type.Boolean(),
  /** the reason, as in core/gateways/code.ts; earlier versions stored it without a prefix, "UNDELIV/001" */
  code: Type.String(),
  /** the person's number, digits without + (SMPP source_addr of the receipt) in the form that the gateway wrote; '': it named none */
  number: Type.String(),
  /** our sender (destination_addr); of a gateway that does not swap addresses, the person's number */
  sender: Type.String(),
  /** the receipt is about all parts of a message with this number of parts */
  covers: Type.Optional(Type.Number()),
  /** by the gateway's own dates: the phone had it at least this long after its submission */
  afterMs: Type.Optional(Type.Number()),
})
export type ReceiptBody = Static<typeof ReceiptBody>

export const ReplyBody = Type.Object({
  /** source_addr as it came; earlier versions stored it without + and 00 */
  number: Type.String(),
  /** source_addr_ton, SMPP 3.4 §5.2.5; earlier versions stored none: unknown */
  ton: Type.Optional(Type.Number()),
  sender: Type.String(),
  text: Type.String(),
  /** a part of a longer text; `units`: its UTF-16 in hex, which may begin or end in half an emoji */
  part: Type.Optional(
    Type.Object({ reference: Type.Number(), total: Type.Number(), number: Type.Number(), units: Type.String() }),
  ),
})
export type ReplyBody = Static<typeof ReplyBody>

/** A PDU or request that did not parse, as it came. */
export const UnreadableBody = Type.Object({ hex: Type.String(), why: Type.String() })
export type UnreadableBody = Static<typeof UnreadableBody>

/** What was delivered, without when and where. */
export type Delivery =
  | { kind: 'receipt'; body: ReceiptBody }
  | { kind: 'reply'; body: ReplyBody }
  | { kind: 'unreadable'; body: UnreadableBody }

/** `at`: business time of arrival. */
export type Delivered = { at: Date; gatewayId: number | null } & Delivery

/** What an erase keeps of a sender. A sender that is a number may be the person's: some gateways do not swap the addresses of a receipt. */
export const keptSender = (sender: string): { sender?: string } => (/^[+0-9]{7,}$/.test(sender) ? {} : { sender })
