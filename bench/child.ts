/** For benchmarks: a process of Homing (`web`, `worker`, `simulator`) as the supervisor starts it, until `stop`. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { testKeyText } from '../test/keys.ts'

const cli = fileURLToPath(new URL('../server/cli.ts', import.meta.url))

/** Resolves when it says that it is ready, with what it says of itself: its port. */
export async function child(verb: string, env: Record<string, string>) {
  const process_ = spawn(process.execPath, [cli, verb], {
    env: { ...process.env, HOMING_SECRET_KEY: testKeyText, ...env },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const exited = new Promise<void>(resolve => process_.once('exit', () => resolve()))
  const info = await new Promise<Record<string, string | number | boolean>>((resolve, reject) => {
    process_.on('message', message => {
      if (typeof message === 'object' && message !== null && 'ready' in message && 'info' in message)
        resolve(message.info as Record<string, string | number | boolean>)
    })
    process_.once('exit', code => reject(new Error(`${verb} ended with ${code}`)))
  })
  return {
    name: verb,
    pid: process_.pid ?? 0,
    info,
    async stop() {
      if (process_.connected) process_.disconnect()
      await exited
    },
  }
}

/** A port that is free now: `web` has to be told one. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  return address !== null && typeof address === 'object' ? address.port : 0
}
