/** What came in from outside, before it is a fact. The key (source, seq) stands in the facts made from it: a replay changes nothing. */

export interface ReceiptBody {
  providerId: string
  /** what else may be its id: some gateways write one into the parameter and another into the text */
  otherIds?: string[]
  state: 'pending' | 'delivered' | 'soft' | 'hard'
  counts: boolean
  /** why, as in core/gateways/code.ts; a record of an earlier version has it without a prefix, "UNDELIV/001" */
  code: string
  /** the person's number, digits without + (SMPP source_addr of the receipt) in whatever form the gateway wrote it; '' where it named none */
  number: string
  /** our sender (destination_addr); of a gateway that does not turn addresses, the person's number */
  sender: string
  /** one receipt for all parts of a message of so many */
  covers?: number
  /** by the gateway's own dates: the phone had it at least this long after its submission */
  afterMs?: number
}

export interface ReplyBody {
  /** source_addr as it came; a record of an earlier version has it without + and 00 */
  number: string
  /** source_addr_ton, SMPP 3.4 §5.2.5; missing in a record of an earlier version: unknown */
  ton?: number
  sender: string
  text: string
  /** it is a part of a longer text; `units`: its UTF-16 in hex, which may begin or end in half an emoji */
  part?: { reference: number; total: number; number: number; units: string }
}

export interface ClickBody {
  /** the number sealed in the short code (seal.ts), opened before the record was appended */
  codeNumber: number
  method: string
  agent: string
  /** salted hash, never the address itself */
  addressHash: string
  /** headers that tell bots, kept as evidence: empty where none was sent, missing in a record of a version that kept none */
  headers?: Record<string, string>
  /** what the operator's list of networks says of the address */
  addressClass?: 'hosting' | 'bots'
}

export type InboxBody =
  | { kind: 'receipt'; body: ReceiptBody }
  | { kind: 'reply'; body: ReplyBody }
  | { kind: 'click'; body: ClickBody }
  /** the page behind an unsubscribe link was looked at: evidence, and never a click */
  | { kind: 'opt_out_view'; body: ClickBody }
  /** a PDU or request that did not parse: kept visibly */
  | { kind: 'unreadable'; body: { hex: string; why: string } }

/** at: business time of arrival. */
export type InboxRecord = InboxBody & { at: Date; gatewayId: number | null }

/** A record as it stands in the inbox. */
export type InboxRow = InboxRecord & { source: number; seq: number }
