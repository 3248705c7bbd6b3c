/** For benchmarks on a shared machine: the CPU time of processes, which their neighbours change little. */
import { readdirSync, readFileSync } from 'node:fs'

const ticksPerSecond = 100

/** CPU microseconds so far, by name; PostgreSQL with all of its processes, also those that have ended (Linux). */
export function cpuOf(processes: readonly { name: string; pid: number }[]): Record<string, number> {
  const all = readdirSync('/proc').flatMap(pid => (/^\d+$/.test(pid) ? statOf(pid) : []))
  return Object.fromEntries(
    processes.map(({ name, pid }) => [
      name,
      all.reduce((sum, one) => sum + (one.pid === pid ? one.us + one.endedUs : one.parent === pid ? one.us : 0), 0),
    ]),
  )
}

function statOf(pid: string): { pid: number; parent: number; us: number; endedUs: number }[] {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ')
    return [
      {
        pid: Number(pid),
        parent: Number(fields[1]),
        us: ((Number(fields[11]) + Number(fields[12])) * 1e6) / ticksPerSecond,
        endedUs: ((Number(fields[13]) + Number(fields[14])) * 1e6) / ticksPerSecond,
      },
    ]
  } catch {
    return []
  }
}
