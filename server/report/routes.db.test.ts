import { describe, expect, test } from 'vitest'
import { figures, tooltipOf } from '../../core/report/figures.ts'
import { tabs } from '../../core/report/tabs.ts'
import { type HttpAnswer, testApp } from '../access/app.fixture.ts'
import { sql } from '../platform/db/sql.ts'
import { later, makeSent, type SentPerson, START } from './sent.fixture.ts'

const app = testApp()

const person = (n: number): SentPerson => ({
  firstName: '=Anna',
  lastName: `Öberg ${n}`,
  facts: {
    attempts: [{ n: 1, try: 1, parts: null, at: START }],
    answers: [{ n: 1, part: 1, outcome: 'accepted', counts: false, at: START, code: null }],
    receipts: [{ n: 1, part: 1, outcome: 'delivered', counts: false, at: later(5_000), code: 'dlr:delivrd' }],
  },
  clicks: [{ link: 0, at: later(60_000 + n), verdict: 'human' }],
})
let made = 0
async function place() {
  const { id, key, base } = await app.workspace(`W${++made}`, 'viewer')
  const sent = await makeSent(
    app.db,
    Array.from({ length: 30 }, (_, n) => person(n)),
    { workspaceId: id },
  )
  const of = (path: string, as = key): Promise<HttpAnswer> =>
    app.call('GET', `${base}/activities/${sent.activityId}/${path}`, { key: as })
  return { ...sent, key, base, of }
}

describe('the report by HTTP', () => {
  test('returns the whole report', async () => {
    const { of, activityId, linkIds } = await place()
    const { status, body } = await of('report')
    expect(status).toBe(200)
    expect(body).toMatchObject({
      activity: String(activityId),
      completeness: 1,
      figures: { targeted: 30, sent: 30, delivered: 30, clicks: 30, unique: 30, pending: 0 },
      credits: { charged: '30.0000', reserved: '0.0000' },
      links: [
        { id: linkIds[0], clicks: 30, unique: 30 },
        { id: linkIds[1], clicks: 0, unique: 0 },
      ],
      overview: { sender: 'Acme', text: 'Hello' },
    })
  })

  test('lists page by page, 25 at a time', async () => {
    const { of, linkIds } = await place()
    const first = await of(`lists/clicks?link=${linkIds[0]}`)
    expect(first.body).toMatchObject({ tab: 'clicks', total: { n: 30, exact: true }, items: { length: 25 } })
    const { next } = first.body as { next: string }
    expect((await of(`lists/clicks?after=${next}`)).body).toMatchObject({ items: { length: 5 }, next: null })
    expect((await of('lists/delivered?search=%C3%B6berg%2029')).body).toMatchObject({
      items: [{ name: '=Anna Öberg 29', status: 'delivered' }],
    })
  })

  test('takes the former name of a reason, in a list and in an export', async () => {
    const { id, key, base } = await app.workspace(`W${++made}`, 'viewer')
    const people: SentPerson[] = [
      { phone: null, facts: { excluded: 'no_address' } },
      { facts: { excluded: 'landline' } },
    ]
    const { activityId } = await makeSent(app.db, people, { workspaceId: id })
    const of = (method: 'GET' | 'POST', path: string, body?: object) =>
      app.call(method, `${base}/activities/${activityId}/${path}`, { key, body })
    for (const reason of ['no_number', 'no_address']) {
      expect((await of('GET', `lists/not-sent?reason=${reason}`)).body).toMatchObject({
        total: { n: 1 },
        items: [{ code: 'no_address', reason: 'The profile has no phone number.', address: null }],
      })
      expect(String((await of('GET', `export/not-sent?reason=${reason}`)).body).split('\n')).toHaveLength(3)
      expect((await of('POST', 'exports', { tab: 'not-sent', format: 'csv', reason })).body).toMatchObject({
        filters: { reason: 'no_address' },
        rowsExpected: 1,
      })
    }
  })

  test('exports a tab as a download and records who did it', async () => {
    const { of, activityId, workspaceId } = await place()
    const { status, body, headers } = await of('export/delivered?format=csv')
    expect(status).toBe(200)
    expect(headers['content-type']).toBe('text/csv; charset=utf-8')
    expect(headers['content-disposition']).toMatch(
      /^attachment; filename="A W[\d.]+, delivered.csv"; filename\*=UTF-8''A%20W/,
    )
    const lines = String(body).split('\n')
    expect(lines[0]).toMatch(/^\uFEFFprofile_id,external_key,phone,email,status,reason,at,/)
    expect(lines).toHaveLength(32)
    expect(lines[1]).toContain(",'=Anna,")
    const [row] = await app.db.query<{ subject: string }>(
      sql`select subject from audit where workspace_id = ${workspaceId} and action = 'activity.export'`,
    )
    expect(row?.subject).toBe(`activity ${activityId}`)
  })

  test('exports under any name: a surrogate pair is never cut in half', async () => {
    const { of, activityId } = await place()
    await app.db.run(sql`update activities set name = ${`a${'𠀀'.repeat(60)}`} where id = ${activityId}`)
    for (let time = 0; time < 3; time++) expect((await of('export/delivered')).status).toBe(200)
    await app.db.run(sql`update activities set name = ${`a${'𠀀'.repeat(150)}`} where id = ${activityId}`)
    expect((await of('export/delivered')).headers['content-disposition']).toContain(encodeURIComponent('𠀀, delivered'))
  })

  test('of another workspace is a 404 everywhere, and so is an unknown tab; an invalid cursor is reported', async () => {
    const mine = await place()
    const theirs = await place()
    for (const path of ['report', 'live', 'lists/sent', 'export/sent']) {
      expect(
        (await app.call('GET', `${mine.base}/activities/${theirs.activityId}/${path}`, { key: mine.key })).status,
      ).toBe(404)
      expect(
        (await app.call('GET', `${theirs.base}/activities/${theirs.activityId}/${path}`, { key: mine.key })).status,
      ).toBe(404)
    }
    expect((await mine.of('lists/opened')).status).toBe(400)
    expect((await mine.of('lists/sent?after=zzz')).body).toMatchObject({ code: 'cursor_invalid' })
    expect((await mine.of('lists/sent?link=x')).status).toBe(400)
    expect((await mine.of('export/sent?format=pdf')).status).toBe(400)
  })

  test('publishes the definitions of figures without sign-in, and is in the API document', async () => {
    const { body, status } = await app.call('GET', '/api/v1/figures')
    const { items } = body as { items: unknown[] }
    expect([status, items.length]).toEqual([200, figures.length])
    expect(items).toContainEqual(
      expect.objectContaining({ key: 'delivered', denominator: 'sent', rateLabel: 'Delivery rate' }),
    )
    const document = JSON.stringify((await app.call('GET', '/api/v1/openapi.json', { key: (await place()).key })).body)
    for (const { key } of figures) expect(document).toContain(JSON.stringify(tooltipOf(key, 'sms')).slice(1, -1))
    for (const { key } of tabs) expect(document).toContain(`"${key}"`)
  })
})
