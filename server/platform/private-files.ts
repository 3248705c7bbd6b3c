/**
 * Only the account that runs Homing can read what it writes. A process calls `keepPrivate` first: each file and folder that it or its
 * children create is 0600 or 0700. `tighten` does the same for what an older version left in a data folder.
 *
 * The one exception: if root runs Homing, PostgreSQL has its own account (os-account.ts). Its group may pass through the data folder
 * (0710); the cluster and the socket belong to that account, 0700.
 */
import { chmodSync, chownSync, existsSync, lstatSync, readdirSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import type { OsAccount } from './postgres/os-account.ts'

const others = 0o077

export function keepPrivate(): void {
  if (process.platform !== 'win32') process.umask(others)
}

/** Lets PostgreSQL's account pass through the folder, and no other account. A folder of another user is not changed. */
export function letPass(folder: string, account: OsAccount | null): void {
  if (process.platform === 'win32') return
  try {
    if (account?.differs) chownSync(folder, lstatSync(folder).uid, account.gid)
    chmodSync(folder, account?.differs ? 0o710 : 0o700)
  } catch {}
}

/** Removes the rights of group and others from everything in the data folder. Returns what could not be changed. */
export function tighten(data: string): string[] {
  const failed: string[] = []
  if (process.platform === 'win32' || !existsSync(data)) return failed
  const tried = (path: string, work: () => void) => {
    try {
      work()
    } catch (error) {
      const isGone = error instanceof Error && 'code' in error && error.code === 'ENOENT'
      if (!isGone) failed.push(path)
    }
  }
  const close = (path: string, wanted = others) =>
    tried(path, () => {
      const { mode } = lstatSync(path)
      if ((mode & wanted) !== 0) chmodSync(path, mode & ~wanted & 0o7777)
    })
  const walk = (folder: string, deep: boolean) =>
    tried(folder, () => {
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        const path = join(folder, entry.name)
        if (entry.isSymbolicLink() || (!deep && entry.isDirectory())) continue
        close(path)
        if (entry.isDirectory()) walk(path, true)
      }
    })
  walk(data, false)
  for (const entry of readdirSync(data, { withFileTypes: true })) {
    const path = join(data, entry.name)
    // PostgreSQL refuses a cluster that others can enter; only files that we put into it may be readable.
    if (entry.name === 'postgres') tried(path, () => walk(realpathSync(path), false))
    else if (entry.isDirectory()) {
      close(path)
      walk(path, true)
    }
  }
  close(data, 0o067)
  return failed
}
