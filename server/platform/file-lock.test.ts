import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { fileSystemOf, reachOf, tryLock } from './file-lock.ts'

const folder = mkdtempSync(join(tmpdir(), 'homing-lock-'))
const file = join(folder, 'räksmörgås "kaffe" %20.lock')
afterAll(() => rmSync(folder, { recursive: true }))

/** Another process that takes the lock and says so; held until its input ends. */
async function taker(): Promise<{ said: string; kill(): Promise<unknown> }> {
  const script = `import { tryLock } from ${JSON.stringify(join(import.meta.dirname, 'file-lock.ts'))}
    console.log(tryLock(${JSON.stringify(file)}) === undefined ? 'refused' : 'taken'); process.stdin.resume()`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = new Promise(resolve => child.once('close', resolve))
  const said = await new Promise<string>(resolve => child.stdout.once('data', text => resolve(String(text).trim())))
  return {
    said,
    kill: () => {
      child.kill('SIGKILL')
      return ended
    },
  }
}

test('who holds a lock keeps others out, in this process and in another, and leaves nothing when it lets go', async () => {
  const held = tryLock(file)
  expect(tryLock(file)).toBeUndefined()
  const other = await taker()
  expect(other.said).toBe('refused')
  await other.kill()
  held?.release()
  const next = tryLock(file)
  expect(next).toBeDefined()
  next?.release()
  expect(existsSync(`${file}-journal`)).toBe(false)
})

test('a lock ends with its process, also by kill -9', async () => {
  const other = await taker()
  expect(other.said).toBe('taken')
  expect(tryLock(file)).toBeUndefined()
  await other.kill()
  const next = tryLock(file)
  expect(next).toBeDefined()
  next?.release()
})

const mountinfo = `22 28 0:20 / /proc rw,nosuid - proc proc rw
28 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
41 28 0:40 / /mnt/our\\040data rw shared:2 - nfs4 server:/x rw,vers=4.2
42 28 0:41 / /mnt rw - tmpfs tmpfs rw
43 28 0:42 / /mnt/win rw - 9p drvfs rw
44 43 254:3 / /mnt/win rw - xfs /dev/vdb rw`

test.each([
  ['/srv/data', 'ext4'],
  ['/mnt/our data/homing', 'nfs4'],
  ['/mnt/our dataset', 'tmpfs'],
  ['/mnt/win/data', 'xfs'],
])('%s lies on %s', (path, kind) => expect(fileSystemOf(path, mountinfo)).toBe(kind))

test('the folder of the tests is of this machine alone', () => expect(reachOf(folder).reach).toBe('machine'))
