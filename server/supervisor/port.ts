/** The port of pages and short links: the configured one or an error; if none is configured, 8080 or the next free one. */
import { createServer } from 'node:net'
import { type Problem, problem } from '../../core/problems.ts'

const TRIES = 100

/** Throws `port_taken`. The port is free at this moment, and the caller takes it right after. */
export async function choosePort(wanted: number, asked: boolean): Promise<number> {
  const { port, release } = await reservePort(wanted, asked)
  await release()
  return port
}

export interface ReservedPort {
  port: number
  release(): Promise<void>
}

/** Throws `port_taken`. The port is held until it is released: another start at the same moment chooses the next one. */
export async function reservePort(wanted: number, asked: boolean): Promise<ReservedPort> {
  const last = asked ? wanted : Math.min(wanted + TRIES, 65_535)
  for (let port = wanted; port <= last; port++) {
    const release = await take(port)
    if (release) return { port, release }
  }
  throw problem('port_taken', { port: wanted, setting: 'HOMING_PORT' })
}

function take(port: number): Promise<ReservedPort['release'] | undefined> {
  return new Promise((resolve, reject) => {
    // On all addresses: a program that holds the port on one of them would get some of our visitors.
    const probe = createServer(socket => socket.destroy()).once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined)
      else reject(portProblem(error) ?? error)
    })
    probe.listen({ port, exclusive: true }, () => resolve(() => new Promise(released => probe.close(() => released()))))
  })
}

/** Why the port cannot be used, if that is what the error says; `setting` names where the port comes from. */
export function portProblem(error: unknown, setting = 'HOMING_PORT'): Problem | undefined {
  if (!(error instanceof Error) || !('syscall' in error && 'port' in error && 'code' in error)) return undefined
  if (error.syscall !== 'listen' && error.syscall !== 'bind') return undefined
  const details = { port: Number(error.port), setting }
  if (error.code === 'EADDRINUSE') return problem('port_taken', details, { cause: error })
  return error.code === 'EACCES' ? problem('port_not_allowed', details, { cause: error }) : undefined
}
