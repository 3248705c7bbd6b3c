/**
 * The simulator as a process: a gateway to bind to at `127.0.0.1:port`, its count in `simulator.json`. It imports nothing
 * of the database's side and learns nothing from it.
 */
import { type SimulatorOptions, simulatorOptionsFromEnv } from './options.ts'
import type { Counts } from './register.ts'
import { Simulator } from './simulator.ts'

export type RunningSimulator = {
  readonly port: number
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
  return {
    port,
    counts: () => simulator.counts(),
    close: () => simulator.close(),
    cutConnections: () => simulator.cutConnections(),
  }
}
