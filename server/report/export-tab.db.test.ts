import { PassThrough, Writable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Code } from '../../core/gateways/code.ts'
import { bounceKindNames, tabs } from '../../core/report/tabs.ts'
import { ownDatabase } from '../../test/database.ts'
import { marked } from '../files/formula.ts'
import { sql } from '../platform/db/sql.ts'
import { anyPeople } from './any-people.fixture.ts'
import { exportTab, planExport } from './export-tab.ts'
import type { ListFilters } from './list-filters.ts'
import { listTab } from './lists.ts'
import { getReport } from './overview.ts'
import { later, makeSent, type SentActivity, type SentPerson, START } from './sent.fixture.ts'

const db = await ownDatabase({ max: 2 })

async function file(
  sent: SentActivity,
  tab: string,
  filters: ListFilters = {},
): Promise<{ text: string; rows: number }> {
  const out = new PassThrough()
  const bytes = buffer(out)
  const { rows } = await exportTab(db, { ...sent, tab, ...filters }, 'csv', out, START)
  out.end()
  return { text: (await bytes).toString(), rows }
}
const read = (text: string): Record<string, string>[] => parse(text, { columns: true, bom: true })

const delivered = (): NonNullable<SentPerson['facts']> => ({
  attempts: [{ n: 1, try: 1, parts: null, at: START }],
  answers: [{ n: 1, part: 1, outcome: 'accepted', counts: false, at: START, code: null }],
  receipts: [{ n: 1, part: 1, outcome: 'delivered', counts: false, at: later(5_000), code: 'dlr:delivrd' }],
})
const soft = (code: Code): NonNullable<SentPerson['facts']> => ({
  ...delivered(),
  receipts: [{ n: 1, part: 1, outcome: 'soft', counts: false, at: later(5_000), code }],
})

describe('an export', () => {
  test('has exactly these bytes', async () => {
    const sent = await makeSent(
      db,
      [
        {
          firstName: 'Åsa',
          lastName: 'Öberg',
          phone: '+46700000001',
          email: 'a@acme.test',
          externalKey: 'C1',
          facts: delivered(),
          credits: '1.5000',
          clicks: [{ link: 0, at: later(60_000), verdict: 'human' }],
        },
        { firstName: 'Bo', phone: '+46700000002', email: null, externalKey: '', facts: soft('gsm:27') },
      ],
      { timeZone: 'America/St_Johns' },
    )
    const [a, b] = sent.profileIds
    expect((await file(sent, 'sent')).text).toBe(
      '\uFEFFprofile_id,external_key,phone,email,status,reason,at,first_name,last_name,country,parts,credits,attempts,code,sent_at,next_try_at,first_click_at,unsubscribed_at,simulated\n' +
        `${a},C1,+46700000001,a@acme.test,delivered,,2026-11-01 08:30:00-03:30,Åsa,Öberg,SE,1,1.5000,1,,2026-11-01 08:30:00-03:30,,2026-11-01 08:31:00-03:30,,\n` +
        `${b},"",+46700000002,,bounced_soft_retrying,The phone is off or out of reach,2026-11-01 08:30:00-03:30,Bo,,SE,1,1.0000,1,gsm:27,2026-11-01 08:30:00-03:30,2026-11-01 09:30:00-03:30,,,\n`,
    )
  })

  test('has the address of the message in the column of its channel, and the other one of the profile', async () => {
    const who = { phone: '+46700000001', email: 'new@acme.test', facts: delivered() }
    const sent = await makeSent(db, [who])
    await db.run(sql`update messages set address = '+46700000009' where activity_id = ${sent.activityId}`)
    expect((await file(sent, 'sent')).text).toContain('+46700000009,new@acme.test,')
    await db.run(
      sql`update activities set content = jsonb_set(content, '{channel}', '"email"') where id = ${sent.activityId}`,
    )
    await db.run(sql`update messages set address = 'old@acme.test' where activity_id = ${sent.activityId}`)
    expect((await file(sent, 'sent')).text).toContain('+46700000001,old@acme.test,')
  })

  test('says of each row that its credits are simulated, where the simulator sent it', async () => {
    const sent = await makeSent(db, [{ facts: delivered() }])
    await db.run(sql`update gateways set simulator = true
      where id = (select gateway_id from activities where id = ${sent.activityId})`)
    const [head, row] = (await file(sent, 'delivered')).text.trim().split('\n')
    expect([head?.split(',').at(-1), row?.split(',').at(-1)]).toEqual(['simulated', 'yes'])
  })

  test('runs nothing in a spreadsheet and preserves every text', async () => {
    const names = [
      '=HYPERLINK("http://x.test")',
      '+1',
      '-1',
      '@SUM(A1)',
      '\t=1',
      '\r=1',
      'a,b',
      'a"b',
      'line\nbreak',
      "O'Neil",
      '\\N',
      '\\.',
      ' = ',
      'مُحَمَّد \u202bعلي',
      '👩‍👩‍👧 🇸🇪',
      'x'.repeat(500),
      `=${'y'.repeat(499)}`,
      '＝1',
      '',
      'null',
      "'=1",
    ]
    const sent = await makeSent(
      db,
      names.map(firstName => ({ firstName, lastName: firstName, facts: delivered() })),
    )
    const { text, rows } = await file(sent, 'delivered')
    expect(rows).toBe(names.length)
    const byId = new Map(read(text).map(row => [Number(row.profile_id), row]))
    for (const [i, name] of names.entries()) {
      const row = byId.get(sent.profileIds[i] ?? 0)
      const safe = marked(name)
      expect([row?.first_name, row?.last_name]).toEqual([safe, safe])
      expect(row?.phone).toMatch(/^\+46\d+$/)
    }
    const cells = read(text).flatMap(row =>
      Object.entries(row)
        .filter(([key]) => key !== 'phone')
        .map(([, cell]) => cell),
    )
    expect(cells.filter(cell => /^[=+\-@\t\r]/.test(cell) && !/^[+-]\d+$/.test(cell))).toEqual([])
  })

  test('of any activity has one row per profile in every tab, as many as the figure', async () => {
    await fc.assert(
      fc.asyncProperty(anyPeople, async people => {
        const sent = await makeSent(db, people)
        const report = await getReport(db, sent.workspaceId, sent.activityId, START)
        for (const tab of tabs) {
          const { text, rows } = await file(sent, tab.key)
          const ids = read(text).map(row => row.profile_id)
          expect([tab.key, rows, ids.length, new Set(ids).size]).toEqual([
            tab.key,
            ...Array(3).fill(report?.figures[tab.figure]),
          ])
        }
        const reasons: Record<string, number> = {}
        for (const { reason = '' } of read((await file(sent, 'not-sent')).text))
          reasons[reason] = (reasons[reason] ?? 0) + 1
        expect(reasons).toEqual(report?.notSentReasons)
      }),
      { numRuns: 10 },
    )
  })

  test('has the rows of its list in the same order, with each filter, search and sort', async () => {
    const search = fc.constantFrom(undefined, 'a', '+46', "o'n", 'nobody')
    await fc.assert(
      fc.asyncProperty(anyPeople, search, fc.constantFrom(undefined, 'name' as const), async (people, text, sort) => {
        const sent = await makeSent(db, people)
        const { workspaceId, activityId, linkIds } = sent
        const report = await getReport(db, workspaceId, activityId, START)
        const lists: [string, ListFilters][] = [
          ...tabs.map(({ key }): [string, ListFilters] => [key, {}]),
          ...linkIds.map((linkId): [string, ListFilters] => ['clicks', { linkId }]),
          ...bounceKindNames.map((bounce): [string, ListFilters] => ['bounced', { bounce }]),
          ...Object.keys(report?.notSentReasons ?? {}).map((reason): [string, ListFilters] => ['not-sent', { reason }]),
        ]
        for (const [tab, filter] of lists) {
          const filters = { ...filter, search: text, sort }
          const listed: string[] = []
          let after: string | null | undefined
          do {
            const page = await listTab(db, workspaceId, activityId, tab, { ...filters, after: after ?? undefined })
            listed.push(...(page?.items ?? []).map(({ profileId }) => String(profileId)))
            after = page?.next
          } while (after)
          const exported = read((await file(sent, tab, filters)).text).map(row => row.profile_id)
          expect([tab, filters, exported]).toEqual([tab, filters, listed])
        }
      }),
      { numRuns: 8 },
    )
  })

  test('of another workspace or of an unknown tab is refused before a byte is written', async () => {
    const mine = await makeSent(db, [{}])
    const theirs = await makeSent(db, [{}])
    const out = new PassThrough()
    await expect(
      exportTab(db, { ...theirs, workspaceId: mine.workspaceId, tab: 'sent' }, 'csv', out, START),
    ).rejects.toMatchObject({
      code: 'not_found',
    })
    await expect(exportTab(db, { ...mine, tab: 'opens' }, 'csv', out, START)).rejects.toMatchObject({
      code: 'not_found',
    })
    expect(out.readableLength).toBe(0)
  })

  test('is named after its activity and tab, without characters that a file system refuses', async () => {
    const sent = await makeSent(db, [])
    await db.run(sql`update activities set name = 'Rea: 50 % / "nu"' where id = ${sent.activityId}`)
    expect((await planExport(db, { ...sent, tab: 'not-sent' }, 'csv', START))?.fileName).toBe(
      'Rea_ 50 _ _ _nu_, not sent.csv',
    )
  })

  test('ends in the database when its client disconnects, and releases the connection', async () => {
    const sent = await makeSent(
      db,
      Array.from({ length: 3000 }, () => ({ firstName: 'x'.repeat(400), facts: delivered() })),
    )
    for (const leave of ['destroy', 'abort', 'fail'] as const) {
      const abort = new AbortController()
      let taken = 0
      const out = new Writable({
        write(_chunk, _encoding, done) {
          if (++taken < 3) return done()
          if (leave === 'destroy') this.destroy()
          if (leave === 'abort') abort.abort()
          if (leave === 'fail') done(new Error('disk full'))
        },
      })
      out.on('error', () => {})
      await expect(
        exportTab(db, { ...sent, tab: 'sent' }, 'csv', out, START, { signal: abort.signal }),
      ).rejects.toThrow()
    }
    // Both connections of the pool are free again.
    await Promise.all([1, 2, 3].map(() => db.query(sql`select 1`)))
  })
})
