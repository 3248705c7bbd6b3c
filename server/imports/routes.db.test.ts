import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { testApp } from '../access/app.fixture.ts'
import { textRows, workbookOf } from '../files/workbook.fixture.ts'
import { sql } from '../platform/db/sql.ts'
import { fillMap } from './fill-map.ts'
import { runWaitingImports } from './jobs.ts'
import { createImport, runImport } from './run-import.ts'

const dataFolder = mkdtempSync(join(tmpdir(), 'homing-uploads-'))
afterAll(() => rmSync(dataFolder, { recursive: true, force: true }))
const app = testApp({ dataFolder })
const list = readFileSync(new URL('../../test/data/profiles-10k.csv', import.meta.url))
const map = { phone: 'Mobil', external_key: 'Kundnr', sms_consent: 'Samtycke SMS', 'attr.points:number': 'Poäng' }

type Place = Awaited<ReturnType<typeof app.workspace>>
const work = () => runWaitingImports({ db: app.db, clock: app.deps.clock, dataFolder })
const uploads = () => readdirSync(join(dataFolder, 'imports')).filter(name => !name.includes('rejected'))

async function send(
  place: Place,
  path: string,
  fields: Record<string, string>,
  file: Buffer | string | null,
  { fileFirst = false, type = '' } = {},
) {
  const boundary = 'xxBOUNDARYxx'
  const parts = Object.entries(fields).map(([name, value]) =>
    Buffer.from(
      `--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n${type === '' ? '' : `content-type: ${type}\r\n`}\r\n${value}\r\n`,
    ),
  )
  const head = `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="list.csv"\r\ncontent-type: text/csv\r\n\r\n`
  const filePart = file === null ? [] : [Buffer.from(head), Buffer.from(file), Buffer.from('\r\n')]
  const body = Buffer.concat([
    ...(fileFirst ? [...filePart, ...parts] : [...parts, ...filePart]),
    Buffer.from(`--${boundary}--\r\n`),
  ])
  return app.call('POST', `${place.base}${path}`, {
    key: place.key,
    body,
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
  })
}

async function start(place: Place, file: Buffer | string, options: object = { map }): Promise<number> {
  const { status, body } = await send(place, '/imports', { options: JSON.stringify(options) }, file)
  expect(status, JSON.stringify(body)).toBe(202)
  return (body as { import: { id: number } }).import.id
}

const get = async (place: Place, path: string) =>
  (await app.call('GET', `${place.base}/imports${path}`, { key: place.key })).body

describe('an upload', () => {
  test('is shown before it is imported', async () => {
    const place = await app.workspace('Preview')
    const { status, body } = await send(place, '/imports/preview', {}, list.subarray(0, 100_001))
    expect(status).toBe(200)
    expect(body).toMatchObject({
      encoding: 'utf-8',
      separator: ';',
      columns: expect.arrayContaining([
        expect.objectContaining({ name: 'Mobil', suggested: 'phone', ask: null }),
        expect.objectContaining({ suggested: 'sms_consent', words: { yes: ['Ja'], no: ['Nej'], unknown: [] } }),
      ]),
      country: { country: 'SE' },
    })
    expect(uploads()).toEqual([])
  })

  test('does not feed an archived attribute unless the mapping names it', async () => {
    const place = await app.workspace('Archived')
    await app.call('POST', `${place.base}/profiles`, {
      key: place.key,
      body: { profiles: [{ externalKey: 'A', attributes: { colour: 'red' } }] },
    })
    await app.db.run(sql`update attributes set archived_at = now() where workspace_id = ${place.id}`)
    const file = 'Mobil;Colour;Shape\n0701740605;blue;round\n0701740606;red;flat'
    const { body } = await send(place, '/imports/preview', {}, file)
    const note = expect.stringMatching(/Column “Colour” is left out, because the attribute “colour” is archived/)
    expect(body).toMatchObject({
      columns: [{ suggested: 'phone' }, { name: 'Colour', suggested: null }, { suggested: 'attr.shape:text' }],
      notes: expect.arrayContaining([note]),
    })
    const archived = new Set(['colour'])
    const path = join(tmpdir(), `archived-${place.id}.csv`)
    writeFileSync(path, file)
    const input = { own: 'SE', country: null, archived } as const
    const filled = await fillMap(path, { ...input, map: {} })
    expect(filled).toMatchObject({ map: { phone: 'Mobil' }, notes: [note] })
    expect(filled.map).not.toHaveProperty('attr.colour:text')
    expect((await fillMap(path, { ...input, map: { colour: 'Colour' } })).map).toMatchObject({ colour: 'Colour' })
    rmSync(path)
  })

  test('waits for a worker, is imported, and tells what was found', async () => {
    const place = await app.workspace('Upload')
    const id = await start(place, list)
    expect(await get(place, `/${id}`)).toMatchObject({
      id,
      state: 'running',
      step: 'waiting',
      fileName: 'list.csv',
      facts: null,
    })
    await work()
    expect(await get(place, `/${id}`)).toMatchObject({
      state: 'done',
      rowsRead: 10_000,
      created: 9953,
      updated: 0,
      rejected: 0,
      problem: null,
      facts: { consentYes: 8895 },
    })
    const only = { items: [await get(place, `/${id}`)], next: null, previous: null, total: null }
    expect(await get(place, '')).toEqual(only)
    expect(uploads()).toEqual([])
  })

  test('says why it failed, and is not kept', async () => {
    const place = await app.workspace('Failed')
    const id = await start(place, 'Kundnr;Mobil;Samtycke SMS;Poäng\n1;"07;Ja;1\n')
    await work()
    expect(await get(place, `/${id}`)).toMatchObject({
      state: 'failed',
      problem: expect.stringContaining('Line 2: a quote is opened'),
    })
    expect(uploads()).toEqual([])
  })

  test('gives its rejected rows as a file', async () => {
    const place = await app.workspace('Rejected')
    const id = await start(place, 'id;points\nA;1\n;2\nB;many\n', {
      map: { external_key: 'id', 'points:number': 'points' },
    })
    expect(await get(place, `/${id}/rejected`)).toMatchObject({ status: 404 })
    await work()
    expect(await get(place, `/${id}`)).toMatchObject({ created: 1, rejected: 2, hasRejectedRows: true })
    const answer = await app.call('GET', `${place.base}/imports/${id}/rejected`, { key: place.key })
    expect(answer.headers['content-type']).toBe('text/csv; charset=utf-8')
    expect(answer.body).toContain('4,points,many,is not a number')
  })

  test('is imported as suggested where the mapping does not say more', async () => {
    const place = await app.workspace('Suggested')
    const file = 'Namn;Mobil;Samtycke\nAnna;0701740605;Ja\nBo;0701740606;Guld\n'
    const suggested = await start(place, file, {})
    await work()
    expect(await get(place, `/${suggested}`)).toMatchObject({
      created: 2,
      facts: { consentYes: 0 },
      notes: expect.arrayContaining([expect.stringContaining('No consent was imported from column “Samtycke”')]),
    })
    const more = {
      map: { sms_consent: 'Samtycke' },
      suggest: true,
      key: 'phone',
      consentWords: { yes: ['guld'], no: [] },
    }
    const confirmed = await start(place, file, more)
    await work()
    expect(await get(place, `/${confirmed}`)).toMatchObject({ created: 0, updated: 2, facts: { consentYes: 2 } })
  })

  test('with options that nobody means is refused in a sentence, and not kept', async () => {
    const place = await app.workspace('Odd options')
    const good = { external_key: 'id' }
    const odd = [
      null,
      [],
      'x',
      { suggest: false },
      { map: null },
      { map: good, key: 'name' },
      { map: good, key: 'phone' },
      { map: good, consentWords: { yes: 'ja' } },
      { map: { external_key: 7 } },
      { map: { external_key: 'a\0b' } },
      { map: good, topic: ' ' },
      { map: good, topic: 'a\u0007b' },
      { map: good, topic: '\u200b' },
      { map: good, country: 'S1' },
      { map: good, mode: 'all' },
      { map: good, more: 1 },
    ]
    for (const options of odd) {
      const refused = await send(place, '/imports', { options: JSON.stringify(options) }, 'id\nA')
      expect([options, refused]).toMatchObject([options, { status: 400, body: { title: expect.stringMatching(/\S/) } }])
    }
    const spaces = await send(place, '/imports', { options: JSON.stringify({ map: good, topic: ' ' }) }, 'id\nA')
    expect(spaces.body).toMatchObject({
      title: 'options/topic: must have something to read in it, and no control characters',
    })
    expect([await get(place, ''), uploads()]).toMatchObject([{ items: [] }, []])
    expect(app.faults).toEqual([])
  })

  test('takes its options as JSON of the form too, as curl sends them', async () => {
    const place = await app.workspace('Typed options')
    const as = { type: 'application/json' }
    const options = JSON.stringify({ map: { external_key: 'id' } })
    expect((await send(place, '/imports', { options }, 'id\nA', as)).status).toBe(202)
    const broken = await send(place, '/imports', { options: '{"map":' }, 'id\nA', as)
    expect(broken).toMatchObject({ status: 400, body: { title: 'options: is no JSON' } })
    await work()
  })

  test.each([[{ topic: null }], [{}], [{ topic: 'News' }]])(
    'without a column of consents makes no topic (%j)',
    async topic => {
      const place = await app.workspace(`No topic ${JSON.stringify(topic)}`)
      await start(place, 'id\nA\n', { map: { external_key: 'id' }, ...topic })
      await work()
      expect((await app.call('GET', `${place.base}/topics`, { key: place.key })).body).toMatchObject({
        items: [],
      })
    },
  )

  test('in a form that is broken, cut or odd is refused in a sentence, and not kept', async () => {
    const place = await app.workspace('Odd forms')
    const part = (head: string, body = 'id\nA') => `--b\r\n${head}\r\n\r\n${body}\r\n`
    const file = 'content-disposition: form-data; name="file"; filename="a.csv"'
    const options = part('content-disposition: form-data; name="options"', '{"map":{"external_key":"id"}}')
    const odd: [type: string, body: string][] = [
      ['', `${options}${part(file)}--b--\r\n`],
      ['; boundary=c', `${options}${part(file)}--b--\r\n`],
      ['; boundary=b', ''],
      ['; boundary=b', 'x'],
      ['; boundary=b', options],
      ['; boundary=b', `${options}--b\r\n${file}\r\n\r\nid\nA`],
      ['; boundary=b', `${options}${part('x: y')}--b--\r\n`],
      ['; boundary=b', `${options}${part(`${file}\r\nx: ${'y'.repeat(100_000)}`)}`],
      ['; boundary=b', `${part('content-disposition: form-data; name="__proto__"', 'x')}--b--\r\n`],
      ['; boundary=b', `${options.repeat(20)}${part(file)}--b--\r\n`],
      ['; boundary=b', `${options}${part(file)}${part(file)}--b--\r\n`],
    ]
    for (const path of ['/imports', '/imports/preview'])
      for (const [type, body] of odd) {
        const headers = { 'content-type': `multipart/form-data${type}` }
        const { status, body: answer } = await app.call('POST', `${place.base}${path}`, {
          key: place.key,
          body,
          headers,
        })
        expect([type, body.slice(0, 300), status, answer]).toEqual([
          type,
          body.slice(0, 300),
          expect.toSatisfy((n: number) => n < 500),
          expect.anything(),
        ])
      }
    expect([uploads(), app.faults]).toEqual([[], []])
  })

  test('is stopped before a worker takes it', async () => {
    const place = await app.workspace('Stopped')
    const id = await start(place, list)
    await app.call('POST', `${place.base}/imports/${id}/stop`, { key: place.key, body: {} })
    await work()
    expect(await get(place, `/${id}`)).toMatchObject({
      state: 'stopped',
      created: 0,
      problem: expect.stringContaining('stopped'),
    })
    expect(uploads()).toEqual([])
  })

  test('whose worker was killed is begun again; three times, then it has failed', async () => {
    const place = await app.workspace('Killed')
    const again = await start(place, 'id\nA', { map: { external_key: 'id' } })
    await app.db.run(sql`update imports set state = 'running', step = 'merging', starts = 1 where id = ${again}`)
    const never = await start(place, 'id\nA', { map: { external_key: 'id' } })
    await app.db.run(sql`update imports set state = 'running', starts = 3 where id = ${never}`)
    await work()
    expect(await get(place, `/${again}`)).toMatchObject({ state: 'done', created: 1 })
    expect(await get(place, `/${never}`)).toMatchObject({
      state: 'failed',
      problem: expect.stringContaining('3 times'),
    })
  })

  test('goes back to the queue when its worker leaves', async () => {
    const place = await app.workspace('Left')
    const id = await start(place, list)
    const stop = new AbortController()
    const [row] = await app.db.query<{ upload: string }>(sql`select upload from imports where id = ${id}`)
    const path = join(dataFolder, 'imports', row?.upload ?? '')
    const left = runImport(app.db, {
      importId: id,
      path,
      rejected: null,
      now: () => new Date(),
      signal: stop.signal,
      onProgress: () => stop.abort(),
    })
    await expect(left).rejects.toMatchObject({ code: 'import_stopped' })
    expect(await get(place, `/${id}`)).toMatchObject({ state: 'running', step: 'waiting' })
    await work()
    expect(await get(place, `/${id}`)).toMatchObject({ state: 'done', created: 9953 })
  })

  test('that somebody runs is left alone; a verb that was killed shows as failed', async () => {
    const place = await app.workspace('Held')
    const options = { country: 'SE', topic: null, map: { external_key: 'id' }, mode: 'both' } as const
    const input = { workspaceId: place.id, fileName: 'x.csv', options, upload: null, bytes: 1, actor: 'test' }
    const id = await createImport(app.db, input, new Date())
    await app.db.run(sql`update imports set state = 'running' where id = ${id}`)
    expect(await get(place, `/${id}`)).toMatchObject({ state: 'failed' })
    const holder = await app.db.connect()
    await holder.query('select pg_advisory_lock(7303, $1)', [id])
    expect(await get(place, `/${id}`)).toMatchObject({ state: 'running' })
    expect(await runImport(app.db, { importId: id, path: '/none', rejected: null, now: () => new Date() })).toBeNull()
    holder.release(true)
  })
})

describe('a workbook', () => {
  const rows = (...names: string[]) =>
    textRows([['Kundnr', 'Mobil'], ...names.map((name, i) => [name, `07017406${10 + i}`])])
  const many = Array.from({ length: 3000 }, (_, i) => `K${i}`)
  const book = () =>
    workbookOf({
      sheets: [
        { name: 'Kunder', rows: rows(...many) },
        { name: 'Gamla', rows: rows('G1', 'G2'), state: 'hidden' },
      ],
    })
  const own = { external_key: 'Kundnr', phone: 'Mobil' }

  test('is previewed as a whole, sheet by sheet', async () => {
    const place = await app.workspace('Workbook')
    const file = await book()
    const preview = await send(place, '/imports/preview', {}, file)
    expect(preview.body).toMatchObject({
      format: 'xlsx',
      sheet: 'Kunder',
      sheets: [
        { name: 'Kunder', hidden: false },
        { name: 'Gamla', hidden: true },
      ],
      headerLine: 1,
      columns: [{ suggested: 'external_key' }, { suggested: 'phone' }],
    })
    const other = await send(place, '/imports/preview', { options: '{"sheet":"Gamla"}' }, file)
    expect(other.body).toMatchObject({
      sheet: 'Gamla',
      rows: [
        ['G1', '0701740610'],
        ['G2', '0701740611'],
      ],
    })
    const wrong = await send(place, '/imports/preview', { options: '{"sheet":"Nya"}' }, file)
    expect(wrong).toMatchObject({ status: 400, body: { code: 'sheet_unknown' } })
    const cut = await send(place, '/imports/preview', {}, file.subarray(0, 5000))
    expect(cut).toMatchObject({ status: 400, body: { code: 'workbook_unreadable' } })
    const options = JSON.stringify({ map: own, sheet: 'Gamla' })
    expect((await send(place, '/imports/outcomes', { options }, file)).body).toMatchObject({ rows: 2, complete: true })
    expect(uploads()).toEqual([])
  })

  test('whose worker was killed is read again from the same sheet and line', async () => {
    const place = await app.workspace('Workbook killed')
    const id = await start(place, await book(), { map: own, sheet: 'gamla' })
    const [row] = await app.db.query<{ upload: string }>(sql`select upload from imports where id = ${id}`)
    const stop = new AbortController()
    const left = runImport(app.db, {
      importId: id,
      path: join(dataFolder, 'imports', row?.upload ?? ''),
      rejected: null,
      now: () => new Date(),
      signal: stop.signal,
      onProgress: () => stop.abort(),
    })
    await expect(left).rejects.toMatchObject({ code: 'import_stopped' })
    const [kept] = await app.db.query(sql`select options from imports where id = ${id}`)
    expect(kept).toMatchObject({ options: { sheet: 'Gamla', headerLine: 1, encoding: 'utf-8' } })
    await app.db.run(sql`update imports set state = 'running', step = 'merging', starts = 1 where id = ${id}`)
    await work()
    expect(await get(place, `/${id}`)).toMatchObject({ state: 'done', created: 2, rowsRead: 2 })
    expect(uploads()).toEqual([])
  })

  test('with more rows than a thread takes at once keeps all of them', async () => {
    const place = await app.workspace('Workbook long')
    const id = await start(place, await book(), {})
    await work()
    expect(await get(place, `/${id}`)).toMatchObject({ state: 'done', created: 3000, rejected: 0 })
  })
})

describe('what is wrong with an upload is said at once', () => {
  test.each([
    ['no file', '/imports', { options: JSON.stringify({ map }) }, null, 'file: is missing'],
    ['no options', '/imports', {}, 'id\n1', 'options: is missing'],
    ['options that are no JSON', '/imports', { options: '{' }, 'id\n1', 'options: is no JSON'],
    ['options with a strange field', '/imports', { options: '{"map":{"phone":"x"},"mapp":{}}' }, 'id\n1', /^options/],
    [
      'a mapping without a key',
      '/imports',
      { options: '{"map":{"first_name":"x"}}' },
      'id\n1',
      /identifies the profiles/,
    ],
    [
      'a country that is none',
      '/imports',
      { options: '{"map":{"phone":"x"},"country":"XX"}' },
      'id\n1',
      /"XX" is not a country/,
    ],
    ['a preview of an image', '/imports/preview', {}, Buffer.from('89504e470d0a1a0a', 'hex'), /it is an image/],
    ['a preview of nothing', '/imports/preview', {}, '', 'The file is empty.'],
  ])('%s', async (_, path, fields, file, title) => {
    const place = await app.workspace(`Bad ${_}`)
    const { status, body } = await send(place, path, fields as Record<string, string>, file)
    expect(status).toBe(400)
    expect((body as { title: string }).title).toMatch(title)
    expect(uploads()).toEqual([])
    expect(await get(place, '')).toMatchObject({ items: [] })
  })

  test('a body that is no form', async () => {
    const place = await app.workspace('No form')
    expect(await app.call('POST', `${place.base}/imports`, { key: place.key, body: { map } })).toMatchObject({
      status: 415,
    })
  })

  test('the file may come before the options', async () => {
    const place = await app.workspace('Order of parts')
    expect(
      await send(place, '/imports', { options: JSON.stringify({ map: { external_key: 'id' } }) }, 'id\nA', {
        fileFirst: true,
      }),
    ).toMatchObject({ status: 202 })
  })

  test("another workspace's import is not there", async () => {
    const [mine, other] = [await app.workspace('Mine here'), await app.workspace('Other there')]
    const id = await start(other, 'id\nA', { map: { external_key: 'id' } })
    for (const path of [`/${id}`, `/${id}/rejected`]) expect(await get(mine, path)).toMatchObject({ status: 404 })
    expect(await app.call('POST', `${mine.base}/imports/${id}/stop`, { key: mine.key, body: {} })).toMatchObject({
      status: 404,
    })
    await work()
    expect(await get(other, `/${id}`)).toMatchObject({ state: 'done' })
  })
})
