/**
 * Does a PostgreSQL of another container run on this cluster? postmaster.pid names a process by a number that means something else, or
 * nothing, in another process namespace. So each server that Homing starts also listens on a socket in its cluster's folder: whoever
 * can see the folder can knock, in whatever namespaces it runs, and the kernel answers for as long as the server lives. (It answers also
 * for a server that is stopped or recovering: a connection needs nobody who takes it.) Between the knock and the socket of a server that
 * one starts, a lock in the folder keeps others from starting theirs.
 */
import { closeSync, openSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { problem } from '../../../core/problems.ts'
import { type FileLock, reachOf, tryLock } from '../file-lock.ts'
import { type Account, give } from './os-account.ts'

/** What a server is told, for `unix_socket_directories`: its own folder, relative, because the path of a socket must be short. */
export const OWN_FOLDER = '.'
const LOCK = 'homing.lock'
const STARTED = 'homing-started.json'

/** A cluster on a file system that other machines reach is refused: neither Homing nor PostgreSQL could see a server of theirs. */
export function refuseNetwork(folder: string): void {
  const { reach, kind } = reachOf(folder)
  if (reach === 'network') throw problem('data_folder_network', { folder, kind })
}

/** Undefined where somebody else is starting a server right now. */
export function lockCluster(cluster: string, account: Account | null): FileLock | undefined {
  const file = join(cluster, LOCK)
  const lock = tryLock(file)
  if (lock !== undefined) give(file, account)
  return lock
}

/** Does a server listen in this cluster's folder, whoever started it and wherever? */
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
    // EAGAIN: so many knock that its queue is full, so somebody is there.
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'EAGAIN'))
  })
}

/** Who starts a server leaves a note of it, for whoever finds the server from where its process cannot be seen. */
export function noteStart(cluster: string, account: Account | null): void {
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
