/**
 * Who owns a bind of a gateway? A row with a lease in real time: N processes never make more binds than configured. An owner
 * that stops giving signs loses it; what it had not answered is settled by whoever notices (settle.ts).
 */
import type { Db } from '../platform/db.ts'
import { sql } from '../platform/sql.ts'

export const leaseMs = 10_000

export interface Owner {
  process: string
  machine: string
}

const until = () => new Date(Date.now() + leaseMs)

/** The id of the session, or undefined where another process holds this bind. */
export async function takeLease(
  db: Db,
  gatewayId: number,
  bindNo: number,
  owner: Owner,
  now: Date,
): Promise<number | undefined> {
  const [row] = await db.query<{ id: number }>(
    sql`insert into gateway_sessions (gateway_id, bind_no, process, machine, started_at, lease_until, answered_until)
      values (${gatewayId}, ${bindNo}, ${owner.process}, ${owner.machine}, ${new Date()}, ${until()}, ${now})
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
    sql`update gateway_sessions set lease_until = ${until()}, answered_until = ${sign.answeredUntil}, state = ${sign.state}, detail = ${sign.detail}
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
    sql`update gateway_sessions set ended_at = coalesce(ended_at, ${new Date()}), settled = settled or ${settled}, state = ${state}, detail = ${detail}
      where id = ${sessionId}`,
  )
}

/** Ends the sessions whose owners gave no sign; also those of processes of this machine that are known to be dead. */
export async function endExpired(db: Db): Promise<void> {
  await db.run(
    sql`update gateway_sessions set ended_at = ${new Date()}, state = 'lost', detail = 'its process gave no more signs'
      where ended_at is null and lease_until < ${new Date()}`,
    'lease-expire',
  )
}

/** The place of this session among the living ones of its gateway, and how many there are. */
export async function placeAmong(
  db: Db,
  gatewayId: number,
  sessionId: number,
): Promise<{ place: number; count: number }> {
  const rows = await db.query<{ id: number }>(
    sql`select id from gateway_sessions where gateway_id = ${gatewayId} and ended_at is null and lease_until > ${new Date()} order by id`,
    'lease-place',
  )
  return {
    place: Math.max(
      0,
      rows.findIndex(row => row.id === sessionId),
    ),
    count: Math.max(1, rows.length),
  }
}

/** Ends the sessions of processes that ran here and are dead: their leases need not be waited for. Called at a start. */
export async function endDead(db: Db, owner: Owner): Promise<void> {
  const open = await db.query<{ id: number; process: string }>(
    sql`select id, process from gateway_sessions where ended_at is null and machine = ${owner.machine}`,
  )
  const dead = open.filter(
    session => session.process !== owner.process && !isRunning(Number(session.process.split(':').at(-1))),
  )
  if (dead.length > 0)
    await db.run(
      sql`update gateway_sessions set ended_at = ${new Date()}, state = 'lost', detail = 'its process died'
        where id = any(${dead.map(({ id }) => id)}::bigint[]) and ended_at is null`,
    )
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
