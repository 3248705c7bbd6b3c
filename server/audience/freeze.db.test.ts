import { describe, expect, test } from 'vitest'
import { parseTemplate } from '../../core/sms/template.ts'
import { ownDatabase } from '../../test/database.ts'
import { countReads, scansOf } from '../../test/reads.ts'
import { sql } from '../platform/db/sql.ts'
import { byConsent } from './audience-members.ts'
import { countAudience } from './count.ts'
import { freeze } from './freeze.ts'

const now = new Date('2026-11-01T12:00:00Z')
const linkUrl = 'https://l.example'
const db = await ownDatabase({ max: 6, installedAt: now })

let workspaces = 0

/** A workspace with topic Offers and these profiles, all with consent unless said otherwise. */
async function workspaceWith(
  people: { phone?: string | null; type?: string; consent?: boolean; first?: string; country?: string }[],
) {
  const [workspace] = await db.query<{ id: number }>(
    sql`insert into workspaces (name, created_at) values (${`W${++workspaces}`}, ${now}) returning id`,
  )
  const id = workspace!.id
  const [topic] = await db.query<{ id: number }>(
    sql`insert into topics (workspace_id, name, created_at) values (${id}, 'Offers', ${now}) returning id`,
  )
  const profiles: number[] = []
  for (const {
    phone = null,
    type = phone === null ? 'none' : 'mobile',
    consent = true,
    first = 'Ann',
    country = 'SE',
  } of people) {
    const [profile] = await db.query<{ id: number }>(
      sql`insert into profiles (bucket, profile_id, workspace_id, phone, phone_type, phone_shared, country, first_name, created_at, updated_at)
        select x.i & 255, x.i, ${id}::int, ${phone}::text, ${type}::text, ${people.filter(one => one.phone === phone).length > 1}::bool, ${country}::text, ${first}::text, ${now}::timestamptz, ${now}::timestamptz
        from (select nextval('profile_ids') as i) x returning profile_id as id`,
    )
    profiles.push(profile!.id)
    await db.run(
      sql`insert into current_consents (bucket, profile_id, workspace_id, topic_id, channel, at, granted)
        values (${profile!.id & 255}, ${profile!.id}, ${id}, ${topic!.id}, 'sms', ${now}, ${consent})`,
    )
  }
  const sendTo = { topics: [topic!.id], duplicates: 'one_per_address' as 'one_per_address' | 'all' }
  return { id, topic: topic!.id, profiles, sendTo }
}

async function activityIn(workspaceId: number, links = 2): Promise<number> {
  const [row] = await db.query<{ id: number }>(
    sql`insert into activities (workspace_id, name, state, created_at, updated_at) values (${workspaceId}, 'A', 'starting', ${now}, ${now}) returning id`,
  )
  for (let slot = 0; slot < links; slot++)
    await db.run(sql`insert into links (activity_id, slot, kind) values (${row!.id}, ${slot}, 'link')`)
  return row!.id
}

const reasonsOf = async (activityId: number) =>
  db.query<{ profileId: number; status: string; excluded: string | null; due: Date | null; vars: unknown }>(
    sql`select profile_id as "profileId", status, excluded, due, vars from messages where activity_id = ${activityId} order by profile_id`,
  )

test('beside 120,000 older messages it reads its own, on each PostgreSQL', async () => {
  await db.run(sql`insert into messages (bucket, workspace_id, activity_id, profile_id, status)
    select i & 255, 1, a, i, 'delivered' from generate_series(1000001, 1000020) a, generate_series(1, 6000) i`)
  await db.run(sql`vacuum analyze messages`)
  const w = await workspaceWith([{ phone: '+46701740601' }, { phone: '+46701740602' }, { phone: '+46701740602' }])
  const activityId = await activityIn(w.id)
  const template = parseTemplate('Hi ##first_name##')
  const counted = countReads(db)
  const frozen = await freeze(counted.db, {
    activityId,
    workspaceId: w.id,
    channel: 'sms',
    sendTo: w.sendTo,
    template,
    members: byConsent,
    linkUrl,
    now,
  })
  expect(frozen).toEqual({ targeted: 3, notSent: 1, queued: 2 })
  const scans = scansOf(counted.reads().plans, 'messages')
  expect(scans.length).toBeGreaterThan(2)
  expect(scans.filter(scan => !/bucket/.test(scan['Index Cond'] ?? ''))).toEqual([])
})

describe('the freeze', () => {
  test('every targeted profile is accounted for, with the first reason that holds', async () => {
    const w = await workspaceWith([
      { phone: '+46701740605' },
      { phone: '+46701740606', consent: false },
      { phone: '+46701740607' }, // opted out of the topic
      { phone: '+46701740608' }, // opted out of everything, and suppressed: opted out comes first
      { phone: '+46701740609' }, // closed by hand
      { phone: '+46701740610' }, // three hard bounces
      { phone: null },
      { phone: null, type: 'invalid' },
      { phone: '+46812345678', type: 'fixed' },
      { phone: '+46900123456', type: 'premium' },
    ])
    await db.run(
      sql`insert into opt_outs (id, workspace_id, channel, address, topic_id, at, source) values (nextval('opt_out_ids'), ${w.id}, 'sms', '+46701740607', ${w.topic}, ${now}, 'link'), (nextval('opt_out_ids'), ${w.id}, 'sms', '+46701740608', null, ${now}, 'keyword')`,
    )
    await db.run(
      sql`insert into opt_outs (id, workspace_id, channel, address, topic_id, at, source, released_at) values (nextval('opt_out_ids'), ${w.id}, 'sms', '+46701740605', null, ${now}, 'link', ${now})`,
    )
    for (const [phone, reason] of [
      ['+46701740608', 'by_hand'],
      ['+46701740609', 'by_hand'],
      ['+46701740610', 'hard_bounces'],
    ])
      await db.run(
        sql`insert into suppressions (id, workspace_id, channel, address, reason, at) values (nextval('suppression_ids'), ${w.id}, 'sms', ${phone}, ${reason}, ${now})`,
      )
    const activityId = await activityIn(w.id)
    const template = parseTemplate('Hi ##first_name## https://example.com ##unsubscribe##')
    const frozen = await freeze(db, {
      activityId,
      workspaceId: w.id,
      channel: 'sms',
      sendTo: w.sendTo,
      template,
      members: byConsent,
      linkUrl,
      now,
    })
    expect(frozen).toEqual({ targeted: 9, notSent: 8, queued: 1 })
    expect((await reasonsOf(activityId)).map(row => row.excluded)).toEqual([
      null,
      'opted_out',
      'opted_out',
      'suppressed',
      'hard_bounces',
      'no_address',
      'invalid_address',
      'landline',
      'number_type',
    ])
    expect((await reasonsOf(activityId))[0]).toMatchObject({ status: 'queued', due: null, vars: { first_name: 'Ann' } })
    const tallies = await db.query<{ figure: string; n: number }>(
      sql`select figure, n from tallies where activity_id = ${activityId} order by figure`,
    )
    expect(Object.fromEntries(tallies.map(row => [row.figure, row.n]))).toMatchObject({
      targeted: 9,
      queued: 1,
      not_sent: 8,
      'not_sent:opted_out': 2,
      'not_sent:landline': 1,
    })
  })

  test('one SMS a number: the lowest profile id gets it; "keep all" sends all; another workspace is never looked at', async () => {
    const w = await workspaceWith([
      { phone: '+46701740611' },
      { phone: '+46701740611' },
      { phone: '+46701740612' },
      { phone: '+46701740611' },
    ])
    await workspaceWith([{ phone: '+46701740611' }])
    const template = parseTemplate('Hi ##unsubscribe##')
    const one = await activityIn(w.id)
    await freeze(db, {
      activityId: one,
      workspaceId: w.id,
      channel: 'sms',
      sendTo: w.sendTo,
      template,
      members: byConsent,
      linkUrl,
      now,
    })
    expect((await reasonsOf(one)).map(row => row.excluded)).toEqual([
      null,
      'duplicate_address',
      null,
      'duplicate_address',
    ])
    const all = await activityIn(w.id)
    expect(
      await freeze(db, {
        activityId: all,
        workspaceId: w.id,
        channel: 'sms',
        sendTo: { ...w.sendTo, duplicates: 'all' },
        template,
        members: byConsent,
        linkUrl,
        now,
      }),
    ).toEqual({ targeted: 4, notSent: 0, queued: 4 })
  })

  test('a closed first profile of a shared number leaves it to the next', async () => {
    const w = await workspaceWith([{ phone: '+46701740613', type: 'fixed' }, { phone: '+46701740613' }])
    const activityId = await activityIn(w.id)
    await freeze(db, {
      activityId,
      workspaceId: w.id,
      channel: 'sms' as const,
      sendTo: w.sendTo,
      template: parseTemplate('Hi ##unsubscribe##'),
      members: byConsent,
      linkUrl,
      now,
    })
    expect((await reasonsOf(activityId)).map(row => row.excluded)).toEqual(['landline', null])
  })

  test('the count before says what the freeze does, and what it costs, part by part', async () => {
    const w = await workspaceWith([
      { phone: '+46701740614', first: 'Ann' },
      { phone: '+46701740614', first: 'Bo' },
      { phone: '+46701740615', first: 'Łucja' }, // one character that forces UCS-2: two parts
      { phone: '+4790123456', first: 'Per', country: 'NO' },
      { phone: null },
    ])
    await db.run(
      sql`insert into prices (workspace_id, prefix, valid_from, credits) values (${w.id}, '+46', ${now}, 1.5), (${w.id}, '+467', ${now}, 2.25)`,
    )
    const template = parseTemplate(`##first_name##, ${'x'.repeat(60)} ##unsubscribe##`)
    const counted = await countAudience(db, {
      workspaceId: w.id,
      channel: 'sms' as const,
      sendTo: w.sendTo,
      template,
      members: byConsent,
      linkUrl,
      codeLength: 11,
      now,
    })
    expect(counted).toMatchObject({
      targeted: 5,
      notSent: 3,
      queued: 2,
      notSentReasons: { duplicate_address: 1, no_address: 1, no_price: 1 },
    })
    expect(counted.cost).toMatchObject({ creditsE4: 22_500 + 45_000, parts: 3, byParts: { 1: 1, 2: 1 } })
    const activityId = await activityIn(w.id)
    const frozen = await freeze(db, {
      activityId,
      workspaceId: w.id,
      channel: 'sms',
      sendTo: w.sendTo,
      template,
      members: byConsent,
      linkUrl,
      now,
    })
    expect(frozen).toEqual({ targeted: 5, notSent: 3, queued: 2 })
    const [reserved] = await db.query<{ credits: string }>(
      sql`select credits from ledger where activity_id = ${activityId} and kind = 'reserve'`,
    )
    expect(reserved!.credits).toBe('-6.7500')
  })

  test('twice at once freezes once', async () => {
    const w = await workspaceWith([{ phone: '+46701740616' }])
    const activityId = await activityIn(w.id)
    const input = {
      activityId,
      workspaceId: w.id,
      channel: 'sms' as const,
      sendTo: w.sendTo,
      template: parseTemplate('Hi ##unsubscribe##'),
      members: byConsent,
      linkUrl,
      now,
    }
    const results = await Promise.all([freeze(db, input), freeze(db, input)])
    expect(results.filter(result => result !== undefined)).toEqual([{ targeted: 1, notSent: 0, queued: 1 }])
  })

  test('codes of different activities never overlap', async () => {
    const w = await workspaceWith([{ phone: '+46701740617' }])
    const ids = [await activityIn(w.id, 3), await activityIn(w.id, 1)]
    for (const activityId of ids)
      await freeze(db, {
        activityId,
        workspaceId: w.id,
        channel: 'sms' as const,
        sendTo: w.sendTo,
        template: parseTemplate('Hi ##unsubscribe##'),
        members: byConsent,
        linkUrl,
        now,
      })
    const ranges = await db.query<{ base: number; span: number; slots: number }>(
      sql`select code_base as base, code_span as span, greatest(1, (select count(*) from links l where l.activity_id = a.id)) as slots from activities a where code_base is not null order by code_base`,
    )
    for (const [i, range] of ranges.entries())
      if (i > 0)
        expect(range.base).toBeGreaterThanOrEqual(ranges[i - 1]!.base + ranges[i - 1]!.span * ranges[i - 1]!.slots)
    expect(ranges.at(-1)!.span).toBeGreaterThan(w.profiles[0]!)
  })

  test('an empty audience starts too', async () => {
    const w = await workspaceWith([])
    const activityId = await activityIn(w.id)
    expect(
      await freeze(db, {
        activityId,
        workspaceId: w.id,
        channel: 'sms' as const,
        sendTo: w.sendTo,
        template: parseTemplate('Hi'),
        members: byConsent,
        linkUrl,
        now,
      }),
    ).toEqual({ targeted: 0, notSent: 0, queued: 0 })
  })
})
