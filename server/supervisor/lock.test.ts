import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { lockFolder } from './lock.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'homing-start-lock-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const countMs = 20
const shared = { shared: true, countMs }

test('a second start learns which process holds the folder, and gets it afterwards', async () => {
  const first = await lockFolder(folder)
  first.announce('http://localhost:8080')
  await expect(lockFolder(folder)).rejects.toThrow(
    new RegExp(`process ${process.pid} on ${hostname()}, since \\d{4}-.* UTC\\) at http://localhost:8080\\.`),
  )
  await first.release()
  await (await lockFolder(folder)).release()
})

test('a folder that is moved keeps its lock', async () => {
  const first = await lockFolder(folder)
  const moved = `${folder}-moved`
  execFileSync('mv', [folder, moved])
  await expect(lockFolder(moved)).rejects.toMatchObject({ code: 'already_running' })
  execFileSync('mv', [moved, folder])
  await first.release()
})

describe('where another machine reaches the folder, whose lock our kernel does not see', () => {
  /** As the other machine sees it: the same files, no lock. */
  const elsewhere = () => rmSync(join(folder, 'start.lock'))

  test('a holder that lives is noticed', async () => {
    const first = await lockFolder(folder, shared)
    elsewhere()
    await expect(lockFolder(folder, shared)).rejects.toMatchObject({ code: 'already_running' })
    await first.release()
  })

  test('one that has ended is not waited for, and one that died is, for a while', async () => {
    const first = await lockFolder(folder, shared)
    const note = readFileSync(join(folder, 'start.json'), 'utf8')
    await first.release()
    await (await lockFolder(folder, shared)).release()
    writeFileSync(join(folder, 'start.json'), note)
    await (await lockFolder(folder, shared)).release()
  })

  test('of two that come at once one gets it', async () => {
    const first = lockFolder(folder, { shared: true, countMs: 200 })
    elsewhere()
    const second = lockFolder(folder, { shared: true, countMs: 200 })
    const outcomes = await Promise.allSettled([first, second])
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    for (const outcome of outcomes) if (outcome.status === 'fulfilled') await outcome.value.release()
  })
})
