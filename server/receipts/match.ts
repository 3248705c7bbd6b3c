/**
 * Which attempt does a receipt belong to? By the gateway's id and the person's number: operators use ids again, so the
 * number must be the same, and the newest answer of the last days wins. Ids change their form between the answer and the
 * receipt (leading zeros, case, hexadecimal against decimal): other forms are tried when the exact one is not found, and only
 * a single match with the same number counts.
 */
import type { Db } from '../platform/db.ts'
import { pgArray, sql } from '../platform/sql.ts'
import { readTestCandidates, type TestMatch, testExactly, testInOtherForm } from './match-tests.ts'
import { horizonMs, otherForms, type ToMatch, unknownHorizonMs } from './provider-ids.ts'

export interface Match {
  bucket: number
  activityId: number
  profileId: number
  n: number
  part: number
  /** the person was erased: their number must not come in again with the receipt */
  erased?: boolean
}

type Candidate = Match & { providerId: string; phone: string | null; gatewayId: number; at: Date }

/** In the order asked: of a message or of a test SMS; undefined where nothing fits (yet). `now`: business time. */
export async function matchReceipts(
  db: Db,
  receipts: readonly ToMatch[],
  now: Date,
): Promise<(Match | TestMatch | undefined)[]> {
  const exact = await candidatesOf(
    db,
    receipts.map(receipt => ({ gatewayId: receipt.gatewayId, id: receipt.body.providerId })),
    now,
  )
  const matches = receipts.map(receipt => newest(exact, receipt, [receipt.body.providerId]))
  const missing = receipts.filter((_, i) => matches[i] === undefined)
  if (missing.length === 0) return matches
  // A test's own id comes before a message's in another form.
  const tests = await readTestCandidates(db, missing, now)
  const forms = missing.flatMap(receipt =>
    otherForms(receipt.body.providerId).map(id => ({ gatewayId: receipt.gatewayId, id })),
  )
  const others = await candidatesOf(db, forms, now)
  return receipts.map(
    (receipt, i) =>
      matches[i] ??
      testExactly(tests, receipt) ??
      single(others, receipt, otherForms(receipt.body.providerId)) ??
      testInOtherForm(tests, receipt),
  )
}

async function candidatesOf(
  db: Db,
  ids: readonly { gatewayId: number; id: string }[],
  now: Date,
): Promise<Map<string, Candidate[]>> {
  const found = new Map<string, Candidate[]>()
  if (ids.length === 0) return found
  const rows = await db.query<Candidate>(
    sql`select a.bucket, a.activity_id as "activityId", a.profile_id as "profileId", a.n, a.part, a.provider_id as "providerId",
        a.gateway_id as "gatewayId", a.at, m.phone
      from answers a join messages m on m.bucket = a.bucket and m.activity_id = a.activity_id and m.profile_id = a.profile_id
      where a.provider_id = any(${pgArray(ids.map(({ id }) => id))}::text[]) and a.gateway_id = any(${[...new Set(ids.map(({ gatewayId }) => gatewayId))]}::int[])
        and a.at > ${new Date(now.getTime() - horizonMs)}`,
    'receipts-match',
  )
  for (const one of rows) {
    const row = { ...one, erased: one.phone === null }
    const key = `${row.gatewayId} ${row.providerId}`
    const known = found.get(key)
    if (known === undefined) found.set(key, [row])
    else known.push(row)
  }
  return found
}

function fitting(candidates: Map<string, Candidate[]>, { gatewayId, body }: ToMatch, ids: string[]): Candidate[] {
  const all = ids.flatMap(id => candidates.get(`${gatewayId} ${id}`) ?? [])
  const fits = all.filter(one => one.phone === `+${body.number}` || body.number === '')
  if (fits.length > 0) return fits
  // A message whose person was erased while its receipt was under way has no number any more: its id alone must do.
  const erased = all.filter(one => one.erased)
  return erased.length === 1 ? erased : []
}

function newest(candidates: Map<string, Candidate[]>, receipt: ToMatch, ids: string[]): Match | undefined {
  return fitting(candidates, receipt, ids).sort((a, b) => b.at.getTime() - a.at.getTime())[0]
}

function single(candidates: Map<string, Candidate[]>, receipt: ToMatch, ids: string[]): Match | undefined {
  const fits = fitting(candidates, receipt, ids)
  return fits.length === 1 ? fits[0] : undefined
}

/**
 * The attempt that a receipt without a known id can only mean: the single message to this number, from this sender, over this
 * gateway, of the last 72 hours, that has an attempt whose outcome is unknown. With two candidates (`candidates` tells how
 * many there are): none.
 */
export async function matchUnknown(
  db: Db,
  { gatewayId, body }: ToMatch,
  now: Date,
): Promise<{ candidates: number; match: Match | undefined }> {
  const profiles = await db.query<{ id: number }>(
    sql`select k.profile_id as id from profile_keys k where k.kind = 'phone' and k.value = ${`+${body.number}`}
      and k.workspace_id = (select g.workspace_id from gateways g where g.id = ${gatewayId})`,
  )
  const ids = profiles.map(({ id }) => id)
  if (ids.length === 0) return { candidates: 0, match: undefined }
  const rows = await db.query<Match & { parts: number | null; sender: string }>(
    sql`select b.bucket, b.activity_id as "activityId", b.profile_id as "profileId", b.n, b.part, m.parts
      from messages m join answers b on b.bucket = m.bucket and b.activity_id = m.activity_id and b.profile_id = m.profile_id
      where m.bucket = any(${[...new Set(ids.map(id => id & 255))]}::int[]) and m.profile_id = any(${ids}::bigint[]) and m.phone = ${`+${body.number}`}
        and b.outcome = 'unknown' and b.gateway_id = ${gatewayId} and b.at > ${new Date(now.getTime() - unknownHorizonMs)}`,
  )
  const activities = await db.query<{ id: number }>(
    sql`select id from activities where id = any(${rows.map(row => row.activityId)}::bigint[]) and trim(leading '+' from sender) = ${body.sender.replace(/^\+/, '')}`,
  )
  const ours = rows.filter(row => activities.some(({ id }) => id === row.activityId))
  const attempts = new Set(ours.map(row => `${row.activityId} ${row.profileId} ${row.n}`))
  const one = ours[0]
  if (one === undefined || attempts.size !== 1) return { candidates: attempts.size, match: undefined }
  const taken = await db.query<{ part: number }>(
    sql`select part from answers where bucket = ${one.bucket} and activity_id = ${one.activityId} and profile_id = ${one.profileId}
      and n = ${one.n} and outcome = 'accepted'`,
  )
  for (let part = 1; part <= (one.parts ?? 1); part++)
    if (!taken.some(row => row.part === part) && (one.part === 0 || ours.some(row => row.part === part)))
      return { candidates: 1, match: { ...one, part } }
  return { candidates: 1, match: undefined }
}
