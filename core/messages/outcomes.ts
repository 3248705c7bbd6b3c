/**
 * What does a gateway's code mean for the message, for the number, and in a marketer's words?
 *
 * Classes: `ok` accepted; `soft` temporary, tried again by the hourly rule; `hard` no further attempt of this message;
 * `throttle` slow down, no attempt; `gateway-fault` ours or the gateway's, never a bounce of the recipient.
 * `counts`: evidence against the number itself, so that three of them close it. Filters, barrings and rejects without
 * a reason never count: else one filtered campaign sent three times would close a whole audience.
 *
 * Sources: SMPP 3.4 issue 1.2 §5.1.3 (command_status) and §5.2.28 (message_state); SMPP 5.0 for 0x0100 and above;
 * 3GPP TS 29.002 for the MAP errors; Vonage: help.nexmo.com 204015663. Checked November 2026.
 * Classes were compared with what Kannel 1.4.5, NowSMS, OpenMarket and Aerialink do.
 */
export type OutcomeClass = 'ok' | 'soft' | 'hard' | 'throttle' | 'gateway-fault'

/** What a code speaks about: one message, its sender or recipient, or all that goes over this gateway. */
export type OutcomeScope =
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

export type CommandStatus = {
  readonly code: number
  readonly name: string
  readonly class: OutcomeClass
  readonly counts: boolean
  readonly scope: OutcomeScope
  readonly source: 'smpp34' | 'smpp5'
  readonly words: string
}

const row = (
  code: number,
  name: string,
  outcome: OutcomeClass,
  counts: boolean,
  scope: OutcomeScope,
  source: CommandStatus['source'],
  words: string,
): CommandStatus => ({ code, name, class: outcome, counts, scope, source, words })

// biome-ignore format: a table reads by its columns
export const commandStatuses: readonly CommandStatus[] = [
  row(0x00, 'ROK', 'ok', false, 'message', 'smpp34', 'Accepted by the gateway'),
  row(0x01, 'RINVMSGLEN', 'gateway-fault', false, 'message', 'smpp34', 'The gateway refused the length of the message'),
  row(0x02, 'RINVCMDLEN', 'gateway-fault', false, 'bind', 'smpp34', 'The settings of the gateway need a look'),
  row(0x03, 'RINVCMDID', 'gateway-fault', false, 'bind', 'smpp34', 'The settings of the gateway need a look'),
  row(0x04, 'RINVBNDSTS', 'gateway-fault', false, 'bind', 'smpp34', 'The gateway was not ready for messages'),
  row(0x05, 'RALYBND', 'gateway-fault', false, 'bind', 'smpp34', 'The gateway was not ready for messages'),
  row(0x06, 'RINVPRTFLG', 'gateway-fault', false, 'gateway-config', 'smpp34', 'The settings of the gateway need a look'),
  row(0x07, 'RINVREGDLVFLG', 'gateway-fault', false, 'gateway-config', 'smpp34', 'The settings of the gateway need a look'),
  row(0x08, 'RSYSERR', 'soft', false, 'message', 'smpp34', 'A temporary fault at the gateway'),
  row(0x0a, 'RINVSRCADR', 'gateway-fault', false, 'sender', 'smpp34', 'The gateway does not allow this sender'),
  row(0x0b, 'RINVDSTADR', 'hard', true, 'recipient', 'smpp34', 'The number is not valid'),
  row(0x0c, 'RINVMSGID', 'gateway-fault', false, 'query', 'smpp34', 'The settings of the gateway need a look'),
  row(0x0d, 'RBINDFAIL', 'gateway-fault', false, 'bind', 'smpp34', 'The gateway refused the connection'),
  row(0x0e, 'RINVPASWD', 'gateway-fault', false, 'account', 'smpp34', 'The gateway refused our password'),
  row(0x0f, 'RINVSYSID', 'gateway-fault', false, 'account', 'smpp34', 'The gateway does not know our user name'),
  row(0x11, 'RCANCELFAIL', 'gateway-fault', false, 'cancel', 'smpp34', 'The settings of the gateway need a look'),
  row(0x13, 'RREPLACEFAIL', 'gateway-fault', false, 'replace', 'smpp34', 'The settings of the gateway need a look'),
  row(0x14, 'RMSGQFUL', 'throttle', false, 'bind', 'smpp34', 'Too many messages wait at the gateway, or for this phone'),
  row(0x15, 'RINVSERTYP', 'gateway-fault', false, 'gateway-config', 'smpp34', 'The settings of the gateway need a look'),
  row(0x33, 'RINVNUMDESTS', 'gateway-fault', false, 'protocol', 'smpp34', 'The settings of the gateway need a look'),
  row(0x34, 'RINVDLNAME', 'gateway-fault', false, 'protocol', 'smpp34', 'The settings of the gateway need a look'),
  row(0x40, 'RINVDESTFLAG', 'gateway-fault', false, 'protocol', 'smpp34', 'The settings of the gateway need a look'),
  row(0x42, 'RINVSUBREP', 'gateway-fault', false, 'protocol', 'smpp34', 'The settings of the gateway need a look'),
  row(0x43, 'RINVESMCLASS', 'gateway-fault', false, 'gateway-config', 'smpp34', 'The settings of the gateway need a look'),
  row(0x44, 'RCNTSUBDL', 'gateway-fault', false, 'protocol', 'smpp34', 'The settings of the gateway need a look'),
  row(0x45, 'RSUBMITFAIL', 'soft', false, 'message', 'smpp34', 'The gateway could not take the message'),
  row(0x48, 'RINVSRCTON', 'gateway-fault', false, 'sender', 'smpp34', 'The gateway does not allow this sender'),
  row(0x49, 'RINVSRCNPI', 'gateway-fault', false, 'sender', 'smpp34', 'The gateway does not allow this sender'),
  row(0x50, 'RINVDSTTON', 'gateway-fault', false, 'gateway-config', 'smpp34', 'The gateway refused the form of the number'),
  row(0x51, 'RINVDSTNPI', 'gateway-fault', false, 'gateway-config', 'smpp34', 'The gateway refused the form of the number'),
  row(0x53, 'RINVSYSTYP', 'gateway-fault', false, 'account', 'smpp34', 'The settings of the gateway need a look'),
  row(0x54, 'RINVREPFLAG', 'gateway-fault', false, 'protocol', 'smpp34', 'The settings of the gateway need a look'),
  row(0x55, 'RINVNUMMSGS', 'gateway-fault', false, 'protocol', 'smpp34', 'The settings of the gateway need a look'),
  row(0x58, 'RTHROTTLED', 'throttle', false, 'bind', 'smpp34', 'The gateway asks to slow down'),
  row(0x61, 'RINVSCHED', 'gateway-fault', false, 'message', 'smpp34', 'The gateway refused the form of the message'),
  row(0x62, 'RINVEXPIRY', 'gateway-fault', false, 'message', 'smpp34', 'The gateway refused the form of the message'),
  row(0x63, 'RINVDFTMSGID', 'gateway-fault', false, 'protocol', 'smpp34', 'The settings of the gateway need a look'),
  row(0x64, 'RX_T_APPN', 'soft', false, 'message', 'smpp34', 'A temporary fault on the way to the phone'),
  row(0x65, 'RX_P_APPN', 'hard', false, 'message', 'smpp34', 'The message was refused on the way to the phone'),
  row(0x66, 'RX_R_APPN', 'hard', false, 'message', 'smpp34', 'The message was refused on the way to the phone'),
  row(0x67, 'RQUERYFAIL', 'gateway-fault', false, 'query', 'smpp34', 'The settings of the gateway need a look'),
  row(0xc0, 'RINVOPTPARSTREAM', 'gateway-fault', false, 'gateway-config', 'smpp34', 'The settings of the gateway need a look'),
  row(0xc1, 'ROPTPARNOTALLWD', 'gateway-fault', false, 'gateway-config', 'smpp34', 'The settings of the gateway need a look'),
  row(0xc2, 'RINVPARLEN', 'gateway-fault', false, 'message', 'smpp34', 'The gateway refused the form of the message'),
  row(0xc3, 'RMISSINGOPTPARAM', 'gateway-fault', false, 'gateway-config', 'smpp34', 'The settings of the gateway need a look'),
  row(0xc4, 'RINVOPTPARAMVAL', 'gateway-fault', false, 'gateway-config', 'smpp34', 'The settings of the gateway need a look'),
  row(0xfe, 'RDELIVERYFAILURE', 'soft', false, 'message', 'smpp34', 'The message could not be delivered just now'),
  row(0xff, 'RUNKNOWNERR', 'soft', false, 'message', 'smpp34', 'The gateway gave no reason'),
  row(0x0100, 'RSERTYPUNAUTH', 'gateway-fault', false, 'gateway-config', 'smpp5', 'The settings of the gateway need a look'),
  row(0x0101, 'RPROHIBITED', 'gateway-fault', false, 'gateway-config', 'smpp5', 'The settings of the gateway need a look'),
  row(0x0102, 'RSERTYPUNAVAIL', 'gateway-fault', false, 'gateway-config', 'smpp5', 'The settings of the gateway need a look'),
  row(0x0103, 'RSERTYPDENIED', 'gateway-fault', false, 'gateway-config', 'smpp5', 'The settings of the gateway need a look'),
  row(0x0104, 'RINVDCS', 'gateway-fault', false, 'gateway-config', 'smpp5', 'The settings of the gateway need a look'),
  row(0x0105, 'RINVSRCADDRSUBUNIT', 'gateway-fault', false, 'gateway-config', 'smpp5', 'The settings of the gateway need a look'),
  row(0x0106, 'RINVDSTADDRSUBUNIT', 'gateway-fault', false, 'gateway-config', 'smpp5', 'The settings of the gateway need a look'),
  row(0x0107, 'RINVBCASTFREQINT', 'gateway-fault', false, 'protocol', 'smpp5', 'The settings of the gateway need a look'),
  row(0x0108, 'RINVBCASTALIAS_NAME', 'gateway-fault', false, 'protocol', 'smpp5', 'The settings of the gateway need a look'),
  row(0x0109, 'RINVBCASTAREAFMT', 'gateway-fault', false, 'protocol', 'smpp5', 'The settings of the gateway need a look'),
  row(0x010a, 'RINVNUMBCAST_AREAS', 'gateway-fault', false, 'protocol', 'smpp5', 'The settings of the gateway need a look'),
  row(0x010b, 'RINVBCASTCNTTYPE', 'gateway-fault', false, 'protocol', 'smpp5', 'The settings of the gateway need a look'),
  row(0x010c, 'RINVBCASTMSGCLASS', 'gateway-fault', false, 'protocol', 'smpp5', 'The settings of the gateway need a look'),
  row(0x010d, 'RBCASTFAIL', 'gateway-fault', false, 'protocol', 'smpp5', 'The settings of the gateway need a look'),
  row(0x010e, 'RBCASTQUERYFAIL', 'gateway-fault', false, 'protocol', 'smpp5', 'The settings of the gateway need a look'),
  row(0x010f, 'RBCASTCANCELFAIL', 'gateway-fault', false, 'protocol', 'smpp5', 'The settings of the gateway need a look'),
  row(0x0110, 'RINVBCAST_REP', 'gateway-fault', false, 'protocol', 'smpp5', 'The settings of the gateway need a look'),
  row(0x0111, 'RINVBCASTSRVGRP', 'gateway-fault', false, 'protocol', 'smpp5', 'The settings of the gateway need a look'),
  row(0x0112, 'RINVBCASTCHANIND', 'gateway-fault', false, 'protocol', 'smpp5', 'The settings of the gateway need a look'),
]

/** Codes that no row lists: temporary, because a reserved or vendor's code proves nothing against the number. */
export const commandStatusRanges = [
  {
    from: 0x0000_0009,
    to: 0x0000_03ff,
    name: 'RESERVED',
    words: 'The gateway gave a reason that is not in the standard',
  },
  { from: 0x0000_0400, to: 0x0000_04ff, name: 'VENDOR', words: 'The gateway gave a reason of its own' },
  {
    from: 0x0000_0500,
    to: 0xffff_ffff,
    name: 'RESERVED',
    words: 'The gateway gave a reason that is not in the standard',
  },
] as const

const statusByCode = new Map(commandStatuses.map(status => [status.code, status]))

/** The row of a command_status; every unsigned 32-bit code has one. Never throws. */
export function commandStatus(code: number): CommandStatus {
  const listed = statusByCode.get(code)
  if (listed) return listed
  const range = commandStatusRanges.find(r => code >= r.from && code <= r.to) ?? commandStatusRanges[2]
  return row(code, range.name, 'soft', false, 'message', 'smpp34', range.words)
}

/** What a message has become whose gateway has refused it again and again, by the code of the last refusal ("0x14"): full or busy may pass. */
export function refusalEndsAs(code: string | null): 'soft' | 'hard' {
  if (code === null || !/^0x[0-9a-f]{1,8}$/i.test(code)) return 'hard'
  const kind = commandStatus(Number.parseInt(code, 16)).class
  return kind === 'throttle' || kind === 'soft' ? 'soft' : 'hard'
}

export type ReceiptState = 'pending' | 'delivered' | 'soft' | 'hard'

type StateRow = { readonly state: number; readonly stat: string; readonly class: ReceiptState; readonly words: string }

/** message_state (SMPP 3.4 §5.2.28, Appendix B; 0 and 9 from SMPP 5.0). ACCEPTD is "the network has it", not delivered. */
export const messageStates: readonly StateRow[] = [
  { state: 0, stat: 'SCHEDLD', class: 'pending', words: 'Waiting at the gateway' },
  { state: 1, stat: 'ENROUTE', class: 'pending', words: 'On its way' },
  { state: 2, stat: 'DELIVRD', class: 'delivered', words: 'Delivered' },
  { state: 3, stat: 'EXPIRED', class: 'soft', words: 'The phone could not be reached in time' },
  { state: 4, stat: 'DELETED', class: 'hard', words: 'The network deleted the message' },
  { state: 5, stat: 'UNDELIV', class: 'hard', words: 'The message could not be delivered' },
  { state: 6, stat: 'ACCEPTD', class: 'pending', words: 'Accepted by the network' },
  { state: 7, stat: 'UNKNOWN', class: 'soft', words: 'The network does not know what became of it' },
  { state: 8, stat: 'REJECTD', class: 'hard', words: 'The network refused the message' },
  { state: 9, stat: 'SKIPPED', class: 'hard', words: 'The network skipped the message' },
]

/** Words seen in the field for the same states (OpenMarket, 8x8, Aldeamo, Telesign, Kannel's users). */
const statAliases: Readonly<Record<string, string>> = {
  DELIVERED: 'DELIVRD',
  EXPIRE: 'EXPIRED',
  UNDELIVERABLE: 'UNDELIV',
  UNDELIVERED: 'UNDELIV',
  UNDELIVRD: 'UNDELIV',
  FAILED: 'UNDELIV',
  ACCEPTED: 'ACCEPTD',
  ACCPTED: 'ACCEPTD',
  REJECTED: 'REJECTD',
  SCHEDULED: 'SCHEDLD',
  SUBMITD: 'ENROUTE',
  BUFFERED: 'ENROUTE',
  NOROUTE: 'EXPIRED',
  BLIST: 'REJECTD',
}

const stateByStat = new Map(messageStates.map(s => [s.stat, s]))
const stateByNumber = new Map(messageStates.map(s => [s.state, s]))

/** `DELIVRD` of 2; undefined for a number outside the standard. */
export function statOfState(state: number): string | undefined {
  return stateByNumber.get(state)?.stat
}

type Reason = {
  readonly code: number
  readonly name: string
  readonly class: 'delivered' | 'soft' | 'hard'
  readonly counts: boolean
  readonly words: string
}

const reason = (code: number, name: string, kind: Reason['class'], counts: boolean, words: string): Reason => ({
  code,
  name,
  class: kind,
  counts,
  words,
})

/** MAP errors: only where the receipt's network_error_code says GSM, or the gateway's `err` is known to be MAP. */
// biome-ignore format: a table reads by its columns
export const gsmMapErrors: readonly Reason[] = [
  reason(1, 'unknownSubscriber', 'hard', true, 'The number is not in use'),
  reason(2, 'unknownBaseStation', 'soft', false, 'A temporary fault in the network'),
  reason(3, 'unknownMSC', 'soft', false, 'A temporary fault in the network'),
  reason(5, 'unidentifiedSubscriber', 'hard', true, 'The number is not in use'),
  reason(6, 'absentSubscriberSM', 'soft', false, 'The phone is off or out of reach'),
  reason(7, 'unknownEquipment', 'hard', true, 'The phone is not known to the network'),
  reason(8, 'roamingNotAllowed', 'soft', false, 'The phone is abroad where it cannot get messages'),
  reason(9, 'illegalSubscriber', 'hard', true, 'The number may not get messages'),
  reason(10, 'bearerServiceNotProvisioned', 'hard', true, 'The number cannot get SMS'),
  reason(11, 'teleserviceNotProvisioned', 'hard', true, 'The number cannot get SMS'),
  reason(12, 'illegalEquipment', 'hard', true, 'The phone is blocked by the network'),
  reason(13, 'callBarred', 'hard', false, 'The recipient has barred messages'),
  reason(15, 'cug-Reject', 'hard', false, 'The recipient has barred messages'),
  reason(21, 'facilityNotSupported', 'soft', false, 'The network cannot deliver this message now'),
  reason(27, 'absentSubscriber', 'soft', false, 'The phone is off or out of reach'),
  reason(28, 'incompatibleTerminal', 'hard', true, 'The phone cannot get SMS'),
  reason(31, 'subscriberBusyForMT-SMS', 'soft', false, 'The phone is busy'),
  reason(32, 'sm-DeliveryFailure', 'soft', false, 'The phone could not take the message, its memory may be full'),
  reason(33, 'messageWaitingListFull', 'soft', false, 'Too many messages wait for this phone'),
  reason(34, 'systemFailure', 'soft', false, 'A temporary fault in the network'),
  reason(35, 'dataMissing', 'soft', false, 'A temporary fault in the network'),
  reason(36, 'unexpectedDataValue', 'soft', false, 'A temporary fault in the network'),
  reason(40, 'memoryCapacityExceeded', 'soft', false, 'The memory of the phone is full'),
  reason(41, 'equipmentProtocolError', 'soft', false, 'The phone could not take the message'),
  reason(42, 'equipmentNotSM-Equipped', 'hard', true, 'The phone cannot get SMS'),
]

/** Vonage's own `err` numbers in SMPP receipts. */
// biome-ignore format: a table reads by its columns
export const vonageErrors: readonly Reason[] = [
  reason(0, 'Delivered', 'delivered', false, 'Delivered'),
  reason(1, 'Unknown', 'soft', false, 'The gateway gave no reason'),
  reason(2, 'Absent subscriber, temporary', 'soft', false, 'The phone is off or out of reach'),
  reason(3, 'Absent subscriber, permanent', 'hard', true, 'The number is not in use'),
  reason(4, 'Call barred by user', 'hard', false, 'The recipient has barred messages'),
  reason(5, 'Portability error', 'soft', false, 'A temporary fault while the number changes network'),
  reason(6, 'Anti-spam rejection', 'hard', false, 'A spam filter stopped the message'),
  reason(7, 'Handset busy', 'soft', false, 'The phone is busy'),
  reason(8, 'Network error', 'soft', false, 'A temporary fault in the network'),
  reason(9, 'Illegal number', 'hard', true, 'The number is not valid'),
  reason(10, 'Illegal (invalid) message', 'hard', false, 'The message was refused on the way to the phone'),
  reason(11, 'Unroutable', 'soft', false, 'No route to this number just now'),
]

/** Which table a gateway's `err` is read by. There is no common meaning (001 is four different things), hence `none`. */
export type ErrTable = 'none' | 'gsm' | 'vonage'

const reasonTables: Readonly<Record<ErrTable, ReadonlyMap<number, Reason>>> = {
  none: new Map(),
  gsm: new Map(gsmMapErrors.map(r => [r.code, r])),
  vonage: new Map(vonageErrors.map(r => [r.code, r])),
}

export type ReceiptOutcome = {
  readonly state: ReceiptState
  readonly counts: boolean
  /** What is stored and shown: `UNDELIV`, `UNDELIV/001` (no table), `UNDELIV/gsm:1`, `UNDELIV/vonage:3`. */
  readonly code: string
}

/**
 * The verdict of a receipt. `stat` is the Appendix B word, `err` the number beside it (null: none), `table` tells how to
 * read it. A word that nobody knows is pending: it proves nothing, so nothing is sent again because of it.
 * The reason refines only UNDELIV, DELETED and REJECTD; DELIVRD and EXPIRED stand as they are.
 */
export function classifyReceipt(stat: string, err: number | null, table: ErrTable): ReceiptOutcome {
  const upper = stat.toUpperCase()
  const word = statAliases[upper] ?? upper
  const state = stateByStat.get(word)
  if (!state) return { state: 'pending', counts: false, code: word }
  if (state.class !== 'hard' || err === null || err === 0) return { state: state.class, counts: false, code: word }
  const found = reasonTables[table].get(err)
  if (!found || found.class === 'delivered') {
    return {
      state: 'hard',
      counts: false,
      code: `${word}/${table === 'none' ? '' : `${table}:`}${String(err).padStart(3, '0')}`,
    }
  }
  return { state: found.class, counts: found.counts, code: `${word}/${table}:${err}` }
}

/** What our own side can say of a submission that no code of the gateway came for. */
export const localCodes = {
  not_bound: 'The gateway is not connected',
  connection_lost: 'The connection to the gateway was lost before the message was written',
  connection_lost_after_write: 'The connection to the gateway was lost before it answered',
  no_answer: 'The gateway did not answer in time',
  unreadable_answer: 'The answer of the gateway could not be read',
  closing: 'Sending was stopped',
  not_written: 'Sending was held back',
  session_full: 'Too many messages wait for the gateway',
  invalid_item: 'The message does not fit into an SMPP request',
} as const

export type LocalCode = keyof typeof localCodes

const isLocalCode = (code: string): code is LocalCode => Object.hasOwn(localCodes, code)

/**
 * A code in a marketer's words: a command_status as number or `0x0000000B`, the code of a receipt outcome, or a local
 * code. Never throws; what is unknown is shown as it came.
 */
export function describeOutcome(code: number | string): string {
  if (typeof code === 'number') return commandStatus(code).words
  if (/^0x[0-9a-f]{1,8}$/i.test(code)) return commandStatus(Number.parseInt(code, 16)).words
  if (isLocalCode(code)) return localCodes[code]
  const [stat = '', detail = ''] = code.split('/')
  const [table = '', number = ''] = detail.split(':')
  if (table === 'gsm' || table === 'vonage') {
    const found = reasonTables[table].get(Number(number))
    if (found) return found.words
  }
  return stateByStat.get(statAliases[stat.toUpperCase()] ?? stat.toUpperCase())?.words ?? `The gateway said ${code}`
}
