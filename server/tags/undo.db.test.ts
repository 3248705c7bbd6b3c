/** An undo leads to the tags that there would be without the change: in reverse order, for locked profiles later, and never above the limit. */
import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { everybody } from '../../core/segments/tree.ts'
import { testApp } from '../access/app.fixture.ts'
import { sql } from '../platform/db/sql.ts'
import { maxTagsOfProfile } from '../profiles/change-tags.ts'
import { runTaggings } from './run-taggings.ts'

const app = testApp()
let made = 0
let mine = { id: 0, key: '', base: '' }
const people = ['Ada', 'Bo', 'Cia', 'Dan']

const call = (method: 'GET' | 'POST', path: string, body?: object) =>
  app.call(method, mine.base + path, { key: mine.key, ...(body && { body }) })
const run = () => runTaggings({ db: app.db, now: () => app.deps.clock.now(), stepMs: 60_000 })
const named = (...values: string[]) => ({
  v: 1,
  root: {
    kind: 'group',
    match: 'any',
    items: values.map(value => ({ kind: 'text', field: 'first_name', op: 'is', value })),
  },
})
async function ask(path: string, body: object): Promise<number> {
  const answer = await call('POST', path, body)
  expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 202 })
  await run()
  return (answer.body as { id: number }).id
}
const tag = (body: object) => ask('/taggings', { definition: everybody, ...body })
async function undo(id: number): Promise<object> {
  expect(await call('POST', `/taggings/${id}/undo`)).toMatchObject({ status: 200 })
  await run()
  return (await call('GET', `/taggings/${id}`)).body as object
}
const refused = async (id: number, by: number) =>
  expect(await call('POST', `/taggings/${id}/undo`)).toMatchObject({
    status: 409,
    body: { code: 'tagging_not_last', title: expect.stringContaining(`change ${by})`) },
  })
async function tagsOf(): Promise<Record<string, string[]>> {
  const rows = await app.db.query<{ name: string; tags: string[] }>(
    sql`select first_name as name, tags from profiles where workspace_id = ${mine.id} order by first_name`,
  )
  return Object.fromEntries(rows.map(({ name, tags }) => [name, tags.toSorted()]))
}
const each = (...tags: string[]) => Object.fromEntries(people.map(name => [name, tags]))
const lock = (name: string, isLocked = true) =>
  app.db.run(
    sql`update profiles set locked_reason = ${isLocked ? 'a court' : null} where workspace_id = ${mine.id} and first_name = ${name}`,
  )
const setTags = (name: string, tags: string[]) =>
  app.db.run(sql`update profiles set tags = ${tags}::text[] where workspace_id = ${mine.id} and first_name = ${name}`)

beforeEach(async () => {
  mine = await app.workspace(`U${++made}`, 'editor')
  const answer = await call('POST', '/profiles', {
    profiles: people.map((firstName, i) => ({ externalKey: String(i), firstName })),
  })
  expect(answer.status).toBe(200)
})

describe('an undo', () => {
  test('of an addition waits for the undo of the removal after it: nobody gets a tag that nobody had', async () => {
    const added = await tag({ add: ['vip'] })
    const removed = await tag({ remove: ['vip'] })
    await refused(added, removed)
    expect((await call('GET', `/taggings/${added}`)).body).toMatchObject({ canUndo: false, undoAfter: removed })
    await undo(removed)
    expect(await tagsOf()).toEqual(each('vip'))
    expect((await call('GET', `/taggings/${added}`)).body).toMatchObject({ canUndo: true, undoAfter: null })
    await undo(added)
    expect(await tagsOf()).toEqual(each())
  })

  test('of an addition waits for the undo of the rename after it', async () => {
    const added = await tag({ add: ['vip'] })
    const renamed = await ask('/tags/rename', { from: 'vip', to: 'gold' })
    await refused(added, renamed)
    await undo(renamed)
    await undo(added)
    expect(await tagsOf()).toEqual(each())
  })

  test('does not take a tag that a later change added too; a later change that found nobody is not waited for', async () => {
    const first = await tag({ add: ['x'] })
    const second = await tag({ add: ['x'] })
    const nobody = await tag({ add: ['x'], definition: named('Nobody') })
    await refused(first, second)
    expect(await tagsOf()).toEqual(each('x'))
    await undo(second)
    expect(await tagsOf()).toEqual(each('x'))
    await undo(first)
    expect(await tagsOf()).toEqual(each())
    expect((await call('GET', `/taggings/${nobody}`)).body).toMatchObject({ state: 'done', found: 0 })
  })

  test('leaves a locked profile, says so, and is asked for again when it is unlocked', async () => {
    const added = await tag({ add: ['vip'] })
    await lock('Bo')
    expect(await undo(added)).toMatchObject({ state: 'undone', restored: 3, undoLocked: 1, canUndo: true })
    expect(await tagsOf()).toEqual({ ...each(), Bo: ['vip'] })
    expect(await undo(added)).toMatchObject({ state: 'undone', restored: 3, undoLocked: 1, canUndo: true })
    await lock('Bo', false)
    expect(await undo(added)).toMatchObject({ state: 'undone', restored: 4, undoLocked: 0, canUndo: false })
    expect(await tagsOf()).toEqual(each())
  })

  test('of an earlier change leaves those for whom the later one is not undone yet', async () => {
    const added = await tag({ add: ['vip'] })
    const removed = await tag({ remove: ['vip'] })
    await lock('Bo')
    await undo(removed)
    await lock('Bo', false)
    expect(await undo(added)).toMatchObject({ restored: 3, undoLater: 1, canUndo: true })
    expect(await undo(removed)).toMatchObject({ restored: 4, undoLocked: 0 })
    expect(await undo(added)).toMatchObject({ restored: 4, undoLater: 0, canUndo: false })
    expect(await tagsOf()).toEqual(each())
  })

  test('gives nobody more tags than a profile can have, and is asked for again when there is room', async () => {
    await setTags('Ada', ['old'])
    const removed = await tag({ remove: ['old'] })
    const many = Array.from({ length: maxTagsOfProfile }, (_, i) => `t${i}`)
    await setTags('Ada', many)
    expect(await undo(removed)).toMatchObject({ state: 'undone', restored: 0, undoFull: 1, canUndo: true })
    expect((await tagsOf()).Ada).toHaveLength(maxTagsOfProfile)
    await setTags('Ada', many.slice(1))
    expect(await undo(removed)).toMatchObject({ restored: 1, undoFull: 0 })
    expect((await tagsOf()).Ada).toContain('old')
  })

  test('of one that is under way stops it before those that wait behind it', async () => {
    const first = (await call('POST', '/taggings', { add: ['a'], definition: everybody })).body as { id: number }
    const second = (await call('POST', '/taggings', { remove: ['a'], add: ['b'], definition: everybody })).body as {
      id: number
    }
    expect(await call('POST', `/taggings/${first.id}/undo`)).toMatchObject({ status: 200 })
    await run()
    expect(await tagsOf()).toEqual(each('b'))
    await undo(second.id)
    expect(await tagsOf()).toEqual(each())
  })
})

type Act =
  | { act: 'tag'; add: string[]; remove: string[]; who: string[] }
  | { act: 'rename'; from: string; to: string }
  | { act: 'undo'; nth: number }
  | { act: 'lock'; who: string; isLocked: boolean }

/** One person in the naive model: what they began with, and the changes that hold for them. Their tags are those changes, done again. */
interface Modelled {
  began: string[]
  isLocked: boolean
  standing: { nth: number; add: string[]; remove: string[]; from?: string }[]
}

function tagsIn({ began, standing }: Modelled): Set<string> {
  const tags = new Set(began)
  for (const { add, remove, from } of standing) {
    if (from !== undefined && !tags.has(from)) continue
    for (const one of remove) tags.delete(one)
    for (const one of add) tags.add(one)
  }
  return tags
}

test('in any sequence of changes, renames, locks and undos, the tags are those of the changes that are not undone', async () => {
  const some = fc.constantFrom('a', 'b', 'c')
  const acts: fc.Arbitrary<Act> = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        act: fc.constant('tag' as const),
        add: fc.uniqueArray(some, { maxLength: 2 }),
        remove: fc.uniqueArray(some, { maxLength: 2 }),
        who: fc.subarray(people, { minLength: 1 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ act: fc.constant('rename' as const), from: some, to: some }) },
    { weight: 4, arbitrary: fc.record({ act: fc.constant('undo' as const), nth: fc.nat(5) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        act: fc.constant('lock' as const),
        who: fc.constantFrom(...people),
        isLocked: fc.boolean(),
      }),
    },
  )
  await fc.assert(
    fc.asyncProperty(fc.array(acts, { minLength: 6, maxLength: 10 }), async sequence => {
      mine = await app.workspace(`U${++made}`, 'editor')
      await call('POST', '/profiles', {
        profiles: people.map((firstName, i) => ({ externalKey: String(i), firstName })),
      })
      const model = new Map<string, Modelled>(
        people.map((name, i) => [name, { began: i % 2 ? ['a'] : [], isLocked: false, standing: [] }]),
      )
      for (const [name, { began }] of model) await setTags(name, began)
      const changes: { id: number; names: string[]; found: number; isUndone: boolean }[] = []
      for (const act of sequence) {
        if (act.act === 'lock') {
          await lock(act.who, act.isLocked)
          model.get(act.who)!.isLocked = act.isLocked
        } else if (act.act === 'undo') {
          const change = changes[act.nth]
          if (change === undefined) continue
          const after = changes
            .slice(act.nth + 1)
            .filter(
              later => !later.isUndone && later.found > 0 && later.names.some(name => change.names.includes(name)),
            )
          if (after.length > 0) {
            await refused(change.id, after.at(-1)!.id)
            continue
          }
          await undo(change.id)
          change.isUndone = true
          for (const person of model.values()) {
            const place = person.standing.findIndex(({ nth }) => nth === act.nth)
            if (place < 0 || person.isLocked) continue
            const isBefore = person.standing
              .slice(place + 1)
              .some(
                ({ nth }) => changes[nth]!.isUndone && changes[nth]!.names.some(name => change.names.includes(name)),
              )
            if (!isBefore) person.standing.splice(place, 1)
          }
        } else {
          const change =
            act.act === 'rename'
              ? { add: [act.to], remove: [act.from], from: act.from }
              : { add: act.add, remove: act.remove.filter(one => !act.add.includes(one)) }
          if (act.act === 'rename' && act.from === act.to) continue
          if (change.add.length + change.remove.length === 0) continue
          const id =
            act.act === 'rename'
              ? await ask('/tags/rename', { from: act.from, to: act.to })
              : await tag({ add: change.add, remove: change.remove, definition: named(...act.who) })
          const nth = changes.length
          let found = 0
          for (const [name, person] of model) {
            const tags = tagsIn(person)
            if (act.act === 'rename' ? !tags.has(act.from) : !act.who.includes(name)) continue
            found++
            const isChanged = change.add.some(one => !tags.has(one)) || change.remove.some(one => tags.has(one))
            if (isChanged && !person.isLocked) person.standing.push({ nth, ...change })
          }
          changes.push({ id, names: [...change.add, ...change.remove], found, isUndone: false })
        }
        expect(await tagsOf()).toEqual(
          Object.fromEntries([...model].map(([name, person]) => [name, [...tagsIn(person)].toSorted()])),
        )
      }
    }),
    { numRuns: 4 },
  )
})
