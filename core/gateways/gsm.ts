/**
 * What does the network say of a phone? MAP errors of GSM networks: `gsm:` and the number. They are read only where a receipt's
 * network_error_code says GSM, or where the numbers of a gateway are known to be MAP. Source: 3GPP TS 29.002. Checked November 2026.
 */
import { type CodeRow, codeRow, type NetworkClass } from './code.ts'

const reason = (number: number, name: string, outcome: NetworkClass, counts: boolean, words: string): CodeRow =>
  codeRow({ code: `gsm:${number}`, name, class: outcome, scope: 'recipient', counts, words, source: '3GPP TS 29.002' })

// biome-ignore format: a table reads by its columns
export const gsmErrors: readonly CodeRow[] = [
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

const byCode: ReadonlyMap<string, CodeRow> = new Map(gsmErrors.map(row => [row.code, row]))

/** Undefined where no row has the code. */
export const gsmRow = (code: string): CodeRow | undefined => byCode.get(code)
