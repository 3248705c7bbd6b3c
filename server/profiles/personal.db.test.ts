/**
 * Each column of the database that can hold something about a person is declared, once; the export of a person and the erase of a person
 * are made from the same declaration. A new table or column that nobody has thought of fails here.
 */
import { expect, test } from 'vitest'
import { testApp } from '../access/app.fixture.ts'
import { owners } from '../personal-data-owners.ts'
import { sql } from '../platform/db/sql.ts'
import { makeWorld } from './forget.fixture.ts'
import { profilePlaces } from './personal.ts'

const app = testApp()
const places = [...profilePlaces, ...owners.flatMap(owner => owner.places)]

/** Columns of texts and documents that hold nothing about the person of a profile, and why. */
// biome-ignore format: a table reads by its lines
const impersonal: Record<string, Record<string, string>> = {
  'words and codes of Homing and of gateways': {
    activities: 'kind channel state state_detail reminder_state reminder_fault waits_for', audience_looks: 'kind ids', answers: 'outcome provider_id code', attributes: 'type', attribute_changes: 'from_type to_type style state problem', alarms: 'kind subject sentence fix detail',
    breakdowns: 'kind key figure', clicks: 'verdict reason method own_reason device', consents: 'channel', current_consents: 'channel',
    exports: 'tab format state problem filters', segment_refs: 'kind ref', segment_sizes: 'why conditions', segment_counts: 'state problem', segment_lists: 'matched_by upload state notes unmatched_file problem', gateway_sessions: 'process machine state detail boot life journal', gateways: 'kind channel state state_detail',
    imports: 'state step facts notes problem upload rejected_rows', inbox: 'kind', inbox_lanes: 'lane holder doubt', inbox_sources: 'process lane',
    ledger: 'kind', links: 'kind', messages: 'excluded stop_reason code', migrations: 'name checksum', opt_out_views: 'own_reason method',
    opt_outs: 'channel source', outbox: 'kind', placements: 'name class col', profile_keys: 'kind', profiles: 'phone_type', receipts: 'outcome code',
    replies: 'kind', series: 'event', suppressions: 'channel reason', taggings: 'state problem', tallies: 'figure', waiting: 'kind settled', audit: 'action subject details',
  },
  'written by members, about no one person': {
    activities: 'name sender content send_to reminder', audience_looks: 'send_to', activity_versions: 'settings', attributes: 'name label', attribute_changes: 'name', imports: 'file_name options', ledger: 'note',
    links: 'url', prices: 'prefix', replies: 'sender', reply_parts: 'sender', segments: 'name definition', segment_lists: 'name file_name options', segment_counts: 'definition', taggings: 'add_tags remove_tags definition search', topics: 'name',
    workspaces: 'name time_zone default_country currency link_domain default_sender send_role', link_domains: 'domain', gateways: 'name settings account password secret',
  },
  'of members, who are no profiles': {
    api_keys: 'name role prefix hash', audit: 'actor', exports: 'actor', members: 'user_id role invited_as',
    invitations: 'email role token_hash invited_by', opt_outs: 'released_by', suppressions: 'released_by', taggings: 'actor', segment_lists: 'actor', attribute_changes: 'actor',
    sign_in_accounts: 'id user_id account_id provider_id access_token refresh_token id_token scope password', sign_in_links: 'id identifier value',
    sign_ins: 'id user_id token ip_address user_agent began_by', sign_in_tries: 'key', users: 'id name email image',
  },
  'words, settings and keys of websites; addresses of pages without what may be personal': {
    websites: 'name hosts public_key signing_secret consent query_keys', website_keys: 'name prefix hash', website_pages: 'url title',
    website_events: 'kind known_by', visitor_events: 'kind', visitors: 'known_by',
  },
  'of visitors who are no profile': { visitor_events: 'name search properties' },
  'of the installation': {
    installation: 'identity sending_held url link_url link_key_1 link_key_2 auth_secret secret_key identity_found address_key evidence evidence_found mark',
  },
  'the country of a number stays, for figures': { messages: 'country' },
  'a hash by which a no holds on': { opt_outs: 'sealed_address', suppressions: 'sealed_address' },
}

const named = (table: string, columns: string) => columns.split(' ').map(column => `${table}.${column}`)

test('each column of text is declared: as a place of a person, or as impersonal and why', async () => {
  const declared = [
    ...places.flatMap(({ table, columns }) => columns.map(column => `${table}.${column}`)),
    ...Object.values(impersonal).flatMap(tables =>
      Object.entries(tables).flatMap(([table, columns]) => named(table, columns)),
    ),
  ]
  const rows = await app.db.query<{ name: string }>(sql`
    select concat(c.table_name, '.', c.column_name) as name from information_schema.columns c
    join pg_tables t on t.schemaname = c.table_schema and t.tablename = c.table_name
    where c.table_schema = 'public' and c.data_type in ('text', 'json', 'jsonb', 'ARRAY', 'bytea', 'character varying', 'inet', 'xml')
      and c.udt_name not in ('_int4', '_int8')`)
  expect(declared.sort()).toEqual(rows.map(row => row.name).sort())
})

test('the export of a person has every place, and in it what the place holds', async () => {
  const made = await makeWorld(app)
  const [id = 0] = made.ids
  await app.db.run(
    sql`insert into audit (workspace_id, at, actor, action, subject) values (${made.workspaceId}, now(), 'test', 'profile.lock', ${`profile ${id}`})`,
  )
  await app.db.run(sql`insert into reply_parts (source, seq, gateway_id, account, number, sender, reference, total, part, units, at, received_at)
    values (7, ${id}, ${made.sent.gatewayId}, ${made.sent.gatewayId}, '46701234981', 'Acme', 1, 2, 1, '0058', now(), now())`)
  const { status, body } = await app.call('GET', `${made.base}/profiles/${id}/known`, { key: made.key })
  expect(status).toBe(200)
  const known = body as Record<string, unknown[]>
  expect(places.filter(({ part }) => (known[part]?.length ?? 0) === 0).map(({ part }) => part)).toEqual([])
  expect(known).toMatchObject({ numbers: ['+46701234981'], emails: ['xenia1@private.example'] })
  for (const part of ['optOuts', 'suppressions'])
    expect(known[part]).toContainEqual(expect.objectContaining({ channel: 'email', address: 'xenia1@private.example' }))
  for (const part of ['testSms', 'records', 'recordsWaiting', 'optOutViews', 'replies', 'keys', 'clicks'])
    expect(JSON.stringify(known[part]), part).toMatch(/xenia|4670123498/i)
  expect(known.records).toContainEqual(expect.objectContaining({ source: 5 }))
  const [tested] = known.testSms as { activity_id: number }[]
  for (const part of ['attempts', 'answers', 'receipts'])
    expect(known[part], part).toContainEqual(
      expect.objectContaining({ activity_id: tested?.activity_id, profile_id: 0 }),
    )
})

test('an earlier number is exported and erased with what came from it', async () => {
  const made = await makeWorld(app)
  const [id = 0] = made.ids
  const before = '+46701234981'
  await app.call('POST', `${made.base}/profiles`, {
    key: made.key,
    body: { profiles: [{ externalKey: 'CUST-77231', phone: '+46701234999' }] },
  })
  const known = await app.call('GET', `${made.base}/profiles/${id}/known`, { key: made.key })
  expect(known.body).toMatchObject({
    numbers: ['+46701234999', before],
    suppressions: [{ address: before }, { channel: 'email' }],
    testSms: [{ address: before }],
  })
  await app.call('POST', `${made.base}/profiles/${id}/erase`, { key: made.key, body: { confirm: 'erase' } })
  const after = await app.call('GET', `${made.base}/profiles/${id}/known`, { key: made.key })
  expect(JSON.stringify(after.body)).not.toMatch(/xenia1|467012349(81|99)/i)
})
