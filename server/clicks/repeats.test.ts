import { expect, test } from 'vitest'
import { clicksKept } from './judge.ts'
import { keptAtOnce, Repeats } from './repeats.ts'

const at = (seconds: number) => new Date(seconds * 1000)

function counted(repeats = new Repeats()) {
  let appended = 0
  const open = (code: number, seconds: number, visitor = 'a') =>
    repeats.keep(code, { addressHash: visitor, agent: '' }, at(seconds), async () => ++appended)
  return { open, appended: () => appended }
}

test('a link that is opened again and again leaves some visits each 10 s, and 1,000 in all', async () => {
  const { open, appended } = counted()
  for (let i = 0; i < 4_000; i++) await open(1, 5)
  expect(appended()).toBe(2 * keptAtOnce + 1)
  for (let i = 0; i < 4_000; i++) await open(1, 15)
  expect(appended()).toBe(3 * keptAtOnce + 2)
  for (let second = 20; second < 20_000; second++) await open(1, second)
  expect(appended()).toBe(clicksKept)
  await open(2, 5)
  expect(appended()).toBe(clicksKept + 1)
})

test('another visitor is kept in the crowd, unless there are as many as only a program makes up', async () => {
  const { open, appended } = counted()
  for (let i = 0; i < 100; i++) await open(1, 5, 'program')
  const before = appended()
  await open(1, 6, 'person')
  expect(appended()).toBe(before + 1)
  for (let i = 0; i < 1_000; i++) await open(1, 7, `made up ${i}`)
  expect(appended()).toBe(3 * keptAtOnce)
})

test('who is not kept waits for what stands for them, and after a failure the next one is kept', async () => {
  const repeats = new Repeats()
  const { promise, reject } = Promise.withResolvers<void>()
  let appended = 0
  const open = (append: () => Promise<unknown>) => repeats.keep(1, { addressHash: 'a', agent: '' }, at(5), append)
  const append = () => {
    appended++
    return promise
  }
  for (let i = 0; i <= 2 * keptAtOnce; i++) void open(append).catch(() => {})
  const waiting = open(() => expect.unreachable())
  let done = false
  void waiting
    .catch(() => {})
    .finally(() => {
      done = true
    })
  await new Promise(setImmediate)
  expect(done).toBe(false)
  reject(new Error('inbox_full'))
  await expect(waiting).rejects.toThrow('inbox_full')
  await open(async () => ++appended)
  expect(appended).toBe(2 * keptAtOnce + 2)
})

test('the memory for links is bounded, and one that is opened now and then stays counted', async () => {
  const { open, appended } = counted()
  for (let i = 0; i < 2 * keptAtOnce + 1; i++) await open(0, 5)
  for (let code = 1; code < 120_000; code++) {
    void open(code, 5)
    if (code % 10_000 === 0) void open(0, 5)
  }
  expect(appended()).toBe(2 * keptAtOnce + 1 + 119_999)
})
