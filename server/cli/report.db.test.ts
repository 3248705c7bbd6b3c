import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { sql } from '../platform/db/sql.ts'
import { makeSent, type SentActivity, START } from '../report/sent.fixture.ts'
import { commandLine } from './command-line.fixture.ts'

const line = commandLine('report')
const { folder, homing } = line

let sent: SentActivity
beforeAll(async () => {
  const answer = { n: 1, part: 1, outcome: 'accepted', counts: false, at: START, code: null } as const
  const facts = { attempts: [{ n: 1, try: 1, parts: null, at: START }], answers: [answer] }
  sent = await makeSent(line.db, [{ firstName: 'Åsa', facts }, { facts: { excluded: 'landline' } }])
  await line.db.run(
    sql`insert into ledger (workspace_id, activity_id, kind, credits, at) values (${sent.workspaceId}, ${sent.activityId}, 'charge', -1, ${START})`,
  )
})

describe('the command line', () => {
  test('prints a report as one JSON document, and as lines', async () => {
    const { code, out } = await homing('report', String(sent.activityId), '--json')
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({
      activity: String(sent.activityId),
      completeness: 0.5,
      figures: { targeted: 2, notSent: 1, sent: 1, pending: 1 },
      notSentReasons: { landline: 1 },
      credits: { charged: '1.0000' },
    })
    const lines = (await homing('report', String(sent.activityId))).out
    expect(lines).toMatch(/, 50% complete\n/)
    expect(lines).toMatch(/Pending +1 {2}100\.0% of Sent/)
    expect(lines).toMatch(/\nBounced +0 .*\n {2}Hard +0 .*\n {2}Soft, retrying +0 .*\n {2}Soft, final +0 /)
    expect(lines).toMatch(/\nCredits +1 {2}0 reserved\n/)
  })

  test('exports to a file, whole or not at all, and to stdout', async () => {
    const file = join(folder, 'sent.csv')
    const { code, out } = await homing(
      'export',
      String(sent.activityId),
      'sent',
      '--format',
      'csv',
      '--out',
      file,
      '--json',
    )
    expect([code, JSON.parse(out)]).toEqual([0, { file, rows: 1 }])
    const text = await readFile(file, 'utf8')
    expect(text).toContain(',pending,')
    expect((await homing('export', String(sent.activityId), 'sent', '--out', '-')).out).toBe(text)
    const lost = await homing('export', String(sent.activityId), 'sent', '--out', join(folder, 'no', 'such.csv'))
    expect([lost.code, lost.err]).toEqual([1, expect.stringContaining('could not be written')])
    expect((await readdir(folder)).filter(name => name.endsWith('.part'))).toEqual([])
  })

  test('exports the rows that the filters of the list leave', async () => {
    const rows = async (tab: string, ...filters: string[]) =>
      (await homing('export', String(sent.activityId), tab, ...filters, '--format', 'ndjson', '--out', '-')).out
        .split('\n')
        .filter(line => line !== '').length
    expect(await rows('sent', '--search', 'Åsa')).toBe(1)
    expect(await rows('sent', '--search', 'Nobody')).toBe(0)
    expect(await rows('not-sent', '--reason', 'landline')).toBe(1)
    expect(await rows('not-sent', '--reason', 'opted_out')).toBe(0)
    expect(await rows('bounced', '--bounce', 'hard')).toBe(0)
    expect(await rows('sent', '--sort', 'name')).toBe(1)
    const wrong = async (...words: string[]) =>
      (await homing('export', String(sent.activityId), ...words, '--out', '-')).err
    expect(await wrong('bounced', '--bounce', 'softly')).toContain('retrying, final, hard')
    expect(await wrong('sent', '--sort', 'age')).toContain('There is no order "age"')
    expect(await wrong('sent', '--reason', 'landline')).toContain('narrows the list "not-sent" only')
    expect(await wrong('clicks', '--link', 'x')).toContain('--link is no id of a link')
  })

  test('says what is wrong with a tab, a format, an activity', async () => {
    expect(await homing('export', String(sent.activityId), 'opened', '--out', '-')).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining('not-sent'),
    })
    expect(await homing('report', '999')).toMatchObject({ code: 1, err: expect.stringContaining('activity 999') })
    expect(await homing('report', '1; drop')).toMatchObject({ code: 1 })
  })

  test('verifies: 0 where all agree, 1 and each difference where not', async () => {
    const clean = await homing('verify', '--json')
    expect([clean.code, JSON.parse(clean.out)]).toEqual([0, { checked: 2, toJudge: 0, differences: [] }])
    await line.db.run(sql`update tallies set n = n + 1 where activity_id = ${sent.activityId} and figure = 'pending'`)
    const found = await homing('verify', String(sent.activityId), '--json')
    expect([found.code, JSON.parse(found.out)]).toEqual([
      1,
      {
        checked: 2,
        toJudge: 0,
        differences: [{ what: `activity ${sent.activityId}: tally pending`, stored: 2, computed: 1 }],
      },
    ])
  })

  test('writes all that is known of a person, and forgets them only when told so', async () => {
    const id = String(sent.profileIds[0])
    const file = join(folder, 'known.json')
    expect((await homing('known', id, '--out', file)).code).toBe(0)
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ profile: [{ first_name: 'Åsa' }] })
    const asked = await homing('forget', id)
    expect(asked).toMatchObject({ code: 1, out: '', err: expect.stringContaining('--yes') })
    expect((await homing('forget', id, '--yes', '--json')).out).toContain('erasedAt')
    const known = await homing('known', id, '--out', '-')
    expect(JSON.parse(known.out)).toMatchObject({ profile: [{ first_name: null }] })
    expect((await homing('forget', '999999', '--yes')).err).toContain('There is no such profile 999999')
  })
})
