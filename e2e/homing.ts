/**
 * For browser tests: the product, started as a user starts it, with its own database and folder, until `stop`. Where the demo's past does not
 * matter, a test has one list and one SMS that is sent at once, at full speed, to a quarter of the people.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { prepareRing } from '../server/demo/ring.ts'
import { openDatabase } from '../server/platform/db/database.ts'
import { setClockRate } from '../server/platform/installation/business-clock.ts'
import { identityOf } from '../server/platform/installation/evidence.ts'
import { makeInstallation } from '../server/platform/installation/installation.ts'
import { claimFolder } from '../server/platform/postgres/cluster-folder.ts'
import { launchBrowser } from '../test/browser.ts'
import { freshDatabase } from '../test/database.ts'
import { gathered } from '../test/processes.ts'
import { wide } from './every-page.ts'

export interface Homing {
  url: string
  /** Works once. */
  signInLink: string
  /** Of its database, for what a test cannot bring about in a browser. */
  connectionString: string
  stop(): Promise<void>
}

const root = fileURLToPath(new URL('..', import.meta.url))
const demoPeople = 2_500
const startMs = 300_000
const stopMs = 30_000

/** Opens the sign-in link and presses its button: the page is signed in. */
export async function enter(page: Page, { url, signInLink }: Pick<Homing, 'url' | 'signInLink'>): Promise<void> {
  await page.goto(signInLink)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL(address => !address.pathname.startsWith('/sign-in') && address.href.startsWith(url))
}

/** A wide window in which somebody has just signed in by the link. */
export async function signedInPage(browser: Browser, homing: Homing): Promise<Page> {
  const page = await (await browser.newContext({ viewport: wide })).newPage()
  page.setDefaultTimeout(60_000)
  await enter(page, homing)
  return page
}

/**
 * With the demo workspace of a first start, from an empty database. `small`: from a migrated one with a workspace of that name whose only
 * activity is being sent when this returns. Throws with the output if it does not get ready.
 */
export async function startHoming({ small = false }: { small?: boolean } = {}): Promise<Homing> {
  const database = await freshDatabase({ template: small })
  const folder = await mkdtemp(join(tmpdir(), 'homing-e2e-'))
  const port = await freePort()
  if (small) await makeRing(database.connectionString, folder, `http://localhost:${port}`)
  const { HOMING_URL: _, HOMING_LINK_URL: __, ...inherited } = process.env
  const child = spawn(process.execPath, ['server/cli.ts', 'start'], {
    cwd: root,
    env: {
      ...inherited,
      ...gathered(),
      DATABASE_URL: database.connectionString,
      HOMING_DATA: folder,
      HOMING_PORT: String(port),
      // Nobody waits minutes for a click.
      HOMING_SIMULATOR_VISIT_DELAY_MS: '200-2000',
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

export interface OpenHoming {
  homing: Homing
  browser: Browser
  /** wide, and signed in */
  page: Page
  close(): Promise<void>
}

/** A small Homing with a browser and a page, for the tests of a file: `beforeAll` returns its `close`. */
export async function openHoming(): Promise<OpenHoming> {
  const homing = await startHoming({ small: true })
  let browser: Browser | undefined
  const close = async () => {
    await browser?.close()
    await homing.stop()
  }
  try {
    browser = await launchBrowser()
    return { homing, browser, page: await signedInPage(browser, homing), close }
  } catch (error) {
    await close()
    throw error
  }
}

/** As the verb `demo` makes it. */
async function makeRing(connectionString: string, dataFolder: string, url: string): Promise<void> {
  const db = openDatabase({ connection: { connectionString }, lane: 'test', max: 3 })
  claimFolder(dataFolder)
  try {
    await makeInstallation(db, { identity: await identityOf(db), now: new Date() })
    const now = (await setClockRate(db, 1)).now()
    await prepareRing(db, { dataFolder, url, linkUrl: url, profiles: demoPeople, seed: 1, now })
  } finally {
    await db.end()
  }
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
