import { expect, test } from 'vitest'
import { Places } from './semaphore.ts'

const tick = () => new Promise(resolve => setImmediate(resolve))

test('no more than there are places work at once, in the order in which they came', async () => {
  const places = new Places(2)
  const begun: number[] = []
  const works = [1, 2, 3, 4].map(n => ({ n, ...Promise.withResolvers<number>() }))
  const done = works.map(({ n, promise }) =>
    places.in(() => {
      begun.push(n)
      return promise
    }),
  )
  await tick()
  expect(begun).toEqual([1, 2])
  works[1]!.resolve(2)
  await tick()
  expect(begun).toEqual([1, 2, 3])
  works[0]!.reject(new Error('failed'))
  await expect(done[0]).rejects.toThrow('failed')
  expect(begun).toEqual([1, 2, 3, 4])
  works[2]!.resolve(3)
  works[3]!.resolve(4)
  expect(await Promise.all(done.slice(1))).toEqual([2, 3, 4])
})

test('who no longer wants to leaves the queue, and takes no place from the others', async () => {
  const places = new Places(1)
  const first = Promise.withResolvers<string>()
  const gone = new AbortController()
  const works = [
    places.in(() => first.promise),
    places.in(async () => 'never', gone.signal),
    places.in(async () => 'third'),
  ]
  gone.abort(new Error('gone'))
  await expect(works[1]).rejects.toThrow('gone')
  first.resolve('first')
  expect(await Promise.all([works[0], works[2]])).toEqual(['first', 'third'])
  expect(await places.in(async () => 'free again')).toBe('free again')
  await expect(places.in(async () => 'never', gone.signal)).rejects.toThrow('gone')
})
