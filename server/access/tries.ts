/**
 * Slows down password guessing without locking anyone out. Wrong passwords are counted per login name and network: each one after the fifth
 * doubles the wait, up to five minutes. Other people, and the same person elsewhere, are not affected. If many networks guess at one name,
 * networks that its person has used before continue as usual, and new ones take turns.
 *
 * Invariant: the response depends on the given name, never on whether an account has it. Keys are hashes; times are real time.
 */
import { createHmac } from 'node:crypto'
import { problem } from '../../core/problems.ts'
import type { Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'

const freeTries = 5
const longestSeconds = 300
/** For people who cannot be distinguished: behind a proxy that does not name its clients. */
const longestSharedSeconds = 30
const forgottenMs = 60 * 60 * 1000
const knownMs = 90 * 24 * 60 * 60 * 1000
/** Wrong passwords of one name from all networks before new networks take turns. */
const freeTriesOfName = 50
const turnMs = 5_000

export interface Try {
  secret: string
  /** the given login name, in lower case; or what else is guessed */
  name: string
  /** platform/http/visitor.ts `limitKey`; null: unknown */
  network: string | null
}

/** Counts an attempt before its password is checked, so that concurrent attempts count too. Throws sign_in_wait. */
export async function countTry(db: Db, { secret, name, network }: Try): Promise<{ failures: number }> {
  const now = new Date()
  const here = keyOf(secret, name, network ?? 'shared')
  const [before] = await db.query<{ rightAt: Date | null }>(
    sql`select right_at as "rightAt" from sign_in_tries where key = ${here}`,
  )
  const known = before?.rightAt != null && now.getTime() - before.rightAt.getTime() < knownMs
  const longest = network === null ? longestSharedSeconds : longestSeconds
  const wait = sql`least(${longest}::float8, power(2, least(t.failures - ${freeTries}, 20)) - 1) * interval '1 second'`
  const stillWaits = async () => {
    const [stopped] = await db.query<{ until: Date }>(
      sql`select t.last_at + ${wait} as until from sign_in_tries t
        where key = ${here} and t.failures >= ${freeTries} and t.last_at + ${wait} > ${now}`,
    )
    return stopped && tooEarly(stopped.until.getTime() - now.getTime())
  }
  // An attempt that its own network makes wait does not count for all networks: one address could keep the others from their turns.
  const early = await stillWaits()
  if (early !== undefined) throw early
  if (!known) await takeTurn(db, keyOf(secret, name, 'anywhere'), now)
  const [counted] = await db.query<{ failures: number }>(sql`
    insert into sign_in_tries as t (key, failures, last_at) values (${here}, 1, ${now})
    on conflict (key) do update
      set failures = case when t.last_at < ${new Date(now.getTime() - forgottenMs)} then 1 else t.failures + 1 end, last_at = ${now}
      where t.failures < ${freeTries} or t.last_at + ${wait} <= ${now}
    returning failures`)
  if (counted !== undefined) return counted
  throw (await stillWaits()) ?? tooEarly(0)
}

async function takeTurn(db: Db, key: Buffer, now: Date): Promise<void> {
  const changed = await db.run(sql`
    insert into sign_in_tries as t (key, failures, last_at) values (${key}, 1, ${now})
    on conflict (key) do update
      set failures = case when t.last_at < ${new Date(now.getTime() - forgottenMs)} then 1 else t.failures + 1 end, last_at = ${now}
      where t.failures < ${freeTriesOfName} or t.last_at <= ${new Date(now.getTime() - turnMs)}`)
  if (changed === 0) throw tooEarly(turnMs)
}

function tooEarly(waitMs: number) {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000))
  return problem('sign_in_wait', { seconds })
}

/** The password was right: the count restarts, and the network is known. */
export async function clearTries(db: Db, { secret, name, network }: Try): Promise<void> {
  const here = keyOf(secret, name, network ?? 'shared')
  const rightAt = network === null ? null : new Date()
  await db.run(
    sql`update sign_in_tries set failures = 0, right_at = coalesce(${rightAt}, right_at) where key = ${here}`,
  )
  await db.run(sql`
    update sign_in_tries set failures = greatest(failures - 1, 0) where key = ${keyOf(secret, name, 'anywhere')}`)
}

/** Deletes counts that no longer matter. */
export async function forgetTries(db: Db): Promise<number> {
  const now = Date.now()
  return db.run(sql`
    delete from sign_in_tries where key in (select key from sign_in_tries
      where last_at < ${new Date(now - forgottenMs)} and (right_at is null or right_at < ${new Date(now - knownMs)})
      order by last_at limit 1000)`)
}

/** Identifies a name without storing it. */
export function nameMark(secret: string, name: string): string {
  return createHmac('sha256', secret).update(`login name ${name}`).digest('hex').slice(0, 12)
}

function keyOf(secret: string, name: string, network: string): Buffer {
  return createHmac('sha256', secret)
    .update(`tries ${JSON.stringify([name, network])}`)
    .digest()
}
