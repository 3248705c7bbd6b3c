/**
 * Does a `start` already run on this data folder, and where does it answer? Who runs holds a local socket named after the folder; a second one
 * connects to it and is told. The kernel frees the name when the process ends, however it ends: nothing stale is ever left to judge
 * (Linux: a name in the abstract namespace, unix(7); Windows: a named pipe; macOS: a file, removed where nobody answers).
 */
import { statSync, unlinkSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { problem } from '../../core/problems.ts'

export interface FolderLock {
  /** From now on a second start is told this address. */
  announce(url: string): void
  release(): Promise<void>
}

const ASK_MS = 2_000

/** Takes the lock of a data folder (its real path). Throws `already_running` with the address of the one that holds it. */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const name = socketName(folder)
  let url = ''
  const server = createServer(socket => {
    socket.on('error', () => {})
    socket.end(JSON.stringify({ pid: process.pid, url }))
  })
  for (let tries = 0; ; tries++) {
    if (await listens(server, name)) break
    const holder = await ask(name)
    if (holder || tries > 5)
      throw problem('already_running', { folder, pid: holder?.pid ?? '?', at: holder?.url ? ` at ${holder.url}` : '' })
    if (process.platform === 'darwin') unlinkSync(name)
  }
  server.unref()
  return {
    announce: address => {
      url = address
    },
    release: () => new Promise(resolve => server.close(() => resolve())),
  }
}

// The folder's own number, so that the same folder under two names is one.
function socketName(folder: string): string {
  const { dev, ino } = statSync(folder)
  const name = `homing-start-${dev}-${ino}`
  if (process.platform === 'win32') return `\\\\.\\pipe\\${name}`
  return process.platform === 'linux' ? `\0${name}` : join(tmpdir(), name)
}

function listens(server: Server, name: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(false) : reject(error))
    server.once('error', failed)
    server.listen(name, () => {
      server.off('error', failed)
      resolve(true)
    })
  })
}

function ask(name: string): Promise<{ pid: number; url: string } | null> {
  return new Promise(resolve => {
    const socket = connect(name)
    let text = ''
    socket.setEncoding('utf8').setTimeout(ASK_MS, () => socket.destroy())
    socket.on('data', (part: string) => {
      text += part
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      try {
        resolve(JSON.parse(text) as { pid: number; url: string })
      } catch {
        resolve(null)
      }
    })
  })
}
