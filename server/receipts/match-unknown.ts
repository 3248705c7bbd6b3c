/**
 * The part that a receipt without a known id can only mean: of the single message to this number, from this sender, over a
 * gateway of the account, of the last 72 hours, that has a try with an unknown outcome. With two such tries: none. The parts
 * of one try may have been handed over by several attempts, since an attempt carries only the parts that were refused before it.
 */
import { testRecipient } from '../../core/messages/test-sms.ts'
import { type AccountGateway, readAccounts } from '../gateways/account.ts'
import { keyColumns } from '../messages/message-change.ts'
import type { Db } from '../platform/db/database.ts'
import { int, orNull, rowsNamed } from '../platform/db/rows.ts'
import { pgArray, sql } from '../platform/db/sql.ts'
import type { ReceiptMatch } from './candidate.ts'
import { speaksForAll, type ToMatch, unknownHorizonMs } from './provider-ids.ts'
import { phonesOf } from './same-number.ts'

export interface UnknownOf {
  gateways: number[]
  workspaces: number[]
  /** E.164; both fields, for some gateways do not turn them */
  phones: string[]
  /** as compared: without plus and case */
  senders: string[]
  since: Date
}

/** What to look for. `now`: business time. */
export async function unknownOf(db: Db, { gatewayId, body }: ToMatch, now: Date): Promise<UnknownOf> {
  const account: AccountGateway[] = (await readAccounts(db, [gatewayId])).get(gatewayId) ?? []
  return {
    gateways: account.map(one => one.gatewayId),
    workspaces: [...new Set(account.map(one => one.workspaceId))],
    phones: phonesOf(body),
    senders: [body.number, body.sender].filter(address => address !== '').map(plainSender),
    since: new Date(now.getTime() - unknownHorizonMs),
  }
}

const plainSender = (sender: string) =>
  sender
    .trim()
    .replace(/^\+|^00/, '')
    .toLowerCase()
/** The same in SQL. */
const plainSenderSql = sql`lower(regexp_replace(btrim(sender), '^(\\+|00)', ''))`

const unknownRows = rowsNamed('receipts-unknown', {
  ...keyColumns,
  n: int,
  part: int,
  parts: orNull(int),
  try: int,
  carried: orNull(int),
})

const profileRows = rowsNamed('receipts-unknown-profiles', {
  id: int,
})

const senderRows = rowsNamed('receipts-unknown-senders', { id: int })

const takenRows = rowsNamed('receipts-unknown-taken', { n: int, part: int })

/** `candidates` tells how many there are. */
export async function matchUnknown(
  db: Db,
  receipt: ToMatch,
  now: Date,
): Promise<{ candidates: number; match: ReceiptMatch | undefined }> {
  const { gateways, workspaces, phones, senders, since } = await unknownOf(db, receipt, now)
  const profiles = await db.query<{ id: number }>(
    sql`select k.profile_id as id from profile_keys k where k.kind = 'phone' and k.value = any(${pgArray(phones)}::text[])
      and k.workspace_id = any(${pgArray(workspaces)}::int[])`,
    profileRows,
  )
  const ids = [testRecipient, ...profiles.map(({ id }) => id)]
  const rows = await db.query<UnknownAnswer>(
    sql`select b.bucket, b.activity_id as "activityId", b.profile_id as "profileId", b.n, b.part, m.parts, t.try, t.parts as carried
      from messages m join answers b on b.bucket = m.bucket and b.activity_id = m.activity_id and b.profile_id = m.profile_id
      join attempts t on t.bucket = b.bucket and t.activity_id = b.activity_id and t.profile_id = b.profile_id and t.n = b.n
      where m.bucket = any(${pgArray([...new Set(ids.map(id => id & 255))])}::int[]) and m.profile_id = any(${pgArray(ids)}::bigint[])
        and m.address = any(${pgArray(phones)}::text[]) and b.outcome = 'unknown' and b.gateway_id = any(${pgArray(gateways)}::int[])
        and b.at > ${since}`,
    unknownRows,
  )
  const activities = await db.query<{ id: number }>(
    sql`select id from activities where id = any(${pgArray(rows.map(row => row.activityId))}::bigint[])
      and ${plainSenderSql} = any(${pgArray(senders)}::text[])`,
    senderRows,
  )
  const ours = rows.filter(row => activities.some(({ id }) => id === row.activityId))
  const tries = new Set(ours.map(row => `${row.activityId} ${row.profileId} ${row.try}`))
  const [one] = ours
  if (one === undefined || tries.size !== 1) return { candidates: tries.size, match: undefined }
  const taken = await db.query<{ n: number; part: number }>(
    sql`select n, part from answers where bucket = ${one.bucket} and activity_id = ${one.activityId} and profile_id = ${one.profileId}
      and n = any(${pgArray(ours.map(row => row.n))}::int[]) and outcome = 'accepted'`,
    takenRows,
  )
  const free = ours
    .flatMap(row => partsOf(row).map(part => ({ ...row, part })))
    .filter(({ n, part }) => !taken.some(row => row.n === n && (row.part === part || row.part === 0)))
    .sort((a, b) => a.part - b.part || a.n - b.n)
  return { candidates: 1, match: partOrWhole(free, receipt, one.parts) }
}

/** The first of the unknown parts; the whole message (part 0) where one attempt carried all parts and the receipt speaks for all. */
export function partOrWhole<Unknown extends { n: number; part: number }>(
  free: readonly Unknown[],
  { body }: ToMatch,
  parts: number | null,
): Unknown | undefined {
  const [first] = free
  if (first === undefined || !speaksForAll(body, parts)) return first
  return free.length === parts && free.every(({ n }) => n === first.n) ? { ...first, part: 0 } : first
}

type UnknownAnswer = ReceiptMatch & {
  parts: number | null
  try: number
  /** bits of the parts that the attempt carries; null: all */
  carried: number | null
}

/** The parts that the answer is about. */
function partsOf({ part, parts, carried }: UnknownAnswer): number[] {
  if (part !== 0) return [part]
  const all = Array.from({ length: parts ?? 1 }, (_, i) => i + 1)
  return all.filter(one => carried === null || (carried & (1 << (one - 1))) !== 0)
}
