/**
 * Finds and creates the folders of Homing and the database cluster in them.
 *
 *   <data>/homing.json       marks the folder as ours
 *   <data>/postgres/         the cluster; a link to /var/lib/homing/<key>/postgres if PostgreSQL's account cannot reach <data>
 *   <data>/socket/           0700, the unix socket; a short temporary folder if the path would be too long
 *   <data>/postgres.log
 *
 * A cluster is created beside its final path and then renamed, so that a kill never leaves half of one.
 */
import { spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type Problem, problem } from '../../../core/problems.ts'
import { letPass } from '../private-files.ts'
import { type Binaries, program } from './binaries.ts'
import { canEnter, give, identity, type OsAccount } from './os-account.ts'

/** The role that owns everything in the embedded server, and the name of the application's database. */
export const ROLE = 'homing'

/** sun_path has 108 bytes, the last is NUL (unix(7)); macOS has 104. The name of the socket adds 15. */
const SOCKET_PATH_LIMIT = 103
const SOCKET_NAME = '/.s.PGSQL.5432'

/** Where root keeps what an unprivileged account must reach. */
const SHARED_HOME = '/var/lib/homing'

/** Files that systems and tools create in any folder: a folder with only these counts as empty. */
const NOISE = new Set(['lost+found', '.DS_Store', '.gitkeep', '.gitignore'])

/** Creates `folder` if it is missing and marks it as ours. Throws if it is a file, another program's or not writable. Returns its real path. */
export function claimFolder(folder: string): string {
  const path = resolve(folder)
  try {
    mkdirSync(path, { recursive: true })
    if (!statSync(path).isDirectory()) throw problem('data_folder_is_file', { folder: path })
    const real = realpathSync(path)
    const mark = join(real, 'homing.json')
    if (existsSync(mark)) return real
    const foreign = readdirSync(real).filter(name => !NOISE.has(name))
    if (foreign.length > 0)
      throw problem('data_folder_not_empty', { folder: path, found: foreign.slice(0, 3).join(', ') })
    writeFileSync(
      mark,
      `${JSON.stringify({ what: 'the data folder of a Homing', madeAt: new Date().toISOString() })}\n`,
    )
    letPass(real, null)
    return real
  } catch (error) {
    throw folderProblem(error, path)
  }
}

/** A failed file system call as a sentence; any other error unchanged. */
export function folderProblem(error: unknown, folder: string): unknown {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ENOSPC' || code === 'EDQUOT') return problem('data_folder_no_space', { folder }, { cause: error })
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return noRights(folder, error)
  if (code === 'ENOTDIR' || code === 'EEXIST') return problem('data_folder_is_file', { folder }, { cause: error })
  return error
}

export interface Home {
  /** The data folder, its real path. */
  data: string
  /** The cluster; its real path once it exists. */
  cluster: string
  /** Where a copy of the binaries may be put so that the account reaches it. */
  copies: string
  log: string
  /** True if the account could not reach the data folder and the cluster is in /var/lib/homing. */
  moved: boolean
}

/** Decides the path of the cluster of a (claimed) data folder. */
export function homeOf(data: string, account: OsAccount | null): Home {
  const link = join(data, 'postgres')
  const log = join(data, 'postgres.log')
  letPass(data, account)
  const reachable = canEnter(data, account)
  const copies = account?.differs ? SHARED_HOME : data
  if (reachable || existsSync(join(link, 'PG_VERSION'))) {
    const cluster = existsSync(link) ? realpathSync(link) : link
    return { data, cluster, copies, log, moved: cluster !== link }
  }
  try {
    // The link decides: a folder that was emptied gets a new cluster, never an old one of the same path.
    rmSync(link, { force: true })
    const key = `${createHash('sha256').update(data).digest('hex').slice(0, 12)}-${randomBytes(3).toString('hex')}`
    const home = join(SHARED_HOME, key)
    mkdirSync(home, { recursive: true })
    chmodSync(SHARED_HOME, 0o711)
    letPass(home, account)
    writeFileSync(join(home, 'belongs-to'), `${data}\n`)
    symlinkSync(join(home, 'postgres'), link)
    return { data, cluster: join(home, 'postgres'), copies, log, moved: true }
  } catch (error) {
    throw folderProblem(error, SHARED_HOME)
  }
}

/** Creates the cluster if there is none. Throws if the folder contains another major version, or no cluster. */
export function initialise(home: Home, binaries: Binaries, account: OsAccount | null, password: string | null): void {
  const version = join(home.cluster, 'PG_VERSION')
  try {
    if (existsSync(version)) {
      const found = readFileSync(version, 'utf8').trim()
      if (found !== String(binaries.major)) {
        throw problem('data_folder_other_major', { folder: home.cluster, found, needed: String(binaries.major) })
      }
      giveAll(home.cluster, account) // brought back by root from a backup
      return
    }
    const inside = existsSync(home.cluster) ? readdirSync(home.cluster) : []
    if (inside.length > 0)
      throw problem('data_folder_not_empty', { folder: home.cluster, found: inside.slice(0, 3).join(', ') })
    makeCluster(home, binaries, account, password)
  } catch (error) {
    throw folderProblem(error, home.cluster)
  }
}

function makeCluster(home: Home, binaries: Binaries, account: OsAccount | null, password: string | null): void {
  const fresh = `${home.cluster}.new-${process.pid}`
  const passwordFile = `${fresh}.password`
  removeLeftovers(home.cluster)
  try {
    mkdirSync(fresh, { mode: 0o700 })
    give(fresh, account)
    if (password) {
      writeFileSync(passwordFile, password, { mode: 0o600 })
      give(passwordFile, account)
    }
    // The builtin provider does not tie indexes to a library of the machine. PostgreSQL before 17 has only libc.
    const locale =
      binaries.major >= 17
        ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C']
        : ['--locale-provider=libc', '--locale=C', '--lc-ctype=C.UTF-8']
    const auth = password ? ['--auth=scram-sha-256', `--pwfile=${passwordFile}`] : ['--auth=peer']
    const options = ['-D', fresh, '-U', ROLE, '--encoding=UTF8', '--no-instructions', ...locale, ...auth]
    const made = spawnSync(program(binaries.native, 'initdb'), options, {
      ...identity(account),
      cwd: '/',
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C' },
    })
    if (made.error) throw made.error
    if (made.status !== 0) throw initProblem(home, made.stderr)
    renameSync(fresh, home.cluster)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // Another start was faster: its cluster is as good as ours.
    if ((code === 'ENOTEMPTY' || code === 'EEXIST') && existsSync(join(home.cluster, 'PG_VERSION'))) return
    throw error
  } finally {
    rmSync(fresh, { recursive: true, force: true })
    rmSync(passwordFile, { force: true })
  }
}

function initProblem(home: Home, said: string): Problem {
  if (/No space left on device|Disk quota exceeded/.test(said))
    return problem('data_folder_no_space', { folder: home.cluster })
  if (/Permission denied|Operation not permitted|Read-only file system/.test(said))
    return noRights(home.cluster, new Error(said.trim()))
  return problem('database_failed', {
    folder: home.cluster,
    what: said.trim().split('\n').slice(-3).join(' '),
    log: 'the lines above',
  })
}

/** Removes what a killed start left beside the cluster. */
function removeLeftovers(cluster: string): void {
  const parent = resolve(cluster, '..')
  for (const name of readdirSync(parent)) {
    const pid = /^postgres\.new-(\d+)(\.password)?$/.exec(name)?.[1]
    if (pid && !lives(Number(pid))) rmSync(join(parent, name), { recursive: true, force: true })
  }
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** A folder for the unix socket that only the account (and root) can enter, with a path short enough for the system. */
export function socketFolder(home: Home, account: OsAccount | null): string {
  const near = join(home.moved ? resolve(home.cluster, '..') : home.data, 'socket')
  const folder = fits(near) ? near : shortFolder(home.cluster)
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const found = lstatSync(folder)
    const owners = [process.getuid?.(), account?.uid]
    // In a world-writable folder, another user may have created ours first.
    if (!found.isDirectory() || !owners.includes(found.uid)) {
      throw noRights(folder, new Error('it belongs to another user'))
    }
    chmodSync(folder, 0o700)
    give(folder, account)
    return folder
  } catch (error) {
    throw folderProblem(error, folder)
  }
}

function fits(folder: string): boolean {
  return Buffer.byteLength(folder + SOCKET_NAME) <= SOCKET_PATH_LIMIT
}

function shortFolder(cluster: string): string {
  const name = `homing-${createHash('sha256').update(cluster).digest('hex').slice(0, 16)}`
  const inTemporary = join(tmpdir(), name)
  return fits(inTemporary) ? inTemporary : join('/tmp', name)
}

function giveAll(folder: string, account: OsAccount | null): void {
  if (!account?.differs || lstatSync(folder).uid === account.uid) return
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    lchownSync(join(entry.parentPath, entry.name), account.uid, account.gid)
  }
  chownSync(folder, account.uid, account.gid)
}

function noRights(folder: string, cause: unknown): Problem {
  return problem('data_folder_no_rights', { folder, what: (cause as Error).message }, { cause })
}
