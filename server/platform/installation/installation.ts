/**
 * Which installation does this database belong to, and may it send?
 *
 * Invariant: a restored or copied database does not send until a person releases it. A copy is recognized by the identity of the database and
 * where it was last seen (evidence.ts), by what a copy cannot contain (marks.ts), and by the last heartbeat: if activities were under way
 * and the heartbeat is more than an hour of real time old, another copy may have sent messages that this one does not know. Why: docs/operate.md.
 */
import { randomBytes } from 'node:crypto'
import type { Config } from '../config.ts'
import type { Database, Db } from '../db/database.ts'
import { sql } from '../db/sql.ts'
import { gatherEvidence, type InstallationEvidence, identityOf, isFormerName, isSameMachine } from './evidence.ts'
import { hasMark, lifeSeen, makeMark, rememberLife, removeMark, removeOtherMarks, stateFolder } from './marks.ts'

export interface Installation {
  /** why sending waits for a person's release; null: it does not wait */
  sendingHeld: string | null
  clockRate: number
  /** business time once ran fast: gateways that reach real phones are refused */
  ranFast: boolean
  linkKeys: [Buffer, Buffer]
}

export interface Start {
  /** Which database this is: see evidence.ts. */
  identity: string
  /** Real time. */
  now: Date
  found?: FoundInstallation
}

/** What a start finds outside of the database. */
export interface FoundInstallation {
  evidence: InstallationEvidence
  place: MarkPlace
  /** Did an older version use this name for the installation? */
  formerly(name: string): boolean
}

/** Where a sending process stores what a copy cannot contain. */
export interface MarkPlace {
  /** the data folder */
  folder: string
  /** true if the database is the embedded one of that folder, and is copied and restored with it */
  marked: boolean
  /** of this account of the machine; undefined: nothing is stored outside of the data folder */
  state?: string
}

export const markPlaceOf = ({ data, databaseUrl }: Config): MarkPlace =>
  databaseUrl === null ? { folder: data, marked: true, state: stateFolder() } : { folder: data, marked: false }

/** Everything that decides about a start of a sending process. */
export async function startOf(db: Db, config: Config, now = new Date()): Promise<Start> {
  const [row] = await db.query<{ name: string }>(sql`select current_database() as name`)
  const identity = await identityOf(db)
  return {
    identity,
    now,
    found: {
      evidence: await gatherEvidence(db, config),
      place: markPlaceOf(config),
      formerly: name => isFormerName(name, identity, row?.name ?? '', config),
    },
  }
}

const silenceMs = 60 * 60 * 1000

/** Creates the row of a new database. An existing row is not changed or judged. */
export async function makeInstallation(db: Db, { identity, now }: Start): Promise<void> {
  const [there] = await db.query(sql`select from installation where id = 1`)
  if (there !== undefined) return
  await db.run(sql`
    insert into installation (id, identity, signed_life_at, clock_real_origin, clock_business_origin, link_key_1, link_key_2, auth_secret)
    values (1, ${identity}, ${now}, ${now}, ${now}, ${randomBytes(16)}, ${randomBytes(16)}, ${randomBytes(32).toString('base64url')})
    on conflict (id) do nothing`)
}

interface Row {
  identity: string | null
  evidence: InstallationEvidence | null
  mark: string | null
  life: number
  lastHeartbeat: Date | null
  held: string | null
  business: Date
}

/** Called once at each start of a sending process, after the migrations: creates the row, or holds sending. Safe to run concurrently. */
export async function ensureInstallation(db: Db, start: Start): Promise<Installation> {
  const { identity, now, found } = start
  await makeInstallation(db, start)
  const [row] = await db.query<Row>(sql`
    select identity, evidence, mark, life, signed_life_at as "lastHeartbeat", sending_held as held,
      clock_business_origin + (${now}::timestamptz - clock_real_origin) * clock_rate as business
    from installation where id = 1`)
  if (row === undefined) throw new Error('the installation row vanished')
  const held = row.held ?? (await whyOther(row, start)) ?? (await whyOld(db, row, now))
  const evidence = found === undefined ? null : JSON.stringify(found.evidence)
  // While sending is held, the known evidence stays until the release, so that each further start says the same.
  await db.run(
    held === null
      ? sql`update installation set identity = ${identity}, evidence = coalesce(${evidence}, evidence),
          signed_life_at = greatest(signed_life_at, ${now}) where id = 1 and sending_held is null`
      : sql`update installation set sending_held = ${held}, identity_found = ${identity}, evidence_found = ${evidence} where id = 1`,
  )
  return readInstallation(db)
}

const moved =
  'This database was made by another installation, or was moved or copied: sending waits until you say that no other copy of it sends.'
const restored =
  'This database was restored from a backup, or its data folder was copied: sending waits until you say that no other copy of it sends, and that what was sent after the backup may be sent again.'

/** Why this is another installation, as far as can be known; null: it is the same. */
async function whyOther({ identity, evidence, mark, life }: Row, start: Start): Promise<string | null> {
  const { found } = start
  if (identity !== null && identity !== start.identity && !found?.formerly(identity)) return moved
  if (found === undefined) return null
  const { folder, marked, state } = found.place
  if ((await lifeSeen(folder, start.identity, state)) > life) return restored
  if (evidence === null) return null
  // The same running server: whatever else differs is another name for it.
  if (evidence.started === found.evidence.started) return null
  if (mark !== null && (await hasMark(folder, mark))) return isSameMachine(evidence, found.evidence) ? null : moved
  if (marked) return mark === null && evidence.address === 'embedded' ? null : restored
  return evidence.address === found.evidence.address ? null : moved
}

/** Why this may be an older copy. */
async function whyOld(db: Db, { lastHeartbeat, business }: Row, now: Date): Promise<string | null> {
  if (lastHeartbeat === null || now.getTime() - lastHeartbeat.getTime() <= silenceMs) return null
  const [underWay] = await db.query(sql`
    select from activities
    where kind = 'sending'
      and (state in ('starting', 'sending', 'paused', 'needs_credits') or (state = 'scheduled' and send_at <= ${business})) limit 1`)
  if (underWay === undefined) return null
  return `Activities were under way when this installation last recorded a heartbeat (${lastHeartbeat.toISOString().slice(0, 16).replace('T', ' ')} UTC): sending waits until you say that this is not an old copy of the data.`
}

export async function readInstallation(db: Db): Promise<Installation> {
  const [row] = await db.query<Omit<Installation, 'linkKeys'> & { one: Buffer; two: Buffer }>(sql`
    select sending_held as "sendingHeld", clock_rate as "clockRate", ran_fast as "ranFast", link_key_1 as one, link_key_2 as two
    from installation where id = 1`)
  if (row === undefined) throw new Error('the installation row is missing: ensureInstallation first')
  const { one, two, ...rest } = row
  return { ...rest, linkKeys: [one, two] }
}

/**
 * The heartbeat of a sending process, every few seconds. `now`: real time. A held installation sends none. With a place, the heartbeat also
 * replaces the mark: the new file is on disk before the database knows it, and the old one is removed after that.
 * `business`: the time of the shared clock, which may be ahead of the machine's (clock.ts).
 */
export async function recordHeartbeat(
  db: Database,
  now: Date,
  place?: MarkPlace,
  business: Date | null = null,
): Promise<void> {
  const made = place?.marked ? await makeMark(place.folder).catch(() => null) : null
  const signed = await db.tx(async tx => {
    const [before] = await tx.query<{ mark: string | null }>(
      sql`select mark from installation where id = 1 and sending_held is null for no key update`,
    )
    if (before === undefined) return undefined
    const [row] = await tx.query<{ identity: string; life: number }>(sql`
      update installation set signed_life_at = greatest(signed_life_at, ${now},
          clock_real_origin + (${business}::timestamptz - clock_business_origin) / clock_rate), life = greatest(life + 1, ${now.getTime()}),
        mark = coalesce(${made}, mark) where id = 1 returning identity, life`)
    return row === undefined ? undefined : { ...row, before: before.mark }
  })
  if (place === undefined) return
  if (signed === undefined) return removeMark(place.folder, made)
  if (made !== null && signed.before !== null) await removeMark(place.folder, signed.before)
  // A full disk costs the stored number, not the heartbeat.
  await rememberLife(place.folder, signed.identity, signed.life, place.state).catch(() => {})
}

/** Judges the start and sends the first heartbeat. Removes what killed processes left. */
export async function beginInstallation(db: Database, start: Start): Promise<Installation> {
  const installation = await ensureInstallation(db, start)
  const place = start.found?.place
  if (place === undefined || installation.sendingHeld !== null) return installation
  await recordHeartbeat(db, start.now, place)
  const [row] = await db.query<{ mark: string | null }>(sql`select mark from installation where id = 1`)
  if (place.marked && row?.mark) await removeOtherMarks(place.folder, row.mark)
  return installation
}

/** A person releases sending: the place of the last start is the installation from now on. Returns the sentence that held it, or null. */
export async function releaseSending(db: Db): Promise<string | null> {
  const now = new Date()
  // Life is set above any number that a data folder stored after the backup.
  const [held] = await db.query<{ was: string | null }>(sql`
    with before as (select sending_held as was from installation where id = 1)
    update installation i set sending_held = null, identity = coalesce(i.identity_found, i.identity),
      evidence = case when b.was is null then i.evidence else i.evidence_found end, mark = case when b.was is null then i.mark end,
      life = greatest(i.life + 1, ${now.getTime()}), signed_life_at = ${now}
    from before b where i.id = 1 returning b.was`)
  return held?.was ?? null
}
