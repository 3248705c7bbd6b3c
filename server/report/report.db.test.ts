import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Code } from '../../core/gateways/code.ts'
import type { MessageStatus } from '../../core/messages/fold.ts'
import { figure, figures } from '../../core/report/figures.ts'
import { tabs } from '../../core/report/tabs.ts'
import { ownDatabase } from '../../test/database.ts'
import { listActivities } from '../activities/list-activities.ts'
import { sql } from '../platform/db/sql.ts'
import { encode } from '../platform/http/cursor.ts'
import { profileMessages } from '../profiles/messages.ts'
import { anyPeople } from './any-people.fixture.ts'
import { type ListRow, listTab } from './lists.ts'
import { getReport, type Report } from './overview.ts'
import { freezeSettings, later, makeSent, type SentActivity, type SentPerson, START } from './sent.fixture.ts'

const db = await ownDatabase()

const asOf = later(3_600_000)
const reportOf = async (sent: SentActivity): Promise<Report> => {
  const report = await getReport(db, sent.workspaceId, sent.activityId, asOf)
  if (report === undefined) throw new Error('no report')
  return report
}

/** All pages of a tab. */
async function all(
  sent: SentActivity,
  tab: string,
  options: { search?: string; linkId?: number; bots?: boolean } = {},
): Promise<ListRow[]> {
  const rows: ListRow[] = []
  let after: string | undefined
  for (let pages = 0; pages < 100; pages++) {
    const page = await listTab(db, sent.workspaceId, sent.activityId, tab, { ...options, after })
    if (page === undefined) throw new Error('no list')
    expect(page.items.length).toBeLessThanOrEqual(25)
    rows.push(...page.items)
    if (page.next === null) return rows
    after = page.next
  }
  throw new Error('the pages never end')
}

describe('for all facts', () => {
  test('the figures count the folded statuses, and the lists show exactly those profiles, page by page', async () => {
    await fc.assert(
      fc.asyncProperty(anyPeople, fc.integer({ min: 1, max: 3 }), async (people, tallyBuckets) => {
        const sent = await makeSent(db, people, { tallyBuckets })
        const report = await reportOf(sent)
        const standing = (statuses: readonly MessageStatus[]) =>
          sent.profileIds.filter((_, i) => statuses.includes(sent.verdicts[i]?.status ?? 'queued'))
        for (const { key, counts } of figures)
          if ('statuses' in counts) expect([key, report.figures[key]]).toEqual([key, standing(counts.statuses).length])
        const clicked = sent.profileIds.filter((_, i) => people[i]?.clicks?.some(click => click.verdict === 'human'))
        const gone = sent.profileIds.filter((_, i) => people[i]?.unsubscribedAt !== undefined)
        const visited = sent.profileIds.filter((_, i) => (people[i]?.clicks?.length ?? 0) > 0)
        expect(report.figures).toMatchObject({
          unique: clicked.length,
          visited: visited.length,
          unsubscribed: gone.length,
        })
        for (const tab of tabs) {
          const { counts } = figure(tab.figure)
          const expected = 'statuses' in counts ? standing(counts.statuses) : tab.figure === 'unique' ? clicked : gone
          const ids = (await all(sent, tab.key)).map(row => row.profileId)
          expect(ids.length).toBe(report.figures[tab.figure])
          expect([...ids].sort((a, b) => a - b)).toEqual(expected)
        }
        const clickers = await all(sent, 'clicks')
        expect(clickers.reduce((n, row) => n + (row.clicks ?? 0), 0)).toBe(report.figures.clicks)
        expect(report.links.reduce((n, link) => n + link.clicks, 0)).toBe(report.figures.clicks)
        const withBots = await all(sent, 'clicks', { bots: true })
        expect(withBots.map(row => row.profileId).sort((a, b) => a - b)).toEqual(visited)
        expect(withBots.reduce((n, row) => n + (row.clicks ?? 0), 0)).toBe(report.figures.clicks)
        expect(withBots.reduce((n, row) => n + (row.botClicks ?? 0), 0)).toBe(report.figures.botClicks)
        expect(report.links.reduce((n, link) => n + link.botClicks, 0)).toBe(report.figures.botClicks)
        for (const link of report.links) {
          const either = await all(sent, 'clicks', { linkId: link.id, bots: true })
          expect(either.length).toBe(link.visited)
          expect(either.every(row => row.links?.includes(link.id))).toBe(true)
          const through = await all(sent, 'clicks', { linkId: link.id })
          expect(through.length).toBe(link.unique)
          expect(through.every(row => row.links?.includes(link.id))).toBe(true)
        }
        expect(Object.values(report.notSentReasons).reduce((a, b) => a + b, 0)).toBe(report.figures.notSent)
      }),
      { numRuns: 25 },
    )
  })
})

const answered = (
  outcome: 'accepted' | 'soft' | 'hard',
  code: Code | null = null,
): NonNullable<SentPerson['facts']> => ({
  attempts: [{ n: 1, try: 1, parts: null, at: START }],
  answers: [{ n: 1, part: 1, outcome, counts: outcome === 'hard', at: START, code }],
})
const delivered = (): NonNullable<SentPerson['facts']> => ({
  ...answered('accepted'),
  receipts: [{ n: 1, part: 1, outcome: 'delivered', counts: false, at: later(5_000), code: 'dlr:delivrd' }],
})

describe('the report', () => {
  test('of a draft is all zeros and complete', async () => {
    const sent = await makeSent(db, [], { urls: [] })
    const report = await reportOf(sent)
    expect(report).toMatchObject({
      activity: String(sent.activityId),
      asOf: asOf.toISOString(),
      completeness: 1,
      notSentReasons: {},
      credits: { charged: '0.0000', reserved: '0.0000' },
      links: [],
    })
    expect(Object.values(report.figures).every(n => n === 0)).toBe(true)
    expect(report.overview).toMatchObject({ sender: 'Acme', text: 'Hello', sendTo: { duplicates: 'one_per_address' } })
    expect(report.overview.sendTo.topics).toHaveLength(1)
  })

  test('shows the settings and names as they were when sending started', async () => {
    const sent = await makeSent(db, [])
    const settings = {
      name: 'A',
      sender: 'Then',
      body: 'As sent',
      smart: true,
      sendTo: { topics: [{ id: 1, name: 'Old name' }], duplicates: 'all' },
      gatewayId: 1,
      gateway: { id: 1, name: 'Old gateway', test: true },
      sendAt: START.toISOString(),
      latestAt: null,
      quietHours: false,
      links: [],
      unsubscribe: true,
    }
    await freezeSettings(db, sent.activityId, settings)
    expect((await reportOf(sent)).overview).toMatchObject({
      sender: 'Then',
      text: 'As sent',
      sendTo: { topics: ['Old name'], duplicates: 'all' },
      gateway: 'Old gateway',
      quietHours: false,
    })
  })

  test('and its lists use the words of the channel', async () => {
    const sent = await makeSent(db, [{ facts: { excluded: 'suppressed' } }])
    const { workspaceId, activityId } = sent
    const columnsOf = async () => {
      const page = await listTab(db, workspaceId, activityId, 'not-sent')
      return [page?.columns.map(({ label }) => label).slice(0, 3), page?.items.map(({ reason }) => reason)]
    }
    expect((await reportOf(sent)).channel).toBe('sms')
    expect(await columnsOf()).toEqual([['Name', 'Phone', 'E-mail'], ['The number was closed for SMS by hand.']])
    await db.run(
      sql`update activities set content = content || '{"channel": "email"}'::jsonb where id = ${activityId} and workspace_id = ${workspaceId}`,
    )
    expect((await reportOf(sent)).channel).toBe('email')
    expect(await columnsOf()).toEqual([['Name', 'E-mail', 'Phone'], ['The address was closed for e-mail by hand.']])
    const listed = await listActivities(db, workspaceId, { tab: 'sent' })
    expect(listed.items.map(({ channel }) => channel)).toEqual(['email'])
    const { items } = await profileMessages(db, workspaceId, sent.profileIds[0] ?? 0)
    expect(items.map(({ channel }) => channel)).toEqual(['email'])
  })

  test('of another workspace is not found, nor are its lists', async () => {
    const mine = await makeSent(db, [{}])
    const theirs = await makeSent(db, [{}])
    expect(await getReport(db, mine.workspaceId, theirs.activityId, asOf)).toBeUndefined()
    expect(await listTab(db, mine.workspaceId, theirs.activityId, 'sent')).toBeUndefined()
  })

  test('the reservation shrinks by each charge, whether the ledger has posted it or not', async () => {
    const sent = await makeSent(db, [{ facts: delivered(), credits: '1.2500' }, {}])
    const post = (kind: string, credits: string) =>
      db.run(sql`insert into ledger (workspace_id, activity_id, kind, credits, at)
        values (${sent.workspaceId}, ${sent.activityId}, ${kind}, ${credits}::numeric, ${START})`)
    await post('reserve', '-3.0000')
    expect((await reportOf(sent)).credits).toMatchObject({ charged: '1.2500', reserved: '1.7500' })
    await post('charge', '-1.2500')
    await post('release', '1.2500')
    expect((await reportOf(sent)).credits).toMatchObject({ charged: '1.2500', reserved: '1.7500' })
    await post('release', '1.7500')
    expect((await reportOf(sent)).credits).toMatchObject({ charged: '1.2500', reserved: '0.0000' })
  })

  test('credits are exact, by country and in money', async () => {
    const facts = delivered()
    const sent = await makeSent(db, [
      { facts, credits: '0.3333', country: 'NO' },
      { facts, credits: '1.2500', country: 'SE' },
      { facts, credits: '1.2500', country: 'SE' },
      { credits: '9.0000', country: 'DK' },
    ])
    await db.run(sql`update workspaces set currency = 'EUR', credit_value = 0.0750 where id = ${sent.workspaceId}`)
    expect((await reportOf(sent)).credits).toEqual({
      charged: '2.8333',
      reserved: '0.0000',
      currency: 'EUR',
      money: { charged: '0.21', reserved: '0.00' },
      simulated: false,
      countries: [
        { country: 'SE', messages: 2, credits: '2.5000', money: '0.19' },
        { country: 'NO', messages: 1, credits: '0.3333', money: '0.02' },
      ],
    })
  })

  test('money by country adds up to the total, even if rounding each country would not', async () => {
    const facts = delivered()
    const people = ['NO', 'SE', 'DK', 'FI', ''].map(country => ({ facts, credits: '1.0000', country }))
    const sent = await makeSent(db, people)
    await db.run(sql`update workspaces set credit_value = 0.3330 where id = ${sent.workspaceId}`)
    const { money, countries } = (await reportOf(sent)).credits
    expect(money.charged).toBe('1.67')
    expect(countries.map(country => country.money).sort()).toEqual(['0.33', '0.33', '0.33', '0.34', '0.34'])
  })

  test('retries end 48 hours after the last message was first sent, or at the latest time', async () => {
    const sent = await makeSent(db, [{ facts: delivered() }])
    const end = async () => (await reportOf(sent)).overview.retriesEndAt
    expect(await end()).toBe('2026-11-03T12:00:00.001Z')
    await db.run(sql`update activities set latest_at = '2026-11-02T08:00:00Z' where id = ${sent.activityId}`)
    expect(await end()).toBe('2026-11-02T08:00:00.000Z')
    expect((await reportOf(await makeSent(db, [{}]))).overview.retriesEndAt).toBeNull()
  })

  test('reasons are in the order of their table, and completeness counts final messages', async () => {
    const sent = await makeSent(db, [
      { facts: { excluded: 'landline' } },
      { facts: { excluded: 'no_consent' } },
      { facts: { excluded: 'landline' } },
      { facts: delivered() },
      { facts: answered('accepted') },
      {},
      { facts: answered('soft') },
      { facts: { ...answered('accepted'), noReceiptAt: later(1) } },
    ])
    const report = await reportOf(sent)
    expect(Object.entries(report.notSentReasons)).toEqual([
      ['no_consent', 1],
      ['landline', 2],
    ])
    expect(report.completeness).toBe(5 / 8)
    expect(report.figures).toMatchObject({ pending: 2, bouncedSoftRetrying: 1 })
  })
})

describe('suspected bots', () => {
  test('are in the list only on request, with their reasons in words and without a total', async () => {
    const sent = await makeSent(db, [
      { facts: delivered(), clicks: [{ link: 0, at: later(60_000), verdict: 'human' }] },
      {
        facts: delivered(),
        clicks: [
          { link: 0, at: later(61_000), verdict: 'bot' },
          { link: 1, at: later(62_000), verdict: 'bot' },
          { link: 1, at: later(63_000), verdict: 'suspect' },
        ],
      },
    ])
    expect(await all(sent, 'clicks')).toMatchObject([{ clicks: 1 }])
    const page = await listTab(db, sent.workspaceId, sent.activityId, 'clicks', { bots: true })
    expect(page).toMatchObject({ total: { n: 2 } })
    const ofSecond = { bots: true, linkId: sent.linkIds[1] }
    expect(await listTab(db, sent.workspaceId, sent.activityId, 'clicks', ofSecond)).toMatchObject({ total: { n: 1 } })
    expect(page?.items).toMatchObject([
      {
        profileId: sent.profileIds[1],
        clicks: 0,
        botClicks: 3,
        links: sent.linkIds,
        suspicions: [
          { verdict: 'bot', reason: 'agent', label: 'Known bot', visits: 2 },
          { verdict: 'suspect', reason: 'no_language', label: 'No language', visits: 1 },
        ],
      },
      { clicks: 1, botClicks: 0, suspicions: [] },
    ])
    expect((await reportOf(sent)).links).toMatchObject([
      { clicks: 1, botClicks: 1 },
      { clicks: 0, botClicks: 2 },
    ])
  })
})

describe('a list', () => {
  test('of bounces has the reason, the attempts, the next attempt, and whether the number is closed', async () => {
    const sent = await makeSent(db, [
      { phone: '+46700000001', facts: answered('soft', 'dlr:expired') },
      { phone: '+46700000002', facts: answered('hard', 'smpp:0x0b') },
    ])
    await db.run(sql`insert into suppressions (id, workspace_id, channel, address, reason, at)
      values (nextval('suppression_ids'), ${sent.workspaceId}, 'sms', '+46700000002', 'hard_bounces', ${START})`)
    const rows = await all(sent, 'bounced')
    expect(rows).toMatchObject([
      {
        phone: '+46700000002',
        status: 'bounced_hard',
        reason: 'The number is not valid',
        code: 'smpp:0x0b',
        nextTry: null,
        closed: true,
      },
      {
        phone: '+46700000001',
        status: 'bounced_soft_retrying',
        code: 'dlr:expired',
        attempts: 1,
        nextTry: later(3_600_000).toISOString(),
        closed: false,
      },
    ])
  })

  test('of not sent has the reason and the time of the freeze, even without number or name', async () => {
    const sent = await makeSent(db, [
      { facts: { excluded: 'no_address' }, phone: null, email: null, externalKey: null },
      { facts: { stop: { reason: 'cancelled', at: later(60_000) } } },
    ])
    expect(await all(sent, 'not-sent')).toMatchObject([
      {
        name: null,
        phone: null,
        email: null,
        externalKey: null,
        status: 'not_sent',
        code: 'no_address',
        reason: 'The profile has no phone number.',
        at: START.toISOString(),
      },
      { code: 'cancelled', at: later(60_000).toISOString() },
    ])
  })

  test('of a rare state is newest first, and rows with equal times over two pages appear exactly once', async () => {
    const people = Array.from({ length: 60 }, (_, i) => ({
      facts: delivered(),
      clicks: [{ link: 0, at: later(i < 50 ? 0 : i), verdict: 'human' as const }],
    }))
    const sent = await makeSent(db, people)
    const rows = await all(sent, 'clicks')
    expect(new Set(rows.map(row => row.profileId)).size).toBe(60)
    const times = rows.map(row => row.at ?? '')
    expect(times).toEqual([...times].sort().reverse())
  })

  test('is searched by the beginning of number, e-mail, name, last name or key; wildcard characters are literal', async () => {
    const sent = await makeSent(db, [
      {
        firstName: 'Åsa',
        lastName: 'Öberg',
        phone: '+46701234567',
        email: 'Asa@Acme.test',
        externalKey: 'C-100%',
        facts: delivered(),
      },
      {
        firstName: 'Bo',
        lastName: 'Ek_',
        phone: '+47401234567',
        email: 'bo@acme.test',
        externalKey: 'C-1000',
        facts: delivered(),
      },
    ])
    const found = async (search: string) => (await all(sent, 'delivered', { search })).map(row => row.name)
    for (const search of ['070-123', '0046 (0)70 12', '+46701234567', '70123', 'åsa ö', 'ÖBERG', 'asa@', 'c-100%'])
      expect(await found(search)).toEqual(['Åsa Öberg'])
    expect(await found('ek_')).toEqual(['Bo Ek_'])
    expect(await found('e_')).toEqual([])
    expect(await found("' or 1=1 --")).toEqual([])
    expect(await found('C-100')).toHaveLength(2)
    expect((await listTab(db, sent.workspaceId, sent.activityId, 'delivered', { search: 'bo' }))?.total).toBeNull()
  })

  test('refuses a cursor of another list, and an unknown tab', async () => {
    const sent = await makeSent(
      db,
      Array.from({ length: 30 }, () => ({ facts: delivered() })),
    )
    const page = await listTab(db, sent.workspaceId, sent.activityId, 'delivered')
    expect(page).toMatchObject({ total: { n: 30 }, tab: 'delivered' })
    const attempt = (tab: string, after: string) => listTab(db, sent.workspaceId, sent.activityId, tab, { after })
    for (const after of [
      'x',
      page?.next?.slice(1) ?? '',
      encode(['report delivered keys', -1, null]),
      'A'.repeat(5000),
    ])
      await expect(attempt('delivered', after)).rejects.toMatchObject({ code: 'cursor_invalid' })
    await expect(attempt('sent', page?.next ?? '')).rejects.toMatchObject({ code: 'cursor_invalid' })
    await expect(attempt('constructor', '')).rejects.toMatchObject({ code: 'not_found' })
  })
})
