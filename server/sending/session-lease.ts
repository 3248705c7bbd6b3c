/**
 * Who owns a bind of a gateway? A row with a lease: N processes never make more binds than configured. An owner that stops giving
 * signs loses it; what it had not answered is settled by the next process that notices (settle.ts).
 *
 * Always: a session is ended by others only after its owner's trust has ended (platform/leases/lease.ts), and never in the middle of a
 * claim of its own: a claim holds the row by a key share, so that no attempt is committed for a session that was settled.
 */
import type { Database, Db } from '../platform/db/database.ts'
import { flag, int, orNull, rowsNamed, text } from '../platform/db/rows.ts'
import { type Sql, sql } from '../platform/db/sql.ts'
import { leaseEnd, leaseIsOver, leaseRuns, leaseTime, type Terms } from '../platform/leases/lease.ts'
import { LeaseWatch, lookAt } from '../platform/leases/lease-watch.ts'
import { isSurelyDead } from '../platform/leases/life.ts'

/** Nothing is written in the last 2 s; taken over 2 s later at the earliest. */
export const terms: Terms = { leaseMs: 10_000, marginMs: 2000 }

export interface SessionOwner {
  /** for people: HOST:PID */
  process: string
  machine: string
  /** see platform/leases/life.ts; null: unknown */
  boot: string | null
  life: string
}

/** The id of the session, or undefined where another process holds this bind. `mark`: what its journal will carry. */
export async function takeLease(
  db: Db,
  gatewayId: number,
  bindNo: number,
  owner: SessionOwner,
  mark: string,
  now: Date,
): Promise<number | undefined> {
  const [row] = await db.query<{ id: number }>(
    sql`insert into gateway_sessions (gateway_id, bind_no, process, machine, boot, life, journal, started_at, lease_until, answered_until)
      values (${gatewayId}, ${bindNo}, ${owner.process}, ${owner.machine}, ${owner.boot}, ${owner.life}, ${mark}, ${leaseTime}, ${leaseEnd(terms)}, ${now})
      on conflict (gateway_id, bind_no) where ended_at is null do nothing returning id`,
  )
  return row?.id
}

/** False: the lease is lost, nothing more may be written. */
export async function keepLease(
  db: Db,
  sessionId: number,
  sign: { answeredUntil: Date; state: string; detail: string },
): Promise<boolean> {
  const kept = await db.run(
    sql`update gateway_sessions set lease_until = ${leaseEnd(terms)}, answered_until = ${sign.answeredUntil}, state = ${sign.state}, detail = ${sign.detail}
      where id = ${sessionId} and ended_at is null`,
    'lease-keep',
  )
  return kept === 1
}

/** settled: every attempt has its answer. */
export async function endLease(
  db: Db,
  sessionId: number,
  settled: boolean,
  state: string,
  detail: string,
): Promise<void> {
  await db.run(
    sql`update gateway_sessions set ended_at = coalesce(ended_at, ${leaseTime}), settled = settled or ${settled}, state = ${state}, detail = ${detail},
      lease_until = least(lease_until, ${leaseTime}) where id = ${sessionId}`,
  )
}

/** One row without a lease where there is none. */
const seenRows = rowsNamed('leases-look', {
  databaseMs: int,
  id: orNull(int),
  until: orNull(text),
  over: orNull(flag),
})

/** Ends the sessions whose owners gave no sign of life for long enough. `watch`: the same one at each look. */
export async function endExpired(db: Database, watch = new LeaseWatch(terms)): Promise<void> {
  const look = await lookAt(async () => {
    const rows = await db.query(
      sql`select extract(epoch from ${leaseTime})::float8 * 1000 as "databaseMs", s.id, extract(epoch from s.lease_until)::text as until,
          ${leaseIsOver(sql`s.lease_until`, terms)} as over
        from (select 1) one left join gateway_sessions s on s.ended_at is null`,
      seenRows,
    )
    return {
      databaseMs: rows[0]!.databaseMs,
      leases: rows.flatMap(({ id, until, over }) =>
        id === null ? [] : [{ id, until: until ?? '', over: over ?? false }],
      ),
    }
  })
  const over = watch.over(look)
  if (over.length === 0) return
  const ids = over.map(({ id }) => id)
  const untils = over.map(({ until }) => until)
  const unchanged = sql`(id, extract(epoch from lease_until)::text) in (select * from unnest(${ids}::bigint[], ${untils}::text[]))`
  await end(db, unchanged, 'its process stopped renewing the lease', 'lease-expire')
}

/**
 * Ends the sessions of processes that surely are dead: their leases need not be waited for. Called at a start. Of other boots
 * nothing is known: it may be another machine with the same name.
 */
export async function endDead(db: Database, owner: SessionOwner): Promise<void> {
  if (owner.boot === null) return
  const open = await db.query<{ id: number; life: string }>(
    sql`select id, life from gateway_sessions where ended_at is null and machine = ${owner.machine} and boot = ${owner.boot} and life is not null`,
  )
  const dead = open.filter(({ life }) => life !== owner.life && isSurelyDead(life)).map(({ id }) => id)
  if (dead.length > 0) await end(db, sql`id = any(${dead}::bigint[])`, 'its process died', 'lease-dead')
}

/** What is in the middle of a claim is left for the next look. */
async function end(db: Database, which: Sql, detail: string, name: string): Promise<void> {
  await db.run(
    sql`with over as materialized (select id from gateway_sessions where ended_at is null and ${which} for update skip locked)
      update gateway_sessions s set ended_at = ${leaseTime}, state = 'lost', detail = ${detail} from over where s.id = over.id`,
    name,
  )
}

const placeRows = rowsNamed('lease-place', { id: int })

/** The place of this session among the living ones of its gateway, and how many there are. */
export async function placeAmong(
  db: Db,
  gatewayId: number,
  sessionId: number,
): Promise<{ place: number; count: number }> {
  const rows = await db.query<{ id: number }>(
    sql`select id from gateway_sessions where gateway_id = ${gatewayId} and ended_at is null and ${leaseRuns(sql`lease_until`)} order by id`,
    placeRows,
  )
  return {
    place: Math.max(
      0,
      rows.findIndex(row => row.id === sessionId),
    ),
    count: Math.max(1, rows.length),
  }
}
