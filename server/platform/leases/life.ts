/**
 * Identifies the boot and the process, and tells whether another process is certainly dead.
 *
 * Invariant: doubt is answered with the harmless side. Pids are reused and differ between containers, so a process is certainly dead only
 * if its boot, its pid namespace and its start time prove it; otherwise its lease must run out.
 */
import { readFileSync, readlinkSync } from 'node:fs'
import { uptime } from 'node:os'

/** Boots of systems without a boot id are compared by time; clocks drift. */
const toleranceMs = 5000

/** Linux has a boot id that all containers of a machine share; elsewhere it is the time of the boot. */
export function bootOf(read: (path: string) => string | undefined = readText): string | null {
  const id = read('/proc/sys/kernel/random/boot_id')
  if (id !== undefined && /^[0-9a-f-]{36}$/.test(id)) return id
  if (process.platform === 'linux') return null
  const up = uptime()
  return up > 0 ? `at:${Math.round(Date.now() - up * 1000)}` : null
}

/** False if unknown. */
export function sameBoot(one: string | null, other: string | null): boolean {
  if (one === null || other === null) return false
  if (!one.startsWith('at:') || !other.startsWith('at:')) return one === other
  return Math.abs(Number(one.slice(3)) - Number(other.slice(3))) <= toleranceMs
}

/** Identifies a process for other processes, as text: "PID_NAMESPACE PID START"; "-" is unknown. */
export const lifeOf = (pid: number): string => `${pidSpace() ?? '-'} ${pid} ${startOf(pid) ?? '-'}`

/** True only if certain. Use it for processes of the current boot only. */
export function isSurelyDead(life: string): boolean {
  const [space, pidText, start] = life.split(' ')
  const pid = Number(pidText)
  if (!Number.isInteger(pid) || pid <= 0) return false
  if (process.platform === 'linux' && (space === '-' || space !== pidSpace())) return false
  if (!exists(pid)) return true
  const startNow = startOf(pid)
  return start !== undefined && start !== '-' && startNow !== undefined && startNow !== start
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH')
  }
}

function pidSpace(): string | undefined {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return undefined
  }
}

/** Clock ticks after the boot: field 22 of proc(5) stat. The name in field 2 may contain spaces and parentheses. */
function startOf(pid: number): string | undefined {
  const stat = readText(`/proc/${pid}/stat`)
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return undefined
  }
}
