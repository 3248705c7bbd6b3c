/** Which port do pages and short links get? The one asked for, or none; where nobody asked, 8080 or the next free one. */
import { createServer } from 'node:net'
import { problem } from '../../core/problems.ts'

const TRIES = 100

/** Throws `port_taken`. The port is free at this moment; the web process takes it right after. */
export async function choosePort(wanted: number, asked: boolean): Promise<number> {
  const last = asked ? wanted : Math.min(wanted + TRIES, 65_535)
  for (let port = wanted; port <= last; port++) {
    if (await isFree(port)) return port
  }
  throw problem('port_taken', { port: wanted })
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    // All addresses: a program that holds the port on one of them would get some of our visitors.
    const probe = createServer().once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false)
      else if (error.code === 'EACCES') reject(problem('port_not_allowed', { port }, { cause: error }))
      else reject(error)
    })
    probe.listen({ port, exclusive: true }, () => probe.close(() => resolve(true)))
  })
}
