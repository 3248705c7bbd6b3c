/** What the tests of clicks, replies and opt-outs need of the world: workspaces, topics, an activity that was sent. */
import { contentOf } from '../../core/activities/content.ts'
import type { Database } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'

export const at = (seconds: number) => new Date(Date.parse('2026-03-01T12:00:00Z') + seconds * 1000)
export const phoneOf = (profileId: number) => `+4670174${String(profileId).padStart(4, '0')}`

export interface SentRing {
  workspaceId: number
  gatewayId: number
  topicIds: number[]
  activityId: number
  links: { id: number; slot: number; kind: string }[]
  base: number
  span: number
  /** the number of a profile's code */
  number(slot: number, profileId: number): number
}

let drawn = 0

/** An activity with these links and an unsubscribe link, sent at `at(0)` to these profiles. `account`: the system id of its gateway. */
export async function makeSent(
  db: Database,
  {
    workspace = `Brand ${++drawn}`,
    topics = ['Offers'],
    urls = ['https://shop.example/a'],
    profiles = [1, 2, 3],
    sender = 'ACME',
    account = workspace,
    country = 'SE',
    into,
  }: {
    workspace?: string
    topics?: string[]
    urls?: string[]
    profiles?: number[]
    sender?: string
    account?: string
    country?: string
    into?: SentRing
  } = {},
): Promise<SentRing> {
  const workspaceId =
    into?.workspaceId ??
    (await id(
      db.query(
        sql`insert into workspaces (name, default_country, created_at) values (${workspace}, ${country}, ${at(0)}) returning id`,
      ),
    ))
  const gatewayId =
    into?.gatewayId ??
    (await id(
      db.query(sql`insert into gateways (workspace_id, name, kind, settings, account, password, test, created_at)
        values (${workspaceId}, 'G', 'smpp', jsonb_build_object('host', '127.0.0.1', 'port', 1, 'systemId', ${account}::text), 'smpp:' || ${account}::text || '@127.0.0.1:' || 1, 'p', true, ${at(0)}) returning id`),
    ))
  const topicIds: number[] = []
  for (const topic of topics)
    topicIds.push(
      await id(
        db.query(sql`insert into topics (workspace_id, name, created_at) values (${workspaceId}, ${topic}, ${at(0)})
          on conflict (workspace_id, name) do update set name = excluded.name returning id`),
      ),
    )
  const span = 10_000
  const slots = urls.length + 1
  const [drawnRange] = await db.query<{ base: number }>(
    sql`update installation set next_code_base = next_code_base + ${span * slots} where id = 1 returning next_code_base - ${span * slots} as base`,
  )
  const base = drawnRange!.base
  const activityId = await id(
    db.query(sql`insert into activities (workspace_id, name, state, content, send_to, code_base, code_span, code_length, created_at, updated_at)
      values (${workspaceId}, 'A', 'sending', ${JSON.stringify(contentOf({ channel: 'sms', sender }))}::jsonb, ${JSON.stringify({ topics: topicIds })}::jsonb, ${base}, ${span}, 11, ${at(0)}, ${at(0)}) returning id`),
  )
  const links = await db.query<SentRing['links'][number]>(
    sql`insert into links (activity_id, slot, kind, url)
      select ${activityId}, u.slot - 1, u.kind, u.url
      from unnest(${[...urls.map(() => 'link'), 'unsubscribe']}::text[], ${[...urls, null]}::text[]) with ordinality as u (kind, url, slot)
      returning id, slot, kind`,
  )
  await addMessages(db, { workspaceId, activityId, gatewayId }, profiles)
  return {
    workspaceId,
    gatewayId,
    topicIds,
    activityId,
    links,
    base,
    span,
    number: (slot, profileId) => base + slot * span + profileId,
  }
}

async function addMessages(
  db: Database,
  { workspaceId, activityId, gatewayId }: Pick<SentRing, 'workspaceId' | 'activityId' | 'gatewayId'>,
  profiles: number[],
): Promise<void> {
  await db.run(sql`insert into messages (bucket, workspace_id, activity_id, profile_id, t0, status_at, status, gateway_id, attempts, parts, address, vars)
    select p & 255, ${workspaceId}, ${activityId}, p, ${at(0)}, ${at(0)}, 'pending', ${gatewayId}, 1, 1, ph, jsonb_build_object('first_name', 'Åsa')
    from unnest(${profiles}::bigint[], ${profiles.map(phoneOf)}::text[]) as u (p, ph)`)
  await db.run(sql`insert into profile_keys (value, workspace_id, kind, profile_id)
    select ph, ${workspaceId}, 'phone', p from unnest(${profiles}::bigint[], ${profiles.map(phoneOf)}::text[]) as u (p, ph)
    on conflict do nothing`)
}

async function id(rows: Promise<{ id: number }[]>): Promise<number> {
  return (await rows)[0]!.id
}

/** The sums of an activity: tallies by figure, links by link and figure, series by event. What is 0 is left out. */
export async function sums(db: Database, activityId: number): Promise<Record<string, number>> {
  const rows = await db.query<{ key: string; n: number }>(
    sql`select figure as key, sum(n)::int as n from tallies where activity_id = ${activityId} group by 1
      union all select kind || ' ' || key || ' ' || figure, sum(n)::int from breakdowns where activity_id = ${activityId} group by 1
      union all select 'series ' || event, sum(n)::int from series where activity_id = ${activityId} group by 1`,
  )
  return Object.fromEntries(rows.filter(row => row.n !== 0).map(row => [row.key, row.n]))
}
