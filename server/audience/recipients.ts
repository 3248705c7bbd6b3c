/** Who would get an activity now: everybody targeted whom no reason leaves out, by the same SQL as the count and the freeze, as a set of ids or of addresses. */
import { sampledBuckets } from '../../core/audience/sample.ts'
import { readPrices } from '../credits/prices.ts'
import { bucketsFrom } from '../platform/db/buckets.ts'
import type { Database } from '../platform/db/database.ts'
import { eachRow } from '../platform/db/each-row.ts'
import { type ColumnCheck, int, rowsNamed } from '../platform/db/rows.ts'
import { empty, raw, type Sql, sql } from '../platform/db/sql.ts'
import { AddressGatherer, type AddressSet } from './address-set.ts'
import { type MemberScope, plannerSettings } from './audience-members.ts'
import type { AudienceQuestion } from './count.ts'
import { PeopleGatherer, type PeopleSet } from './people-set.ts'
import { sharing, targeted } from './targeted.ts'

type Question = Omit<AudienceQuestion, 'template' | 'linkUrl' | 'codeLength' | 'maxParts'>

const bytes: ColumnCheck<Buffer> = (value): value is Buffer => Buffer.isBuffer(value)
const listRows = rowsNamed('audience-lists', { bucket: int, list: bytes })

type Alias = 't' | 'm'

/** Four bytes per id: a million are read in a tenth of the time of their rows. */
const idsOf = (alias: Alias) =>
  raw(`${alias}.bucket, string_agg(int4send((${alias}.profile_id >> 8)::int), ''::bytea) as list`)
const hashesOf = (alias: Alias) =>
  raw(`${alias}.bucket, string_agg(int8send(hashtextextended(${alias}.address, 0)), ''::bytea) as list`)

/** Rejects with the signal's reason where that is aborted: the statements have ended by then. */
export async function readRecipients(db: Database, question: Question, signal?: AbortSignal): Promise<PeopleSet> {
  const gatherer = new PeopleGatherer()
  await gather(db, await recipientsNow(db, question, idsOf), signal, (bucket, ids) => gatherer.add(bucket, ids))
  return gatherer.set()
}

/** Their addresses. Rejects as readRecipients. */
export async function readRecipientAddresses(
  db: Database,
  question: Question,
  signal?: AbortSignal,
): Promise<AddressSet> {
  return addressesIn(db, await recipientsNow(db, question, hashesOf), signal)
}

/** Of those whom an activity that was frozen has sent to, or will: of its messages. Rejects as readRecipients. */
export function readFrozenAddresses(
  db: Database,
  { workspaceId, activityId, sampled }: { workspaceId: number; activityId: number; sampled: boolean },
  signal?: AbortSignal,
): Promise<AddressSet> {
  const parts = sampled ? [bucketsFrom(0, sampledBuckets - 1)] : [bucketsFrom(0, 127), bucketsFrom(128)]
  // Of somebody who was erased there is no address any more.
  const statements = parts.map(
    buckets => sql`select ${hashesOf('m')} from messages m
      where m.bucket = ${buckets} and m.activity_id = ${activityId}::bigint and m.workspace_id = ${workspaceId}::int and m.status <> 'not_sent'
        and m.address is not null group by m.bucket`,
  )
  return addressesIn(db, { statements, settings: {} }, signal)
}

interface Lists {
  statements: Sql[]
  settings: Readonly<Record<string, string>>
}

async function recipientsNow(db: Database, question: Question, listOf: (alias: Alias) => Sql): Promise<Lists> {
  const { workspaceId, channel, sendTo, members, recent = null, now, sampled = false } = question
  const prices = await readPrices(db, workspaceId, channel, now)
  const target = { workspaceId, channel, sendTo, members, prices, recent }
  const people = (scope: MemberScope) =>
    sql`select ${listOf('t')} from (${targeted(target, [], { scope })}) t where t.reason is null group by t.bucket`
  const parts = sampled
    ? ([[0, sampledBuckets]] as const)
    : ([
        [0, 128],
        [128, 256],
      ] as const)
  const settings = plannerSettings(members)
  if (sendTo.duplicates === 'all') return { statements: parts.map(buckets => people({ buckets })), settings }
  // Of a sample too: the other profiles of a shared number may lie outside of it.
  const shared = sql`select ${listOf('t')} from (${sharing(target, [])}) t
    where t.settled is null ${sampled ? sql`and t.bucket < ${sampledBuckets}` : empty} group by t.bucket`
  return { statements: [shared, ...parts.map(buckets => people({ buckets, shared: false }))], settings }
}

async function addressesIn(db: Database, lists: Lists, signal: AbortSignal | undefined): Promise<AddressSet> {
  const gatherer = new AddressGatherer()
  await gather(db, lists, signal, (_, hashes) => gatherer.add(hashes))
  return gatherer.set()
}

function gather(
  db: Database,
  { statements, settings }: Lists,
  signal: AbortSignal | undefined,
  add: (bucket: number, list: Buffer) => void,
): Promise<void> {
  return eachRow(db, statements, ({ bucket, list }) => add(bucket, list), { signal, settings, rows: listRows })
}
