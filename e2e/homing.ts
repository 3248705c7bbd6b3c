/** For browser tests: the product, started as a user starts it, with its own database and folder, until `stop`. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { freshDatabase } from '../test/database.ts'

export interface Homing {
  url: string
  /** Works once. */
  signInLink: string
  /** Of its database, for what a test cannot bring about in a browser. */
  connectionString: string
  stop(): Promise<void>
}

const root = fileURLToPath(new URL('..', import.meta.url))
const startMs = 300_000
const stopMs = 30_000

/** Opens the sign-in link and presses its button: the page is signed in. */
export async function enter(page: Page, { url, signInLink }: Pick<Homing, 'url' | 'signInLink'>): Promise<void> {
  await page.goto(signInLink)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL(address => !address.pathname.startsWith('/sign-in') && address.href.startsWith(url))
}

/** With the demo workspace, whose activity is being sent when this returns. Throws with the output if it does not get ready. */
export async function startHoming(): Promise<Homing> {
  const database = await freshDatabase({ template: false })
  const folder = await mkdtemp(join(tmpdir(), 'homing-e2e-'))
  const { HOMING_URL: _, HOMING_LINK_URL: __, ...inherited } = process.env
  const child = spawn(process.execPath, ['server/cli.ts', 'start'], {
    cwd: root,
    env: {
      ...inherited,
      DATABASE_URL: database.connectionString,
      HOMING_DATA: folder,
      HOMING_PORT: String(await freePort()),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const ended = once(child, 'exit')

  const stop = async () => {
    if (child.exitCode === null) child.kill('SIGINT')
    const hard = setTimeout(() => child.kill('SIGKILL'), stopMs)
    await ended
    clearTimeout(hard)
    await database.drop()
    await rm(folder, { recursive: true, force: true })
  }
  const words = await new Promise<RegExpMatchArray | null>(settle => {
    const look = () => {
      const found = output.match(/^ready (\S+) sign-in (\S+)$/m)
      if (found) settle(found)
    }
    child.stdout.on('data', look)
    void ended.then(() => settle(null))
    setTimeout(() => settle(null), startMs).unref()
  })
  const [, url, signInLink] = words ?? []
  if (!url || !signInLink) {
    await stop()
    throw new Error(`Homing did not start:\n${output}`)
  }
  return { url, signInLink, connectionString: database.connectionString, stop }
}

/** A port that is free now, because the product must be given one. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
