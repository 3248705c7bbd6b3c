/**
 * The rules of the package: who may import whom, who may write which table, what core must not use, and that README.md and
 * ARCHITECTURE.md name only what exists.
 */
import { describe, expect, test } from 'vitest'
import { channelKeys, channels } from '../core/channels.ts'
import {
  sharedFileNames,
  sharedTypeNames,
  sharedValueNames,
  uselessExceptions,
  uselessValueExceptions,
} from './shared-names.ts'
import { exists, filesBelow, folderOf, isForTests, readSources, readText, type Source } from './sources.ts'

const core = readSources('core')
const server = readSources('server')
const web = readSources('web')
const ofProduct = (path: string) => /^(core|server|web)\//.test(path)
const all = [...core, ...server, ...web, ...readSources('bench', 'test', 'e2e')]

/** Each folder may import those before it. app.ts, web.ts, worker.ts and the cli join them all. */
// biome-ignore format: a table reads by its lines
const serverOrder = [
  'platform', 'files', 'supervisor',
  'access', 'messages', 'suppression', 'profiles', 'imports',
  'credits', 'links', 'segments', 'tags', 'attributes', 'audience', 'activities',
  'inbox', 'gateways', 'receipts', 'unsubscribe', 'clicks', 'website', 'replies', 'mail-reports',
  'sending', 'alarms', 'report', 'verify', 'demo', 'cli',
]

describe('core is pure', () => {
  /** Each folder may import those before it, and the files beside the folders (problems, phone). */
  const order = [
    'sms',
    'email',
    'gateways',
    'messages',
    'clicks',
    'website',
    'audience',
    'report',
    'segments',
    'activities',
    'credits',
  ]

  /** A library that is pure itself, with why it is not written by us. */
  const libraries = new Map([
    ['core/email/html-tokens.ts imports parse5', 'the tokenizer of the standard, as browsers have it'],
  ])

  test('it imports nothing but itself, and what is as pure', () => {
    const outside = core
      .filter(({ path }) => !isForTests(path))
      .flatMap(({ path, imports }) =>
        imports
          .filter(({ to }) => to === null || !to.startsWith('core/'))
          .filter(({ specifier }) => !libraries.has(`${path} imports ${specifier}`))
          .map(({ specifier }) => `${path} imports ${specifier}`),
      )
    expect(outside).toEqual([])
  })

  test('it has no clock, no randomness, no process', () => {
    const touched = core
      .filter(({ path }) => !isForTests(path))
      .flatMap(({ path, text }) =>
        [
          ...text.matchAll(
            /\b(Date\.now|new Date\(\)|Math\.random|crypto\.|process\.(env|argv|on|exit|cwd)|performance\.|setTimeout|fetch\()/g,
          ),
        ].map(([what]) => `${path} uses ${what}`),
      )
    expect(touched).toEqual([])
  })

  test('its folders build on each other in one direction', () => {
    expect(upwards(core, 'core', order)).toEqual([])
  })
})

describe('the server is built upwards', () => {
  /** Justified by their reason only; a new one needs a line here. */
  const exceptions = new Map([
    ['server/access/me-routes.ts -> gateways', 'a new workspace is offered the simulator: the route joins two verbs'],
  ])

  test('every folder has its place', () => {
    const folders = new Set(server.map(({ path }) => folderOf(path)).filter(folder => folder !== 'server'))
    expect([...folders].filter(folder => !serverOrder.includes(folder))).toEqual([])
  })

  test('a folder imports only those before it', () => {
    expect(upwards(server, 'server', serverOrder).filter(({ edge }) => !exceptions.has(edge))).toEqual([])
  })

  test('no exception is unused', () => {
    const used = new Set(upwards(server, 'server', serverOrder).map(({ edge }) => edge))
    expect([...exceptions.keys()].filter(edge => !used.has(edge))).toEqual([])
  })

  test('the inbox and the lanes know no kind of record: one file lists the kinds that their owners declare', () => {
    expect(importersOf('server/record-kinds.ts')).toEqual([
      'server/app.ts',
      'server/cli/unmatched.ts',
      'server/personal-data-owners.ts',
      'server/run-lanes.ts',
    ])
    expect(importersOf('server/inbox/apply-lane.ts')).toEqual(['server/run-lanes.ts'])
    expect(importersOf('server/run-lanes.ts')).toEqual(['server/worker.ts'])
  })

  test('sending knows no protocol: of the gateways it imports the contract and the list of kinds', () => {
    expect(protocolsIn(server)).toEqual([])
    const planted: Source[] = [
      source('server/sending/x.ts', 'server/gateways/smpp/session.ts'),
      source('server/sending/x.ts', 'server/gateways/gateway.ts'),
      source('server/sending/x.test.ts', 'server/gateways/smpp/server.ts'),
    ]
    expect(protocolsIn(planted)).toEqual(['server/sending/x.ts imports server/gateways/smpp/session.ts'])
  })

  test('no import cycle, not even inside a folder or of types alone', () => {
    expect(cycleIn([...core, ...server])).toEqual([])
    expect(cycleIn([...core, ...web])).toEqual([])
  })

  test('the finders find: a cycle, and an import against the order', () => {
    expect(cycleIn([source('a.ts', 'b.ts'), source('b.ts', 'c.ts'), source('c.ts', 'b.ts')])).toEqual([
      'b.ts',
      'c.ts',
      'b.ts',
    ])
    expect(upwards([source('server/links/x.ts', 'server/sending/y.ts')], 'server', serverOrder)).toHaveLength(1)
    expect(upwards([source('server/sending/y.ts', 'server/links/x.ts')], 'server', serverOrder)).toEqual([])
  })

  test('nobody imports what joins: app, web, worker and the command line', () => {
    const joints = /^server\/((app|web|worker|run-lanes|cli|api-document)\.ts$|cli\/)/
    const importers = server
      .filter(({ path }) => !isForTests(path) && !joints.test(path))
      .flatMap(({ path, imports }) =>
        imports.filter(({ to }) => to !== null && joints.test(to)).map(({ to }) => `${path} imports ${to}`),
      )
    expect(importers).toEqual([])
  })

  test("a folder's store and routes are its own", () => {
    const crossing = server.flatMap(({ path, imports }) =>
      imports
        .filter(({ to }) => to !== null && /(^|[/-])store\.ts$/.test(to) && folderOf(to) !== folderOf(path))
        .map(({ to }) => `${path} imports ${to}`),
    )
    const routes = server
      .filter(({ path }) => path !== 'server/app.ts')
      .flatMap(({ path, imports }) =>
        imports
          .filter(({ to }) => to !== null && /(^|[/-])routes\.ts$/.test(to) && folderOf(to) !== folderOf(path))
          .map(({ to }) => `${path} imports ${to}`),
      )
    expect([...crossing, ...routes]).toEqual([])
  })

  test('of the files about gateways in general, only the list of kinds knows one', () => {
    const kinds = server
      .filter(({ path }) => /^server\/gateways\/[^/]+$/.test(path) && !isForTests(path))
      .filter(({ path }) => path !== 'server/gateways/kinds.ts')
      .flatMap(({ path, imports }) =>
        imports
          .filter(({ to }) => to !== null && /^server\/gateways\/[^/]+\//.test(to))
          .map(({ to }) => `${path} imports ${to}`),
      )
    expect(kinds).toEqual([])
  })

  test('the simulator knows nothing of the database: it imports core, the codec and itself', () => {
    const inside = /^(core\/|server\/gateways\/(simulator|smpp)\/)/
    // Runs in the server: it offers the simulator to a workspace.
    const offer = 'server/gateways/simulator/offer.ts'
    expect(
      server
        .filter(({ path }) => path.startsWith('server/gateways/simulator/') && path !== offer)
        .flatMap(({ imports }) => imports)
        .map(({ to }) => to),
    ).not.toContain(offer)
    const outside = server
      .filter(({ path }) => path.startsWith('server/gateways/simulator/') && path !== offer && !isForTests(path))
      .flatMap(({ path, imports }) =>
        imports.filter(({ to }) => to !== null && !inside.test(to)).map(({ to }) => `${path} imports ${to}`),
      )
    expect(outside).toEqual([])
  })

  test('what is for tests only is imported by tests only', () => {
    const wrong = server
      .filter(({ path }) => !isForTests(path))
      .flatMap(({ path, imports }) =>
        imports
          .filter(({ to }) => to !== null && (isForTests(to) || to.startsWith('test/')))
          .map(({ to }) => `${path} imports ${to}`),
      )
    expect(wrong).toEqual([])
  })
})

describe('the table of channels', () => {
  test('has no fact that nobody reads', () => {
    const text = all
      .filter(({ path }) => path !== 'core/channels.ts' && !isForTests(path))
      .map(source => source.text)
      .join('\n')
    const facts = channelKeys.flatMap(channel => Object.keys(channels[channel]))
    expect([...new Set(facts)].filter(fact => !new RegExp(`\\b${fact}\\b`).test(text))).toEqual([])
  })
})

describe('the pages are separate', () => {
  test('they import core and themselves, never the server', () => {
    const outside = web.flatMap(({ path, imports }) =>
      imports.filter(({ to }) => to !== null && !/^(web|core)\//.test(to)).map(({ to }) => `${path} imports ${to}`),
    )
    expect(outside).toEqual([])
  })

  test('the server imports nothing of the pages', () => {
    const wrong = server.flatMap(({ path, imports }) =>
      imports.filter(({ to }) => to?.startsWith('web/')).map(({ to }) => `${path} imports ${to}`),
    )
    expect(wrong).toEqual([])
  })
})

describe('names', () => {
  test('no barrels and no bins', () => {
    const bins = /\/(index|utils?|common|types|helpers?|misc|shared|lib)(\.tsx?|\/)/
    expect(all.map(({ path }) => path).filter(path => bins.test(path) && path !== 'web/index.html')).toEqual([])
  })

  test('a fixture is beside the code of the product: what is in test, e2e and bench is for tests anyway', () => {
    const outside = readSources('test', 'e2e', 'bench').map(({ path }) => path)
    expect(outside.filter(path => path.includes('.fixture.'))).toEqual([])
    const ofTests = new Set(all.filter(({ path }) => isForTests(path) || !ofProduct(path)).map(({ path }) => path))
    const importers = new Map<string, string[]>()
    for (const { path, imports } of all)
      for (const { to } of imports) if (to !== null) importers.set(to, [...(importers.get(to) ?? []), path])
    const unnamed = [...importers].filter(
      ([path, by]) => ofProduct(path) && !isForTests(path) && by.every(importer => ofTests.has(importer)),
    )
    const scripts = ['server/api-document.ts', 'web/api/generate.ts']
    expect(unnamed.map(([path]) => path).filter(path => !scripts.includes(path))).toEqual([])
  })

  test('a file name of core and server means one thing', () => {
    expect(sharedFileNames([...core, ...server])).toEqual([])
    expect(uselessExceptions([...core, ...server])).toEqual([])
    const planted = ['server/report/freeze.ts', 'server/audience/freeze.ts', 'server/report/store.ts', 'core/store.ts']
    expect(sharedFileNames(planted.map(path => ({ path })))).toEqual([
      'freeze.ts: server/report/freeze.ts, server/audience/freeze.ts',
    ])
  })

  test('the name of an exported type means one thing', () => {
    expect(sharedTypeNames([...core, ...server, ...web])).toEqual([])
    const planted = [
      { path: 'core/a.ts', text: 'export interface Place {' },
      { path: 'server/b.ts', text: 'export class Place<T> {' },
      { path: 'server/c.ts', text: 'interface Place {' },
      { path: 'web/d.ts', text: "export type Place = Answer<'/place', 'get'>" },
    ]
    expect(sharedTypeNames(planted)).toEqual(['Place: core/a.ts, server/b.ts'])
  })

  test('the name of an exported function or constant means one thing', () => {
    expect(sharedValueNames([...core, ...server, ...web])).toEqual([])
    expect(uselessValueExceptions([...core, ...server, ...web])).toEqual([])
    const planted = [
      { path: 'core/a.ts', text: 'export function* addressOf(' },
      { path: 'server/b.ts', text: 'export const addressOf = ' },
      { path: 'server/c.ts', text: 'export async function textOf(\nexport async function textOf(' },
      { path: 'server/c.fixture.ts', text: 'export const textOf = ' },
      { path: 'web/d.ts', text: 'const addressOf =\nexport function routes(' },
    ]
    expect(sharedValueNames(planted)).toEqual(['addressOf: core/a.ts, server/b.ts'])
  })

  test('each import names a file with its ending', () => {
    const wrong = all.flatMap(({ path, imports }) =>
      imports
        .filter(({ to, specifier }) => to !== null && !specifier.includes('?') && !exists(to))
        .map(({ specifier }) => `${path} imports ${specifier}`),
    )
    expect(wrong).toEqual([])
  })

  test('no file of tests is empty', () => {
    const tests = all.filter(({ path }) => /\.(test|e2e)\.ts$/.test(path))
    expect(
      tests
        .filter(({ text }) => !/\b(test|it|gatewayContract|testCrashes|testPauses)(\.\w+)?\s*\(/.test(text))
        .map(({ path }) => path),
    ).toEqual([])
  })
})

describe('only the owner writes a table', () => {
  /** Which folders (or files) may insert into, update or delete from it. Everybody may read. */
  // biome-ignore format: a table reads by its lines
  const writers: Record<string, string[]> = {
    // who may come in
    users: ['server/access'], sign_ins: ['server/access'], sign_in_accounts: ['server/access'], sign_in_links: ['server/access'], sign_in_tries: ['server/access'], invitations: ['server/access'],
    members: ['server/access'], api_keys: ['server/access'], workspaces: ['server/access'], link_domains: ['server/access'], topics: ['server/access'],
    audit: ['server/access'],
    // its identity and clock; the base of the next short codes; where it is reached; the demo that is made or waits
    installation: ['server/platform', 'server/links/range.ts', 'server/cli/start.ts', 'server/demo/prepare-demo.ts'],
    // the simulator's port is known only to the start
    gateways: ['server/gateways', 'server/demo/simulator-gateway.ts'],
    gateway_sessions: ['server/sending'],
    profiles: ['server/profiles'], profile_keys: ['server/profiles'], consents: ['server/profiles'], current_consents: ['server/profiles'],
    // a new attribute comes with the list or the client that names it first
    attributes: ['server/profiles', 'server/attributes'], attribute_changes: ['server/attributes'], changed_values: ['server/attributes'],
    imports: ['server/imports'],
    segments: ['server/segments'], segment_refs: ['server/segments'], segment_members: ['server/segments'], segment_sizes: ['server/segments'], segment_counts: ['server/segments'], audience_members: ['server/audience'], audience_looks: ['server/audience'],
    // a file of unmatched entries is over
    segment_lists: ['server/segments', 'server/imports/kept-files.ts'],
    // whom a change of tags has changed, in the statement that changes them
    taggings: ['server/tags'], tagged_profiles: ['server/tags', 'server/profiles/change-tags.ts'],
    opt_outs: ['server/suppression'], suppressions: ['server/suppression'],
    // the freeze writes the reservation in the transaction of its messages, and takes it back before a redo
    ledger: ['server/credits', 'server/audience/freeze.ts'],
    // drafts and decisions; the worker moves the state on; a late fact that moves a sum opens a closed one again
    activities: ['server/activities', 'server/audience/freeze.ts', 'server/sending', 'server/credits/ledger.ts'],
    // an erase ends the links of tests
    activity_versions: ['server/activities'], links: ['server/activities', 'server/messages/forget.ts'],
    // the freeze makes them; afterwards only facts move them: record.ts, and the marks of clicks and opt-outs with their figure
    messages: ['server/messages', 'server/audience/freeze.ts', 'server/clicks/store.ts', 'server/suppression/opt-out.ts'],
    // a test is deleted whole after its time
    attempts: ['server/sending/claim.ts', 'server/messages/test-sms.ts'], answers: ['server/messages'], receipts: ['server/messages'],
    clicks: ['server/clicks'], clicks_judged: ['server/clicks'], opt_out_views: ['server/clicks'], replies: ['server/replies'], reply_parts: ['server/replies'],
    tallies: ['server/messages', 'server/audience/freeze.ts'], tally_changes: ['server/messages'], breakdowns: ['server/messages'], series: ['server/messages'],
    outbox: ['server/messages', 'server/suppression/drain.ts'],
    websites: ['server/website'], website_keys: ['server/website'], website_minutes: ['server/website'], website_page_days: ['server/website'], website_pages: ['server/website'],
    website_events: ['server/website'], visitors: ['server/website'], visitor_events: ['server/website'], visitor_links: ['server/website'],
    alarms: ['server/alarms/alarms.ts'],
    exports: ['server/report/exports.ts'],
    inbox: ['server/inbox'], inbox_sources: ['server/inbox'], inbox_lanes: ['server/inbox'],
    // receipts wait for their message; an erase overwrites what is personal
    waiting: ['server/inbox', 'server/receipts'],
    // written by hand or by a migration so far; placements by place()
    prices: [], placements: [],
    // which gateway a route is: no activity has routes yet
    activity_routes: [],
  }

  const tables = [...readText('migrations/schema.sql').matchAll(/^create table (\w+)/gm)]
    .map(([, name = '']) => name)
    .filter(name => name !== 'migrations')

  test('every table has an owner here, and every name here is a table', () => {
    expect(Object.keys(writers).sort()).toEqual([...tables].sort())
  })

  test('nobody else writes it', () => {
    const wrong = server
      .filter(({ path }) => !isForTests(path))
      .flatMap(({ path, text }) =>
        writesOf(text)
          .filter(table => tables.includes(table))
          .filter(table => !writers[table]!.some(owner => path === owner || path.startsWith(`${owner}/`)))
          .map(table => `${path} writes ${table}`),
      )
    expect([...new Set(wrong)]).toEqual([])
  })

  test('no permission is left that nobody uses', () => {
    const unused = Object.entries(writers).flatMap(([table, owners]) =>
      owners
        .filter(
          owner =>
            !server.some(
              ({ path, text }) => (path === owner || path.startsWith(`${owner}/`)) && writesOf(text).includes(table),
            ),
        )
        // better-auth writes its tables, by the names in sign-in.ts
        .filter(owner => !(owner === 'server/access' && /^sign_in/.test(table)))
        .map(owner => `${owner} does not write ${table}`),
    )
    expect(unused).toEqual([])
  })

  test('the finder of writes finds them', () => {
    expect(writesOf('insert into messages (a) select 1')).toEqual(['messages'])
    expect(writesOf('update only receipts r set x = 1')).toEqual(['receipts'])
    expect(writesOf('with gone as (delete from outbox where true returning 1)')).toEqual(['outbox'])
    expect(writesOf('on conflict do update set x = 1; select for no key update of m')).toEqual([])
  })
})

describe('a test SMS is an activity that nobody lists', () => {
  /** Statements that read activities of either kind, and why. All others name the kind, or `isVisible` (server/messages/visible.ts). */
  const eitherKind = new Map([
    ['server/messages/store.ts', 'the channel of the activities of given messages'],
    [
      'server/sending/',
      'the way of a message: a test is sent, swept and settled as any other; tests are never scheduled',
    ],
    ['server/credits/ledger.ts', 'a test costs what its message costs'],
    ['server/credits/balance.ts', 'of the ledger, where tests are charged too'],
    ['server/gateways/remove.ts', 'receipts of tests are awaited too'],
    ['server/verify/verify.ts', 'whatever was sent is recomputed'],
    ['server/links/range.ts', 'whose a short code is: a test has its own'],
    ['server/unsubscribe/opt-out-page.ts', 'of a short code'],
    ['server/receipts/match-unknown.ts', 'of messages found by number'],
    ['server/suppression/close.ts', 'of messages of profiles'],
    ['server/replies/store.ts', 'of messages of profiles'],
    ['server/messages/personal.ts', 'of messages of a person, tests among them'],
    ['server/profiles/', 'of messages and opt-outs of a profile'],
    ['server/audience/freeze.ts', 'of an activity that is being started'],
    ['server/audience/looks.ts', 'of an activity that is looked at'],
    ['server/alarms/watch.ts', 'of those that cannot be started'],
    ['server/activities/', 'by an id that was read before: draft.ts, schedule.ts'],
    ['server/access/', 'drafts are counted, subjects of the audit are named'],
    ['server/cli/send.ts', 'by the id of the draft just made'],
  ])
  const reads = (text: string) =>
    statementsOf(text.replaceAll(/\$\{(isVisible)\}/g, '$1')).filter(
      statement => /\b(from|join|update)\s+activities\b/.test(statement) && !/isVisible|\bkind = '/.test(statement),
    )
  const readers = server.filter(({ path, text }) => !isForTests(path) && reads(text).length > 0).map(({ path }) => path)

  test('a statement that finds activities names their kind, or is listed here with its reason', () => {
    expect(readers.filter(path => ![...eitherKind.keys()].some(place => path.startsWith(place)))).toEqual([])
  })

  test('no reason is left that nobody needs', () => {
    expect([...eitherKind.keys()].filter(place => !readers.some(path => path.startsWith(place)))).toEqual([])
  })

  test('the finder finds: a list, a count, a change; and is content where the kind is named', () => {
    const of = (what: string) => reads(`sql\`${what}\``).length
    expect(of('select id from activities where workspace_id = 1')).toBe(1)
    expect(of('select 1 from gateways g join activities a on a.gateway_id = g.id')).toBe(1)
    expect(of('select id from activities a where a.workspace_id = 1 and $' + '{isVisible}')).toBe(0)
    expect(of("select id from activities where kind = 'sending'")).toBe(0)
  })
})

describe('SQL and time', () => {
  test('business time is an argument: no statement asks the database what time it is; only leases do, in one file', () => {
    const asks = /\b(now\(\)|current_timestamp|clock_timestamp\(\)|statement_timestamp\(\)|localtimestamp)/
    const wrong = server
      .filter(({ path }) => !isForTests(path))
      .filter(({ path }) => path !== 'server/platform/db/migrate.ts' && path !== 'server/platform/leases/lease.ts')
      .flatMap(({ path, text }) =>
        statementsOf(text)
          .filter(statement => asks.test(statement))
          .map(statement => `${path}: ${statement.slice(0, 80)}`),
      )
    expect(wrong).toEqual([])
    // Who uses the time of leases writes a lease with it.
    const takers = server.filter(
      ({ path, text }) =>
        !isForTests(path) && path !== 'server/platform/leases/lease.ts' && /\blease(Time|End|Runs|IsOver)\b/.test(text),
    )
    expect(takers.filter(({ text }) => !text.includes('lease_until')).map(({ path }) => path)).toEqual([])
    expect(server.reduce((sum, { text }) => sum + statementsOf(text).length, 0)).toBeGreaterThan(100)
  })

  test('one isolation level: only verify asks for a snapshot', () => {
    const wrong = server
      .filter(({ path, text }) => !isForTests(path) && /isolation level/i.test(text))
      .map(({ path }) => path)
    expect(wrong.filter(path => !path.startsWith('server/verify/'))).toEqual([])
  })

  test('errors are recognised by SQLSTATE, never by the name of a constraint', () => {
    expect(
      server.filter(({ path, text }) => !isForTests(path) && /\.constraint\b/.test(text)).map(({ path }) => path),
    ).toEqual([])
  })
})

describe('the maps are true', () => {
  const pages = [
    'README.md',
    'ARCHITECTURE.md',
    'CONTRIBUTING.md',
    ...filesBelow('docs').filter(path => path.endsWith('.md')),
  ]

  test.each(pages)('every path named in %s exists', page => {
    const text = readText(page)
    const named = [...text.matchAll(/`((?:core|server|web|test|e2e|bench|docs|migrations|\.ci)\/[\w./-]*)`/g)].map(
      ([, path = '']) => path,
    )
    const linked = [...text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].map(([, path = '']) =>
      relativeTo(page, path),
    )
    const missing = [...named, ...linked].filter(path => !path.includes('NNNN') && !exists(path))
    expect(missing).toEqual([])
  })

  test('ARCHITECTURE.md names every file of core that is in no folder', () => {
    const text = readText('ARCHITECTURE.md')
    const loose = core.map(({ path }) => path).filter(path => /^core\/[^/]+$/.test(path) && !isForTests(path))
    expect(loose.filter(path => !text.includes(`\`${path}\``))).toEqual([])
  })

  test('ARCHITECTURE.md names every folder of core, server and web', () => {
    const text = readText('ARCHITECTURE.md')
    const folders = new Set(
      [...core, ...server, ...web]
        .map(({ path }) => path.split('/'))
        .filter(parts => parts.length > 2)
        .map(parts => `${parts[0]}/${parts[1]}`),
    )
    expect([...folders].filter(folder => !text.includes(`\`${folder}/\``))).toEqual([])
  })

  test('ARCHITECTURE.md lists the folders of the server in the order that holds', () => {
    const listed = [...readText('ARCHITECTURE.md').matchAll(/^\| `server\/([\w-]+)\/` \|/gm)].map(
      ([, folder = '']) => folder,
    )
    expect(listed).toEqual(serverOrder)
  })

  test('README.md names every benchmark', () => {
    const names = [...readText('bench/run.ts').matchAll(/^ {2}(\w+): async/gm)].map(([, name = '']) => name)
    expect(names.length).toBeGreaterThan(1)
    expect(names.filter(name => !readText('README.md').includes(`| \`${name}\` |`))).toEqual([])
  })

  test('every test file is run by some project', () => {
    const config = readText('vitest.config.ts')
    const trees = new Set(
      all.filter(({ path }) => /\.(test|e2e)\.tsx?$/.test(path)).map(({ path }) => path.split('/')[0]!),
    )
    const globs = [...config.matchAll(/include: \[([^\]]*)\]/g)].map(([, list = '']) => list).join()
    expect([...trees].filter(tree => !new RegExp(`\\b${tree}\\b`).test(globs))).toEqual([])
  })

  test('README.md names every verb of the command line and every setting', () => {
    const text = readText('README.md')
    const verbs = [...readText('server/cli.ts').matchAll(/^ {2}'?([a-z-]+)'?: \{\s*(?:$|usage)/gm)].map(
      ([, verb = '']) => verb,
    )
    const settings = server
      .filter(({ path }) => path === 'server/platform/config.ts' || path === 'server/platform/log.ts')
      .flatMap(({ text }) => [...text.matchAll(/\b(HOMING_[A-Z_]+|DATABASE_URL)\b/g)].map(([name]) => name))
      // of the supervisor's children only
      .filter(name => name !== 'HOMING_CONNECTION' && name !== 'HOMING_UI')
    expect(verbs.length).toBeGreaterThan(10)
    expect(verbs.filter(verb => !text.includes(`-- ${verb}`) && !text.includes(`\`${verb}`))).toEqual([])
    expect([...new Set(settings)].filter(setting => !text.includes(setting))).toEqual([])
  })

  test('decisions are numbered without a gap and have their three parts', () => {
    const files = filesBelow('docs/decisions')
    expect(files.map(file => Number(/\/(\d{4})-/.exec(file)?.[1]))).toEqual(files.map((_, i) => i + 1))
    for (const file of files)
      expect(readText(file), file).toMatch(/## Situation[\s\S]*## Choice[\s\S]*## What would change it/)
  })
})

describe('packages', () => {
  /** Comes with another one, which asks for it. */
  const byOtherMeans = new Set(['typebox', 'vite'])

  /** Used by name only: tools that scripts run, types, and what another package asks for. */
  const byName = new Set([
    '@biomejs/biome',
    'openapi-typescript',
    'typescript',
    'typescript-native',
    'typebox',
    'dayjs',
    'recharts',
  ])

  test('every package in package.json is used', () => {
    const manifest: Record<'dependencies' | 'devDependencies', Record<string, string>> = JSON.parse(
      readText('package.json'),
    )
    const texts = [...all.map(({ text }) => text), readText('vitest.config.ts'), readText('web/vite.config.ts')]
    const unused = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }).filter(
      name =>
        !byName.has(name) &&
        !name.startsWith('@types/') &&
        !texts.some(text => text.includes(`'${name}'`) || text.includes(`'${name}/`)),
    )
    expect(unused).toEqual([])
  })

  test('every imported package is in package.json', () => {
    const manifest: {
      dependencies: Record<string, string>
      devDependencies: Record<string, string>
      optionalDependencies: Record<string, string>
    } = JSON.parse(readText('package.json'))
    const known = new Set(
      Object.keys({ ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies }),
    )
    const imported = all.flatMap(({ path, imports }) =>
      imports
        .filter(({ specifier, to }) => to === null && !specifier.startsWith('node:'))
        .map(({ specifier }) => ({ path, name: packageOf(specifier) })),
    )
    expect(imported.filter(({ name }) => !known.has(name) && !byOtherMeans.has(name))).toEqual([])
    const runtime = new Set(Object.keys(manifest.dependencies))
    const atRunTime = server
      .filter(({ path }) => !isForTests(path) && path !== 'server/supervisor/ui-build.ts')
      .flatMap(({ path, imports }) =>
        imports
          .filter(({ specifier, to, typeOnly }) => to === null && !typeOnly && !specifier.startsWith('node:'))
          .map(({ specifier }) => ({ path, name: packageOf(specifier) })),
      )
    expect(atRunTime.filter(({ name }) => !runtime.has(name))).toEqual([])
  })
})

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

function relativeTo(page: string, path: string): string {
  const base = page.includes('/') ? page.slice(0, page.lastIndexOf('/')) : '.'
  const parts: string[] = base === '.' ? [] : base.split('/')
  for (const part of path.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '.') parts.push(part)
  }
  return parts.join('/')
}

/** SQL texts without their values. */
function statementsOf(text: string): string[] {
  let bare = text
  for (let was = ''; was !== bare; ) {
    was = bare
    bare = bare.replace(/\$\{[^{}]*\}/g, '?')
  }
  return [...bare.matchAll(/sql`[^`]*`/g)].map(([statement]) => statement)
}

/** Imports against the order: of a later folder, or of one that is not in the list. */
function upwards(sources: readonly Source[], tree: string, order: readonly string[]): { edge: string; to: string }[] {
  return sources
    .filter(({ path }) => !isForTests(path) && folderOf(path) !== tree)
    .flatMap(({ path, imports }) =>
      imports.flatMap(({ to }) => {
        if (to === null || !to.startsWith(`${tree}/`)) return []
        const [mine, theirs] = [folderOf(path), folderOf(to)]
        if (theirs === tree || mine === theirs || order.indexOf(theirs) < order.indexOf(mine)) return []
        return [{ edge: `${path} -> ${theirs}`, to }]
      }),
    )
}

const source = (path: string, to: string): Source => ({
  path,
  text: '',
  imports: [{ specifier: to, to, typeOnly: true }],
})

/** Imports of a protocol by sending: any file below a folder of server/gateways. */
function protocolsIn(sources: readonly Source[]): string[] {
  return sources
    .filter(({ path }) => path.startsWith('server/sending/') && !isForTests(path))
    .flatMap(({ path, imports }) =>
      imports
        .filter(({ to }) => to !== null && /^server\/gateways\/[^/]+\//.test(to))
        .map(({ to }) => `${path} imports ${to}`),
    )
}

function importersOf(target: string): string[] {
  return server
    .filter(({ path, imports }) => !isForTests(path) && imports.some(({ to }) => to === target))
    .map(({ path }) => path)
}

/** One cycle of imports, of types too, or an empty list. */
function cycleIn(sources: readonly Source[]): string[] {
  const edges = new Map(
    sources.map(({ path, imports }) => [path, imports.flatMap(({ to }) => (to === null ? [] : [to]))]),
  )
  const done = new Set<string>()
  const visit = (path: string, way: string[]): string[] => {
    const at = way.indexOf(path)
    if (at >= 0) return [...way.slice(at), path]
    if (done.has(path)) return []
    for (const next of edges.get(path) ?? []) {
      const found = visit(next, [...way, path])
      if (found.length > 0) return found
    }
    done.add(path)
    return []
  }
  for (const path of edges.keys()) {
    const found = visit(path, [])
    if (found.length > 0) return found
  }
  return []
}

/** Tables that a source's SQL inserts into, updates or deletes from. */
function writesOf(text: string): string[] {
  const statements = text.matchAll(
    /\b(?:insert\s+into|(?<!do |key |for )update(?:\s+only)?|delete\s+from(?:\s+only)?|truncate(?:\s+table)?)\s+(\w+)/gi,
  )
  return [...statements].map(([, table = '']) => table.toLowerCase()).filter(table => table !== 'set' && table !== 'of')
}
