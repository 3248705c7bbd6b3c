/** A message is sent over the gateway of its route: what a session claims, what it thinks is left, and how it reads it. */
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { ownDatabase } from '../../test/database.ts'
import { countReads, type PlanNode } from '../../test/reads.ts'
import { record } from '../messages/record.ts'
import { Tallies } from '../messages/tallies.ts'
import { sql } from '../platform/db/sql.ts'
import { readSending } from './activity-lanes.ts'
import { claimDue, claimQueued } from './claim.ts'

const now = new Date('2026-11-28T12:00:00Z')
const db = await ownDatabase({ max: 4, installedAt: now })
const allBuckets = Array.from({ length: 256 }, (_, bucket) => bucket)
const [own, other] = [1, 2]

beforeAll(async () => {
  await db.run(sql`insert into workspaces (name, created_at) values ('Shop', ${now})`)
  for (const gateway of [own, other]) {
    await db.run(sql`insert into gateways (workspace_id, name, kind, settings, account, test, created_at)
      values (1, ${`G${gateway}`}, 'smpp', '{"host": "127.0.0.1", "port": 2775, "systemId": "u"}', 'smpp:u@127.0.0.1:2775', true, ${now})`)
    await db.run(sql`insert into gateway_sessions (gateway_id, bind_no, process, machine, started_at, lease_until, answered_until)
      values (${gateway}, 1, 'p', 'm', ${now}, ${new Date(Date.now() + 600_000)}, ${now})`)
  }
})

let activityId = 0

/** 600 messages, every third over the route to the other gateway; as the freeze would leave them. */
beforeEach(async () => {
  const [row] = await db.query<{ id: number }>(
    sql`insert into activities (workspace_id, name, state, gateway_id, created_at, updated_at, started_at, frozen_at)
      values (1, 'A', 'sending', ${own}, ${now}, ${now}, ${now}, ${now}) returning id`,
  )
  activityId = row!.id
  await db.run(sql`insert into activity_routes (activity_id, route, gateway_id) values (${activityId}, 1, ${other})`)
  await db.run(sql`insert into messages (bucket, workspace_id, activity_id, profile_id, status, address, country, route)
    select i & 255, 1, ${activityId}::bigint, i, 'queued', '+4670174' || lpad(i::text, 4, '0'), 'SE', case when i % 3 = 0 then 1 end
    from generate_series(1, 600) i`)
  await db.run(sql`insert into tallies (bucket, activity_id, figure, n) values (0, ${activityId}, 'queued', 600)`)
  await db.run(
    sql`insert into breakdowns (bucket, activity_id, kind, key, figure, n) values (0, ${activityId}, 'route', '1', 'queued', 200)`,
  )
  await db.run(sql`analyze messages`)
})

const input = (route: number | null, limit = 1000) => ({
  activityId,
  route,
  gatewayId: route === null ? own : other,
  sessionId: route === null ? own : other,
  limit,
  now,
})
const left = async (gatewayId: number) =>
  (await readSending(db, gatewayId))
    .filter(row => row.activityId === activityId)
    .map(({ activityId: _, ...row }) => row)

test('over a gateway of another channel nothing is offered and nothing is claimed', async () => {
  await db.run(sql`update gateways set channel = 'email'`)
  try {
    for (const gateway of [own, other]) expect(await left(gateway)).toEqual([])
    expect(await claimQueued(db, input(null), allBuckets, undefined)).toEqual([])
  } finally {
    await db.run(sql`update gateways set channel = 'sms'`)
  }
})

test('each session claims the messages of its route, and no others', async () => {
  const ofOwn = await claimQueued(db, input(null), allBuckets, undefined)
  const ofOther = await claimQueued(db, input(1), allBuckets, undefined)
  expect([ofOwn.length, ofOther.length]).toEqual([400, 200])
  expect(ofOwn.some(({ profileId }) => profileId % 3 === 0)).toBe(false)
  expect(ofOther.every(({ profileId }) => profileId % 3 === 0)).toBe(true)
  const gateways = await db.query<{ gatewayId: number; n: number }>(
    sql`select gateway_id as "gatewayId", count(*) as n from attempts where activity_id = ${activityId} group by 1 order by 1`,
  )
  expect(gateways).toEqual([
    { gatewayId: own, n: 400 },
    { gatewayId: other, n: 200 },
  ])
})

test('a message that is due again is claimed by its route too', async () => {
  await db.run(sql`update messages set due = ${now} where activity_id = ${activityId} and profile_id <= 6`)
  expect((await claimDue(db, input(1), allBuckets, 'again')).map(({ profileId }) => profileId).sort()).toEqual([3, 6])
  expect((await claimDue(db, input(null), allBuckets, 'again')).map(({ profileId }) => profileId).sort()).toEqual([
    1, 2, 4, 5,
  ])
})

test('what is left for a gateway is counted by its route, and changes with the facts', async () => {
  expect(await left(own)).toEqual([{ route: null, queued: 400, retrying: 0 }])
  expect(await left(other)).toEqual([{ route: 1, queued: 200, retrying: 0 }])
  const answer = (profileId: number, outcome: 'accepted' | 'soft', gatewayId: number) => ({
    bucket: profileId & 255,
    activityId,
    profileId,
    attempt: { n: 1, try: 1, parts: null, at: now },
    answers: [{ n: 1, part: 0, outcome, counts: false, at: now, code: null, gatewayId, providerId: null }],
    parts: 1,
    creditsE4: 10_000,
  })
  await claimQueued(db, input(null, 2), allBuckets, { bucket: 0, profileId: 0 })
  await db.tx(async tx => {
    const tallies = new Tallies()
    await record(
      tx,
      [answer(1, 'accepted', own), answer(2, 'soft', own), answer(3, 'accepted', other), answer(6, 'soft', other)],
      tallies,
    )
    await tallies.flush(tx, 7)
  })
  expect(await left(own)).toEqual([{ route: null, queued: 398, retrying: 1 }])
  expect(await left(other)).toEqual([{ route: 1, queued: 198, retrying: 1 }])
})

test('an activity without routes is that of its own gateway alone', async () => {
  await db.run(sql`delete from activity_routes where activity_id = ${activityId}`)
  expect(await left(own)).toEqual([{ route: null, queued: 600, retrying: 0 }])
  expect(await left(other)).toEqual([])
})

test('a claim finds its messages by their keys, whatever their route', async () => {
  await db.run(sql`update messages set due = ${now} where activity_id = ${activityId} and profile_id <= 6`)
  await db.run(sql`analyze messages`)
  const counted = countReads(db)
  for (const route of [null, 1]) {
    await claimQueued(counted.db, input(route, 10), allBuckets, { bucket: 5, profileId: 5 })
    await claimDue(counted.db, input(route, 10), allBuckets, 'again')
  }
  const scans = counted
    .reads()
    .plans.flatMap(nodesOf)
    .filter(node => node['Relation Name'] === 'messages')
  expect(scans.length).toBeGreaterThanOrEqual(6)
  for (const { 'Node Type': type, 'Index Cond': condition } of scans) {
    expect(type).toMatch(/^(Index Scan|Bitmap Heap Scan)$/)
    if (type === 'Index Scan') expect(condition).toMatch(/bucket.*activity_id/)
  }
})

function nodesOf(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)]
}
