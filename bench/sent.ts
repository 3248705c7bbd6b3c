/**
 * For benchmarks: a workspace with as many profiles as wanted, and an activity that was sent to all of them an hour ago, with the
 * facts of a usual campaign: 4 % not sent, 82 % delivered, 9 % bounced, 5 % pending; 12 % of the delivered have clicked, 1 % opted
 * out. Straight into the tables by statements over generate_series, in key order, the indexes made afterwards; the sums are
 * counted from the rows, so that `verify` finds nothing. The same for the same size.
 */

import { contentOf } from '../core/activities/content.ts'
import { latencySteps } from '../core/report/latency.ts'
import { createWorkspace } from '../server/access/workspaces.ts'
import type { Database } from '../server/platform/db/database.ts'
import { join, raw, type Sql, sql } from '../server/platform/db/sql.ts'

export interface SentActivity {
  workspaceId: number
  activityId: number
  linkIds: number[]
  /** of the whole fill, indexes and statistics too */
  seconds: number
}

const buckets = 256
const filled = ['profiles', 'profile_keys', 'messages', 'attempts', 'answers', 'receipts', 'clicks', 'opt_outs']
const first =
  'Alva Nils Elin Omar Sara Erik Maja Ali Freja Lars Ines Björn Aylin Ville Zoë Jonas Łucja Mohammed Astrid Per'
const last = [
  'Lind Berg Ek Sjö Ström Hed Dal Gran Löv Söder Norr Öster Väster Al Björk Ny Ås Häll Sten Back',
  'berg ström gren qvist man dahl lund holm stedt blad',
]
const start = new Date('2026-11-02T08:00:00Z')
/** Messages sent per ms. */
const perMs = 10

export async function makeSentActivity(db: Database, size: number): Promise<SentActivity> {
  const began = performance.now()
  const workspace = await createWorkspace(db, { name: `Bench ${size}`, owner: null, actor: 'bench' }, start)
  const { activityId, gatewayId, linkIds } = await makeActivity(db, workspace.id, size)
  const indexes = await db.query<{ name: string; definition: string }>(sql`
    select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as definition from pg_index i
    where i.indrelid::regclass::text = any(${filled}::text[]) and not i.indisprimary`)
  for (const { name } of indexes) await db.run(sql`drop index ${raw(name)}`)
  const rows = rowsOf(size, { workspaceId: workspace.id, activityId, gatewayId, linkIds })
  await inTurns(rows.map(statement => () => db.run(statement)))
  await db.run(sql`select setval('profile_ids', ${size})`)
  await inTurns(
    indexes.map(
      ({ definition }) =>
        () =>
          db.run(raw(definition)),
    ),
  )
  for (const statement of sumsOf(workspace.id, activityId)) await db.run(statement)
  await inTurns(
    [...filled, 'tallies', 'breakdowns', 'series'].map(table => () => db.run(sql`vacuum analyze ${raw(table)}`)),
  )
  // What was filled in goes to the disk now, and not while something is measured.
  await db.run(sql`checkpoint`)
  return { workspaceId: workspace.id, activityId, linkIds, seconds: (performance.now() - began) / 1000 }
}

/** Two at a time: the machines this runs on have two cores. */
async function inTurns(tasks: (() => Promise<unknown>)[]): Promise<void> {
  const rest = [...tasks]
  const worker = async () => {
    for (let task = rest.shift(); task !== undefined; task = rest.shift()) await task()
  }
  await Promise.all([worker(), worker()])
}

async function makeActivity(db: Database, workspaceId: number, size: number) {
  const id = async (statement: Sql) => (await db.query<{ id: number }>(statement))[0]?.id ?? 0
  const gatewayId = await id(sql`
    insert into gateways (workspace_id, name, kind, settings, account, password, test, created_at)
    values (${workspaceId}, 'bench', 'smpp', jsonb_build_object('host', '127.0.0.1', 'port', 2775, 'systemId', 'u'), 'smpp:u@127.0.0.1:2775', 'p', true, ${start}) returning id`)
  const body = 'Hi ##first_name##! https://acme.test/a https://acme.test/b ##unsubscribe##'
  const content = JSON.stringify(contentOf({ channel: 'sms', sender: 'Acme', body }))
  const activityId = await id(sql`
    insert into activities (workspace_id, name, state, content, gateway_id, code_base, code_span, code_length, created_at, updated_at, started_at, frozen_at)
    values (${workspaceId}, 'Autumn sale', 'sending', ${content}::jsonb,
      ${gatewayId}, 1, ${size + 1}, 11, ${start}, ${start}, ${start}, ${start}) returning id`)
  const linkIds = [0, 1].map(
    slot => sql`
    insert into links (activity_id, slot, kind, url) values (${activityId}, ${slot}, 'link', ${`https://acme.test/${'ab'[slot]}`}) returning id`,
  )
  return { activityId, gatewayId, linkIds: [await id(linkIds[0] ?? sql``), await id(linkIds[1] ?? sql``)] }
}

interface Place {
  workspaceId: number
  activityId: number
  gatewayId: number
  linkIds: number[]
}

/** Everybody, in key order: i the profile, x and y what becomes of it, t0 and said (when the receipt says so). */
function everybody(size: number): Sql {
  const most = Math.ceil((size + 1) / buckets)
  return sql`(
    select *, t0 + (2000 + y * 37) * interval '1 ms' as said,
      case when x < 40 then 'not_sent' when x < 860 then 'delivered' when x < 900 then 'bounced_hard' when x < 930 then 'bounced_soft_retrying'
        when x < 950 then 'bounced_soft_final' when x < 980 then 'pending' else 'no_receipt' end as status
    from (select b as bucket, i, (i * 7919) % 1000 as x, (i * 104729) % 997 as y, 1 + (i % 3 = 0)::int as parts,
        ${start}::timestamptz + ((b * ${most}::bigint + i / ${buckets}) / ${perMs}) * interval '1 ms' as t0
      from generate_series(0, ${buckets - 1}) b
      cross join lateral generate_series(case when b = 0 then ${buckets} else b end::bigint, ${size}::bigint, ${buckets}) i) e) e`
}

const phone = sql`(case when y < 800 then '+467' when y < 900 then '+474' when y < 950 then '+4520' else '+35840' end || lpad(i::text, 8, '0'))`
const country = sql`case when y < 800 then 'SE' when y < 900 then 'NO' when y < 950 then 'DK' else 'FI' end`
const byPeople = { verdict: 'human', reason: null, device: 'phone' } as const
const byBots = { verdict: 'bot', reason: 'agent', device: 'other' } as const
const isSent = sql`x >= 40`
const isDelivered = sql`x >= 40 and x < 860`

function rowsOf(size: number, { workspaceId, activityId, gatewayId, linkIds }: Place): Sql[] {
  const all = everybody(size)
  const word = (words: string, of: Sql) => {
    const list = words.split(' ')
    return sql`(${list}::text[])[1 + (${of}) % ${raw(String(list.length))}]`
  }
  const [ground = '', ending = ''] = last
  const click = (link: number, kind: typeof byPeople | typeof byBots, who: Sql, afterMs: number) => sql`
    select bucket, ${activityId}::bigint, i, ${link + 2}::bigint, i, ${workspaceId}::int, ${linkIds[link]}::bigint, said + ${afterMs} * interval '1 ms', ${kind.verdict}, ${kind.reason}::text, ${kind.reason}::text, ${kind.device}, 'GET', ${kind.verdict === 'human'}::boolean
    from ${all} where ${isDelivered} and ${who}`
  return [
    sql`insert into messages (bucket, workspace_id, activity_id, profile_id, t0, due, status_at, status, gateway_id, attempts, parts, charged,
        country, address, credits, excluded, window_over_at, no_receipt_at, code, bounced_at, first_click_at, first_visit_at, unsubscribed_at)
      select bucket, ${workspaceId}::int, ${activityId}::bigint, i, case when ${isSent} then t0 end,
        case when status = 'bounced_soft_retrying' then t0 + interval '1 h' end,
        case when x < 40 then null when x < 950 then said when x < 980 then t0 else t0 + interval '72 h' end, status::message_status,
        case when ${isSent} then ${gatewayId}::int end, (${isSent})::int, parts, ${isSent}, ${country},
        case when x in (27, 28, 29, 30, 31) then null else ${phone} end, parts,
        case when x < 20 then 'no_consent' when x < 27 then 'opted_out' when x < 32 then 'no_address' when x < 37 then 'landline' when x < 40 then 'frequency' end,
        case when status = 'bounced_soft_final' then t0 + interval '48 h' end, case when status = 'no_receipt' then t0 + interval '72 h' end,
        case when status = 'bounced_hard' then 'gsm:1' when status like 'bounced_soft%' then 'gsm:27' end,
        case when status like 'bounced%' then said end, case when ${isDelivered} and y < 120 then said + interval '60 s' end,
        case when ${isDelivered} and y < 120 then said + interval '60 s' when ${isDelivered} and y < 150 then said + interval '1 s' end,
        case when ${isDelivered} and y between 200 and 209 then said + interval '5 min' end
      from ${all}`,
    sql`insert into profiles (bucket, profile_id, workspace_id, external_key, phone, phone_type, country, email, email_valid, first_name, last_name, attrs, created_at, updated_at)
      select bucket, i, ${workspaceId}::int, 'C' || 100000 + i, case when x in (27, 28, 29, 30, 31) then null else ${phone} end,
        case when x in (27, 28, 29, 30, 31) then 'none' else 'mobile' end, ${country}, 'p' || i || '@acme.test', true,
        ${word(first, sql`i * 31 / 7`)}, ${word(ground, sql`i * 17 / 3`)} || ${word(ending, sql`i * 13 / 5`)},
        jsonb_build_object('city', 'Uppsala', 'points', i % 5000), ${start}, ${start}
      from ${all}`,
    sql`insert into answers (bucket, activity_id, profile_id, n, part, outcome, gateway_id, at, provider_id)
      select bucket, ${activityId}::bigint, i, 1, p, 'accepted', ${gatewayId}::int, t0, 'b' || i || '-' || p
      from ${all} cross join lateral generate_series(1, parts) p where ${isSent}`,
    sql`insert into attempts (bucket, activity_id, profile_id, n, try, gateway_id, session_id, at)
      select bucket, ${activityId}::bigint, i, 1, 1, ${gatewayId}::int, 1, t0 from ${all} where ${isSent}`,
    sql`insert into receipts (bucket, activity_id, profile_id, n, part, outcome, counts, at, source, seq, code)
      select bucket, ${activityId}::bigint, i, 1, p, case when x < 860 then 'delivered' when x < 900 then 'hard' else 'soft' end, x between 860 and 899,
        said, 1, i * 2 + p, case when x < 860 then null when x < 900 then 'gsm:1' else 'gsm:27' end
      from ${all} cross join lateral generate_series(1, parts) p where x >= 40 and x < 950`,
    sql`insert into profile_keys (value, workspace_id, kind, profile_id)
      select v.value, ${workspaceId}::int, v.kind, i from ${all}
      cross join lateral (values ('external_key', 'C' || 100000 + i), ('email', 'p' || i || '@acme.test'), ('phone', case when x in (27, 28, 29, 30, 31) then null else ${phone} end)) as v (kind, value)
      where v.value is not null order by v.value`,
    sql`insert into clicks (bucket, activity_id, profile_id, source, seq, workspace_id, link_id, at, verdict, reason, own_reason, device, method, counts)
      ${join([click(0, byPeople, sql`y < 120`, 60_000), click(1, byPeople, sql`y < 40`, 120_000), click(0, byBots, sql`y between 120 and 149`, 1_000)], ' union all ')}`,
    sql`insert into opt_outs (id, workspace_id, channel, address, at, source, activity_id, profile_id)
      select nextval('opt_out_ids'), ${workspaceId}::int, 'sms', ${phone}, said + interval '5 min', 'link', ${activityId}::bigint, i
      from ${all} where ${isDelivered} and y between 200 and 209`,
  ]
}

/** Counted from the rows; in eight buckets, as eight writers leave them. */
function sumsOf(workspaceId: number, activityId: number): Sql[] {
  const sent = sql`m.activity_id = ${activityId} and m.status not in ('queued', 'not_sent')`
  const ofMessages = sql`from messages m where m.activity_id = ${activityId}`
  const tally = (figure: Sql, also: Sql, credits = sql`0`) =>
    sql`select m.bucket & 7, ${activityId}::bigint, ${figure}, count(*), ${credits} ${ofMessages} and ${also} group by 1, 3`
  const broken = (kind: string, key: Sql, figure: Sql, also: Sql, credits = sql`0`) =>
    sql`select m.bucket & 7, ${activityId}::bigint, ${kind}, ${key}, ${figure}, count(*), ${credits} from messages m where ${sent} and ${also} group by 1, 4, 5`
  const series = (event: string, at: Sql, also: Sql) =>
    sql`select m.bucket & 7, ${activityId}::bigint, date_trunc('minute', ${at}), ${event}, count(*) from messages m where ${sent} and ${also} group by 1, 3`
  const clicksBy = (figure: string, verdict: string) =>
    sql`select c.bucket & 7, ${activityId}::bigint, 'link', c.link_id::text, ${figure}, count(*), 0 from clicks c
      where c.activity_id = ${activityId} and c.verdict = ${verdict} group by 1, 4`
  const step = sql`(${[...latencySteps]}::bigint[])[1 + width_bucket((extract(epoch from m.status_at - m.t0) * 1000)::bigint - 1, ${[...latencySteps]}::bigint[])]`
  const all = sql`true`
  return [
    sql`insert into tallies (bucket, activity_id, figure, n, credits) ${join(
      [
        tally(sql`m.status::text`, all),
        tally(sql`'targeted'`, all),
        tally(sql`'not_sent:' || m.excluded`, sql`m.status = 'not_sent'`),
        tally(sql`'charged'`, sql`m.charged`, sql`sum(m.credits)`),
        tally(sql`'unique'`, sql`m.first_click_at is not null`),
        tally(sql`'visited'`, sql`m.first_visit_at is not null`),
        tally(sql`'unsubscribed'`, sql`m.unsubscribed_at is not null`),
        sql`select c.bucket & 7, ${activityId}::bigint, case c.verdict when 'human' then 'clicks' else 'bot_clicks' end, count(*), 0
          from clicks c where c.activity_id = ${activityId} group by 1, 3`,
      ],
      ' union all ',
    )}`,
    sql`insert into breakdowns (bucket, activity_id, kind, key, figure, n, credits) ${join(
      [
        broken('country', sql`m.country`, sql`m.status::text`, all),
        broken('country', sql`m.country`, sql`'charged'`, sql`m.charged`, sql`sum(m.credits)`),
        broken('gateway', sql`m.gateway_id::text`, sql`m.status::text`, all),
        broken('code', sql`m.code`, sql`m.status::text`, sql`m.code is not null`),
        broken('latency', sql`m.gateway_id || '/' || ${step}`, sql`'delivered'`, sql`m.status = 'delivered'`),
        sql`select c.bucket & 7, ${activityId}::bigint, 'device', c.device, 'clicks', count(*), 0 from clicks c
          where c.activity_id = ${activityId} and c.verdict = 'human' group by 1, 4`,
        clicksBy('clicks', 'human'),
        clicksBy('unique', 'human'),
        clicksBy('bot_clicks', 'bot'),
        sql`select c.bucket & 7, ${activityId}::bigint, 'link', c.link_id::text, 'visited', count(distinct c.profile_id), 0 from clicks c
          where c.activity_id = ${activityId} group by 1, 4`,
      ],
      ' union all ',
    )}`,
    sql`insert into series (bucket, activity_id, minute, event, n) ${join(
      [
        series('sent', sql`m.t0`, all),
        series('delivered', sql`m.status_at`, sql`m.status = 'delivered'`),
        series('bounced', sql`m.status_at`, sql`m.bounced_at is not null`),
        series('unique', sql`m.first_click_at`, sql`m.first_click_at is not null`),
        series('unsubscribed', sql`m.unsubscribed_at`, sql`m.unsubscribed_at is not null`),
        sql`select c.bucket & 7, ${activityId}::bigint, date_trunc('minute', c.at), 'clicked', count(*) from clicks c
          where c.activity_id = ${activityId} and c.verdict = 'human' group by 1, 3`,
      ],
      ' union all ',
    )}`,
    sql`insert into ledger (workspace_id, activity_id, kind, credits, at)
      select ${workspaceId}::int, ${activityId}::bigint, 'charge', -sum(t.credits), ${start}::timestamptz from tallies t
      where t.activity_id = ${activityId} and t.figure = 'charged'`,
  ]
}
