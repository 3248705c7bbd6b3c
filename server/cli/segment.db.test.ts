/** The verb `segment`, as a script uses it. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { sql } from '../platform/db/sql.ts'
import { makeSent } from '../report/sent.fixture.ts'
import { commandLine } from './command-line.fixture.ts'

const line = commandLine('segment')
const { folder, homing } = line

let workspace = ''
beforeAll(async () => {
  const { workspaceId } = await makeSent(line.db, [{ firstName: 'Ada' }, { firstName: '=Bo' }, { firstName: 'Ada' }])
  const [row] = await line.db.query<{ name: string }>(sql`select name from workspaces where id = ${workspaceId}`)
  workspace = row!.name
})

const segment = (...words: string[]) => homing('segment', ...words, '--workspace', workspace)

async function file(name: string, content: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, content)
  return path
}

const named = (value: string) =>
  JSON.stringify({
    v: 1,
    root: { kind: 'group', match: 'all', items: [{ kind: 'text', field: 'first_name', op: 'is', value }] },
  })

test('counts a file, saves it, lists, counts and exports it by name', async () => {
  const ada = await file('ada.json', named('ada'))
  expect(await segment('count', ada)).toMatchObject({ code: 0, out: '2 profiles\n' })
  expect(await segment('create', 'Adas', ada)).toMatchObject({ code: 0 })
  expect(await segment('count', 'Adas', '--json')).toMatchObject({ code: 0, out: expect.stringContaining('"n":2') })
  expect(await segment('list')).toMatchObject({ code: 0, out: 'Adas, 2 profiles\n' })
  const out = join(folder, 'adas.csv')
  expect(await segment('export', 'Adas', '--out', out)).toMatchObject({ code: 0, out: `2 profiles in ${out}\n` })
  const lines = (await readFile(out, 'utf8')).trimEnd().split('\n')
  expect(lines).toHaveLength(3)
  expect(lines[0]).toContain('profile_id,external_key,phone,email,first_name,last_name,country,tags,created_at')
  expect(lines[1]).toContain(',Ada,')
})

test('an export holds no formula, and NDJSON goes to a pipe', async () => {
  await segment('create', 'Formulas', await file('bo.json', named('=bo')))
  const out = join(folder, 'bo.csv')
  expect(await segment('export', 'Formulas', '--out', out)).toMatchObject({ code: 0 })
  expect(await readFile(out, 'utf8')).not.toMatch(/,=Bo/)
  const { out: piped } = await segment('export', 'Formulas', '--format', 'ndjson', '--out', '-')
  expect(JSON.parse(piped)).toMatchObject({ first_name: '=Bo' })
})

test('says what is wrong, in which file and at which place', async () => {
  const broken = await file(
    'broken.json',
    '{"v":1,"root":{"kind":"group","match":"all","items":[{"kind":"horoscope"}]}}',
  )
  for (const [words, said] of [
    [['count', broken], `${broken}: root.items[0].kind`],
    [['count', await file('half.json', '{"v":1')], 'half.json'],
    [['count', join(folder, 'none.json')], 'none.json'],
    [['count', 'Nobody'], 'There is no segment “Nobody”'],
    [['export', 'Adas', '--format', 'pdf', '--out', '-'], 'There is no format “pdf”'],
    [['dance', 'Adas'], 'There is no act “dance”'],
    [['create', 'Adas'], 'Name the file'],
  ] as const) {
    const answer = await segment(...words)
    expect(answer.code).toBe(1)
    expect(answer.err).toContain(said)
  }
})

test('a frozen segment is made of a list, and what matched nobody is written to a file', async () => {
  const ids = await line.db.query<{ id: number }>(sql`select profile_id as id from profiles order by profile_id`)
  const list = await file('ids.csv', `profile_id,name\n${ids[0]!.id},Ada\n${ids[0]!.id},Ada\n999999,=Nobody\n`)
  const out = join(folder, 'unmatched.csv')
  expect(await segment('create', 'Listed', '--from', list, '--by', 'id', '--unmatched', out)).toMatchObject({
    code: 0,
    err: '',
    out: 'The segment “Listed” has 1 profiles. Of 3 entries, 1 matched, 1 repeat one of these, 1 matched nobody.\n',
  })
  expect(await readFile(out, 'utf8')).toBe('\uFEFFline,value,reason\r\n4,999999,no profile has it\r\n')
  expect(await segment('list')).toMatchObject({ out: expect.stringContaining('Listed, 1 profiles, frozen') })
  for (const [words, said] of [
    [['create', 'Listed', '--from', list, '--by', 'id'], 'There is already a segment called "Listed"'],
    [['create', 'X', '--from', list, '--by', 'name'], '--by is “name”: phone, email, key, id'],
    [['create', 'X', '--from', list], '--by is missing'],
    [['create', 'X', '--from', list, '--by', 'email'], 'Columns: profile_id, name'],
    [['create', 'X', '--from', list, '--by', 'key', '--column', 'name'], 'No profile has any of the'],
    [['create', 'X', '--from', join(folder, 'no.csv'), '--by', 'id'], 'no.csv'],
  ] as const)
    expect(await segment(...words), words.join(' ')).toMatchObject({ code: 1, err: expect.stringContaining(said) })
})

test('tags of everybody in a segment are added, removed and given back', async () => {
  const tag = (...words: string[]) => homing('tag', ...words, '--workspace', workspace)
  const tags = async () =>
    (
      await line.db.query<{ tags: string[] }>(
        sql`select tags from profiles where first_name = 'Ada' order by profile_id`,
      )
    ).map(row => row.tags)
  const added = await tag('add', '--segment', 'Adas', '--tag', 'vip, Västra')
  expect(added).toMatchObject({
    code: 0,
    err: '',
    out: expect.stringContaining('2 of 2 profiles changed. To undo it:'),
  })
  expect(await tags()).toEqual([
    ['vip', 'Västra'],
    ['vip', 'Västra'],
  ])
  const removed = await tag('remove', '--segment', 'Adas', '--tag', 'vip', '--json')
  const { id } = JSON.parse(removed.out) as { id: number }
  expect(await tags()).toEqual([['Västra'], ['Västra']])
  expect(await tag('undo', String(id))).toMatchObject({ code: 0, out: '2 profiles have the tags that they had.\n' })
  expect((await tags()).map(each => each.toSorted())).toEqual([
    ['Västra', 'vip'],
    ['Västra', 'vip'],
  ])
  for (const [words, said] of [
    [['add', '--segment', 'Nobody', '--tag', 'x'], 'There is no segment “Nobody”'],
    [['add', '--segment', 'Adas'], '--tag is missing'],
    [['add', '--segment', 'Adas', '--tag', ' '], 'a tag has something to read in it'],
    [['undo', 'x'], 'by the id that it printed'],
    [['paint'], 'add, remove or undo'],
  ] as const)
    expect(await tag(...words), words.join(' ')).toMatchObject({ code: 1, err: expect.stringContaining(said) })
})
