/**
 * A person edits one profile, or adds one by hand. Unlike an import, an edit also clears values, and what it is given must be right: a number or
 * an e-mail that is none is refused instead of kept.
 *
 * Invariants: all of an edit is written or nothing. An edit names the state that it was made from: where the profile has changed since, it is
 * refused. Opt-outs and closed numbers belong to the addresses, so a corrected number has those of its own. Erased and locked profiles stay as
 * they are.
 */

import type { CountryCode } from 'libphonenumber-js/max'
import type { AttributeType } from '../../core/attributes.ts'
import { phoneFaults } from '../../core/phone.ts'
import { problem } from '../../core/problems.ts'
import { audit } from '../access/audit.ts'
import { listAttributes } from '../access/workspaces.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { addAttributes } from './catalogue.ts'
import { lockProfiles } from './locks.ts'
import { moveKeys } from './merge.ts'
import { faultOfWriting } from './phone-writing.ts'
import { openStage, type StagedProfile } from './stage.ts'
import { type ProfileInput, readProfile, type Upserted, upsertProfiles } from './upsert.ts'

/** Undefined: stays; null or empty: is cleared. */
export interface ProfileChange {
  externalKey?: string | null | undefined
  phone?: string | null | undefined
  email?: string | null | undefined
  firstName?: string | null | undefined
  lastName?: string | null | undefined
  attributes?: Record<string, string | number | null> | undefined
}

export interface Edit {
  workspaceId: number
  profileId: number
  /** `updatedAt` of the profile that was edited */
  updatedAt: Date
  change: ProfileChange
  /** of a number without a country code */
  country: CountryCode
  actor: string
  now: Date
}

/** A profile as it is stored, under the lock of its workspace. */
interface Stored {
  externalKey: string | null
  phone: string | null
  phoneGiven: string | null
  phoneType: string
  country: string | null
  email: string | null
  emailValid: boolean
  firstName: string | null
  lastName: string | null
  attributes: Record<string, string | number>
  /** also of a value that is none of its type, and so is not in `attributes` */
  written: Record<string, string>
}

/** Throws not_found, profile_erased, profile_locked, conflict, invalid_input, profile_key_taken, attribute_limit. */
export async function editProfile(db: Database, edit: Edit): Promise<void> {
  const { workspaceId, profileId, change, country, actor, now } = edit
  await db.tx(async tx => {
    const before = await lockProfile(tx, edit)
    const catalogue = new Map<string, AttributeType>(
      (await listAttributes(tx, workspaceId)).map(({ name, type }) => [name, type]),
    )
    const known = new Set(catalogue.keys())
    const read = readProfile(setValues(change), field => field, country, catalogue)
    refuseWrong(read)
    const after = changed(before, change, read)
    const fields = changedFields(before, after)
    if (fields.length === 0) return
    if (after.externalKey !== null && after.externalKey !== before.externalKey)
      await refuseTaken(tx, workspaceId, 'external_key', after.externalKey)
    const added = Object.keys(read.attributes).filter(name => !known.has(name))
    await addAttributes(
      tx,
      workspaceId,
      added.map(name => ({ name, type: catalogue.get(name) ?? 'text' })),
      now,
    )
    await tx.run(sql`
      update profiles p set external_key = ${after.externalKey}, phone = ${after.phone}, phone_given = ${after.phoneGiven},
        phone_type = ${after.phoneType}, country = ${after.country}, phone_shared = p.phone_shared and ${after.phone === before.phone},
        email = ${after.email}, email_valid = ${after.emailValid}, first_name = ${after.firstName}, last_name = ${after.lastName},
        attrs = ${JSON.stringify(after.attributes)}::jsonb, written = p.written - ${changedAttributes(before, after)}::text[],
        updated_at = greatest(${now}::timestamptz, p.updated_at + interval '1 millisecond')
      where p.bucket = ${profileId & 255} and p.profile_id = ${profileId} and p.workspace_id = ${workspaceId}`)
    await openStage(tx, false)
    await moveKeys(tx, workspaceId, profileId, [
      { kind: 'external_key', before: before.externalKey, after: after.externalKey },
      { kind: 'phone', before: before.phone, after: after.phone },
      { kind: 'email', before: keyOf(before), after: keyOf(after) },
    ])
    await audit(
      tx,
      { workspaceId, actor, action: 'profile.change', subject: `profile ${profileId}`, details: { fields } },
      now,
    )
  })
}

/** The state that an edit, a consent or an opt-out by hand may change. Throws not_found, profile_erased, profile_locked, conflict. */
export async function lockProfile(
  tx: Db,
  { workspaceId, profileId, updatedAt }: Pick<Edit, 'workspaceId' | 'profileId'> & { updatedAt?: Date },
): Promise<Stored> {
  await lockProfiles(tx, workspaceId)
  const [row] = await tx.query<Stored & { updatedAt: Date; erased: boolean; locked: boolean }>(sql`
    select p.external_key as "externalKey", p.phone, p.phone_given as "phoneGiven", p.phone_type as "phoneType", p.country, p.email,
      p.email_valid as "emailValid", p.first_name as "firstName", p.last_name as "lastName", p.attrs as attributes, p.written,
      p.updated_at as "updatedAt", p.erased_at is not null as erased, p.locked_reason is not null as locked
    from profiles p where p.bucket = ${profileId & 255} and p.profile_id = ${profileId} and p.workspace_id = ${workspaceId}`)
  if (row === undefined) throw problem('not_found', { what: 'profile' })
  const { updatedAt: storedAt, erased, locked, ...stored } = row
  if (erased) throw problem('profile_erased')
  if (locked) throw problem('profile_locked')
  if (updatedAt !== undefined && storedAt.getTime() !== updatedAt.getTime())
    throw problem('conflict', {
      what: 'This profile has changed since you opened it. Nothing of your changes is saved.',
    })
  return stored
}

/** Without what is cleared: an input says only what is set. */
function setValues({ attributes = {}, ...texts }: ProfileChange): ProfileInput {
  const set = Object.entries(texts).filter(([, value]) => value != null)
  const values = Object.entries(attributes).flatMap(([name, value]): [string, string | number][] =>
    value === null || value === '' ? [] : [[name, value]],
  )
  return { ...Object.fromEntries(set), attributes: Object.fromEntries(values) }
}

/** Throws invalid_input. */
function refuseWrong({ phoneGiven, email, emailValid }: StagedProfile): void {
  if (phoneGiven !== null)
    throw problem('invalid_input', { where: 'phone', what: `the number ${phoneFaults[faultOfWriting(phoneGiven)]}` })
  if (email !== null && !emailValid)
    throw problem('invalid_input', { where: 'email', what: 'is not an e-mail address' })
}

function changed(before: Stored, change: ProfileChange, read: StagedProfile): Stored {
  const { phone, phoneGiven, phoneType, country, email, emailValid } = read
  const attributes = { ...before.attributes, ...read.attributes }
  const written = { ...before.written }
  for (const [name, value] of Object.entries(change.attributes ?? {})) {
    if (value !== null && value !== '') continue
    delete attributes[name]
    delete written[name]
  }
  return {
    externalKey: change.externalKey === undefined ? before.externalKey : read.externalKey,
    firstName: change.firstName === undefined ? before.firstName : read.firstName,
    lastName: change.lastName === undefined ? before.lastName : read.lastName,
    ...(change.phone === undefined
      ? { phone: before.phone, phoneGiven: before.phoneGiven, phoneType: before.phoneType, country: before.country }
      : { phone, phoneGiven, phoneType, country }),
    ...(change.email === undefined ? { email: before.email, emailValid: before.emailValid } : { email, emailValid }),
    attributes,
    written,
  }
}

/** Their names: no value is in the audit. */
function changedFields(before: Stored, after: Stored): string[] {
  const texts = (['externalKey', 'phone', 'email', 'firstName', 'lastName'] as const).filter(
    field => before[field] !== after[field] || (field === 'phone' && before.phoneGiven !== after.phoneGiven),
  )
  return [...texts, ...changedAttributes(before, after)]
}

/** The written form of such a value is over. */
function changedAttributes(before: Stored, after: Stored): string[] {
  const names = new Set(Object.keys({ ...before.attributes, ...after.attributes, ...before.written }))
  return [...names].filter(
    name => before.attributes[name] !== after.attributes[name] || before.written[name] !== after.written[name],
  )
}

/** An invalid address is no key. */
const keyOf = ({ email, emailValid }: Stored) => (emailValid ? email : null)

const keyNames = { external_key: 'key', email: 'e-mail address', phone: 'number' } as const

/** Throws profile_key_taken. Several profiles may share a number or an address; a person who adds one is asked. */
async function refuseTaken(tx: Db, workspaceId: number, kind: keyof typeof keyNames, value: string): Promise<void> {
  const [taken] = await tx.query<{ id: number | null }>(
    sql`select min(profile_id) as id from profile_keys where value = ${value} and workspace_id = ${workspaceId} and kind = ${kind}`,
  )
  if (taken?.id != null) throw problem('profile_key_taken', { what: keyNames[kind], profile: taken.id })
}

/** Adds a profile by hand. Throws profile_key_taken where the workspace has the key, the address or the number, invalid_input. */
export async function addProfile(
  db: Database,
  workspaceId: number,
  input: ProfileInput,
  options: { country: CountryCode; actor: string; now: Date },
): Promise<number> {
  const catalogue = new Map<string, AttributeType>(
    (await listAttributes(db, workspaceId)).map(({ name, type }) => [name, type]),
  )
  const read = readProfile(input, field => field, options.country, catalogue)
  refuseWrong(read)
  const keys = [
    { kind: 'external_key', value: read.externalKey },
    { kind: 'email', value: read.email },
    { kind: 'phone', value: read.phone },
  ] as const
  for (const { kind, value } of keys) if (value !== null) await refuseTaken(db, workspaceId, kind, value)
  const [made] = await upsertProfiles(db, workspaceId, [input], { ...options, mode: 'create' })
  return idOf(made)
}

function idOf(made: Upserted | undefined): number {
  if (made === undefined) throw problem('internal')
  if ('problem' in made) throw made.problem
  return made.profileId
}
