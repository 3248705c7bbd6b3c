import { parse } from 'csv-parse/sync'
import { expect, test } from 'vitest'
import { testApp } from '../access/app.fixture.ts'
import { sql } from '../platform/db/sql.ts'
import { later, makeSent, type SentPerson, START } from './sent.fixture.ts'

const app = testApp()
let made = 0

const delivered: SentPerson = {
  credits: '2.0000',
  facts: {
    attempts: [{ n: 1, try: 1, parts: null, at: START }],
    answers: [{ n: 1, part: 1, outcome: 'accepted', counts: false, at: START, code: null }],
    receipts: [{ n: 1, part: 1, outcome: 'delivered', counts: false, at: later(5_000), code: 'dlr:delivrd' }],
  },
}
const hourMs = 3_600_000

/** Three SMS: one sent, one scheduled a day later with an estimate, one cancelled before it started. */
async function place() {
  const workspace = await app.workspace(`W${++made}`, 'viewer')
  const { id: workspaceId } = workspace
  const as = async (name: string, people: SentPerson[], set: ReturnType<typeof sql>) => {
    const { activityId } = await makeSent(app.db, people, { workspaceId })
    await app.db.run(sql`update activities set name = ${name}, ${set} where id = ${activityId}`)
    return activityId
  }
  const clicked: SentPerson = { ...delivered, clicks: [{ link: 0, at: later(60_000), verdict: 'human' }] }
  await as('=Spring', [clicked, delivered, {}], sql`state = 'sent', started_at = ${START}`)
  const planned = await as(
    'Summer',
    [],
    sql`state = 'scheduled', started_at = null, frozen_at = null, send_at = ${later(24 * hourMs)}`,
  )
  await as('Autumn', [], sql`state = 'cancelled', started_at = null, frozen_at = null, send_at = ${later(48 * hourMs)}`)
  await app.db.run(sql`
    insert into activity_versions (activity_id, version, settings, created_at, estimated_people, estimated_credits)
    values (${planned}, 1, ${{ currency: 'JPY', creditValue: '3' }}::jsonb, ${START}, 40, 80)`)
  await app.db.run(sql`update activities set version = 1 where id = ${planned}`)
  const get = (path: string) => app.call('GET', `${workspace.base}/activities${path}`, { key: workspace.key })
  const names = async (query: string) =>
    ((await get(`?${query}`)).body as { items: { name: string }[] }).items.map(({ name }) => name)
  const file = async (query: string): Promise<Record<string, string>[]> =>
    parse(String((await get(`/export?${query}`)).body), { columns: true, bom: true })
  return { get, names, file, workspaceId }
}

test('the list is narrowed by state and by days of the workspace, and so is its export', async () => {
  const { get, names, file } = await place()
  expect(await names('sort=name')).toEqual(['=Spring', 'Autumn', 'Summer'])
  expect(await names('state=scheduled')).toEqual(['Summer'])
  // START is 2026-11-01 12:00 UTC.
  const day = START.toISOString().slice(0, 10)
  expect(await names(`from=${day}&to=${day}`)).toEqual(['=Spring'])
  expect(
    await names(
      `from=${later(24 * hourMs)
        .toISOString()
        .slice(0, 10)}&sort=name`,
    ),
  ).toEqual(['Autumn', 'Summer'])
  expect(await names(`to=${day}&state=cancelled`)).toEqual([])
  expect((await get('?from=2026-02-31')).body).toMatchObject({ code: 'invalid_input', errors: [{ where: 'from' }] })
  expect((await get('?from=tomorrow')).status).toBe(400)
  expect((await file('state=scheduled')).map(({ name }) => name)).toEqual(['Summer'])
  expect((await file('search=nothing')).length).toBe(0)
})

test('a scheduled SMS shows what was counted when it was scheduled', async () => {
  const { get } = await place()
  expect((await get('?state=scheduled')).body).toMatchObject({
    items: [{ recipients: null, credits: null, estimate: { recipients: 40, credits: '80.0000' }, reserved: null }],
  })
})

test('the export has figures and costs, runs nothing in a spreadsheet, and is recorded', async () => {
  const { get, file, workspaceId } = await place()
  const [spring, , summer] = await file('sort=name')
  expect(spring).toMatchObject({
    name: "'=Spring",
    state: 'sent',
    targeted: '3',
    sent: '2',
    delivered: '2',
    unique_clicks: '1',
    delivery_rate: '1.0000',
    ctr: '0.5000',
    credits: '4.0000',
    cost: '4.00',
    currency: 'SEK',
  })
  expect(summer).toMatchObject({
    targeted: '',
    cost: '',
    currency: 'JPY',
    estimated_recipients: '40',
    estimated_credits: '80.0000',
  })
  const xlsx = await get('/export?format=xlsx')
  expect(xlsx.headers['content-disposition']).toMatch(/, SMS\.xlsx"/)
  const rows = await app.db.query(
    sql`select details from audit where workspace_id = ${workspaceId} and action = 'activity.export_list' order by id`,
  )
  expect(rows).toEqual([{ details: { format: 'csv', rows: 3 } }, { details: { format: 'xlsx', rows: 3 } }])
})
