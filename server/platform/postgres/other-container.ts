/**
 * Does a PostgreSQL of another container run on this cluster? In another process namespace, the number in postmaster.pid means a different
 * process or none. So each server that Homing starts also listens on a socket in its cluster's folder: every process that can see the folder can
 * connect, in whatever namespace it runs, and the kernel answers as long as the server lives. (It also answers for a server that is stopped or
 * recovering: nobody needs to accept the connection.) From this check until the new server's socket exists, a lock in the folder keeps
 * other processes from starting theirs.
 */
import { closeSync, openSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { problem } from '../../../core/problems.ts'
import { type FileLock, reachOf, tryLock } from '../file-lock.ts'
import { give, type OsAccount } from './os-account.ts'

/** The server's own folder in `unix_socket_directories`: relative, because the path of a socket must be short. */
export const OWN_FOLDER = '.'
const LOCK = 'homing.lock'
const STARTED = 'homing-started.json'

/** Refuses a cluster on a network file system: neither Homing nor PostgreSQL could see a server of another machine. */
export function refuseNetwork(folder: string): void {
  const { reach, kind } = reachOf(folder)
  if (reach === 'network') throw problem('data_folder_network', { folder, kind })
}

/** Undefined if another process is starting a server right now. */
export function lockCluster(cluster: string, account: OsAccount | null): FileLock | undefined {
  const file = join(cluster, LOCK)
  const lock = tryLock(file)
  if (lock !== undefined) give(file, account)
  return lock
}

/** Does any server listen in this cluster's folder? */
export async function somebodyListens(cluster: string): Promise<boolean> {
  if (process.platform === 'win32') return false
  const folder = openSync(cluster, 'r')
  try {
    for (const name of readdirSync(cluster)) {
      if (!/^\.s\.PGSQL\.\d+$/.test(name)) continue
      // Through the open folder the path is short, however long its own is.
      if (await answers(process.platform === 'linux' ? `/proc/self/fd/${folder}/${name}` : join(cluster, name)))
        return true
    }
    return false
  } finally {
    closeSync(folder)
  }
}

function answers(path: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    // EAGAIN: the queue of the socket is full, so a server is there.
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'EAGAIN'))
  })
}

/** Leaves a note about the starter, for processes that find the server and cannot see its process. */
export function noteStart(cluster: string, account: OsAccount | null): void {
  const file = join(cluster, STARTED)
  const note = { host: hostname(), by: process.pid, at: new Date().toISOString() }
  writeFileSync(`${file}.new`, `${JSON.stringify(note)}\n`, { mode: 0o600 })
  give(`${file}.new`, account)
  renameSync(`${file}.new`, file)
}

/** "host 3f2a, since 2026-11-28 15:04 UTC" */
export function whoStarted(cluster: string): string {
  try {
    const note = JSON.parse(readFileSync(join(cluster, STARTED), 'utf8')) as Record<string, unknown>
    return `host ${String(note.host)}, process ${String(note.by)} there, since ${String(note.at).slice(0, 16).replace('T', ' ')} UTC`
  } catch {
    return 'it left no note of who started it'
  }
}
