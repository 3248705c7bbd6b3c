import { setImmediate as soon } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Turns } from './fair-queue.ts'

const limits = { atWork: 2, atWorkEach: 2, waiting: 6, waitingEach: 4, waitMs: 60_000 }

/** Tasks that end on request, and the order in which they began. */
function bench(turns: Turns) {
  const begun: string[] = []
  const ends = new Map<string, () => void>()
  const ask = (workspace: string, principal: string, name: string, signal?: AbortSignal) =>
    turns.run(
      { workspace, principal },
      async () => {
        begun.push(name)
        await new Promise<void>(resolve => ends.set(name, resolve))
        return name
      },
      signal,
    )
  const end = async (name: string) => {
    ends.get(name)?.()
    await soon()
  }
  return { begun, ask, end }
}

test('however many of one workspace wait, the first of another begins at once', async () => {
  const { begun, ask, end } = bench(new Turns(limits))
  const all = ['a1', 'a2', 'a3', 'a4'].map(name => ask('A', 'one', name))
  all.push(ask('B', 'two', 'b1'))
  expect(begun).toEqual(['a1', 'a2', 'b1'])
  for (const name of ['a1', 'a2', 'b1', 'a3', 'a4']) await end(name)
  expect(await Promise.all(all)).toEqual(['a1', 'a2', 'a3', 'a4', 'b1'])
})

test('within a workspace, principals take turns: a single request does not wait behind all requests of another principal', async () => {
  const { begun, ask, end } = bench(new Turns({ ...limits, atWork: 1 }))
  const all = ['a1', 'a2', 'a3'].map(name => ask('A', 'one', name))
  all.push(ask('A', 'two', 'b1'), ask('A', 'three', 'c1'))
  for (const name of ['a1', 'a2', 'b1', 'c1', 'a3']) await end(name)
  await Promise.all(all)
  expect(begun).toEqual(['a1', 'a2', 'b1', 'c1', 'a3'])
})

test('one principal leaves a place to the others', async () => {
  const { begun, ask, end } = bench(new Turns({ ...limits, atWorkEach: 1 }))
  const all = ['a1', 'a2'].map(name => ask('A', 'one', name))
  all.push(ask('A', 'two', 'b1'))
  expect(begun).toEqual(['a1', 'b1'])
  for (const name of ['a1', 'a2', 'b1']) await end(name)
  await Promise.all(all)
})

test('a full queue and a wait that is too long are reported with a retry time', async () => {
  const { begun, ask, end } = bench(new Turns({ ...limits, atWork: 1, waitMs: 20 }))
  const first = ask('A', 'one', 'a1')
  const waiting = ['a2', 'a3', 'a4', 'a5'].map(name => ask('A', 'one', name))
  const busy = { code: 'busy', status: 503, details: { seconds: expect.any(Number) } }
  await expect(ask('A', 'one', 'a6')).rejects.toMatchObject(busy)
  for (const one of waiting) await expect(one).rejects.toMatchObject(busy)
  await end('a1')
  await first
  const last = ask('A', 'one', 'a7')
  await end('a7')
  expect(await last).toBe('a7')
  expect(begun).toEqual(['a1', 'a7'])
})

test('who leaves the queue has begun nothing, and its place is free; work that fails frees its place too', async () => {
  const turns = new Turns({ ...limits, atWork: 1 })
  const { begun, ask, end } = bench(turns)
  const first = ask('A', 'one', 'a1')
  const gone = new AbortController()
  const second = ask('A', 'one', 'a2', gone.signal)
  gone.abort(new Error('gone'))
  await expect(second).rejects.toThrow('gone')
  await end('a1')
  await first
  const failing = turns.run({ workspace: 'A', principal: 'one' }, () => Promise.reject(new Error('broken')))
  await expect(failing).rejects.toThrow('broken')
  void ask('A', 'one', 'a3')
  expect(begun).toEqual(['a1', 'a3'])
})
