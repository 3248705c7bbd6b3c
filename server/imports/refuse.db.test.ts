/** Rows that are rejected, files that are refused, imports that are stopped: each says why, and leaves nothing half done. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { fullMap, importTest, list } from './import.fixture.ts'

const made = importTest()

describe('rejected rows', () => {
  test('go to a file with line, column, value and reason; the others come in', async () => {
    const id = await made.newWorkspace()
    const rejectedPath = join(made.folder, 'rejected.csv')
    const long = 'x'.repeat(10_001)
    const text = [
      'id;phone;points;born;consent;note',
      'A;0701740605;1,5;2024-02-29;Ja;ok',
      ';saknas;1;;;no key',
      'B;;many;;;',
      'C;;;31.02.2024;;',
      'D;;;;kanske;',
      'E;;;;;;;;',
      'F;;;;;more;than;header',
      'G;;',
      `H;;;;;${long}`,
      'I;;;;;a\0b',
      'J;;;;;"two\r\nlines"',
      'K;;=1+1;;;',
    ].join('\r\n')
    const result = await made.csv(
      id,
      text,
      'external_key=id,phone=phone,points:number=points,born:date=born,sms_consent=consent,note:text=note',
      { rejectedPath },
    )
    expect(result).toMatchObject({ rows: 12, created: 5, rejected: 7 })
    expect((await made.profiles(id)).map(({ externalKey }) => externalKey)).toEqual(['A', 'D', 'E', 'G', 'J'])
    const file = readFileSync(rejectedPath, 'utf8')
    expect(file.startsWith('\uFEFFline,column,value,reason\r\n')).toBe(true)
    const lines = file.trim().split('\r\n').slice(1)
    expect(lines.map(line => line.slice(0, 60))).toEqual([
      expect.stringMatching(/^3,id,,"is empty, and nothing else in the row/),
      '4,points,many,is not a number',
      expect.stringMatching(/^5,born,31\.02\.2024,"?is not a date/),
      expect.stringMatching(/^8,,F/),
      expect.stringMatching(/^10,note,x+/),
      '11,note,a\uFFFDb,holds a NUL byte',
      "14,points,'=1+1,is not a number",
    ])
  })

  test('an imported row with an invalid number is in the file too, with what was given', async () => {
    const id = await made.newWorkspace()
    const rejectedPath = join(made.folder, 'marked.csv')
    const result = await made.csv(id, 'id;phone\nA;0701740605\nB;070123', 'external_key=id,phone=phone', {
      rejectedPath,
    })
    expect(result).toMatchObject({ created: 2, rejected: 0, marked: 1, reach: null })
    expect(readFileSync(rejectedPath, 'utf8').trim().split('\r\n')[1]).toBe(
      '3,phone,070123,is not a valid number; the profile was imported without a number',
    )
  })

  test('no file is left where nothing was rejected', async () => {
    const id = await made.newWorkspace()
    const rejectedPath = join(made.folder, 'none-rejected.csv')
    await made.csv(id, 'id\nA', 'external_key=id', { rejectedPath })
    expect(() => readFileSync(rejectedPath)).toThrow()
  })
})

describe('an import that fails leaves nothing', () => {
  const everything = async (id: number) => ({
    profiles: await made.count('profiles', id),
    keys: await made.count('profile_keys', id),
    consents: await made.count('consents', id),
    current: await made.count('current_consents', id),
    topics: await made.count('topics', id),
    attributes: await made.count('attributes', id),
  })
  const nothing = { profiles: 0, keys: 0, consents: 0, current: 0, topics: 0, attributes: 0 }
  const good = Array.from({ length: 3000 }, (_, i) => `K${i};07017${String(40000 + i)};Ja;${i}`).join('\n')
  const map = 'external_key=id,phone=phone,sms_consent=consent,points:number=points'

  test.each([
    [
      'a column that is not there',
      `id;phone;consent\n${good}`,
      'csv_column_missing',
      /no column "points".*"id", "phone", "consent"/,
    ],
    [
      'a quote that is never closed, at the end',
      `id;phone;consent;points\n${good}\nX;"y;Ja;1\n`,
      'csv_broken_quotes',
      /^Line 3002/,
    ],
    ['an empty file', '', 'csv_empty', /empty/],
    ['a ZIP', Buffer.from('504b030414000600', 'hex'), 'csv_binary', /ZIP|cut/],
    ['a column twice', `id;Phone;PHONE;consent;points\n${good}`, 'csv_column_twice', /columns 2, 3/],
  ])('%s', async (_, content, code, sentence) => {
    const id = await made.newWorkspace()
    await expect(made.run(id, made.fileOf(content), map)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(sentence),
    })
    expect(await everything(id)).toEqual(nothing)
    await made.expectDenseIds()
  })

  test('stopped while it is read', async () => {
    const id = await made.newWorkspace()
    const stop = new AbortController()
    const stopped = made.run(id, list.pathname, fullMap, { signal: stop.signal, onProgress: () => stop.abort() })
    await expect(stopped).rejects.toMatchObject({ code: 'import_stopped' })
    expect(await everything(id)).toEqual(nothing)
    await made.expectDenseIds()
  })

  test('stopped after all was merged, before the commit: no gap in the ids', async () => {
    const id = await made.newWorkspace()
    const stop = new AbortController()
    const stopped = made.csv(id, `id;phone;consent;points\n${good}`, map, {
      signal: stop.signal,
      onMerged: async () => stop.abort(),
    })
    await expect(stopped).rejects.toMatchObject({ code: 'import_stopped' })
    expect(await everything(id)).toEqual(nothing)
    await made.expectDenseIds()
    expect(await made.csv(id, `id;phone;consent;points\n${good}`, map)).toMatchObject({ created: 3000 })
    await made.expectDenseIds()
  })

  test('two at the same time in one workspace: one after the other, and one of each person', async () => {
    const id = await made.newWorkspace()
    const steps: string[] = []
    const text = `id;phone;consent;points\n${good}`
    const both = await Promise.all(
      [1, 2].map(() => made.csv(id, text, map, { onProgress: ({ step }) => void steps.push(step) })),
    )
    expect(both.map(({ created, updated }) => created + updated)).toEqual([3000, 3000])
    expect(both.reduce((sum, { created }) => sum + created, 0)).toBe(3000)
    expect(await made.count('profiles', id)).toBe(3000)
    await made.expectConsistent(id)
    await made.expectDenseIds()
  })

  test('consent without a topic is refused before anything is read', async () => {
    const id = await made.newWorkspace()
    await expect(made.csv(id, 'x', map, { topicName: null })).rejects.toMatchObject({ code: 'consent_topic' })
  })
})
