import { beforeAll, describe, expect, test } from 'vitest'
import type { NotSentReasonKey } from '../../core/audience/not-sent-reasons.ts'
import { reasonsThatHold, verdictOrder } from '../../core/audience/verdict.ts'
import { type Channel, channels } from '../../core/channels.ts'
import { parseTemplate } from '../../core/sms/template.ts'
import { ownDatabase } from '../../test/database.ts'
import { literally, raw, sql } from '../platform/db/sql.ts'
import { viewProfile } from '../profiles/view.ts'
import { checkClaimed } from '../sending/claim.ts'
import { byConsent, fromMembers, type Members } from './audience-members.ts'
import { barredAddress } from './barred-address.ts'
import { countAudience } from './count.ts'
import { freeze } from './freeze.ts'

const now = new Date('2026-11-01T12:00:00Z')
const db = await ownDatabase({ max: 6, installedAt: now })

/** Facts that can hold together. */
type Reason = Extract<
  NotSentReasonKey,
  | 'no_consent'
  | 'opted_out'
  | 'suppressed'
  | 'hard_bounces'
  | 'no_address'
  | 'invalid_address'
  | 'landline'
  | 'number_type'
  | 'no_price'
  | 'erased'
>
const onAll: Reason[] = ['no_consent', 'opted_out', 'suppressed', 'hard_bounces']

/** What tells a channel from the others: the reasons that its addresses know, and a profile for which some of them hold. */
interface OfChannel {
  reasons: Reason[]
  /** its columns of `profiles`; of the kind of an address at most one reason holds */
  address(
    i: number,
    held: readonly Reason[],
  ): { phone?: string; phone_type?: string; email?: string; email_valid?: boolean }
}

const typeOf: Partial<Record<Reason, string>> = {
  no_address: 'none',
  invalid_address: 'invalid',
  landline: 'fixed',
  number_type: 'premium',
}
const isOfKind = (reason: Reason) => reason in typeOf
const isWithout = (held: readonly Reason[]) => held.includes('no_address') || held.includes('erased')

const ofChannel: Record<Channel, OfChannel> = {
  sms: {
    reasons: [...onAll, 'no_address', 'invalid_address', 'landline', 'number_type', 'no_price', 'erased'],
    address(i, held) {
      // The other channel's address says nothing of this one's.
      const other = { email: `p${i}@acme.test`, email_valid: true }
      const kind = held.map(reason => typeOf[reason]).find(known => known !== undefined)
      if (isWithout(held) || kind === 'invalid') return { ...other, phone_type: kind ?? 'none' }
      const phone = `${held.includes('no_price') ? '+47' : '+46'}7017406${String(i).padStart(2, '0')}`
      return { ...other, phone, phone_type: kind ?? 'mobile' }
    },
  },
  email: {
    reasons: [...onAll, 'no_address', 'invalid_address', 'erased'],
    address(i, held) {
      const other = { phone_type: ['none', 'fixed', 'invalid', 'premium'][i % 4] ?? 'none' }
      if (isWithout(held)) return other
      return { ...other, email: `p${i}@acme.test`, email_valid: !held.includes('invalid_address') }
    },
  },
}

const id = async (statement: ReturnType<typeof sql>) => (await db.query<{ id: number }>(statement))[0]?.id ?? 0

describe.each(['sms', 'email'] as const)('on the channel %s', channel => {
  const { reasons, address: addressOf } = ofChannel[channel]
  const { addressColumn } = channels[channel]
  // An invalid number is not kept, so nothing can be held against it; an invalid e-mail address is.
  const withoutAddress = new Set<Reason>([
    'no_address',
    'erased',
    ...(channel === 'sms' ? ['invalid_address' as const] : []),
  ])
  const needsAddress = new Set<Reason>(['opted_out', 'suppressed', 'hard_bounces', 'no_price'])

  /** No reason, each one, and each pair that one person can have. */
  const cases: Reason[][] = [
    [],
    ...reasons.map(reason => [reason]),
    ...reasons.flatMap((a, i) =>
      reasons
        .slice(i + 1)
        .filter(b => !(isOfKind(a) && isOfKind(b)) && !(a === 'invalid_address' && b === 'erased'))
        .filter(
          b => !((withoutAddress.has(a) && needsAddress.has(b)) || (withoutAddress.has(b) && needsAddress.has(a))),
        )
        .map(b => [a, b]),
    ),
  ]

  let workspaceId = 0
  let topicId = 0
  let activityId = 0
  const profileIds: number[] = []
  const sendTo = () => ({ topics: [topicId], duplicates: 'all' as const })
  const everybody: Members = { by: 'condition', condition: () => sql`p.tags && ${['all']}::text[]` }
  const question = () => ({
    workspaceId,
    channel,
    sendTo: sendTo(),
    template: parseTemplate('Hi ##unsubscribe##'),
    linkUrl: 'https://l.example',
    now,
    members: byConsent,
  })

  beforeAll(async () => {
    workspaceId = await id(
      sql`insert into workspaces (name, created_at) values (${`W ${channel}`}, ${now}) returning id`,
    )
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
      const { phone = null, phone_type = 'none', email = null, email_valid = false } = addressOf(i, held)
      const address = { phone, email }[addressColumn]
      const profileId = await id(sql`
        insert into profiles (bucket, profile_id, workspace_id, phone, phone_type, email, email_valid, country, tags, created_at, updated_at)
        select x.i & 255, x.i, ${workspaceId}::int, ${phone}::text, ${phone_type}::text, ${email}::text, ${email_valid}::bool, 'SE', array['all'],
          ${now}::timestamptz, ${now}::timestamptz
        from (select nextval('profile_ids') as i) x returning profile_id as id`)
      profileIds.push(profileId)
      if (!has('no_consent') && !has('erased'))
        await db.run(sql`insert into current_consents (bucket, profile_id, workspace_id, topic_id, channel, at, granted)
          values (${profileId & 255}, ${profileId}, ${workspaceId}, ${topicId}, ${channel}, ${now}, true)`)
      if (has('opted_out'))
        await db.run(
          sql`insert into opt_outs (id, workspace_id, channel, address, at, source) values (nextval('opt_out_ids'), ${workspaceId}, ${channel}, ${address}, ${now}, 'link')`,
        )
      for (const [reason, why] of [
        ['suppressed', 'by_hand'],
        ['hard_bounces', 'hard_bounces'],
      ] as const)
        if (has(reason))
          await db.run(
            sql`insert into suppressions (id, workspace_id, channel, address, reason, at) values (nextval('suppression_ids'), ${workspaceId}, ${channel}, ${address}, ${why}, ${now})`,
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
    return profileIds.map(profileId => values.get(profileId))
  }

  test('the freeze gives the first reason, no consent among them where consent does not choose the members', async () => {
    const rows = await db.query<{ id: number; excluded: string | null }>(
      sql`select profile_id as id, excluded from messages where activity_id = ${activityId}`,
    )
    // Frozen before the erase: there is a profile without address and consent.
    const expected = cases.map(held => (held.includes('erased') ? 'no_consent' : first(held)))
    expect(byProfile(rows.map(({ id: profileId, excluded }) => [profileId, excluded]))).toEqual(expected)
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
      { activityId, channel, topics: [topicId] },
      profileIds.map(profileId => ({ bucket: profileId & 255, profileId })),
    )
    const asked = new Set<Reason>(['erased', 'no_consent', 'opted_out', 'suppressed', 'hard_bounces'])
    expect(byProfile(checked.map(({ profileId, barred }) => [profileId, barred]))).toEqual(
      cases.map(held => first(held, reason => asked.has(reason))),
    )
  })

  test('the question for one address gives the same of what is held against it', async () => {
    const asked = new Set<Reason>(['opted_out', 'suppressed', 'hard_bounces'])
    const rows = await db.query<{ id: number; address: string | null }>(
      sql`select p.profile_id as id, p.${raw(addressColumn)} as address from profiles p where p.workspace_id = ${workspaceId}`,
    )
    for (const { id: profileId, address } of rows)
      if (address !== null)
        for (const topics of [[topicId], []])
          expect(await barredAddress(db, { workspaceId, channel, address }, topics)).toBe(
            first(cases[profileIds.indexOf(profileId)] ?? [], reason => asked.has(reason)),
          )
  })

  if (channel === 'sms')
    test("the profile's own page gives the same of what is known without an activity", async () => {
      for (const [i, held] of cases.entries()) {
        const known = held.filter(reason => reason !== 'no_consent' && reason !== 'no_price')
        const { blockers } = await viewProfile(db, workspaceId, profileIds[i] ?? 0)
        expect(blockers, held.join()).toEqual(reasonsThatHold(Object.fromEntries(known.map(reason => [reason, true]))))
      }
    })

  test('a condition means the same with values and as the text of a COPY', async () => {
    const { from, where } = fromMembers(workspaceId, channel, [topicId], everybody)
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
})

describe.each(['sms', 'email'] as const)('profiles with one address on the channel %s', channel => {
  test('get one message in all, the count and the freeze alike, the first of those that may get it', async () => {
    const workspaceId = await id(
      sql`insert into workspaces (name, created_at) values (${`S ${channel}`}, ${now}) returning id`,
    )
    const topicId = await id(
      sql`insert into topics (workspace_id, name, created_at) values (${workspaceId}, 'Offers', ${now}) returning id`,
    )
    const make = async (address: string | null, consent = true) => {
      const columns =
        channel === 'sms' ? { phone: address, email: 'all@acme.test' } : { phone: '+46701740699', email: address }
      const profileId = await id(sql`
        insert into profiles (bucket, profile_id, workspace_id, phone, phone_type, phone_shared, email, email_valid, created_at, updated_at)
        select x.i & 255, x.i, ${workspaceId}::int, ${columns.phone}::text, ${columns.phone === null ? 'none' : 'mobile'}::text,
          ${channel === 'email' || address === shared}::bool, ${columns.email}::text, ${columns.email !== null}::bool, ${now}::timestamptz, ${now}::timestamptz
        from (select nextval('profile_ids') as i) x returning profile_id as id`)
      await db.run(sql`insert into current_consents (bucket, profile_id, workspace_id, topic_id, channel, at, granted)
        values (${profileId & 255}, ${profileId}, ${workspaceId}, ${topicId}, ${channel}, ${now}, ${consent})`)
      return profileId
    }
    const [own, shared] = channel === 'sms' ? ['+46701740601', '+46701740602'] : ['anna@acme.test', 'info@acme.test']
    const people = [
      await make(own),
      await make(shared, false),
      await make(shared),
      await make(shared),
      await make(null),
    ]
    const question = {
      ...{ workspaceId, channel, template: parseTemplate('Hi ##unsubscribe##'), linkUrl: 'https://l.example', now },
      sendTo: { topics: [topicId], duplicates: 'one_per_address' as const },
      members: byConsent,
    }
    const freezeFor = async (duplicates: 'one_per_address' | 'all') => {
      const activityId = await id(
        sql`insert into activities (workspace_id, name, state, created_at, updated_at) values (${workspaceId}, 'A', 'starting', ${now}, ${now}) returning id`,
      )
      await freeze(db, { ...question, sendTo: { ...question.sendTo, duplicates }, activityId })
      const rows = await db.query<{ id: number; excluded: string | null }>(
        sql`select m.profile_id as id, m.excluded from messages m where m.activity_id = ${activityId} order by m.profile_id`,
      )
      return rows.map(row => [people.indexOf(row.id), row.excluded])
    }
    expect(await freezeFor('one_per_address')).toEqual([
      [0, null],
      [2, null],
      [3, 'duplicate_address'],
      [4, 'no_address'],
    ])
    expect(await freezeFor('all')).toEqual([
      [0, null],
      [2, null],
      [3, null],
      [4, 'no_address'],
    ])
    const counted = await countAudience(db, { ...question, codeLength: 11 })
    expect(counted).toMatchObject({ targeted: 4, queued: 2, notSentReasons: { duplicate_address: 1, no_address: 1 } })
    // One credit per part where the channel is charged.
    expect(counted.cost.creditsE4).toBe(channel === 'sms' ? 20_000 : 0)
  })
})
