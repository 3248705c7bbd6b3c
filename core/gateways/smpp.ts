/**
 * What does a command_status mean: the answer of an SMPP gateway to a submit? `smpp:` and the status as lower case hexadecimal.
 *
 * Sources: SMPP 3.4 issue 1.2 §5.1.3; SMPP 5.0 for 0x0100 and above. Checked November 2026. Classes were compared with what Kannel 1.4.5,
 * NowSMS, OpenMarket and Aerialink do.
 */
import { type Code, type CodeClass, type CodeRow, type CodeScope, codeRow } from './code.ts'

const sources = { smpp34: 'SMPP 3.4 §5.1.3', smpp5: 'SMPP 5.0' } as const

/** `smpp:0x0b` of 11. */
export const statusCode = (status: number): Code => `smpp:0x${status.toString(16).padStart(2, '0')}`

/** 11 of `smpp:0x0b`; NaN of anything else. */
const statusOf = (code: string): number =>
  /^smpp:0x[0-9a-f]{1,8}$/i.test(code) ? Number.parseInt(code.slice('smpp:0x'.length), 16) : Number.NaN

const row = (
  code: number,
  name: string,
  outcome: CodeClass,
  counts: boolean,
  scope: CodeScope,
  source: keyof typeof sources,
  words: string,
): CodeRow => codeRow({ code: statusCode(code), name, class: outcome, scope, counts, words, source: sources[source] })

// biome-ignore format: a table reads by its columns
export const commandStatuses: readonly CodeRow[] = [
  row(0x00, 'ROK', 'accepted', false, 'message', 'smpp34', 'Accepted by the gateway'),
  row(0x01, 'RINVMSGLEN', 'fault', false, 'message', 'smpp34', 'The gateway refused the length of the message'),
  row(0x02, 'RINVCMDLEN', 'fault', false, 'bind', 'smpp34', "Check the gateway's settings"),
  row(0x03, 'RINVCMDID', 'fault', false, 'bind', 'smpp34', "Check the gateway's settings"),
  row(0x04, 'RINVBNDSTS', 'fault', false, 'bind', 'smpp34', 'The gateway was not ready for messages'),
  row(0x05, 'RALYBND', 'fault', false, 'bind', 'smpp34', 'The gateway was not ready for messages'),
  row(0x06, 'RINVPRTFLG', 'fault', false, 'gateway-config', 'smpp34', "Check the gateway's settings"),
  row(0x07, 'RINVREGDLVFLG', 'fault', false, 'gateway-config', 'smpp34', "Check the gateway's settings"),
  row(0x08, 'RSYSERR', 'soft', false, 'message', 'smpp34', 'A temporary fault at the gateway'),
  row(0x0a, 'RINVSRCADR', 'fault', false, 'sender', 'smpp34', 'The gateway does not allow this sender'),
  row(0x0b, 'RINVDSTADR', 'hard', true, 'recipient', 'smpp34', 'The number is not valid'),
  row(0x0c, 'RINVMSGID', 'fault', false, 'query', 'smpp34', "Check the gateway's settings"),
  row(0x0d, 'RBINDFAIL', 'fault', false, 'bind', 'smpp34', 'The gateway refused the connection'),
  row(0x0e, 'RINVPASWD', 'fault', false, 'account', 'smpp34', 'The gateway refused our password'),
  row(0x0f, 'RINVSYSID', 'fault', false, 'account', 'smpp34', 'The gateway does not know our user name'),
  row(0x11, 'RCANCELFAIL', 'fault', false, 'cancel', 'smpp34', "Check the gateway's settings"),
  row(0x13, 'RREPLACEFAIL', 'fault', false, 'replace', 'smpp34', "Check the gateway's settings"),
  row(0x14, 'RMSGQFUL', 'throttle', false, 'bind', 'smpp34', 'Too many messages wait at the gateway, or for this phone'),
  row(0x15, 'RINVSERTYP', 'fault', false, 'gateway-config', 'smpp34', "Check the gateway's settings"),
  row(0x33, 'RINVNUMDESTS', 'fault', false, 'protocol', 'smpp34', "Check the gateway's settings"),
  row(0x34, 'RINVDLNAME', 'fault', false, 'protocol', 'smpp34', "Check the gateway's settings"),
  row(0x40, 'RINVDESTFLAG', 'fault', false, 'protocol', 'smpp34', "Check the gateway's settings"),
  row(0x42, 'RINVSUBREP', 'fault', false, 'protocol', 'smpp34', "Check the gateway's settings"),
  row(0x43, 'RINVESMCLASS', 'fault', false, 'gateway-config', 'smpp34', "Check the gateway's settings"),
  row(0x44, 'RCNTSUBDL', 'fault', false, 'protocol', 'smpp34', "Check the gateway's settings"),
  row(0x45, 'RSUBMITFAIL', 'soft', false, 'message', 'smpp34', 'The gateway could not take the message'),
  row(0x48, 'RINVSRCTON', 'fault', false, 'sender', 'smpp34', 'The gateway does not allow this sender'),
  row(0x49, 'RINVSRCNPI', 'fault', false, 'sender', 'smpp34', 'The gateway does not allow this sender'),
  row(0x50, 'RINVDSTTON', 'fault', false, 'gateway-config', 'smpp34', 'The gateway refused the form of the number'),
  row(0x51, 'RINVDSTNPI', 'fault', false, 'gateway-config', 'smpp34', 'The gateway refused the form of the number'),
  row(0x53, 'RINVSYSTYP', 'fault', false, 'account', 'smpp34', "Check the gateway's settings"),
  row(0x54, 'RINVREPFLAG', 'fault', false, 'protocol', 'smpp34', "Check the gateway's settings"),
  row(0x55, 'RINVNUMMSGS', 'fault', false, 'protocol', 'smpp34', "Check the gateway's settings"),
  row(0x58, 'RTHROTTLED', 'throttle', false, 'bind', 'smpp34', 'The gateway asks to slow down'),
  row(0x61, 'RINVSCHED', 'fault', false, 'message', 'smpp34', 'The gateway refused the form of the message'),
  row(0x62, 'RINVEXPIRY', 'fault', false, 'message', 'smpp34', 'The gateway refused the form of the message'),
  row(0x63, 'RINVDFTMSGID', 'fault', false, 'protocol', 'smpp34', "Check the gateway's settings"),
  row(0x64, 'RX_T_APPN', 'soft', false, 'message', 'smpp34', 'A temporary fault on the way to the phone'),
  row(0x65, 'RX_P_APPN', 'hard', false, 'message', 'smpp34', 'The message was refused on the way to the phone'),
  row(0x66, 'RX_R_APPN', 'hard', false, 'message', 'smpp34', 'The message was refused on the way to the phone'),
  row(0x67, 'RQUERYFAIL', 'fault', false, 'query', 'smpp34', "Check the gateway's settings"),
  row(0xc0, 'RINVOPTPARSTREAM', 'fault', false, 'gateway-config', 'smpp34', "Check the gateway's settings"),
  row(0xc1, 'ROPTPARNOTALLWD', 'fault', false, 'gateway-config', 'smpp34', "Check the gateway's settings"),
  row(0xc2, 'RINVPARLEN', 'fault', false, 'message', 'smpp34', 'The gateway refused the form of the message'),
  row(0xc3, 'RMISSINGOPTPARAM', 'fault', false, 'gateway-config', 'smpp34', "Check the gateway's settings"),
  row(0xc4, 'RINVOPTPARAMVAL', 'fault', false, 'gateway-config', 'smpp34', "Check the gateway's settings"),
  row(0xfe, 'RDELIVERYFAILURE', 'soft', false, 'message', 'smpp34', 'The message could not be delivered just now'),
  row(0xff, 'RUNKNOWNERR', 'soft', false, 'message', 'smpp34', 'The gateway gave no reason'),
  row(0x0100, 'RSERTYPUNAUTH', 'fault', false, 'gateway-config', 'smpp5', "Check the gateway's settings"),
  row(0x0101, 'RPROHIBITED', 'fault', false, 'gateway-config', 'smpp5', "Check the gateway's settings"),
  row(0x0102, 'RSERTYPUNAVAIL', 'fault', false, 'gateway-config', 'smpp5', "Check the gateway's settings"),
  row(0x0103, 'RSERTYPDENIED', 'fault', false, 'gateway-config', 'smpp5', "Check the gateway's settings"),
  row(0x0104, 'RINVDCS', 'fault', false, 'gateway-config', 'smpp5', "Check the gateway's settings"),
  row(0x0105, 'RINVSRCADDRSUBUNIT', 'fault', false, 'gateway-config', 'smpp5', "Check the gateway's settings"),
  row(0x0106, 'RINVDSTADDRSUBUNIT', 'fault', false, 'gateway-config', 'smpp5', "Check the gateway's settings"),
  row(0x0107, 'RINVBCASTFREQINT', 'fault', false, 'protocol', 'smpp5', "Check the gateway's settings"),
  row(0x0108, 'RINVBCASTALIAS_NAME', 'fault', false, 'protocol', 'smpp5', "Check the gateway's settings"),
  row(0x0109, 'RINVBCASTAREAFMT', 'fault', false, 'protocol', 'smpp5', "Check the gateway's settings"),
  row(0x010a, 'RINVNUMBCAST_AREAS', 'fault', false, 'protocol', 'smpp5', "Check the gateway's settings"),
  row(0x010b, 'RINVBCASTCNTTYPE', 'fault', false, 'protocol', 'smpp5', "Check the gateway's settings"),
  row(0x010c, 'RINVBCASTMSGCLASS', 'fault', false, 'protocol', 'smpp5', "Check the gateway's settings"),
  row(0x010d, 'RBCASTFAIL', 'fault', false, 'protocol', 'smpp5', "Check the gateway's settings"),
  row(0x010e, 'RBCASTQUERYFAIL', 'fault', false, 'protocol', 'smpp5', "Check the gateway's settings"),
  row(0x010f, 'RBCASTCANCELFAIL', 'fault', false, 'protocol', 'smpp5', "Check the gateway's settings"),
  row(0x0110, 'RINVBCAST_REP', 'fault', false, 'protocol', 'smpp5', "Check the gateway's settings"),
  row(0x0111, 'RINVBCASTSRVGRP', 'fault', false, 'protocol', 'smpp5', "Check the gateway's settings"),
  row(0x0112, 'RINVBCASTCHANIND', 'fault', false, 'protocol', 'smpp5', "Check the gateway's settings"),
]

/** Codes that no row lists: temporary, because a reserved code or one of a vendor proves nothing against the number. */
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

const rowByStatus = new Map(commandStatuses.map(listed => [statusOf(listed.code), listed]))

/** The row of a command_status; every unsigned 32-bit code has one. Never throws. */
export function commandStatus(status: number): CodeRow {
  const listed = rowByStatus.get(status)
  if (listed) return listed
  const range = commandStatusRanges.find(({ from, to }) => status >= from && status <= to) ?? commandStatusRanges[2]
  return row(status, range.name, 'soft', false, 'message', 'smpp34', range.words)
}

/** Undefined where the code is not a command_status. */
export function smppRow(code: string): CodeRow | undefined {
  const status = statusOf(code)
  return Number.isNaN(status) ? undefined : commandStatus(status)
}
