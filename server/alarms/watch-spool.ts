/**
 * Could the spool take what comes in while the database is away? Tried by writing: a full disk, a quota, a limit, a file system
 * that has become read-only and a folder without permission all show there.
 */
import { mkdir, open, statfs, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Standing } from './alarms.ts'

/** Some minutes of a busy day. */
const roomBytes = 64 * 1024 * 1024
const probeBytes = 64 * 1024
export const probeEveryMs = 15_000

export async function findUnwritable(folder: string, machine: string): Promise<Standing[]> {
  const fault = await faultOf(folder)
  if (fault === undefined) return []
  return [
    {
      kind: 'spool_unwritable',
      subject: machine,
      workspaceId: null,
      sentence: 'There is no room for what comes in while the database is slow or away.',
      fix: 'Nothing is lost now. Free space on the disk of the data folder: until then replies, receipts and clicks are refused whenever the database does not answer; gateways deliver theirs again later.',
      detail: `The spool folder ${folder} of ${machine}: ${fault}.`,
      afterMs: 0,
    },
  ]
}

async function faultOf(folder: string): Promise<string | undefined> {
  try {
    await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
    await probe(join(folder, `probe-${process.pid}`))
    const { bavail, bsize } = await statfs(folder)
    const free = bavail * bsize
    return free < roomBytes ? `${Math.floor(free / 1_000_000)} MB are free` : undefined
  } catch (error) {
    // No data folder, and so nobody who takes anything in here.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    return `it cannot be written (${error instanceof Error && 'code' in error ? String(error.code) : String(error)})`
  }
}

async function probe(path: string): Promise<void> {
  const handle = await open(path, 'w', 0o600)
  try {
    const { bytesWritten } = await handle.write(Buffer.alloc(probeBytes), 0, probeBytes, 0)
    await handle.datasync()
    if (bytesWritten < probeBytes) throw new Error('a write was cut short')
  } finally {
    await handle.close()
    await unlink(path).catch(() => {})
  }
}
