/**
 * Finds the built user interface, or builds it with Vite if its sources here are newer. A release has no sources and needs no build. The build
 * runs in its own process (which frees its memory) while the database starts. Sources are compared by content, because git keeps no times.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { problem } from '../../core/problems.ts'
import { type FileLock, tryLock } from '../platform/file-lock.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const SCRIPT = fileURLToPath(new URL('ui-build.ts', import.meta.url))
const STAMP = '.sources'
const BUILD_LIMIT_MS = 5 * 60_000

export interface Ui {
  /** The folder of the built pages, or null if this copy has neither them nor their sources. */
  folder: string | null
  built: boolean
}

/** Builds what is missing or outdated, into web/dist, or into <data>/ui if the clone is read-only. Throws `ui_build_failed`. */
export async function prepareUi(data: string, notice: (sentence: string) => void, root: string = ROOT): Promise<Ui> {
  const web = join(root, 'web')
  const shipped = join(web, 'dist')
  if (!existsSync(join(web, 'index.html')))
    return { folder: existsSync(join(shipped, 'index.html')) ? shipped : null, built: false }
  const sources = fingerprint(root)
  const home = writable(web) ? shipped : join(data, 'ui')
  for (const folder of new Set([shipped, home])) {
    if (stampOf(folder) === sources) return { folder, built: false }
  }
  const lock = await lockOf(join(dirname(home), `.${basename(home)}.lock`))
  try {
    // Another start may have built them meanwhile.
    if (stampOf(home) === sources) return { folder: home, built: false }
    notice('Building the user interface (once, until it changes) …')
    await build(web, home)
    writeFileSync(join(home, STAMP), sources)
    if (home.startsWith(web)) chmodSync(join(home, STAMP), 0o644)
    return { folder: home, built: true }
  } finally {
    lock?.release()
  }
}

/** Two starts of one copy, with a data folder each, would empty the folder of each other's build. Undefined where no lock can be made. */
async function lockOf(file: string): Promise<FileLock | undefined> {
  mkdirSync(dirname(file), { recursive: true })
  for (const until = performance.now() + BUILD_LIMIT_MS; performance.now() < until; ) {
    try {
      const lock = tryLock(file)
      if (lock !== undefined) return lock
    } catch {
      return undefined
    }
    await sleep(200)
  }
  return undefined
}

/** What the pages are made from: web/ and core/ (which the pages run too), and the pinned packages. */
export function fingerprint(root: string): string {
  const hash = createHash('sha256')
  const add = (file: string) =>
    hash
      .update(`${relative(root, file)}\0`)
      .update(readFileSync(file))
      .update('\0')
  for (const tree of ['core', 'web']) {
    for (const file of filesOf(join(root, tree))) if (!/\.test\.tsx?$/.test(file)) add(file)
  }
  const lock = join(root, 'package-lock.json')
  if (existsSync(lock)) add(lock)
  return hash.digest('hex')
}

function filesOf(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap(entry => {
      if (entry.name === 'dist' || entry.name === 'node_modules' || entry.name.startsWith('.')) return []
      const path = join(folder, entry.name)
      return entry.isDirectory() ? filesOf(path) : entry.isFile() ? [path] : []
    })
}

function stampOf(folder: string): string | null {
  try {
    return readFileSync(join(folder, STAMP), 'utf8')
  } catch {
    return null
  }
}

function writable(web: string): boolean {
  try {
    accessSync(existsSync(join(web, 'dist')) ? join(web, 'dist') : web, constants.W_OK)
    return true
  } catch {
    return false
  }
}

function build(web: string, out: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = ''
    const child = spawn(process.execPath, [SCRIPT, web, out], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: BUILD_LIMIT_MS,
    })
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (part: string) => {
        said = (said + part).slice(-4_000)
      })
    }
    child.once('error', reject)
    child.once('close', (code, signal) => {
      if (code === 0) resolve()
      else reject(problem('ui_build_failed', { what: said.trim() || `the build ended with ${signal ?? code}` }))
    })
  })
}
