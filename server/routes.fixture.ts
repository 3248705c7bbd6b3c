/**
 * For tests: every operation of the OpenAPI document that the running server serves, everybody who may call one, and things to
 * call it on. A new route is in these tests at once; one with a new kind of id needs a row in `makers`, one whose schema alone
 * makes no good body a row in `bodies`.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { everybody } from '../core/segments/tree.ts'
import { start, type TestApp, url } from './access/app.fixture.ts'
import { createApiKey, revokeApiKey } from './access/keys.ts'
import { signInLink } from './access/links.ts'
import { ensureTopic } from './access/topics.ts'
import { makeTestSms } from './activities/test-sms.fixture.ts'
import { type HostileOperation as Described, type Schema, sample } from './hostile.fixture.ts'
import { raw, sql } from './platform/db/sql.ts'
import { makeSent } from './report/sent.fixture.ts'
import { resolved } from './resolved.fixture.ts'
import { createWebsite, createWebsiteKey } from './website/websites.ts'

export interface Operation extends Described {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'PUT'
  path: string
  /** `x-role`; undefined: the document does not say who may call it */
  role: string | undefined
  /** API keys may call it */
  keys: boolean
  /** its answer has no end */
  endless: boolean
  inWorkspace: boolean
}

interface Document {
  paths: Record<string, Record<string, Described & { 'x-role'?: string; security?: Record<string, string[]>[] }>>
  components: { schemas: object }
}

export async function operationsOf(app: TestApp): Promise<Operation[]> {
  const { paths } = resolved((await app.call('GET', '/api/v1/openapi.json')).body as Document)
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      ...operation,
      path,
      method: method.toUpperCase() as Operation['method'],
      role: operation['x-role'],
      keys: (operation.security ?? []).some(scheme => 'apiKey' in scheme),
      endless: operation.responses['200']?.content?.['text/event-stream'] !== undefined,
      inWorkspace: path.startsWith('/api/v1/workspaces/{w}/'),
    })),
  )
}

/** Where the schema alone makes no good body. */
export const bodies: Readonly<Record<string, object>> = {
  // Without a password: each costs 30 ms.
  changeMe: { name: 'Anna' },
  changeWorkspaceSettings: { maxParts: 6 },
  createWorkspace: { name: 'Another brand' },
  createActivity: { name: 'A', sendTo: { topics: [], duplicates: 'all' } },
  changeActivity: { name: 'A', revision: 1 },
  planReminder: { revision: 1, reminder: { after: { n: 2, unit: 'days' }, body: null } },
  changeGateway: { window: 50 },
  changeMember: { role: 'viewer' },
  upsertProfiles: {
    profiles: [
      {
        externalKey: 'hostile',
        phone: '070 174 06 05',
        email: 'anna@acme.test',
        firstName: 'Anna',
        attributes: { points: 1, city: 'Umeå', since: '2026-03-02' },
        consents: [{ topic: 'Offers', channel: 'sms', granted: true, source: 'shop' }],
      },
    ],
    defaultCountry: 'SE',
  },
  createWebsite: { name: 'Shop', hosts: ['shop.example'] },
  changeWebsite: { hashRoutes: true },
  changeProfile: { updatedAt: '2026-03-02T10:00:00Z', firstName: 'Anna' },
  addProfile: { externalKey: 'by hand', firstName: 'Anna' },
  addOptOut: { topicId: null, how: 'called us' },
  addConsent: { topicId: 1, granted: true, how: 'signed a form' },
  changeTopic: { archived: true },
  createSegment: { name: 'S', definition: everybody },
  freezeSegment: { name: 'S', definition: everybody },
  changeSegment: { definition: everybody },
  countSegment: { definition: everybody, estimate: true },
  countSegmentNodes: { definition: everybody },
  countSegmentOverlap: { first: everybody, second: everybody },
  listSegmentMembers: { definition: everybody },
  explainSegmentMember: { definition: everybody, profileId: 1 },
  createTagging: { add: ['vip'], definition: everybody },
  renameTag: { from: 'gold', to: 'vip' },
  announceExport: { tab: 'sent', format: 'csv' },
  scheduleActivity: { sendAt: '2030-03-02T10:00:00Z', revision: 1, looked: { people: 1, credits: '1.0000' } },
  sendTestSms: { phone: '070 174 06 05' },
  lockProfile: { reason: 'asked for it' },
  releaseOptOut: { reason: 'asked for it' },
  releaseSuppression: { reason: 'asked for it' },
  eraseProfile: { confirm: 'erase' },
}

export function goodBody(operation: Operation): unknown {
  const schema = operation.requestBody?.content['application/json']?.schema
  return schema === undefined ? undefined : (bodies[operation.operationId] ?? sample(schema))
}

/** The values in a body that are no objects and no lists. */
export function fieldsOf(schema: Schema | undefined, at: string[] = []): { at: string[]; schema: Schema }[] {
  if (schema === undefined) return []
  const inner = Object.entries({ ...schema.properties, ...(schema.items && { 0: schema.items }) })
  const all = [
    ...inner.flatMap(([key, value]) => fieldsOf(value, [...at, key])),
    ...(schema.anyOf ?? []).flatMap(one => fieldsOf(one, at)),
  ]
  return all.length > 0 ? all : [{ at, schema }]
}

/** The ids of a path, with what each is of: the part before it. */
export const idsIn = (path: string): { name: string; of: string }[] =>
  [...path.matchAll(/([\w-]+)\/\{(\w+)\}/g)]
    .map(([, of = '', name = '']) => ({ name, of }))
    .filter(({ name }) => name !== 'w' && name !== 'tab')

export type Ids = Readonly<Record<string, string | number>>

export function fill(path: string, workspace: number | string, ids: Ids): string {
  return path
    .replace('{w}', String(workspace))
    .replace('{tab}', 'sent')
    .replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(ids[name] ?? 1))
}

/** Of a workspace: things that a call may use up, each new. */
export interface Things {
  workspaceId: number
  /** New ones for all ids of the path. */
  idsFor(path: string): Promise<Ids>
  /** What is there for good, by the name of the field that takes its id. */
  named: Readonly<Record<string, number>>
}

export async function makeThings(app: TestApp, workspaceId: number, people = 300): Promise<Things> {
  const { db } = app
  const clicked = { clicks: [{ link: 0, at: start, verdict: 'human' as const }] }
  const sent = await makeSent(db, [clicked, ...Array.from({ length: people - 1 }, () => ({}))], { workspaceId })
  const topic = await ensureTopic(db, workspaceId, 'Offers', start)
  await db.run(sql`insert into attributes (workspace_id, name, type, created_at) values (${workspaceId}, 'city', 'text', ${start})
    on conflict do nothing`)
  const folder = join(app.deps.config.dataFolder, 'imports')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'rejected.csv'), 'line,column,value,reason\n')
  writeFileSync(join(folder, 'unmatched.ndjson'), '{"line":1,"value":"x","reason":"no profile has it"}\n')
  let made = 0
  const id = async (statement: Parameters<typeof db.query>[0]) =>
    (await db.query<{ id: number }>(statement))[0]?.id ?? 0
  const phoneOf = async (profile: string | number | undefined) =>
    (
      await db.query<{ phone: string }>(
        sql`select phone from profiles where workspace_id = ${workspaceId} and profile_id = ${Number(profile)}`,
      )
    )[0]?.phone ?? ''

  /** By the part of the path before the id. `ids`: those before it. */
  const makers: Readonly<Record<string, (ids: Ids) => Promise<string | number>>> = {
    activities: async () =>
      id(sql`insert into activities (workspace_id, name, created_at, updated_at)
        values (${workspaceId}, ${`Draft ${++made}`}, ${start}, ${start}) returning id`),
    profiles: async () => sent.profileIds[made++ % people] ?? 0,
    'opt-outs': async ({ id: profile }) =>
      id(sql`insert into opt_outs (id, workspace_id, channel, address, at, source)
        select max(id) + 1, ${workspaceId}, 'sms', ${await phoneOf(profile)}, ${start}, 'person' from (select id from opt_outs union all select 1000) o returning id`),
    suppressions: async ({ id: profile }) =>
      id(sql`insert into suppressions (id, workspace_id, channel, address, reason, at)
        select max(id) + 1, ${workspaceId}, 'sms', ${await phoneOf(profile)}, 'by_hand', ${start} from (select id from suppressions union all select 1000) s returning id`),
    imports: async () =>
      id(sql`insert into imports (workspace_id, file_name, options, rejected_rows, created_at)
        values (${workspaceId}, 'list.csv', '{}', 'rejected.csv', ${start}) returning id`),
    gateways: async () =>
      id(sql`insert into gateways (workspace_id, name, kind, settings, account, password, test, created_at)
        values (${workspaceId}, ${`Gateway ${++made}`}, 'smpp', jsonb_build_object('host', '127.0.0.1', 'port', 2775, 'systemId', ${`u${made}`}::text), 'smpp:' || ${`u${made}`}::text || '@127.0.0.1:2775', 'p', true, ${start}) returning id`),
    exports: async () =>
      id(sql`insert into exports (workspace_id, activity_id, tab, format, actor, rows_expected, alive_at, started_at)
        values (${workspaceId}, ${sent.activityId}, 'sent', 'csv', 'test', 1, ${new Date()}, ${start}) returning id`),
    'test-sms': async ({ id }) =>
      makeTestSms(db, { workspaceId, draft: Number(id), gatewayId: sent.gatewayId, phone: '+46701740605', now: start }),
    attributes: async () => {
      const name = `unused ${workspaceId} ${++made}`
      await db.run(
        sql`insert into attributes (workspace_id, name, type, created_at) values (${workspaceId}, ${name}, 'text', ${start})`,
      )
      return name
    },
    'attribute-changes': async () => {
      const name = `changed ${workspaceId} ${++made}`
      await db.run(
        sql`insert into attributes (workspace_id, name, type, created_at) values (${workspaceId}, ${name}, 'number', ${start})`,
      )
      return id(sql`insert into attribute_changes (workspace_id, name, from_type, to_type, style, actor, state, created_at, stepped_at)
        values (${workspaceId}, ${name}, 'text', 'number', '{"decimal": ".", "dayFirst": true}', 'test', 'done', ${start}, ${start}) returning id`)
    },
    taggings: async () =>
      id(sql`insert into taggings (workspace_id, add_tags, remove_tags, definition, is_searched, actor, created_at, queued_at, stepped_at)
        values (${workspaceId}, '{vip}', '{}', ${JSON.stringify(everybody)}::jsonb, false, 'test', ${start}, ${start}, ${start}) returning id`),
    segments: async () =>
      id(sql`insert into segments (workspace_id, name, definition, created_at, updated_at)
        values (${workspaceId}, ${`Segment ${++made}`}, ${JSON.stringify(everybody)}::jsonb, ${start}, ${start}) returning id`),
    counts: async () =>
      id(sql`insert into segment_counts (workspace_id, definition, created_at, queued_at)
        values (${workspaceId}, ${JSON.stringify({ ...everybody, made: ++made })}::jsonb, ${start}, ${start}) returning id`),
    lists: async () =>
      id(sql`insert into segment_lists (workspace_id, name, matched_by, file_name, options, actor, bytes_total, unmatched_file, created_at)
        values (${workspaceId}, ${`List ${++made}`}, 'phone', 'list.csv', '{}', 'test', 1, 'unmatched.ndjson', ${start}) returning id`),
    topics: async () => (await ensureTopic(db, workspaceId, `Topic ${++made}`, start)).id,
    'api-keys': async () => (await createApiKey(db, { workspaceId, name: 'K', actor: 'test' }, start)).id,
    websites: async () => {
      const host = `shop-${workspaceId}-${++made}.test`
      const acting = { workspaceId, actor: 'test', now: start }
      return (await createWebsite(db, app.deps.keys, { name: host, hosts: [host] }, acting)).id
    },
    keys: async ({ id }) =>
      (await createWebsiteKey(db, Number(id), 'K', { workspaceId, actor: 'test', now: start })).id,
    invitations: async () =>
      id(sql`insert into invitations (workspace_id, email, role, token_hash, invited_by, created_at, expires_at)
        values (${workspaceId}, ${`invited-${++made}@acme.test`}, 'viewer', ${Buffer.from(`${workspaceId} ${made}`)}, 'test', ${start}, ${new Date(Date.now() + 3_600_000)}) returning id`),
    members: async () =>
      makePerson(app, `member-${workspaceId}-${++made}@acme.test`, [{ workspaceId, role: 'viewer' }]),
  }

  return {
    workspaceId,
    named: {
      gatewayId: sent.gatewayId,
      topics: topic.id,
      topicId: topic.id,
      link: sent.linkIds[0] ?? 0,
      ids: sent.activityId,
      profile: sent.profileIds[0] ?? 0,
    },
    async idsFor(path) {
      const ids: Record<string, string | number> = {}
      for (const { name, of } of idsIn(path)) {
        const make = makers[of]
        if (make === undefined) throw new Error(`server/routes.fixture.ts: give makers a row for the id of "${of}"`)
        ids[name] = await make(ids)
      }
      return ids
    },
  }
}

/** Their id. Straight into the tables: how a person comes in otherwise has tests of its own. */
async function makePerson(
  { db }: TestApp,
  email: string,
  memberships: readonly { workspaceId: number; role: string }[],
): Promise<string> {
  await db.run(sql`insert into users (id, name, email, email_verified, created_at, updated_at)
    values (${email}, 'Person', ${email}, true, ${start}, ${start})`)
  for (const { workspaceId, role } of memberships)
    await db.run(
      sql`insert into members (workspace_id, user_id, role, created_at) values (${workspaceId}, ${email}, ${role}, ${start})`,
    )
  return email
}

/** Somebody who calls. */
export interface Caller {
  name: string
  as: { cookie?: string; key?: string }
  /** undefined: nobody whom the server knows */
  kind?: 'person' | 'key'
  installationOwner?: boolean
  /** by workspace */
  roles: Readonly<Record<number, string>>
}

/** Everybody there is, of these two workspaces. */
export async function makeCallers(app: TestApp, mine: number, theirs: number): Promise<Caller[]> {
  const { db } = app
  const person = async (name: string, roles: Record<number, string> = {}): Promise<Caller> => {
    const memberships = Object.entries(roles).map(([id, role]) => ({ workspaceId: Number(id), role }))
    const email = await makePerson(app, `${name.replace(/\W+/g, '-')}@people.test`, memberships)
    return { name, kind: 'person', roles, as: { cookie: await app.cookieOf(await signInLink(db, url, email)) } }
  }
  const key = async (workspaceId: number, role: 'admin' | 'editor' | 'viewer', name: string): Promise<Caller> => {
    const made = await createApiKey(db, { workspaceId, name, role, actor: 'test' }, start)
    return { name, kind: 'key', roles: { [workspaceId]: role }, as: { key: made.key } }
  }
  const removed = await person('a removed member', { [mine]: 'admin' })
  await db.run(sql`delete from members where user_id = 'a-removed-member@people.test'`)
  const revoked = await createApiKey(db, { workspaceId: mine, name: 'revoked', role: 'admin', actor: 'test' }, start)
  await revokeApiKey(db, mine, revoked.id, 'test', start)
  const signedOut = await person('who has signed out', { [mine]: 'admin' })
  await app.call('POST', '/api/auth/sign-out', { ...signedOut.as, body: {} })
  return [
    { name: 'nobody', as: {}, roles: {} },
    { name: 'a forged cookie', as: { cookie: 'homing.session_token=abcdefghij.aGVsbG8%3D' }, roles: {} },
    { name: 'a forged key', as: { key: `homing_${'a'.repeat(43)}` }, roles: {} },
    { name: 'a revoked key', as: { key: revoked.key }, roles: {} },
    { name: signedOut.name, as: signedOut.as, roles: {} },
    { ...removed, roles: {} },
    await person('a person without a workspace'),
    await person('an owner of the other workspace', { [theirs]: 'owner' }),
    await person('a viewer of both', { [mine]: 'viewer', [theirs]: 'admin' }),
    await key(theirs, 'admin', 'a key of the other workspace'),
    ...(await Promise.all(
      (['viewer', 'editor', 'admin', 'owner'] as const).map(role => person(role, { [mine]: role })),
    )),
    ...(await Promise.all(
      (['viewer', 'editor', 'admin'] as const).map(role =>
        key(mine, role, `a key of a${role === 'viewer' ? '' : 'n'} ${role}`),
      ),
    )),
    {
      name: 'the owner of the installation',
      kind: 'person',
      installationOwner: true,
      roles: { [mine]: 'owner', [theirs]: 'owner' },
      as: { cookie: await app.ownerCookie() },
    },
  ]
}

/** All that is stored, table by table: equal before and after what must change nothing. */
export async function everything({ db }: TestApp): Promise<Record<string, string>> {
  const tables = await db.query<{ name: string }>(
    sql`select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`,
  )
  const found: Record<string, string> = {}
  for (const { name } of tables) {
    const [row] = await db.query<{ sum: string }>(
      sql`select count(*) || ' ' || md5(coalesce(string_agg(t::text, '|' order by t::text), '')) as sum from ${raw(name)} t`,
    )
    found[name] = row?.sum ?? ''
  }
  return found
}
