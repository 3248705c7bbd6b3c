/**
 * Is a share of an activity refused by its gateway? Counted by what the report counts: messages that bounced or wait because of a
 * refusal, of those that the gateway has answered. Told while the activity is open, and for a day after it has ended.
 */
import { describeCode, gatewayFaults } from '../../core/gateways/codes.ts'
import { everyBucket } from '../platform/db/buckets.ts'
import type { Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import type { Standing } from './alarms.ts'

/** Fewer than this are single numbers, which the report names. */
const fewest = 5
const share = 0.05
const dayMs = 86_400_000

export async function findRefused(db: Db, now: Date): Promise<Standing[]> {
  const found = await db.query<{
    id: number
    workspaceId: number
    name: string
    refused: number
    code: string
  }>(
    sql`with recent as (
        select a.id, a.workspace_id, a.name from activities a where a.kind = 'sending' and a.frozen_at is not null and a.swept_at is null and a.state in ('sending', 'paused', 'sent')
        union
        select a.id, a.workspace_id, a.name from activities a where a.kind = 'sending' and a.finished_at > ${new Date(now.getTime() - dayMs)} and a.state = 'sent'),
      refusals as (
        select r.id, r.workspace_id, r.name, b.key as code, sum(b.n)::bigint as n from recent r
        join breakdowns b on b.bucket = ${everyBucket} and b.activity_id = r.id and b.kind = 'code'
        where b.key = any(${[...gatewayFaults]}::text[]) group by r.id, r.workspace_id, r.name, b.key having sum(b.n) > 0),
      refused as (
        select id, workspace_id, name, sum(n)::bigint as n, (array_agg(code order by n desc, code))[1] as code from refusals group by id, workspace_id, name)
      select id, workspace_id as "workspaceId", name, n as refused, code from refused order by id limit 100`,
    'alarms-refused',
  )
  if (found.length === 0) return []
  const answeredOf = await readAnswered(
    db,
    found.map(({ id }) => id),
  )
  const rows = found.map(row => ({ ...row, answered: answeredOf.get(row.id) ?? 0 }))
  return rows
    .filter(({ refused, answered }) => refused >= answered || (refused >= fewest && refused >= answered * share))
    .map(({ id, workspaceId, name, refused, answered, code }) => {
      const all = refused >= answered
      const many = `${refused.toLocaleString('en-US')} of ${answered.toLocaleString('en-US')}`
      return {
        kind: 'activity_refused',
        subject: `activity ${id}`,
        workspaceId,
        sentence: all
          ? `The gateway refuses all messages of “${name}”: ${describeCode(code)}.`
          : `The gateway refuses ${many} messages of “${name}”: ${describeCode(code)}.`,
        fix: 'Each is tried three times and then counts as bounced; none of them costs anything, and no number is closed for it. Pause or cancel the activity, and ask your provider whether the sender is registered for these countries.',
        detail: `Activity ${id}: ${many} answered messages refused, most with ${code}; the report shows them by code.`,
        afterMs: 0,
      }
    })
}

/** Messages that the gateway has answered, whatever it said. */
async function readAnswered(db: Db, activityIds: readonly number[]): Promise<Map<number, number>> {
  const ids = [...activityIds]
  const rows = await db.query<{ id: number; n: number }>(
    sql`select u.id, sum(u.n)::bigint as n from (
        select t.activity_id as id, t.n from tallies t where t.bucket = ${everyBucket} and t.activity_id = any(${ids}::bigint[])
          and t.figure in ('pending', 'no_receipt', 'delivered', 'bounced_hard', 'bounced_soft_retrying', 'bounced_soft_final')
        union all
        select b.activity_id, b.n from breakdowns b where b.bucket = ${everyBucket} and b.activity_id = any(${ids}::bigint[])
          and b.kind = 'code' and b.figure = 'queued') u
      group by u.id`,
    'alarms-answered',
  )
  return new Map(rows.map(({ id, n }) => [id, n]))
}
