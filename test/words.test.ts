/** One word everywhere: docs/words.md names tables, API groups and paths, and columns of the report. Banned words are used nowhere. */
import { describe, expect, test } from 'vitest'
import { filesBelow, isForTests, readSources, readText } from './sources.ts'

const glossary = readText('docs/words.md')
const used = glossary.slice(0, glossary.indexOf('## Words that are not used'))
/** The words in bold, in lower case: "gateway session". */
const words = new Set(
  [...used.matchAll(/\*\*([^*]+)\*\*/g)].map(([, word = '']) => word.toLowerCase().replace(/[-:]/g, ' ').trim()),
)

const migrations = filesBelow('migrations').filter(path => /\/\d{4}_.*\.sql$/.test(path))
const sources = readSources('core', 'server', 'web')
const ours = sources.filter(({ path }) => !isForTests(path) && path !== 'web/api/schema.d.ts')

/** `gateway_sessions` -> `gateway session` */
function wordOf(name: string): string {
  return name
    .replaceAll(/[_-]/g, ' ')
    .replace(/ies$/, 'y')
    .replace(/sses$/, 'ss')
    .replace(/(?<=[^s])s$/, '')
    .toLowerCase()
}

/** Names that hold a word of the page in them: `profile_keys` are keys of profiles. */
const derived: Record<string, string> = {
  profile_keys: 'profile',
  activity_versions: 'version',
  activity_routes: 'route',
  series: 'series',
  audit: 'audit',
  waiting: 'waiting',
  breakdowns: 'breakdowns',
}

describe('names are words of docs/words.md', () => {
  test('tables', () => {
    const tables = [...readText('migrations/schema.sql').matchAll(/^create table (\w+)/gm)].map(([, name = '']) => name)
    expect(tables.length).toBeGreaterThan(20)
    const bookkeeping = 'migrations'
    expect(tables.filter(table => table !== bookkeeping && !words.has(derived[table] ?? wordOf(table)))).toEqual([])
  })

  test('groups of the API', () => {
    const tags = ours.flatMap(({ text }) => [...text.matchAll(/\btags: \['([\w-]+)'\]/g)].map(([, tag = '']) => tag))
    expect(tags.length).toBeGreaterThan(10)
    /** Acts: coming in, and running it. */
    const acts = new Set(['access', 'operate'])
    expect([...new Set(tags)].filter(tag => !acts.has(tag) && !words.has(wordOf(tag)))).toEqual([])
  })

  test('folders of the server that are named after things', () => {
    const things = [
      'profiles',
      'imports',
      'credits',
      'messages',
      'links',
      'inbox',
      'gateways',
      'activities',
      'receipts',
      'clicks',
      'report',
      'suppression',
    ]
    expect(things.filter(folder => !words.has(wordOf(folder)))).toEqual([])
  })
})

describe('words that are not used', () => {
  /** As a name: of a table, a column, a path, a type, a function, a key. Prose may say "a campaign is running". */
  const banned =
    /\b\w*(campaign|subscriber|recipient_?list|contact_?list|audience_?list|blacklist|blocklist|tenant|shortlink)\w*\b/i
  /** Names of others: of the GSM standard, a class of node:net, and a parameter that web analytics reads. */
  const foreign =
    /utm_campaign|BlockList|unknownSubscriber|unidentifiedSubscriber|absentSubscriber|illegalSubscriber|subscriberBusy|absent subscriber/gi

  const identifiersOf = (text: string) =>
    text
      .replace(/\/\*[\s\S]*?\*\//g, '')
      .replace(/(^|\s)(--|\/\/).*$/gm, '')
      .replace(foreign, '')

  test('no identifier of SQL has one', () => {
    expect(migrations.filter(path => banned.test(identifiersOf(readText(path))))).toEqual([])
  })

  test('no name in the code or the API has one', () => {
    const named = ours.flatMap(({ path, text }) => {
      const names = identifiersOf(text).replace(/(['"`])(?:\\.|(?!\1)[^\\])*\1/g, match =>
        /\s/.test(match) ? '' : match,
      )
      const found = banned.exec(names)
      return found === null ? [] : [`${path}: ${found[0]}`]
    })
    expect(named).toEqual([])
  })

  test('"open" and "opened" name no status and no figure', () => {
    const figures = readText('core/report/figures.ts') + readText('core/messages/fold.ts')
    expect([...figures.matchAll(/'(\w*open\w*)'/gi)].map(([, word]) => word)).toEqual([])
    const enumeration = /create type message_status as enum \(.*\)/.exec(readText('migrations/schema.sql'))?.[0]
    expect(enumeration).toContain('pending')
    expect(enumeration).not.toMatch(/open/i)
  })

  test('marketers are not told of DLRs, PDUs or binds', () => {
    const pages = sources.filter(
      ({ path }) => /^web\/(activities|imports|profiles|report)\//.test(path) && !isForTests(path),
    )
    const told = pages
      .filter(({ text }) => /\b(DLR|PDU|TLV|SMSC|ESME|submit_sm|deliver_sm)\b/.test(identifiersOf(text)))
      .map(({ path }) => path)
    expect(told).toEqual([])
  })
})
