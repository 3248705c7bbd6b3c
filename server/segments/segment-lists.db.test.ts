/** Lists of people over the API and in the workers: what matches whom, what does not, and what a difficult file becomes. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { testApp } from '../access/app.fixture.ts'
import { textRows, workbookOf } from '../files/workbook.fixture.ts'
import { forgetImportFiles } from '../imports/kept-files.ts'
import { ImportTurns } from '../imports/turns.ts'
import { sql } from '../platform/db/sql.ts'
import { lockProfiles } from '../profiles/locks.ts'
import { runSegmentLists } from './run-segment-list.ts'

const dataFolder = mkdtempSync(join(tmpdir(), 'homing-lists-'))
afterAll(() => rmSync(dataFolder, { recursive: true, force: true }))
const app = testApp({ dataFolder })
let made = 0
let mine = { id: 0, key: '', base: '' }

interface List {
  id: number
  state: string
  segmentId: number | null
  problem: string | null
  entries: number
}

const call = (method: 'GET' | 'POST' | 'DELETE', path: string, body?: object, at = mine) =>
  app.call(method, at.base + path, { key: at.key, ...(body && { body }) })

async function upload(file: Buffer | string, options: object, fileName = 'list.csv') {
  const boundary = 'xxBOUNDARYxx'
  const body = Buffer.concat([
    Buffer.from(
      `--${boundary}\r\ncontent-disposition: form-data; name="options"\r\n\r\n${JSON.stringify(options)}\r\n--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="${fileName}"\r\ncontent-type: text/csv\r\n\r\n`,
    ),
    Buffer.from(file),
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ])
  const headers = { 'content-type': `multipart/form-data; boundary=${boundary}` }
  return app.call('POST', `${mine.base}/segments/lists`, { key: mine.key, body, headers })
}
const work = (dataOf = dataFolder) =>
  runSegmentLists({
    db: app.db,
    now: () => app.deps.clock.now(),
    dataFolder: dataOf,
    turns: new ImportTurns(),
    short: false,
    onError: error => {
      throw error
    },
  })
const view = async (id: number) => (await call('GET', `/segments/lists/${id}`)).body as List
async function list(file: Buffer | string, options: object): Promise<List> {
  const { status, body } = await upload(file, { name: `List ${++made}`, ...options })
  expect(status, JSON.stringify(body)).toBe(202)
  await work()
  return view((body as List).id)
}
/** The first names of the segment's people. */
async function people({ segmentId }: List): Promise<string[]> {
  const { body } = await call('GET', `/segments/${segmentId}/members`)
  return (body as { items: { firstName: string }[] }).items.map(({ firstName }) => firstName).sort()
}
const unmatched = async ({ id }: List) => {
  const { body } = await call('GET', `/segments/lists/${id}/unmatched`)
  return (body as { items: { line: number; value: string; reason: string }[] }).items
}
const uploads = () => readdirSync(join(dataFolder, 'imports')).filter(name => name.endsWith('.csv'))
const idOf = async (name: string, workspace = mine.id) =>
  (
    await app.db.query<{ id: number }>(
      sql`select profile_id as id from profiles where workspace_id = ${workspace} and first_name = ${name}`,
    )
  )[0]!.id

beforeEach(async () => {
  mine = await app.workspace(`L${++made}`, 'editor')
  await call('POST', '/profiles', {
    profiles: [
      { externalKey: 'K-1', firstName: 'Ada', phone: '0701740605', email: 'ada@shop.test' },
      { externalKey: 'K-2', firstName: 'Bo', phone: '+46701740606', email: 'both@shop.test' },
      { externalKey: 'K-3', firstName: 'Cia', email: 'both@shop.test' },
      { externalKey: 'K-4', firstName: 'Dan', phone: '0701740605' },
      { externalKey: 'K-5', firstName: 'Eva' },
    ],
  })
})

describe('a pasted list', () => {
  test('of numbers in any writing matches everybody who has one; repeated and unmatched entries are counted apart', async () => {
    const text = '070-174 06 05\n+46 70 174 06 05\n0701740606;0701740699, hello\n\n112\n'
    const done = await list(text, { by: 'phone', pasted: true })
    expect(done).toMatchObject({
      state: 'done',
      entries: 6,
      matched: 2,
      doubled: 1,
      unmatched: 3,
      several: 1,
      people: 3,
      problem: null,
      hasUnmatched: true,
    })
    expect(await people(done)).toEqual(['Ada', 'Bo', 'Dan'])
    expect(await unmatched(done)).toEqual([
      { line: 3, value: '0701740699', reason: 'no profile has it' },
      { line: 3, value: ' hello', reason: 'is not a valid number' },
      { line: 5, value: '112', reason: expect.any(String) },
    ])
    const { body: segment } = await call('GET', `/segments/${done.segmentId}`)
    expect(segment).toMatchObject({ frozen: true, definition: null, size: 3, name: expect.stringContaining('List') })
    expect(uploads()).toEqual([])
  })

  test('of e-mail addresses is read as an import reads them, and two profiles with one address are both in', async () => {
    const done = await list('ADA@Shop.test,both@shop.test\tBOTH@SHOP.TEST\nada@@shop', { by: 'email', pasted: true })
    expect(done).toMatchObject({ matched: 2, doubled: 1, unmatched: 1, several: 1, people: 3 })
    expect(await people(done)).toEqual(['Ada', 'Bo', 'Cia'])
    expect(await unmatched(done)).toEqual([{ line: 2, value: 'ada@@shop', reason: 'is not an e-mail address' }])
  })

  test('of customer ids keeps commas and quotes in them, and case counts', async () => {
    const done = await list(' K-1 \nk-2\n"K-3", x\n', { by: 'key', pasted: true })
    expect(await people(done)).toEqual(['Ada'])
    expect(await unmatched(done)).toEqual([
      { line: 2, value: 'k-2', reason: 'no profile has it' },
      { line: 3, value: '"K-3", x', reason: 'no profile has it' },
    ])
  })

  test('of profile ids finds nobody of another workspace and nobody who was erased', async () => {
    const other = await app.workspace(`Other ${made}`, 'editor')
    await call('POST', '/profiles', { profiles: [{ externalKey: 'K-1', firstName: 'Other' }] }, other)
    const [ada, eva, stranger] = [await idOf('Ada'), await idOf('Eva'), await idOf('Other', other.id)]
    const admin = await app.member(mine.id, 'admin')
    const erased = await app.call('POST', `${mine.base}/profiles/${eva}/erase`, {
      cookie: admin.cookie,
      body: { confirm: 'erase' },
    })
    expect(erased.status, JSON.stringify(erased.body)).toBeLessThan(300)
    const done = await list(`${ada}\n${eva}\n${stranger}\n0\n-1\n9999999999999999\n1e3\n`, { by: 'id', pasted: true })
    expect(await people(done)).toEqual(['Ada'])
    expect(done).toMatchObject({ entries: 7, matched: 1, unmatched: 6 })
    expect((await unmatched(done)).map(({ value }) => value)).toEqual([
      String(eva),
      String(stranger),
      '0',
      '-1',
      '9999999999999999',
      '1e3',
    ])
  })
})

describe('a file', () => {
  test('of several columns: the one of the entries is found, or asked for', async () => {
    const csv = 'Kundnr;Namn;Mobil\nK-1;Ada;0701740605\nK-2;Bo;0701740606\n'
    expect(await people(await list(csv, { by: 'phone' }))).toEqual(['Ada', 'Bo', 'Dan'])
    expect(await people(await list(csv, { by: 'key' }))).toEqual(['Ada', 'Bo'])
    expect(await people(await list(csv, { by: 'key', column: 'kundnr' }))).toEqual(['Ada', 'Bo'])
    expect(await upload(csv, { name: 'No', by: 'email' })).toMatchObject({
      status: 400,
      body: { code: 'list_column', fix: expect.stringContaining('Kundnr, Namn, Mobil') },
    })
    expect(await upload(csv, { name: 'No', by: 'email', column: 'Epost' })).toMatchObject({
      status: 400,
      body: { code: 'list_column_unknown' },
    })
    expect(uploads()).toEqual([])
  })

  test('of one column begins with a name or at once, and no first entry is lost', async () => {
    const named = await list('Customer\nK-1\nK-9\n', { by: 'key' })
    expect(named).toMatchObject({ entries: 2, matched: 1, unmatched: 1, notes: [expect.stringContaining('Customer')] })
    expect(await list('K-1\nK-9\n', { by: 'key' })).toMatchObject({ entries: 2, matched: 1, unmatched: 1, notes: [] })
    expect(await list('E-mail\nada@shop.test\n', { by: 'email' })).toMatchObject({ entries: 1, matched: 1 })
    expect(await list('no@shop.test\nada@shop.test\n', { by: 'email' })).toMatchObject({ entries: 2, matched: 1 })
    const lines = await list('Phone\n\n0701740605\n\n0701740699\n', { by: 'phone' })
    expect(await unmatched(lines)).toEqual([{ line: 5, value: '0701740699', reason: 'no profile has it' }])
  })

  test('may be a workbook; the row of an unmatched entry is said', async () => {
    const book = await workbookOf({
      sheets: [
        {
          name: 'People',
          rows: textRows([
            ['E-mail', 'x'],
            ['ada@shop.test', '1'],
            ['nobody@shop.test', '2'],
          ]),
        },
      ],
    })
    const done = await list(book, { by: 'email' })
    expect(await people(done)).toEqual(['Ada'])
    expect(await unmatched(done)).toEqual([{ line: 3, value: 'nobody@shop.test', reason: 'no profile has it' }])
  })

  test('may be of any encoding, with a mark or without; a NUL costs its entry, a formula is none', async () => {
    const text = 'Kundnr\nK-1\nÅ-1\n'
    for (const file of [
      Buffer.from(`\uFEFF${text}`),
      Buffer.from(`\uFEFF${text}`, 'utf16le'),
      Buffer.from(text, 'utf16le'),
      Buffer.from(text, 'latin1'),
    ]) {
      const done = await list(file, { by: 'key' })
      expect(await people(done)).toEqual(['Ada'])
      expect(await unmatched(done)).toEqual([{ line: 3, value: 'Å-1', reason: 'no profile has it' }])
      const pasted = await list(file, { by: 'key', pasted: true })
      expect((await unmatched(pasted)).map(({ value }) => value)).toEqual(['Kundnr', 'Å-1'])
    }
    const odd = await list('K-1\nK-\u00002\n=HYPERLINK("http://x.test")\n+46;1\n', { by: 'key', pasted: true })
    expect((await unmatched(odd)).map(({ value, reason }) => [value, reason])).toEqual([
      ['K-\uFFFD2', 'holds a NUL byte'],
      ['=HYPERLINK("http://x.test")', 'no profile has it'],
      ['+46;1', 'no profile has it'],
    ])
    const { body: csv } = await call('GET', `/segments/lists/${odd.id}/unmatched.csv`)
    expect(String(csv)).toContain('line,value,reason\r\n')
    expect(String(csv)).not.toMatch(/[,"]=HYPERLINK/)
  })

  test('of 40 MB in one line is read with separators, and refused without, with what to do', async () => {
    const piece = 'K-9,'.repeat(256 * 1024)
    expect(await upload(Buffer.alloc(40 * 1024 * 1024, 'K'), { name: 'E', by: 'key', pasted: true })).toMatchObject({
      status: 400,
      body: { code: 'line_too_long' },
    })
    expect(await upload(Buffer.alloc(40 * 1024 * 1024, 'K'), { name: 'E', by: 'key' })).toMatchObject({ status: 400 })
    const done = await list(`0701740605,${piece}0701740606`, { by: 'phone', pasted: true })
    expect(done).toMatchObject({ state: 'done', entries: 256 * 1024 + 2, matched: 2, people: 3 })
    expect(uploads()).toEqual([])
  })

  test('that matches nobody makes no segment, and says which entries', async () => {
    const failed = await list('K-8\nK-9\n', { by: 'key', pasted: true })
    expect(failed).toMatchObject({
      state: 'failed',
      segmentId: null,
      entries: 2,
      problem: expect.stringContaining('No profile has any of the 2 customer ids'),
    })
    expect(await unmatched(failed)).toHaveLength(2)
    expect(await call('GET', '/segments')).toMatchObject({ body: { items: [] } })
  })

  test('that is no list is refused at once', async () => {
    for (const [file, code] of [
      ['', 'csv_empty'],
      ['\n\n', 'csv_empty'],
      [Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0]), ''],
    ] as const) {
      const { status, body } = await upload(file, { name: 'X', by: 'key' })
      expect([status, code === '' ? '' : (body as { code: string }).code]).toEqual([400, code])
    }
    expect((await upload('K-1', { name: 'X', by: 'name' })).status).toBe(400)
    expect(uploads()).toEqual([])
  })
})

describe('lists at once', () => {
  test('two of one name: one becomes the segment; two of other names both do', async () => {
    const answers = await Promise.all([
      upload('K-1', { name: 'Same', by: 'key', pasted: true }),
      upload('K-2', { name: 'Same', by: 'key', pasted: true }),
      upload('K-3', { name: 'Third', by: 'key', pasted: true }),
    ])
    await Promise.all([work(), work()])
    await work()
    const { body } = await call('GET', '/segments')
    const names = (body as { items: { name: string; size: number }[] }).items.map(({ name, size }) => [name, size])
    expect(names).toEqual([
      ['Same', 1],
      ['Third', 1],
    ])
    const states = await Promise.all(
      answers.filter(({ status }) => status === 202).map(async ({ body: one }) => view((one as List).id)),
    )
    expect(states.filter(({ state }) => state === 'done')).toHaveLength(2)
  })

  test('a name that is taken is refused at once', async () => {
    await list('K-1', { by: 'key', pasted: true, name: 'Mine' })
    expect(await upload('K-1', { name: 'Mine', by: 'key', pasted: true })).toMatchObject({
      status: 409,
      body: { code: 'name_taken' },
    })
  })
})

describe('a list under way', () => {
  test('is stopped, and nothing is left', async () => {
    const { body } = await upload('K-1', { name: 'Stop', by: 'key', pasted: true })
    const { id } = body as List
    expect((await call('POST', `/segments/lists/${id}/stop`)).body).toMatchObject({ state: 'stopping' })
    await work()
    expect(await view(id)).toMatchObject({ state: 'stopped', segmentId: null })
    expect(await call('GET', '/segments')).toMatchObject({ body: { items: [] } })
    expect(uploads()).toEqual([])
  })

  test('waits for the writer of the profiles, and a person who is erased meanwhile is not in it', async () => {
    const eva = await idOf('Eva')
    const admin = await app.member(mine.id, 'admin')
    const { body } = await upload('K-1\nK-5', { name: 'Meanwhile', by: 'key', pasted: true })
    let free = () => {}
    let held = Promise.resolve()
    await new Promise<void>(holding => {
      held = app.db.tx(async tx => {
        await lockProfiles(tx, mine.id)
        await new Promise<void>(resolve => {
          free = resolve
          holding()
        })
      })
    })
    const erasing = app.call('POST', `${mine.base}/profiles/${eva}/erase`, {
      cookie: admin.cookie,
      body: { confirm: 'erase' },
    })
    await expect
      .poll(async () => {
        const [row] = await app.db.query<{ n: number }>(
          sql`select count(*) as n from pg_locks where locktype = 'advisory' and not granted`,
        )
        return row!.n
      })
      .toBe(1)
    const working = work()
    free()
    await Promise.all([held, erasing, working])
    const done = await view((body as List).id)
    expect(done).toMatchObject({ state: 'done', people: 1 })
    expect(await unmatched(done)).toEqual([{ line: 2, value: 'K-5', reason: 'no profile has it' }])
    const rows = await app.db.query(sql`select from segment_members where workspace_id = ${mine.id}`)
    expect(rows).toHaveLength(1)
  })
})

test('a viewer cannot make one, another workspace sees none of it, and unmatched entries go with the person and with time', async () => {
  const done = await list('K-1\nnew@shop.test\n', { by: 'key', pasted: true })
  const other = await app.workspace(`Stranger ${made}`, 'editor')
  for (const path of ['', '/unmatched', '/unmatched.csv'])
    expect((await call('GET', `/segments/lists/${done.id}${path}`, undefined, other)).status).toBe(404)
  const viewer = await app.member(mine.id, 'viewer')
  const refused = await app.call('POST', `${mine.base}/segments/lists`, { cookie: viewer.cookie, body: {} })
  expect(refused.status).toBe(403)
  await call('POST', '/profiles', { profiles: [{ firstName: 'New', email: 'new@shop.test' }] })
  const admin = await app.member(mine.id, 'admin')
  await app.call('POST', `${mine.base}/profiles/${await idOf('New')}/erase`, {
    cookie: admin.cookie,
    body: { confirm: 'erase' },
  })
  expect(await unmatched(done)).toEqual([])
  await forgetImportFiles(app.db, dataFolder, new Date(app.deps.clock.now().getTime() + 31 * 86_400_000))
  expect(await view(done.id)).toMatchObject({ hasUnmatched: false })
})
