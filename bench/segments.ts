/**
 * How long does the exact count of a segment take, beside SQL that somebody who knows the data writes for the same question? Twenty usual
 * segments over a workspace with ten messages to each profile. Both counts are the same number, or the run ends. The ways alternate; a segment
 * counts as its product count, over the lane of the pages, and the hand-written statement with PostgreSQL's own parallel workers. In the same
 * run: the estimate, and the bare join of audience and consents, by which the limits of slow machines scale.
 */

import { readTree, type SegmentTree } from '../core/segments/tree.ts'
import { ensureTopic } from '../server/access/topics.ts'
import { createWorkspace } from '../server/access/workspaces.ts'
import type { Database } from '../server/platform/db/database.ts'
import { openLanes } from '../server/platform/db/pools.ts'
import { raw, type Sql, sql } from '../server/platform/db/sql.ts'
import { countMembers } from '../server/segments/segment-members.ts'
import { inFreshHoming } from './fresh-homing.ts'
import type { BenchResult } from './result.ts'
import { median, timed } from './rounds.ts'

const rounds = 3
const activities = 10
const dayMs = 86_400_000

interface Place {
  workspaceId: number
  topicId: number
  /** the oldest first, three days apart */
  activityIds: number[]
  linkIds: number[]
  now: Date
}

export function benchSegments({ size = 1_000_000 }: { size?: number } = {}): Promise<BenchResult> {
  return inFreshHoming('segments', async ({ db, connectionString, atEnd, now }) => {
    const place = await makePeople(db, size, now)
    const lanes = openLanes({ connectionString })
    atEnd(() => lanes.end())
    const asking = { workspaceId: place.workspaceId, now }
    const results = []
    for (const [name, { tree, byHand }] of Object.entries(segmentsOf(place))) {
      const took = { segment: [] as number[], byHand: [] as number[], estimate: [] as number[] }
      let [n, expected] = [-1, -2]
      for (let round = 0; round < rounds; round++) {
        took.segment.push(
          await timed(async () => {
            ;({ n } = await countMembers(lanes.counts, tree, asking))
          }),
        )
        took.byHand.push(
          await timed(async () => {
            const [row] = await lanes.counts.query<{ n: number }>(byHand)
            expected = row?.n ?? 0
          }),
        )
        took.estimate.push(await timed(() => countMembers(lanes.counts, tree, asking, { sampled: true })))
      }
      if (n !== expected) throw new Error(`${name}: the segment has ${n} people, the statement ${expected}`)
      const [ms, byHandMs, estimateMs] = [median(took.segment), median(took.byHand), median(took.estimate)]
      results.push({ name, n, ms, byHandMs, estimateMs, ratio: Math.round((ms / Math.max(1, byHandMs)) * 100) / 100 })
    }
    const bareMs = median(
      await Promise.all([await timed(() => bareJoin(db, place)), await timed(() => bareJoin(db, place))]),
    )
    const slowest = Math.max(...results.map(({ ms }) => ms))
    return {
      name: 'segments',
      figure: median(results.map(({ ms }) => ms)),
      unit: 'ms',
      better: 'lower',
      reference: median(results.map(({ byHandMs }) => byHandMs)),
      ratio: median(results.map(({ ratio }) => ratio)),
      size,
      detail: {
        reference: 'the same questions as SQL by hand',
        messages: size * activities,
        bareMs,
        slowest,
        segments: results,
      },
    }
  })
}

async function bareJoin(db: Database, { workspaceId, topicId }: Place): Promise<void> {
  await db.query(sql`
    select count(*) from current_consents k join profiles p on p.bucket = k.bucket and p.profile_id = k.profile_id
    where k.workspace_id = ${workspaceId} and k.topic_id = ${topicId} and k.channel = 'sms' and k.granted and p.workspace_id = ${workspaceId}`)
}

async function makePeople(db: Database, size: number, now: Date): Promise<Place> {
  const { id: workspaceId } = await createWorkspace(db, { name: 'Bench', owner: null, actor: 'bench' }, now)
  const { id: topicId } = await ensureTopic(db, workspaceId, 'Offers', now)
  const indexes = await db.query<{ name: string; definition: string }>(sql`
    select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as definition from pg_index i
    where i.indrelid::regclass::text in ('profiles', 'messages', 'clicks', 'current_consents') and not i.indisprimary`)
  for (const { name } of indexes) await db.run(sql`drop index ${raw(name)}`)
  // In the order of the keys, as a freeze and an import leave them.
  const people = sql`from generate_series(0, 255) b cross join lateral generate_series(case when b = 0 then 256 else b end::bigint, ${size}::bigint, 256) i`
  const ago = (days: Sql) => sql`${now}::timestamptz - ${days} * interval '1 day'`
  await db.run(sql`insert into profiles (bucket, profile_id, workspace_id, external_key, phone, phone_type, country, email, email_valid, first_name, last_name, attrs, tags, created_at, updated_at)
    select b, i, ${workspaceId}::int, 'C' || i, '+467' || lpad(i::text, 8, '0'), 'mobile', case when i % 11 = 0 then 'NO' else 'SE' end, 'p' || i || '@acme.test', true,
      'Alva', 'Berg' || i % 999,
      jsonb_build_object('city', (array['Stockholm', 'Uppsala', 'Lund', 'Umeå', 'Kiruna'])[1 + i % 5], 'points', i % 5000, 'birthday', '19' || 50 + i % 50 || '-0' || 1 + i % 9 || '-1' || i % 9),
      case when i % 20 = 0 then array['vip'] else '{}' end, ${ago(sql`(i % 700)`)}, ${now}::timestamptz ${people}`)
  await db.run(sql`insert into current_consents (bucket, profile_id, workspace_id, topic_id, channel, at, granted)
    select b, i, ${workspaceId}::int, ${topicId}::int, 'sms', ${now}::timestamptz, i % 9 <> 0 ${people}`)
  await db.run(sql`insert into opt_outs (id, workspace_id, channel, address, at, source)
    select nextval('opt_out_ids'), ${workspaceId}::int, 'sms', '+467' || lpad(i::text, 8, '0'), ${now}::timestamptz, 'link' ${people} where i % 97 = 0`)
  for (const [name, type] of [
    ['city', 'text'],
    ['points', 'number'],
    ['birthday', 'date'],
  ] as const)
    await db.run(
      sql`insert into attributes (workspace_id, name, type, created_at) values (${workspaceId}, ${name}, ${type}, ${now})`,
    )
  const activityIds: number[] = []
  const linkIds: number[] = []
  for (let n = 0; n < activities; n++) {
    const at = new Date(now.getTime() - (activities - n) * 3 * dayMs)
    const [activity] = await db.query<{ id: number }>(
      sql`insert into activities (workspace_id, name, state, frozen_at, started_at, created_at, updated_at) values (${workspaceId}, ${`A${n}`}, 'sent', ${at}, ${at}, ${at}, ${at}) returning id`,
    )
    const activityId = activity!.id
    const [link] = await db.query<{ id: number }>(
      sql`insert into links (activity_id, slot, kind, url) values (${activityId}, 0, 'link', 'https://acme.test') returning id`,
    )
    activityIds.push(activityId)
    linkIds.push(link!.id)
    const x = sql`((i * 7919 + ${n}::int * 104729) % 1000)`
    await db.run(sql`insert into messages (bucket, workspace_id, activity_id, profile_id, t0, status_at, status, country, address, excluded, code, first_click_at, first_visit_at, unsubscribed_at)
      select b, ${workspaceId}::int, ${activityId}::bigint, i, case when x >= 40 then ${at}::timestamptz end, ${at}::timestamptz + interval '10 s',
        (case when x < 40 then 'not_sent' when x < 880 then 'delivered' when x < 930 then 'bounced_hard' else 'pending' end)::message_status, 'SE', '+467' || lpad(i::text, 8, '0'),
        case when x < 40 then 'frequency' end, case when x between 880 and 929 then 'gsm:1' end,
        case when x between 40 and 139 then ${at}::timestamptz + interval '1 h' end, case when x between 40 and 159 then ${at}::timestamptz + interval '1 h' end,
        case when x = 500 then ${at}::timestamptz + interval '2 h' end
      from (select b, i, ${x} as x ${people}) e`)
    await db.run(sql`insert into clicks (bucket, activity_id, profile_id, source, seq, workspace_id, link_id, at, verdict, method, device, counts)
      select b, ${activityId}::bigint, i, ${n + 1}::bigint, i, ${workspaceId}::int, ${link!.id}::bigint, ${at}::timestamptz + interval '1 h', case when x < 140 then 'human' else 'bot' end, 'GET', 'iphone', x < 140
      from (select b, i, ${x} as x ${people}) e where x between 40 and 159`)
  }
  await db.run(sql`select setval('profile_ids', ${size})`)
  for (const { definition } of indexes) await db.run(raw(definition))
  for (const table of ['profiles', 'current_consents', 'messages', 'clicks', 'opt_outs'])
    await db.run(sql`vacuum analyze ${raw(table)}`)
  await db.run(sql`checkpoint`)
  return { workspaceId, topicId, activityIds, linkIds, now }
}

interface Segment {
  tree: SegmentTree
  byHand: Sql
}

function segmentsOf({ workspaceId, topicId, activityIds, linkIds, now }: Place): Record<string, Segment> {
  const a = activityIds.at(-1) ?? 0
  const link = linkIds.at(-1) ?? 0
  const all = (...items: object[]) => readTree({ v: 1, root: { kind: 'group', match: 'all', items } })
  const not = (node: object) => ({ ...node, exclude: true })
  const event = (name: string, of: 'any' | number[] = [a], more: object = {}) => ({
    kind: 'event',
    event: name,
    of,
    ...more,
  })
  const city = { kind: 'text', field: 'attr:city', op: 'is', value: 'stockholm' }
  const rich = { kind: 'number', field: 'attr:points', op: 'gte', value: 4000 }
  const vip = { kind: 'tag', match: 'any', tags: ['vip'] }
  const consents = { kind: 'consent', topic: topicId, channel: 'sms', state: 'yes' }
  const p = sql`from profiles p where p.workspace_id = ${workspaceId} and p.erased_at is null`
  const count = (rest: Sql) => sql`select count(*)::bigint as n ${rest}`
  const where = (condition: Sql) => count(sql`${p} and ${condition}`)
  const isCity = sql`lower(p.attrs ->> 'city') = 'stockholm'`
  const isRich = sql`(p.attrs ->> 'points')::numeric >= 4000`
  const key = (alias: string) => sql`${raw(alias)}.bucket = p.bucket and ${raw(alias)}.profile_id = p.profile_id`
  const consented = sql`exists (select from current_consents k where ${key('k')} and k.topic_id = ${topicId} and k.channel = 'sms' and k.granted)`
  const inA = (condition: Sql) =>
    sql`exists (select from messages m where ${key('m')} and m.activity_id = ${a} and ${condition})`
  const everClicked = sql`exists (select from messages m where ${key('m')} and m.first_click_at is not null)`
  const since = new Date(now.getTime() - 7 * dayMs)
  return {
    'one city': { tree: all(city), byHand: where(isCity) },
    'not one city': { tree: all(not(city)), byHand: where(sql`(${isCity}) is not true`) },
    'many points': { tree: all(rich), byHand: where(isRich) },
    'a city and many points': { tree: all(city, rich), byHand: where(sql`${isCity} and ${isRich}`) },
    'a tag': { tree: all(vip), byHand: where(sql`p.tags && array['vip']`) },
    'a country': { tree: all({ kind: 'country', countries: ['NO'] }), byHand: where(sql`p.country = 'NO'`) },
    'new in 30 days': {
      tree: all({ kind: 'created', window: { last: { n: 30, unit: 'days' } } }),
      byHand: where(sql`p.created_at >= ${new Date(now.getTime() - 30 * dayMs)}`),
    },
    consent: { tree: all(consents), byHand: where(consented) },
    'consent and open': {
      tree: all(consents, not({ kind: 'closed', channel: 'sms', why: ['opted_out'] })),
      byHand: where(
        sql`${consented} and not exists (select from opt_outs o where o.workspace_id = ${workspaceId} and o.channel = 'sms' and o.address = p.phone and o.released_at is null)`,
      ),
    },
    delivered: { tree: all(event('delivered')), byHand: where(inA(sql`m.status = 'delivered'`)) },
    'delivered and not clicked': {
      tree: all(event('delivered'), not(event('clicked'))),
      byHand: where(inA(sql`m.status = 'delivered' and m.first_click_at is null`)),
    },
    'not sent': { tree: all(event('not_sent')), byHand: where(inA(sql`m.status = 'not_sent'`)) },
    'bounced hard': { tree: all(event('bounced_hard')), byHand: where(inA(sql`m.status = 'bounced_hard'`)) },
    'clicked a link': {
      tree: all(event('clicked', [a], { links: [link] })),
      byHand: where(
        sql`exists (select from clicks c where ${key('c')} and c.activity_id = ${a} and c.link_id = ${link} and c.verdict = 'human')`,
      ),
    },
    'clicked ever': { tree: all(event('clicked', 'any')), byHand: where(everClicked) },
    'never clicked': { tree: all(not(event('clicked', 'any'))), byHand: where(sql`not ${everClicked}`) },
    'clicked in the last 7 days': {
      tree: all(event('clicked', 'any', { window: { last: { n: 168, unit: 'hours' } } })),
      byHand: where(
        sql`exists (select from clicks c where ${key('c')} and c.at >= ${since} and c.verdict = 'human' and c.workspace_id = ${workspaceId})`,
      ),
    },
    'sent at least 9': {
      tree: all(event('sent', 'any', { times: { op: 'at_least', n: 9 } })),
      byHand: where(
        sql`exists (select from (select m.bucket, m.profile_id from messages m where m.t0 is not null group by 1, 2 having count(*) >= 9) g where ${key('g')})`,
      ),
    },
    'never sent': {
      tree: all(not(event('sent', 'any'))),
      byHand: where(sql`not exists (select from messages m where ${key('m')} and m.t0 is not null)`),
    },
    'reminder or tag, with consent': {
      tree: all(
        {
          kind: 'group',
          match: 'any',
          items: [{ kind: 'group', match: 'all', items: [event('delivered'), not(event('clicked'))] }, vip],
        },
        consents,
      ),
      byHand: where(
        sql`(${inA(sql`m.status = 'delivered' and m.first_click_at is null`)} or p.tags && array['vip']) and ${consented}`,
      ),
    },
  }
}
