import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { costOf, linkOfLength } from '../../core/credits/cost.ts'
import { countParts } from '../../core/sms/split.ts'
import type { Vars } from '../../core/sms/tag-values.ts'
import { parseTemplate, renderTemplate } from '../../core/sms/template.ts'
import { ownDatabase } from '../../test/database.ts'
import { readPrices } from '../credits/prices.ts'
import { sql } from '../platform/db/sql.ts'
import { ensureInstallation } from '../platform/installation/installation.ts'
import { byConsent } from './audience-members.ts'
import { countAudience } from './count.ts'
import { freeze } from './freeze.ts'

const now = new Date('2026-11-01T12:00:00Z')
const linkUrl = 'https://l.example'
const db = await ownDatabase({ max: 4 })
beforeAll(async () => {
  await ensureInstallation(db, { identity: 'test', now })
  // Ids that begin anywhere in the buckets.
  await db.run(sql`select setval('profile_ids', 100)`)
})

const character = fc.constantFrom(...'aå0 9.-+x{€Łé`’\u00a0\u200e', '😀')
const text = fc.array(character, { maxLength: 6 }).map(characters => characters.join(''))
const name = fc.option(
  fc.oneof(
    text,
    fc.constantFrom(
      'Ann',
      '#N/A',
      '\\N',
      '(null)',
      'NULL',
      '#1',
      'x'.repeat(40),
      `${'y'.repeat(40)} z`,
      `${'z'.repeat(39)} y`,
    ),
  ),
  {
    nil: null,
  },
)
const attribute = fc.oneof(
  text,
  fc.constantFrom('#REF!', '<null>', '12', '1.50', '007', '-0', 'true', '2026-01-01', 'x'.repeat(41)),
  fc.constantFrom<unknown>(0, -7, 1.5, 1e21, 1e-7, 123456789012345, 1234567890123456, true, false, null, [1], {
    a: 'x',
  }),
)
const person = fc.record({
  first: name,
  city: attribute,
  phone: fc.integer({ min: 0, max: 9 }).map(n => `+46${7 + (n % 2)}0000000${n}`),
  type: fc.constantFrom('mobile', 'mobile', 'mobile', 'fixed'),
})
const bodies = [
  'Hi ##first_name|there##! ##city## ##unsubscribe##',
  `${'n'.repeat(118)}##city##, ##first_name## ##unsubscribe##`,
  '№ ##city|here## ##first_name##',
  // More tags than lengths fit into one key.
  '##first_name## ##last_name## ##city## ##email## ##phone## ##external_key## ##also## ##nothing|no## ##again|none## ##unsubscribe##',
]

test('the count is what the sender makes of each profile, whatever it holds, to the last part', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(person, { minLength: 1, maxLength: 40 }),
      fc.constantFrom(...bodies),
      fc.constantFrom('one_per_address' as const, 'all' as const),
      fc.constantFrom(0, 1, 20),
      async (people, body, duplicates, prefixes) => {
        const { workspaceId, topicId, activityId } = await workspaceWith(people)
        // Few prefixes and many are looked up in two ways.
        await db.run(sql`insert into prices (workspace_id, prefix, valid_from, credits)
          select ${workspaceId}::int, '+467' || case i when 0 then '' else (i - 1)::text end, ${now}::timestamptz, 1.5 from generate_series(0, ${prefixes - 1}::int) i`)
        const template = parseTemplate(body)
        const question = {
          workspaceId,
          channel: 'sms' as const,
          sendTo: { topics: [topicId], duplicates },
          template,
          members: byConsent,
          linkUrl,
          now,
        }
        const counted = await countAudience(db, { ...question, codeLength: 11 })
        const frozen = await freeze(db, { ...question, activityId })
        expect({ targeted: counted.targeted, notSent: counted.notSent, queued: counted.queued }).toEqual(frozen)
        const messages = await db.query<{
          vars: Vars | null
          profileId: number
          phone: string
          country: string
          n: number
        }>(
          sql`select vars, profile_id as "profileId", address as phone, country, 1::int as n from messages where activity_id = ${activityId} and status = 'queued'`,
        )
        const link = linkOfLength(linkUrl, 11)
        const parts = messages.map(({ vars }) => countParts(renderTemplate(template, vars ?? {}, () => link, link)))
        const sum = parts.reduce((all, n) => all + n, 0)
        expect(counted.cost.parts).toBe(sum)
        // Each text alone: its distance to one part more, or fewer, gives its length to the character.
        const single = costOf(template, link, await readPrices(db, workspaceId, 'sms', now), messages)
        const { longest } = single
        expect(counted.cost).toEqual({
          ...single,
          longest: longest && { ...longest, profileId: expect.any(Number), vars: expect.any(Object) },
        })
        expect(counted.cost.creditsE4).toBe(sum * (prefixes > 0 ? 15_000 : 10_000))
        const left = await db.query<{ reason: string; n: number }>(
          sql`select excluded as reason, count(*) as n from messages where activity_id = ${activityId} and status = 'not_sent' group by 1`,
        )
        expect(counted.notSentReasons).toEqual(Object.fromEntries(left.map(({ reason, n }) => [reason, n])))
      },
    ),
    { numRuns: 40 },
  )
})

let workspaces = 0

/** Everybody has consented to the topic; the activity is about to be frozen. */
async function workspaceWith(people: { first: string | null; city: unknown; phone: string; type: string }[]) {
  const id = async (statement: ReturnType<typeof sql>) => (await db.query<{ id: number }>(statement))[0]?.id ?? 0
  const workspaceId = await id(
    sql`insert into workspaces (name, created_at) values (${`W${++workspaces}`}, ${now}) returning id`,
  )
  const topicId = await id(
    sql`insert into topics (workspace_id, name, created_at) values (${workspaceId}, 'Offers', ${now}) returning id`,
  )
  await db.run(sql`
    insert into profiles (bucket, profile_id, workspace_id, phone, phone_type, phone_shared, country, first_name, attrs, created_at, updated_at)
    select x.id & 255, x.id, ${workspaceId}::int, x.phone, x.type, count(*) over (partition by x.phone) > 1, 'SE', x.first,
      jsonb_build_object('city', x.city::jsonb, 'also', x.city::jsonb, 'again', x.city::jsonb), ${now}::timestamptz, ${now}::timestamptz
    from (select nextval('profile_ids') as id, u.* from unnest(${people.map(one => one.phone)}::text[], ${people.map(one => one.type)}::text[],
      ${people.map(one => one.first)}::text[], ${people.map(one => JSON.stringify(one.city))}::text[]) as u (phone, type, first, city)) x`)
  await db.run(sql`
    insert into current_consents (bucket, profile_id, workspace_id, topic_id, channel, at, granted)
    select bucket, profile_id, workspace_id, ${topicId}::int, 'sms', ${now}::timestamptz, true from profiles where workspace_id = ${workspaceId}`)
  const activityId = await id(
    sql`insert into activities (workspace_id, name, state, created_at, updated_at) values (${workspaceId}, 'A', 'starting', ${now}, ${now}) returning id`,
  )
  await db.run(sql`insert into links (activity_id, slot, kind) values (${activityId}, 0, 'link')`)
  return { workspaceId, topicId, activityId }
}
