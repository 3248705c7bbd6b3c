import { expect, test, vi } from 'vitest'
import { ApiProblem } from '../api/problem.ts'
import { DraftSaver } from './draftSaver.ts'

interface Fields {
  name: string
  body: string
}
type Server = Fields & { revision: number }

const start: Server = { name: 'A', body: '', revision: 1 }

/** A server that keeps one draft and refuses an old revision, as the real one does. */
function makeServer() {
  let stored = start
  const save = vi.fn(async (revision: number, changed: Partial<Fields>) => {
    if (revision !== stored.revision) throw new ApiProblem(409, { title: 'Somebody else was faster.' })
    stored = { ...stored, ...changed, revision: revision + 1 }
    return stored
  })
  const changeElsewhere = (changed: Partial<Fields>) => {
    stored = { ...stored, ...changed, revision: stored.revision + 1 }
  }
  return { save, load: async () => stored, changeElsewhere, stored: () => stored }
}

test('what is typed while a request is under way goes with the next one, on the revision that came back', async () => {
  const server = makeServer()
  const saver = new DraftSaver<Server, Fields>(start, server)
  saver.change({ name: 'B' })
  const saved = saver.flush()
  saver.change({ body: 'Hi' })
  expect(await saved).toBe(true)
  expect(server.stored()).toEqual({ name: 'B', body: 'Hi', revision: 3 })
  expect(saver.read().state.kind).toBe('saved')
  expect(saver.dirty).toBe(false)
})

test('a stale revision stops the saving and shows both versions; what is typed meanwhile stays', async () => {
  const server = makeServer()
  const saver = new DraftSaver<Server, Fields>(start, server)
  server.changeElsewhere({ name: 'Theirs' })
  saver.change({ body: 'Mine' })
  expect(await saver.flush()).toBe(false)
  saver.change({ body: 'Mine, and more' })
  expect(await saver.flush()).toBe(false)
  expect(saver.read().state).toMatchObject({
    kind: 'conflict',
    theirs: { name: 'Theirs' },
    mine: { body: 'Mine, and more' },
  })
  expect(server.stored()).toMatchObject({ name: 'Theirs', body: '' })
})

test('keeping mine lays it over theirs', async () => {
  const server = makeServer()
  const saver = new DraftSaver<Server, Fields>(start, server)
  server.changeElsewhere({ name: 'Theirs' })
  saver.change({ body: 'Mine' })
  await saver.flush()
  saver.resolve('mine')
  expect(await saver.flush()).toBe(true)
  expect(server.stored()).toMatchObject({ name: 'Theirs', body: 'Mine' })
  expect(saver.read().fields).toMatchObject({ name: 'Theirs', body: 'Mine' })
})

test('taking theirs drops mine, and saving continues from there', async () => {
  const server = makeServer()
  const saver = new DraftSaver<Server, Fields>(start, server)
  server.changeElsewhere({ body: 'Theirs' })
  saver.change({ body: 'Mine' })
  await saver.flush()
  saver.resolve('theirs')
  expect(saver.read()).toMatchObject({ fields: { body: 'Theirs' }, state: { kind: 'saved' } })
  saver.change({ body: 'Next' })
  expect(await saver.flush()).toBe(true)
  expect(server.stored().body).toBe('Next')
})

test('a lost connection keeps what was typed and tries again automatically', async () => {
  vi.useFakeTimers()
  try {
    const server = makeServer()
    server.save.mockRejectedValueOnce(new TypeError('fetch failed'))
    const saver = new DraftSaver<Server, Fields>(start, server)
    saver.change({ body: 'Hi' })
    expect(await saver.flush()).toBe(false)
    expect(saver.read()).toMatchObject({ fields: { body: 'Hi' }, state: { kind: 'failed' } })
    expect(saver.dirty).toBe(true)
    await vi.advanceTimersByTimeAsync(5_000)
    expect(server.stored().body).toBe('Hi')
    expect(saver.read().state.kind).toBe('saved')
  } finally {
    vi.useRealTimers()
  }
})

test('a refused value is reported and waits for the next change', async () => {
  vi.useFakeTimers()
  try {
    const server = makeServer()
    server.save.mockRejectedValueOnce(new ApiProblem(400, { title: 'Too long.' }))
    const saver = new DraftSaver<Server, Fields>(start, server)
    saver.change({ name: 'x' })
    await saver.flush()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(server.save).toHaveBeenCalledTimes(1)
    saver.change({ name: 'y' })
    await vi.advanceTimersByTimeAsync(700)
    expect(server.stored().name).toBe('y')
  } finally {
    vi.useRealTimers()
  }
})

test('of two who change different fields of the content, each keeps theirs', async () => {
  interface Nested {
    content: { sender: string; body: string }
  }
  interface Change {
    content?: Partial<Nested['content']>
  }
  const lay = <T extends Nested | Change>(below: T, { content }: Change): T => ({
    ...below,
    content: { ...below.content, ...content },
  })
  let stored = { content: { sender: 'Ours', body: '' }, revision: 1 }
  const save = vi.fn(async (revision: number, change: Change) => {
    if (revision !== stored.revision) throw new ApiProblem(409, { title: 'Somebody else was faster.' })
    stored = { ...lay(stored, change), revision: revision + 1 }
    return stored
  })
  const saver = new DraftSaver<typeof stored, Nested, Change>(stored, { save, load: async () => stored }, lay)
  stored = { content: { sender: 'Theirs', body: '' }, revision: 2 }
  saver.change({ content: { body: 'Mine' } })
  expect(await saver.flush()).toBe(false)
  expect(saver.read().state).toMatchObject({ kind: 'conflict', mine: { content: { body: 'Mine' } } })
  saver.resolve('mine')
  await saver.flush()
  expect(stored.content).toEqual({ sender: 'Theirs', body: 'Mine' })
})
