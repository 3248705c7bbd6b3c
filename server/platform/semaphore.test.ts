import { expect, test } from 'vitest'
import { Semaphore } from './semaphore.ts'

const tick = () => new Promise(resolve => setImmediate(resolve))

test('runs at most as many tasks as it has permits, in order of arrival', async () => {
  const semaphore = new Semaphore(2)
  const begun: number[] = []
  const works = [1, 2, 3, 4].map(n => ({ n, ...Promise.withResolvers<number>() }))
  const done = works.map(({ n, promise }) =>
    semaphore.run(() => {
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

test('an aborted task leaves the queue and takes no permit', async () => {
  const semaphore = new Semaphore(1)
  const first = Promise.withResolvers<string>()
  const gone = new AbortController()
  const works = [
    semaphore.run(() => first.promise),
    semaphore.run(async () => 'never', gone.signal),
    semaphore.run(async () => 'third'),
  ]
  gone.abort(new Error('gone'))
  await expect(works[1]).rejects.toThrow('gone')
  first.resolve('first')
  expect(await Promise.all([works[0], works[2]])).toEqual(['first', 'third'])
  expect(await semaphore.run(async () => 'free again')).toBe('free again')
  await expect(semaphore.run(async () => 'never', gone.signal)).rejects.toThrow('gone')
})
