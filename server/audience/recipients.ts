/** Who would get an activity now: everybody targeted whom no reason leaves out, by the same SQL as the count and the freeze, as a set of ids. */
import { sampledBuckets } from '../../core/audience/sample.ts'
import { readPrices } from '../credits/prices.ts'
import { bucketsFrom } from '../platform/db/buckets.ts'
import type { Database } from '../platform/db/database.ts'
import { eachRow } from '../platform/db/each-row.ts'
import { type ColumnCheck, int, rowsNamed } from '../platform/db/rows.ts'
import { empty, raw, type Sql, sql } from '../platform/db/sql.ts'
import { type MemberScope, plannerSettings } from './audience-members.ts'
import type { AudienceQuestion } from './count.ts'
import { PeopleGatherer, type PeopleSet } from './people-set.ts'
import { sharing, targeted } from './targeted.ts'

type Question = Omit<AudienceQuestion, 'template' | 'linkUrl' | 'codeLength' | 'maxParts'>

const bytes: ColumnCheck<Buffer> = (value): value is Buffer => Buffer.isBuffer(value)
const idRows = rowsNamed('audience-ids', { bucket: int, ids: bytes })

/** Four bytes per id: a million are read in a tenth of the time of their rows. */
const idsOf = (alias: 't' | 'm') =>
  raw(`${alias}.bucket, string_agg(int4send((${alias}.profile_id >> 8)::int), ''::bytea) as ids`)

/** Rejects with the signal's reason where that is aborted: the statements have ended by then. */
export async function readRecipients(db: Database, question: Question, signal?: AbortSignal): Promise<PeopleSet> {
  const { workspaceId, channel, sendTo, members, recent = null, now, sampled = false } = question
  const prices = await readPrices(db, workspaceId, channel, now)
  const target = { workspaceId, channel, sendTo, members, prices, recent }
  const people = (scope: MemberScope) =>
    sql`select ${idsOf('t')} from (${targeted(target, [], { scope })}) t where t.reason is null group by t.bucket`
  const parts = sampled
    ? ([[0, sampledBuckets]] as const)
    : ([
        [0, 128],
        [128, 256],
      ] as const)
  if (sendTo.duplicates === 'all')
    return gather(
      db,
      parts.map(buckets => people({ buckets })),
      plannerSettings(members),
      signal,
    )
  // Of a sample too: the other profiles of a shared number may lie outside of it.
  const shared = sql`select ${idsOf('t')} from (${sharing(target, [])}) t
    where t.settled is null ${sampled ? sql`and t.bucket < ${sampledBuckets}` : empty} group by t.bucket`
  const alone = parts.map(buckets => people({ buckets, shared: false }))
  return gather(db, [shared, ...alone], plannerSettings(members), signal)
}

/** Those whom an activity that was frozen has sent to, or will: its messages. */
export function readFrozenRecipients(
  db: Database,
  { workspaceId, activityId, sampled }: { workspaceId: number; activityId: number; sampled: boolean },
  signal?: AbortSignal,
): Promise<PeopleSet> {
  const parts = sampled ? [bucketsFrom(0, sampledBuckets - 1)] : [bucketsFrom(0, 127), bucketsFrom(128)]
  const statements = parts.map(
    buckets => sql`select ${idsOf('m')} from messages m
      where m.bucket = ${buckets} and m.activity_id = ${activityId}::bigint and m.workspace_id = ${workspaceId}::int and m.status <> 'not_sent'
      group by m.bucket`,
  )
  return gather(db, statements, {}, signal)
}

async function gather(
  db: Database,
  statements: readonly Sql[],
  settings: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
): Promise<PeopleSet> {
  const gatherer = new PeopleGatherer()
  await eachRow(db, statements, ({ bucket, ids }) => gatherer.add(bucket, ids), { signal, settings, rows: idRows })
  return gatherer.set()
}
