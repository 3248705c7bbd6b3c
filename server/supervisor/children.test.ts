import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
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
  expect(said).toContain('process does not respond, killing it')
  await children.stop()
})

const childModule = JSON.stringify(join(import.meta.dirname, 'child.ts'))
/** A process that lives as those of `homing` do: what it cannot do is caught, and other things keep it busy. */
const writeChild = (name: string, begin: string) => {
  const script = join(folder, `${name}.mjs`)
  writeFileSync(
    script,
    `import { createServer } from 'node:net'
    import { runAsChild } from ${childModule}
    setInterval(() => {}, 1000)
    await runAsChild(async () => { ${begin} }).catch(() => { process.exitCode = 1 })`,
  )
  return script
}

test.each([
  [
    'a port that is taken',
    (port: number) => `await new Promise((_, no) => createServer().once('error', no).listen(${port}))`,
    /^Port \d+ is taken by another program\. End that program, or choose another port with HOMING_PORT\.\n$/,
  ],
  [
    'a word of the database in two lines',
    () => `throw Object.assign(new Error('database "x" is\\n not there'), { code: '3D000', severity: 'FATAL' })`,
    /^database "x" is not there\n$/,
  ],
  [
    'a fault of the code',
    () => `throw new TypeError('x is no function')`,
    /^TypeError\n\s+at server\/supervisor\/child\.ts:/,
  ],
  [
    'a stop that fails',
    () => `setTimeout(() => process.disconnect(), 10); return { stop: async () => { throw new Error('no') } }`,
    /^Error\n\s+at /,
  ],
])(
  'a process that cannot continue says why and ends: %s',
  async (_, begin, says) => {
    const holder = createServer()
    await new Promise<void>(resolve => holder.listen(0, resolve))
    const address = holder.address()
    const port = address !== null && typeof address === 'object' ? address.port : 0
    const child = spawn(process.execPath, [writeChild('fails', begin(port))], { stdio: ['ignore', 2, 'pipe', 'ipc'] })
    let said = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    const ended = new Promise(resolve => child.once('close', resolve))
    const late = setTimeout(() => child.kill('SIGKILL'), 20_000)
    expect(await ended).toBe(1)
    clearTimeout(late)
    holder.close()
    expect(said).toMatch(says)
  },
  30_000,
)

test('only who is not ready is named, each word that one is ready is handed on, and who has not begun ends fast', async () => {
  const log = createLog({ part: 'test', level: 'silent' })
  const spec = (name: string, begin: string) => ({ name, command: [writeChild(name, begin)], env: process.env })
  const heard: [string, unknown][] = []
  const children = startChildren(
    [
      spec('well', `return { ready: { port: 7 }, stop: async () => {} }`),
      spec('stuck', `await new Promise(() => {})`),
      spec('dies', `await new Promise(() => setTimeout(() => process.exit(4), 1_500))`),
    ],
    log,
    { readyMs: 6_000, readied: async (name, info) => void heard.push([name, info]) },
  )
  await expect(children.ready()).rejects.toThrow(/^Not ready after 6 seconds: stuck, dies\./)
  expect(heard).toEqual([['well', { port: 7 }]])
  const began = performance.now()
  await children.stop()
  expect(performance.now() - began).toBeLessThan(10_000)
}, 60_000)
