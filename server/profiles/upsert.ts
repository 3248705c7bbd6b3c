/**
 * Creates and updates profiles by the API, by the same rules and path (stage, merge) as a list. Inputs count in order: a later value for the
 * same person overrides an earlier one. A wrong input is refused alone, with its reason.
 *
 * A profile is identified by the external key, else the e-mail, else the phone. What an input does not contain stays as it was.
 */
import type { CountryCode } from 'libphonenumber-js/max'
import type { AttributeType } from '../../core/attributes.ts'
import { readTags, type TagsGiven, type TidyTags } from '../../core/given-tags.ts'
import { withoutInvisible } from '../../core/invisible.ts'
import { tidyName } from '../../core/names.ts'
import { type Problem, problem } from '../../core/problems.ts'
import { isDateTime, isDay } from '../../core/times.ts'
import { auditOften } from '../access/audit.ts'
import { ensureTopic } from '../access/topics.ts'
import { listAttributes } from '../access/workspaces.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { type Sql, sql } from '../platform/db/sql.ts'
import { attributeNameRule, isAttributeName } from './attribute-name.ts'
import {
  addAttributes,
  maxAttributesOfProfile,
  type NewAttribute,
  overfull,
  refuseAttributes,
  refuseAttributesOfOne,
} from './catalogue.ts'
import { maxTagsOfProfile } from './change-tags.ts'
import { readEmail } from './email-check.ts'
import { drawProfileIds, giveBackProfileIds, lockProfiles } from './locks.ts'
import { mergeStaged } from './merge.ts'
import { checkPhone } from './phone-check.ts'
import {
  copyLine,
  copyStaged,
  maxExternalKey,
  maxName,
  maxText,
  openStage,
  type StagedProfile,
  type Who,
} from './stage.ts'

export interface ProfileInput {
  externalKey?: string | undefined
  phone?: string | undefined
  email?: string | undefined
  firstName?: string | undefined
  lastName?: string | undefined
  attributes?: Record<string, string | number> | undefined
  consents?: ConsentInput[] | undefined
  /** what is neither added nor removed stays */
  tags?: TagsGiven | undefined
}

export interface ConsentInput {
  /** by name; created if it is missing */
  topic: string
  channel: 'sms'
  granted: boolean
  source: string
}

export type Upserted = { profileId: number; created: boolean } | { problem: Problem }

export interface UpsertOptions {
  country: CountryCode
  /** part of the evidence of consents */
  actor: string
  now: Date
  /** create: an input whose profile is there is refused (profile_there) */
  mode?: 'both' | 'create'
}

interface Ready {
  who: Who
  key: string
  profile: StagedProfile
  consents: ConsentInput[]
  tags: TidyTags
}

/** Results in the order of the inputs. */
export async function upsertProfiles(
  db: Database,
  workspaceId: number,
  inputs: readonly ProfileInput[],
  options: UpsertOptions,
): Promise<Upserted[]> {
  const catalogue = new Map<string, AttributeType>(
    (await listAttributes(db, workspaceId)).map(({ name, type }) => [name, type]),
  )
  const answers: Upserted[] = []
  const waves: Ready[][] = []
  inputs.forEach((input, i) => {
    try {
      addToWaves(waves, readInput(input, i, options.country, catalogue))
    } catch (error) {
      if (!isProblem(error)) throw error
      answers[i] = { problem: error }
    }
  })
  for (const wave of waves) {
    // A matched profile that was not written is locked: nothing else keeps an input of a wave from being written.
    for (const { profile } of wave)
      answers[profile.line] = { problem: problem(options.mode === 'create' ? 'profile_there' : 'profile_locked') }
    for (const { line, profileId, isNew } of await writeWithout(wave, answers, left =>
      writeWave(db, workspaceId, left, catalogue, options),
    )) {
      answers[line] = { profileId, created: isNew }
    }
  }
  return answers
}

/** Inputs whose profiles would have too many attributes or tags, with the number that they have. */
class Overfull extends Error {
  readonly lines: ReadonlyMap<number, number>
  readonly code: 'attribute_limit' | 'tag_limit'
  constructor(full: readonly { line: number; count: number }[], code: Overfull['code']) {
    super('profiles with too many attributes or tags')
    this.code = code
    this.lines = new Map(full.map(({ line, count }) => [line, count]))
  }
}

/** Writes a wave without those. */
async function writeWithout<Row>(
  wave: Ready[],
  answers: Upserted[],
  write: (left: Ready[]) => Promise<Row[]>,
): Promise<Row[]> {
  try {
    return await write(wave)
  } catch (error) {
    if (!(error instanceof Overfull)) throw error
    for (const [line, count] of error.lines)
      answers[line] = {
        problem:
          error.code === 'tag_limit'
            ? problem('tag_limit', { limit: maxTagsOfProfile, count })
            : problem('attribute_limit', { what: 'A profile', limit: maxAttributesOfProfile, count }),
      }
    const left = wave.filter(({ profile }) => !error.lines.has(profile.line))
    return left.length === 0 ? [] : writeWithout(left, answers, write)
  }
}

/** A wave has one kind of key, and no key twice: its rows can be merged as a set. The order of the inputs is kept. */
function addToWaves(waves: Ready[][], ready: Ready): void {
  const last = waves.at(-1)
  if (last === undefined || last[0]?.who !== ready.who || last.some(({ key }) => key === ready.key)) waves.push([ready])
  else last.push(ready)
}

async function writeWave(
  db: Database,
  workspaceId: number,
  wave: Ready[],
  catalogue: Map<string, AttributeType>,
  options: UpsertOptions,
) {
  const drawn = { first: 0, n: 0 }
  try {
    return await db.tx(async (tx, client) => {
      await lockProfiles(tx, workspaceId)
      await openStage(tx, false)
      await copyStaged(client, [Buffer.from(wave.map(({ profile }) => copyLine(profile)).join(''))])
      await addAttributes(tx, workspaceId, namesOf(wave, catalogue), options.now)
      await mergeStaged(tx, {
        workspaceId,
        who: wave[0]?.who ?? 'external_key',
        mode: options.mode ?? 'both',
        consents: await consentsOf(tx, workspaceId, wave, options),
        now: options.now,
        draw: async n => {
          drawn.first = await drawProfileIds(tx, n)
          drawn.n = n
          return drawn.first
        },
      })
      const full = await overfull(tx, workspaceId)
      if (full.length > 0) throw new Overfull(full, 'attribute_limit')
      const tagged = await tagStaged(tx, workspaceId, wave, options.now)
      if (tagged.length > 0) throw new Overfull(tagged, 'tag_limit')
      const written = await tx.query<{ line: number; profileId: number; isNew: boolean }>(
        sql`select line, profile_id as "profileId", is_new as "isNew" from profile_resolved`,
      )
      const created = written.filter(({ isNew }) => isNew).length
      const details = { profiles: written.length, created }
      const { actor, now } = options
      const subject = `profiles of ${workspaceId}`
      await auditOften(tx, { workspaceId, actor, action: 'profile.upsert', subject, details }, now)
      return written
    })
  } catch (error) {
    if (drawn.n > 0) await db.tx(tx => giveBackProfileIds(tx, drawn.first, drawn.n)).catch(() => {})
    throw error
  }
}

/** Returns the inputs whose profiles would have too many. A locked profile is not among the resolved ones. */
async function tagStaged(
  tx: Db,
  workspaceId: number,
  wave: readonly Ready[],
  now: Date,
): Promise<{ line: number; count: number }[]> {
  const rows = wave
    .filter(({ tags: { add, remove } }) => add.length + remove.length > 0)
    .map(({ profile: { line }, tags }) => ({ line, ...tags }))
  if (rows.length === 0) return []
  const changed = await tx.query<{ line: number; count: number }>(sql`
    update /* fanout */ profiles p set tags = n.tags, updated_at = greatest(${now}::timestamptz, p.updated_at + interval '1 millisecond')
    from (select r.line, r.bucket, r.profile_id, array(select t.tag from unnest(q.tags) with ordinality t (tag, i)
          where t.tag <> all(x.remove) order by t.i) || array(select a.tag from unnest(x.add) a (tag) where a.tag <> all(q.tags)) as tags
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x (line int, add text[], remove text[])
      join profile_resolved r on r.line = x.line
      join profiles q on q.bucket = r.bucket and q.profile_id = r.profile_id and q.workspace_id = ${workspaceId}) n
    where p.bucket = n.bucket and p.profile_id = n.profile_id and p.workspace_id = ${workspaceId} and p.tags <> n.tags
    returning n.line, cardinality(p.tags) as count`)
  return changed.filter(({ count }) => count > maxTagsOfProfile)
}

/** New attributes get the type of their first value. */
function namesOf(wave: Ready[], catalogue: Map<string, AttributeType>): NewAttribute[] {
  const names = new Set(wave.flatMap(({ profile }) => Object.keys(profile.attributes)))
  return [...names].map(name => ({ name, type: catalogue.get(name) ?? 'text' }))
}

async function consentsOf(
  tx: Db,
  workspaceId: number,
  wave: Ready[],
  { actor, now }: UpsertOptions,
): Promise<Sql | null> {
  const topics = new Map<string, number>()
  const rows = []
  for (const { profile, consents } of wave) {
    // Of two values for one topic, the last one counts.
    for (const consent of new Map(consents.map(each => [`${each.channel} ${each.topic}`, each])).values()) {
      const topic = topics.get(consent.topic) ?? (await ensureTopic(tx, workspaceId, consent.topic, now, actor)).id
      topics.set(consent.topic, topic)
      const { channel, granted, source } = consent
      rows.push({
        line: profile.line,
        topic_id: topic,
        channel,
        granted,
        source: tidyName(source),
        evidence: { via: 'api', actor },
      })
    }
  }
  if (rows.length === 0) return null
  return sql`select x.line, x.topic_id, x.channel, x.granted, x.source, x.evidence
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x (line int, topic_id int, channel text, granted boolean, source text, evidence jsonb)`
}

/** Throws invalid_input with the field. */
function readInput(input: ProfileInput, i: number, country: CountryCode, catalogue: Map<string, AttributeType>): Ready {
  const profile = { ...readProfile(input, field => `profiles[${i}].${field}`, country, catalogue), line: i }
  const { externalKey, email, emailValid, phone } = profile
  const consents = input.consents ?? []
  const tags = readTags(input.tags ?? {}, field => `profiles[${i}].tags.${field}`)
  if (externalKey !== null) return { who: 'external_key', key: externalKey, profile, consents, tags }
  if (email !== null && emailValid) return { who: 'email', key: email, profile, consents, tags }
  if (phone !== null) return { who: 'phone', key: phone, profile, consents, tags }
  throw problem('invalid_input', {
    where: `profiles[${i}]`,
    what: 'has no externalKey, no valid e-mail and no valid phone',
  })
}

/** The values of an input, checked; `where` names a field in errors. New attributes are added to the catalogue. Throws invalid_input. */
export function readProfile(
  input: ProfileInput,
  where: (field: string) => string,
  country: CountryCode,
  catalogue: Map<string, AttributeType>,
): StagedProfile {
  const kept = (field: string, value: string, limit: number): string | null => {
    const clean = value.trim()
    if (clean.includes('\0')) throw problem('invalid_input', { where: where(field), what: 'holds a NUL byte' })
    if (clean.length > limit)
      throw problem('invalid_input', { where: where(field), what: `is longer than ${limit} characters` })
    return clean === '' ? null : clean.toWellFormed()
  }
  const text = (field: string, value: string | undefined, limit: number) =>
    kept(field, withoutInvisible(value ?? ''), limit)
  const externalKey = text('externalKey', input.externalKey, maxExternalKey)
  const given = text('phone', input.phone, 100)
  const checked = checkPhone(given ?? '', country)
  const email = text('email', input.email, 254)
  const read = email === null ? null : readEmail(email)
  const attributes = readAttributes(input.attributes ?? {}, where, kept, catalogue)
  return {
    line: 0,
    externalKey,
    phone: checked.phone,
    phoneGiven: checked.type === 'invalid' ? given : null,
    phoneType: checked.type,
    country: checked.country,
    email: read?.email ?? null,
    emailValid: read?.valid ?? false,
    firstName: text('firstName', input.firstName, maxName),
    lastName: text('lastName', input.lastName, maxName),
    attributes,
    // What a client sends is both: an earlier written form is over.
    written: Object.fromEntries(Object.keys(attributes).map(name => [name, null])),
    consent: null,
    consentGiven: null,
  }
}

function readAttributes(
  given: Record<string, string | number>,
  where: (field: string) => string,
  kept: (field: string, value: string, limit: number) => string | null,
  catalogue: Map<string, AttributeType>,
): Record<string, string | number> {
  const attributes: Record<string, string | number> = Object.create(null)
  refuseAttributesOfOne(Object.keys(given).length)
  refuseAttributes(catalogue, Object.keys(given))
  for (const [name, value] of Object.entries(given)) {
    const field = `attributes.${name}`
    if (!isAttributeName(name)) {
      throw problem('invalid_input', { where: where(field.slice(0, 100)), what: attributeNameRule })
    }
    const found = typeof value === 'number' ? 'number' : isDay(value) ? 'date' : isDateTime(value) ? 'datetime' : 'text'
    const type = catalogue.get(name) ?? found
    // Days and times are also texts, and a day is also a time; no other type is compatible with another.
    if (type !== found && !(type === 'text' && found !== 'number') && !(type === 'datetime' && found === 'date')) {
      throw problem('invalid_input', {
        where: where(field),
        what: `is of type ${type}${type === 'date' ? ' (as 2024-05-17)' : type === 'datetime' ? ' (as 2024-05-17T14:30)' : ''}`,
      })
    }
    if (typeof value === 'number' && !Number.isFinite(value))
      throw problem('invalid_input', { where: where(field), what: 'is not a finite number' })
    const clean = typeof value === 'number' ? value : kept(field, value, maxText)
    if (clean === null) continue
    catalogue.set(name, type)
    attributes[name] = clean
  }
  return attributes
}

function isProblem(error: unknown): error is Problem {
  return error instanceof Error && error.name === 'Problem'
}
