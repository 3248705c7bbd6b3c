import { beforeAll, expect, test } from 'vitest'
import type { NotSentReasonKey } from '../../core/audience/reasons.ts'
import { reasonsThatHold, verdictOrder } from '../../core/audience/verdict.ts'
import { parseTemplate } from '../../core/sms/template.ts'
import { ownDatabase } from '../../test/database.ts'
import { literally, sql } from '../platform/db/sql.ts'
import { viewProfile } from '../profiles/view.ts'
import { checkClaimed } from '../sending/claim.ts'
import { barredAddress } from './barred.ts'
import { countAudience } from './count.ts'
import { freeze } from './freeze.ts'
import { fromMembers, type Members } from './members.ts'

const now = new Date('2026-11-01T12:00:00Z')
const db = await ownDatabase({ max: 6, installedAt: now })

/** Facts that can hold together; of the kind of a number one. */
const reasons = [
  'no_consent',
  'opted_out',
  'suppressed',
  'hard_bounces',
  'no_number',
  'invalid_number',
  'landline',
  'number_type',
  'no_price',
  'erased',
] as const satisfies readonly NotSentReasonKey[]
type Reason = (typeof reasons)[number]

const typeOf: Partial<Record<Reason, string>> = {
  no_number: 'none',
  invalid_number: 'invalid',
  landline: 'fixed',
  number_type: 'premium',
}
const isOfNumber = (reason: Reason) => reason in typeOf
const withoutNumber = new Set<Reason>(['no_number', 'invalid_number', 'erased'])
const needsNumber = new Set<Reason>(['opted_out', 'suppressed', 'hard_bounces', 'no_price'])

/** No reason, each one, and each pair that one person can have. */
const cases: Reason[][] = [
  [],
  ...reasons.map(reason => [reason]),
  ...reasons.flatMap((a, i) =>
    reasons
      .slice(i + 1)
      .filter(b => !(isOfNumber(a) && isOfNumber(b)))
      .filter(b => !((withoutNumber.has(a) && needsNumber.has(b)) || (withoutNumber.has(b) && needsNumber.has(a))))
      .map(b => [a, b]),
  ),
]

let workspaceId = 0
let topicId = 0
let activityId = 0
const profileIds: number[] = []
const sendTo = () => ({ topics: [topicId], duplicates: 'all' as const })
const everybody: Members = { by: 'condition', condition: sql`p.tags && ${['all']}::text[]` }
const question = () => ({
  workspaceId,
  sendTo: sendTo(),
  template: parseTemplate('Hi ##unsubscribe##'),
  linkUrl: 'https://l.example',
  now,
})

beforeAll(async () => {
  const id = async (statement: ReturnType<typeof sql>) => (await db.query<{ id: number }>(statement))[0]?.id ?? 0
  workspaceId = await id(sql`insert into workspaces (name, created_at) values ('W', ${now}) returning id`)
  topicId = await id(
    sql`insert into topics (workspace_id, name, created_at) values (${workspaceId}, 'Offers', ${now}) returning id`,
  )
  activityId = await id(
    sql`insert into activities (workspace_id, name, state, created_at, updated_at) values (${workspaceId}, 'A', 'starting', ${now}, ${now}) returning id`,
  )
  await db.run(
    sql`insert into prices (workspace_id, prefix, valid_from, credits) values (${workspaceId}, '+46', ${now}, 1)`,
  )
  for (const [i, held] of cases.entries()) {
    const has = (reason: Reason) => held.includes(reason)
    const number = held.some(reason => withoutNumber.has(reason))
      ? null
      : `${has('no_price') ? '+47' : '+46'}7017406${String(i).padStart(2, '0')}`
    const type =
      held.map(reason => typeOf[reason]).find(known => known !== undefined) ?? (number === null ? 'none' : 'mobile')
    const profileId = await id(sql`
      insert into profiles (bucket, profile_id, workspace_id, phone, phone_type, country, tags, created_at, updated_at)
      select x.i & 255, x.i, ${workspaceId}::int, ${number}::text, ${type}::text, 'SE', array['all'], ${now}::timestamptz, ${now}::timestamptz
      from (select nextval('profile_ids') as i) x returning profile_id as id`)
    profileIds.push(profileId)
    if (!has('no_consent') && !has('erased'))
      await db.run(sql`insert into current_consents (bucket, profile_id, workspace_id, topic_id, channel, at, granted)
        values (${profileId & 255}, ${profileId}, ${workspaceId}, ${topicId}, 'sms', ${now}, true)`)
    if (has('opted_out'))
      await db.run(
        sql`insert into opt_outs (id, workspace_id, channel, address, at, source) values (nextval('opt_out_ids'), ${workspaceId}, 'sms', ${number}, ${now}, 'link')`,
      )
    for (const [reason, why] of [
      ['suppressed', 'by_hand'],
      ['hard_bounces', 'hard_bounces'],
    ] as const)
      if (has(reason))
        await db.run(
          sql`insert into suppressions (id, workspace_id, channel, address, reason, at) values (nextval('suppression_ids'), ${workspaceId}, 'sms', ${number}, ${why}, ${now})`,
        )
  }
  await freeze(db, { ...question(), members: everybody, activityId })
  const erased = profileIds.filter((_, i) => cases[i]?.includes('erased'))
  await db.run(sql`update profiles set erased_at = ${now} where profile_id = any(${erased}::bigint[])`)
  await db.run(sql`update messages set address = null where profile_id = any(${erased}::bigint[])`)
})

const first = (held: readonly Reason[], known: (reason: Reason) => boolean = () => true) =>
  verdictOrder.find(key => held.some(reason => reason === key && known(reason))) ?? null
const byProfile = <Value>(rows: readonly (readonly [number, Value])[]) => {
  const values = new Map(rows)
  return profileIds.map(id => values.get(id))
}

test('the freeze gives the first reason, no consent among them where consent does not choose the members', async () => {
  const rows = await db.query<{ id: number; excluded: string | null }>(
    sql`select profile_id as id, excluded from messages where activity_id = ${activityId}`,
  )
  // Frozen before the erase: there is a profile without number and consent.
  const expected = cases.map(held => (held.includes('erased') ? 'no_consent' : first(held)))
  expect(byProfile(rows.map(({ id, excluded }) => [id, excluded]))).toEqual(expected)
})

test('the count gives the same, by topics too', async () => {
  const reasonsOf = async (members?: Members) =>
    (await countAudience(db, { ...question(), ...(members && { members }), codeLength: 11 })).notSentReasons
  const expected = (whom: (held: readonly Reason[]) => boolean) => {
    const firsts = cases.filter(whom).flatMap(held => first(held) ?? [])
    return Object.fromEntries([...new Set(firsts)].map(key => [key, firsts.filter(one => one === key).length]))
  }
  const isErased = (held: readonly Reason[]) => held.includes('erased')
  expect(await reasonsOf(everybody)).toEqual(expected(held => !isErased(held)))
  expect(await reasonsOf()).toEqual(expected(held => !isErased(held) && !held.includes('no_consent')))
})

test('the check of a claim gives the same of what may have changed since the freeze', async () => {
  const checked = await checkClaimed(
    db,
    { activityId, channel: 'sms', topics: [topicId] },
    profileIds.map(profileId => ({ bucket: profileId & 255, profileId })),
  )
  const asked = new Set<Reason>(['erased', 'no_consent', 'opted_out', 'suppressed', 'hard_bounces'])
  expect(byProfile(checked.map(({ profileId, barred }) => [profileId, barred]))).toEqual(
    cases.map(held => first(held, reason => asked.has(reason))),
  )
})

test('the question for one number gives the same of what is held against it', async () => {
  const asked = new Set<Reason>(['opted_out', 'suppressed', 'hard_bounces'])
  const numbers = await db.query<{ id: number; phone: string | null }>(
    sql`select profile_id as id, phone from profiles where workspace_id = ${workspaceId}`,
  )
  for (const { id, phone } of numbers)
    if (phone !== null)
      for (const topics of [[topicId], []])
        expect(await barredAddress(db, { workspaceId, channel: 'sms', address: phone }, topics)).toBe(
          first(cases[profileIds.indexOf(id)] ?? [], reason => asked.has(reason)),
        )
})

test("the profile's own page gives the same of what is known without an activity", async () => {
  for (const [i, held] of cases.entries()) {
    const known = held.filter(reason => reason !== 'no_consent' && reason !== 'no_price')
    const { blockers } = await viewProfile(db, workspaceId, profileIds[i] ?? 0)
    expect(blockers, held.join()).toEqual(reasonsThatHold(Object.fromEntries(known.map(reason => [reason, true]))))
  }
})

test('a condition means the same with values and as the text of a COPY', async () => {
  const { from, where } = fromMembers(workspaceId, 'sms', [topicId], everybody)
  const statement = sql`select count(*) as n ${from} ${where}`
  const client = await db.connect()
  try {
    const { rows } = await client.query<{ n: number }>(literally(statement))
    expect(rows).toEqual(await db.query(statement))
    expect(rows[0]?.n).toBe(cases.filter(held => !held.includes('erased')).length)
  } finally {
    client.release()
  }
})
