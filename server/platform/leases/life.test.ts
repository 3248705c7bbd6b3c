import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { bootOf, isSurelyDead, lifeOf, sameBoot } from './life.ts'

test('a boot is recognized by its id, else by its time, and not at all if neither is known', () => {
  const id = '07a32fcc-1d23-4159-ab95-377c6ea193da'
  expect(bootOf(() => id)).toBe(id)
  expect(bootOf()).toBe(bootOf())
  expect(sameBoot(id, id)).toBe(true)
  expect(sameBoot(id, 'bb7d6ec5-9f8f-4a4c-9f0e-2f1d4b1f7f11')).toBe(false)
  expect(sameBoot('at:1000000', 'at:1004000')).toBe(true)
  expect(sameBoot('at:1000000', 'at:1030000')).toBe(false)
  expect([sameBoot(null, null), sameBoot(id, null), sameBoot(null, id)]).toEqual([false, false, false])
})

test('a process that runs is not dead, and one that has ended is', () => {
  const { pid } = spawnSync('true')
  expect(isSurelyDead(lifeOf(process.pid))).toBe(false)
  expect(isSurelyDead(lifeOf(pid))).toBe(true)
})

test.runIf(process.platform === 'linux')(
  'a pid that another process has now is dead; one of another container is in doubt',
  () => {
    const [space, pid, start] = lifeOf(process.pid).split(' ')
    expect(Number(start)).toBeGreaterThan(0)
    expect(isSurelyDead(`${space} ${pid} ${Number(start) - 1}`)).toBe(true)
    const { pid: gone } = spawnSync('true')
    expect(isSurelyDead(`pid:[1] ${gone} 5`)).toBe(false)
    expect(isSurelyDead(`- ${gone} 5`)).toBe(false)
  },
)

test('what cannot be read says nothing', () => {
  expect(['', 'x', '- - -', `${lifeOf(process.pid).split(' ')[0]} 0 1`].map(isSurelyDead)).toEqual([
    false,
    false,
    false,
    false,
  ])
})
