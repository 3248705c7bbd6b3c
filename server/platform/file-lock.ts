/**
 * A lock by path: it excludes all other processes, in whatever container they run, until its holder releases it or ends. The kernel keeps it
 * on the file (fcntl, through SQLite, which Node includes: a file that is locked exclusively and never written). The lock does not depend on
 * network or process namespaces and ends with the process, however that ends, so there is no stale lock to judge.
 *
 * It works within one machine. If other machines can see the same files (`reachOf`), it is not enough.
 * Never open the file of a lock in the process that holds it: closing it again would release the lock (fcntl(2), POSIX).
 */
import { readFileSync, realpathSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

export interface FileLock {
  release(): void
}

const BUSY = 5
/** SQLite's codes of file system errors (sqlite.org/rescode.html) and their usual names. */
const errors = new Map([
  [3, 'EACCES'],
  [8, 'EROFS'],
  [10, 'EIO'],
  [13, 'ENOSPC'],
  [14, 'EACCES'],
])

/** Undefined if the lock is held, even by this process. Throws if the file cannot be created or opened. */
export function tryLock(file: string): FileLock | undefined {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(file, { timeout: 0 })
    database.exec('begin exclusive')
  } catch (error) {
    database?.close()
    const result = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : 0
    if (result === BUSY) return undefined
    throw Object.assign(new Error(`${file}: ${(error as Error).message}`, { cause: error }), {
      code: errors.get(result) ?? 'ELOCK',
    })
  }
  const held = database
  return {
    release: () => {
      if (held.isOpen) held.close()
    },
  }
}

/** What else may access the files of a folder: only this machine, the host of this virtual machine, any machine. */
export type FolderReach = 'machine' | 'host' | 'network'

const NETWORK =
  /^(nfs\d?|cifs|smb\d?|smbfs|afs|afpfs|webdav|davfs\d?|ceph|lustre|beegfs|gpfs|gfs2?|ocfs2|orangefs|pvfs2|coda|ncpfs|macfuse|osxfuse|fuse\.(sshfs|s3fs|rclone|gcsfuse|goofys|glusterfs|ceph(-fuse)?|davfs2?|smbnetfs|curlftpfs|moosefs|mfs|juicefs|seaweedfs))$/
const HOST = /^(9p|virtiofs|vboxsf|prl_fs|prl_tg|vmhgfs|drvfs|fakeowner|fuse\.(grpcfuse|osxfs|vmhgfs-fuse))$/

/** Judged by the type of the folder's file system. */
export function reachOf(folder: string): { reach: FolderReach; kind: string } {
  const kind = fileSystemOf(realpathSync(folder), mounts())
  return { kind, reach: NETWORK.test(kind) ? 'network' : HOST.test(kind) ? 'host' : 'machine' }
}

/** The file system type by a list like /proc/self/mountinfo (proc(5)): the mount point that is the longest prefix of the path. */
export function fileSystemOf(path: string, mountinfo: string): string {
  let best = { place: '', kind: '' }
  for (const line of mountinfo.split('\n')) {
    const [before, after] = line.split(' - ')
    const place = before?.split(' ')[4]?.replace(/\\(\d{3})/g, (_, octal: string) => bytes(octal))
    const kind = after?.split(' ')[0]
    if (place === undefined || kind === undefined || place.length < best.place.length) continue
    // Of two mounts on the same path, the later one is on top.
    if (path === place || path.startsWith(place.endsWith('/') ? place : `${place}/`)) best = { place, kind }
  }
  return best.kind
}

const bytes = (octal: string) => String.fromCharCode(Number.parseInt(octal, 8))

function mounts(): string {
  try {
    return readFileSync('/proc/self/mountinfo', 'utf8')
  } catch {
    return ''
  }
}
