/**
 * Which attempt does a receipt belong to? The gateway's id decides, over all gateways of the account (a provider delivers over
 * whichever bind it likes), however late. Addresses decide only where several messages have the id, for operators use ids
 * again: the one whose number is meant in any form, then the newest. Where the id is not known as it is written, other forms
 * of it are tried; a form that only calculation gives must have the same number.
 */

import { type AccountGateway, readAccounts } from '../gateways/account.ts'
import { keyColumns } from '../messages/change.ts'
import type { Db } from '../platform/db/database.ts'
import { int, orNull, rowsNamed, text, time } from '../platform/db/rows.ts'
import { pgArray, sql } from '../platform/db/sql.ts'
import type { Candidate, Found, Match } from './candidate.ts'
import { readTestCandidates, type TestMatch, testMatchOf } from './match-tests.ts'
import { idKey, idsOf, keyOf, otherKeys, speaksForAll, type ToMatch } from './provider-ids.ts'
import { type Agreement, agreementOf, agreements } from './same-number.ts'

type MessageCandidate = Candidate & Match & { parts: number | null }

/**
 * A receipt that names another number than the only message with its id may have come before the answer that gives the id to
 * its own message: so long it waits for that.
 */
const answerUnderWayMs = 5_000

/** In the order asked: of a message or of a test SMS; undefined where nothing fits (yet). `now`: business time. */
export async function matchReceipts(
  db: Db,
  receipts: readonly ToMatch[],
  now: Date,
): Promise<(Match | TestMatch | undefined)[]> {
  if (receipts.length === 0) return []
  const accounts = await readAccounts(
    db,
    receipts.map(({ gatewayId }) => gatewayId),
  )
  const look = new Look(accounts, now)
  const keys = receipts.flatMap(({ body }) => idsOf(body).map(idKey))
  const messages = byKey(await readCandidates(db, keys, accounts))
  const found = receipts.map(receipt => messageMatchOf(look.asWritten(messages, receipt), receipt))
  const missing = receipts.filter((_, i) => found[i] === undefined)
  if (missing.length === 0) return found
  const others = missing.flatMap(({ body }) => idsOf(body).flatMap(otherKeys))
  const tests = byKey(
    await readTestCandidates(db, [...missing.flatMap(({ body }) => idsOf(body).map(idKey)), ...others]),
  )
  const inOtherForm = byKey(others.length === 0 ? [] : await readCandidates(db, others, accounts))
  return receipts.map(
    (receipt, i) =>
      found[i] ??
      testMatchOf(look.asWritten(tests, receipt), receipt) ??
      messageMatchOf(look.calculated(inOtherForm, receipt), receipt) ??
      testMatchOf(look.calculated(tests, receipt), receipt),
  )
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
): Promise<MessageCandidate[]> {
  const gateways = new Set([...accounts.values()].flatMap(account => account.map(({ gatewayId }) => gatewayId)))
  const rows = await db.query<MessageCandidate>(
    sql`select /* fanout */ a.bucket, a.activity_id as "activityId", a.profile_id as "profileId", a.n, a.part, a.provider_id as "providerId",
        a.gateway_id as "gatewayId", a.at, m.address, m.parts
      from answers a join messages m on m.bucket = a.bucket and m.activity_id = a.activity_id and m.profile_id = a.profile_id
      where ${keyOf('a.provider_id')} = any(${pgArray(keys)}::text[])
        and a.gateway_id = any(${pgArray([...gateways])}::int[])`,
    candidateRows,
  )
  return rows
}

function byKey<One extends Candidate>(rows: readonly One[]): Map<string, One[]> {
  const found = new Map<string, One[]>()
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
  asWritten<One extends Candidate>(candidates: Map<string, One[]>, receipt: ToMatch): Found<One> | undefined {
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
  calculated<One extends Candidate>(candidates: Map<string, One[]>, receipt: ToMatch): Found<One> | undefined {
    const all = idsOf(receipt.body)
      .flatMap(otherKeys)
      .flatMap(key => this.#ofAccount(candidates.get(key), receipt))
    return best(all, receipt, all.length === 1 ? agreements.silent : agreements.local)
  }

  #ofAccount<One extends Candidate>(candidates: One[] | undefined, { gatewayId }: ToMatch): One[] {
    if (candidates === undefined) return []
    const account = this.#accounts.get(gatewayId) ?? []
    return candidates.filter(one => account.some(gateway => gateway.gatewayId === one.gatewayId))
  }
}

/** The newest of those that the addresses fit best. */
function best<One extends Candidate>(
  candidates: readonly One[],
  { body }: ToMatch,
  least: Agreement,
): Found<One> | undefined {
  let found: One | undefined
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

const attemptOf = (one: Candidate & Partial<Match & TestMatch>) => `${one.activityId} ${one.profileId} ${one.testId}`

function messageMatchOf(found: Found<MessageCandidate> | undefined, { body }: ToMatch): Match | undefined {
  if (found === undefined) return undefined
  const { bucket, activityId, profileId, n, address, parts } = found.one
  const part = found.whole || speaksForAll(body, parts) ? 0 : found.one.part
  return { bucket, activityId, profileId, n, part, erased: address === null }
}
