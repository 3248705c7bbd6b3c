/**
 * Which attempt does a receipt belong to? The gateway's id decides, over all gateways of the account (a provider delivers over
 * whichever bind it likes), however late. Addresses decide only where several messages have the id, for operators use ids
 * again: the one whose number is meant in any form, then the newest. Where the id is not known as it is written, other forms
 * of it are tried; a form that only calculation gives must have the same number.
 */

import { type AccountGateway, readAccounts } from '../gateways/account.ts'
import { keyColumns } from '../messages/message-change.ts'
import type { Db } from '../platform/db/database.ts'
import { int, orNull, rowsNamed, text, time } from '../platform/db/rows.ts'
import { pgArray, sql } from '../platform/db/sql.ts'
import type { Candidate, FoundCandidate, ReceiptMatch } from './candidate.ts'
import { idKey, idKeySql, idsOf, otherKeys, speaksForAll, type ToMatch } from './provider-ids.ts'
import { type Agreement, agreementOf, agreements } from './same-number.ts'

/**
 * A receipt that names another number than the only message with its id may have come before the answer that gives the id to
 * its own message: so long it waits for that.
 */
const answerUnderWayMs = 5_000

/** In the order asked; undefined where nothing fits (yet). `now`: business time. */
export async function matchReceipts(
  db: Db,
  receipts: readonly ToMatch[],
  now: Date,
): Promise<(ReceiptMatch | undefined)[]> {
  if (receipts.length === 0) return []
  const accounts = await readAccounts(
    db,
    receipts.map(({ gatewayId }) => gatewayId),
  )
  const look = new Look(accounts, now)
  const keys = receipts.flatMap(({ body }) => idsOf(body).map(idKey))
  const asWritten = byKey(await readCandidates(db, keys, accounts))
  const found = receipts.map(receipt => matchOf(look.asWritten(asWritten, receipt), receipt))
  const missing = receipts.filter((_, i) => found[i] === undefined)
  if (missing.length === 0) return found
  const others = missing.flatMap(({ body }) => idsOf(body).flatMap(otherKeys))
  if (others.length === 0) return found
  const inOtherForm = byKey(await readCandidates(db, others, accounts))
  return receipts.map((receipt, i) => found[i] ?? matchOf(look.calculated(inOtherForm, receipt), receipt))
}

const candidateRows = rowsNamed('receipts-match', {
  ...keyColumns,
  n: int,
  part: int,
  providerId: text,
  gatewayId: int,
  at: time,
  address: orNull(text),
  parts: orNull(int),
})

async function readCandidates(
  db: Db,
  keys: readonly string[],
  accounts: ReadonlyMap<number, readonly AccountGateway[]>,
): Promise<Candidate[]> {
  const gateways = new Set([...accounts.values()].flatMap(account => account.map(({ gatewayId }) => gatewayId)))
  const rows = await db.query<Candidate>(
    sql`select /* fanout */ a.bucket, a.activity_id as "activityId", a.profile_id as "profileId", a.n, a.part, a.provider_id as "providerId",
        a.gateway_id as "gatewayId", a.at, m.address, m.parts
      from answers a join messages m on m.bucket = a.bucket and m.activity_id = a.activity_id and m.profile_id = a.profile_id
      where ${idKeySql('a.provider_id')} = any(${pgArray(keys)}::text[])
        and a.gateway_id = any(${pgArray([...gateways])}::int[])`,
    candidateRows,
  )
  return rows
}

function byKey(rows: readonly Candidate[]): Map<string, Candidate[]> {
  const found = new Map<string, Candidate[]>()
  for (const row of rows) {
    const key = idKey(row.providerId)
    const known = found.get(key)
    if (known === undefined) found.set(key, [row])
    else known.push(row)
  }
  return found
}

class Look {
  readonly #accounts: ReadonlyMap<number, readonly AccountGateway[]>
  readonly #now: Date

  constructor(accounts: ReadonlyMap<number, readonly AccountGateway[]>, now: Date) {
    this.#accounts = accounts
    this.#now = now
  }

  /** With one of the ids as the receipt has it; else with other zeros or case. */
  asWritten(candidates: Map<string, Candidate[]>, receipt: ToMatch): FoundCandidate | undefined {
    const ids = idsOf(receipt.body)
    const isOld = receipt.at === undefined || this.#now.getTime() - receipt.at.getTime() >= answerUnderWayMs
    const least = isOld ? agreements.other : agreements.silent
    for (const id of ids) {
      const same = this.#ofAccount(candidates.get(idKey(id)), receipt).filter(one => one.providerId === id)
      const one = best(same, receipt, least)
      if (one !== undefined) return one
    }
    for (const id of ids) {
      const one = best(this.#ofAccount(candidates.get(idKey(id)), receipt), receipt, least)
      if (one !== undefined) return one
    }
    return undefined
  }

  /** With an id that calculation makes of the receipt's: the same number, or the only one and nothing against it. */
  calculated(candidates: Map<string, Candidate[]>, receipt: ToMatch): FoundCandidate | undefined {
    const all = idsOf(receipt.body)
      .flatMap(otherKeys)
      .flatMap(key => this.#ofAccount(candidates.get(key), receipt))
    return best(all, receipt, all.length === 1 ? agreements.silent : agreements.local)
  }

  #ofAccount(candidates: Candidate[] | undefined, { gatewayId }: ToMatch): Candidate[] {
    if (candidates === undefined) return []
    const account = this.#accounts.get(gatewayId) ?? []
    return candidates.filter(one => account.some(gateway => gateway.gatewayId === one.gatewayId))
  }
}

/** The newest of those that the addresses fit best. */
function best(candidates: readonly Candidate[], { body }: ToMatch, least: Agreement): FoundCandidate | undefined {
  let found: Candidate | undefined
  let agreement: Agreement = least
  for (const one of candidates) {
    const its = agreementOf(one.address, body)
    if (its < agreement) continue
    if (found !== undefined && its === agreement && one.at.getTime() <= found.at.getTime()) continue
    found = one
    agreement = its
  }
  if (found === undefined) return undefined
  const { n, part } = found
  const attempt = attemptOf(found)
  const whole = candidates.some(one => one.part !== part && one.n === n && attemptOf(one) === attempt)
  return { one: found, whole }
}

const attemptOf = (one: Candidate) => `${one.activityId} ${one.profileId}`

function matchOf(found: FoundCandidate | undefined, { body }: ToMatch): ReceiptMatch | undefined {
  if (found === undefined) return undefined
  const { bucket, activityId, profileId, n, address, parts } = found.one
  const part = found.whole || speaksForAll(body, parts) ? 0 : found.one.part
  return { bucket, activityId, profileId, n, part, erased: address === null }
}
