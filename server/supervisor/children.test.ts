import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { until } from '../../test/processes.ts'
import { createLog } from '../platform/log.ts'
import { startChildren } from './children.ts'

const folder = mkdtempSync(join(tmpdir(), 'homing-children-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('a process that is stopped, or stuck in its own loop, is killed and started again', async () => {
  const script = join(folder, 'child.mjs')
  writeFileSync(
    script,
    `setInterval(() => process.send({ alive: true, waits: null }), 200)
    process.send({ ready: true, info: {} })
    process.once('message', () => process.exit())`,
  )
  let said = ''
  const out = {
    write: (line: string) => {
      said += line
    },
  }
  const log = createLog({ part: 'test', level: 'error', out })
  const children = startChildren([{ name: 'one', command: [script], env: process.env }], log, { silentMs: 4_000 })
  await children.ready()
  const before = children.pids().one!
  process.kill(before, 'SIGSTOP')
  await until('another process', () => children.pids().one !== undefined && children.pids().one !== before)
  expect(said).toContain('a process has given no sign of life and is killed')
  await children.stop()
})
