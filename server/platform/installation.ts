/**
 * Which installation does this database belong to, and may it send?
 *
 * Always: a restored or cloned database does not send until a person says so. It is told by the identity (of the machine and
 * folder, or of the server and database) and by the last sign of life: where activities were under way and it is over an
 * hour of real time old, what was sent meanwhile by another copy is not known here. Why: docs/operate.md.
 */
import { randomBytes } from 'node:crypto'
import type { Db } from './db.ts'
import { sql } from './sql.ts'

export interface Installation {
  /** why sending waits for a person's word; null: it does not */
  sendingHeld: string | null
  clockRate: number
  /** business time once ran fast: gateways that reach real phones are refused */
  ranFast: boolean
  linkKeys: [Buffer, Buffer]
}

export interface Start {
  /** What this installation is called: see the top. */
  identity: string
  /** Real time. */
  now: Date
}

const silenceMs = 60 * 60 * 1000

/** Makes the row of a new database. Where there is one, it stays as it is: nothing is judged. */
export async function makeInstallation(db: Db, { identity, now }: Start): Promise<void> {
  const [there] = await db.query(sql`select from installation where id = 1`)
  if (there !== undefined) return
  await db.run(sql`
    insert into installation (id, identity, signed_life_at, clock_real_origin, clock_business_origin, link_key_1, link_key_2, auth_secret)
    values (1, ${identity}, ${now}, ${now}, ${now}, ${randomBytes(16)}, ${randomBytes(16)}, ${randomBytes(32).toString('base64url')})
    on conflict (id) do nothing`)
}

/** At each start of what sends, once, after the migrations: makes the row, or holds sending. Several processes may do it at once. */
export async function ensureInstallation(db: Db, { identity, now }: Start): Promise<Installation> {
  await makeInstallation(db, { identity, now })
  const [row] = await db.query<{
    identity: string | null
    signedLifeAt: Date | null
    held: string | null
    business: Date
  }>(sql`
    select identity, signed_life_at as "signedLifeAt", sending_held as held,
      clock_business_origin + (${now}::timestamptz - clock_real_origin) * clock_rate as business
    from installation where id = 1`)
  if (row === undefined) throw new Error('the installation row vanished')
  const reason = row.held ?? (await reasonToHold(db, row, identity, now))
  // The old identity stays until the release, so that each further start says the same.
  await db.run(sql`
    update installation set sending_held = ${reason}, identity = coalesce(identity, ${identity}), identity_found = ${identity},
      signed_life_at = greatest(signed_life_at, ${now}) where id = 1`)
  return readInstallation(db)
}

async function reasonToHold(
  db: Db,
  row: { identity: string | null; signedLifeAt: Date | null; business: Date },
  identity: string,
  now: Date,
): Promise<string | null> {
  if (row.identity !== null && row.identity !== identity)
    return 'This database was made by another installation, or was moved or copied: sending waits until you say that no other copy of it sends.'
  if (row.signedLifeAt === null || now.getTime() - row.signedLifeAt.getTime() <= silenceMs) return null
  const [underWay] = await db.query(sql`
    select from activities
    where state in ('starting', 'sending', 'paused', 'needs_credits') or (state = 'scheduled' and send_at <= ${row.business}) limit 1`)
  if (underWay === undefined) return null
  return `Activities were under way when this installation last gave a sign of life (${row.signedLifeAt.toISOString().slice(0, 16).replace('T', ' ')} UTC): sending waits until you say that this is not an old copy of the data.`
}

export async function readInstallation(db: Db): Promise<Installation> {
  const [row] = await db.query<Omit<Installation, 'linkKeys'> & { one: Buffer; two: Buffer }>(sql`
    select sending_held as "sendingHeld", clock_rate as "clockRate", ran_fast as "ranFast", link_key_1 as one, link_key_2 as two
    from installation where id = 1`)
  if (row === undefined) throw new Error('the installation row is missing: ensureInstallation first')
  const { one, two, ...rest } = row
  return { ...rest, linkKeys: [one, two] }
}

/** Each process, about every half minute: this installation lives. `now`: real time. A held one gives no sign: it waits. */
export async function signOfLife(db: Db, now: Date): Promise<void> {
  await db.run(
    sql`update installation set signed_life_at = ${now} where id = 1 and sending_held is null and signed_life_at < ${now}`,
  )
}

/** A person's word: sending goes on, and where it was started last is the installation from now on. The sentence that held it, or null. */
export async function releaseSending(db: Db): Promise<string | null> {
  const [held] = await db.query<{ was: string | null }>(sql`
    with before as (select sending_held as was from installation where id = 1)
    update installation i set sending_held = null, identity = coalesce(i.identity_found, i.identity), signed_life_at = ${new Date()}
    from before b where i.id = 1 returning b.was`)
  return held?.was ?? null
}
