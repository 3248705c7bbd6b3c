/**
 * The simulator as a process: a gateway to bind to at `127.0.0.1:port`, its count in `simulator.json`. It imports nothing
 * of the database's side and learns nothing from it.
 */

import type { MailSimulator } from './mail-simulator.ts'
import { type SimulatorOptions, simulatorOptionsFromEnv } from './options.ts'
import type { Counts } from './register.ts'
import { Simulator } from './simulator.ts'

export type RunningSimulator = {
  readonly port: number
  /** of the mail server; null: it was not asked for */
  readonly mailPort: number | null
  counts(): Counts
  /** Unbinds its clients, writes journal and count, ends. */
  close(): Promise<void>
  /** Cuts all connections at once, for tests. */
  cutConnections(): void
}

export { simulatorOptionsFromEnv }

/** Missing options come from the environment. Rejects when the port or the folder cannot be had. */
export async function runSimulator(
  options: Partial<SimulatorOptions> = {},
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<RunningSimulator> {
  const simulator = new Simulator({ ...simulatorOptionsFromEnv(env), ...options })
  const port = await simulator.start()
  const mail = await startMail(env).catch(async error => {
    await simulator.close()
    throw error
  })
  return {
    port,
    mailPort: mail?.port ?? null,
    counts: () => simulator.counts(),
    async close() {
      await mail?.close()
      await simulator.close()
    },
    cutConnections: () => simulator.cutConnections(),
  }
}

/** Only where HOMING_SIMULATOR_MAIL_PORT asks for it. What returns later goes to HOMING_MAIL_PORT of this machine. */
async function startMail(env: Readonly<Record<string, string | undefined>>): Promise<MailSimulator | undefined> {
  const port = Number(env.HOMING_SIMULATOR_MAIL_PORT?.trim() || 0)
  if (!Number.isInteger(port) || port <= 0) return undefined
  const { startMailSimulator } = await import('./mail-simulator.ts')
  return startMailSimulator({ port, reportPort: Number(env.HOMING_MAIL_PORT?.trim() || 0), delayMs: [500, 15_000] })
}
