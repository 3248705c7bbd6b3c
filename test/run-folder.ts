/**
 * What a run of a project keeps until it ends: its PostgreSQL and the temporary folders of its tests. It is in memory where the machine
 * has room: a database is a thousand files, and the product waits for the disk at every record. The next run removes what a killed one has
 * left (postgres.ts).
 */
import { accessSync, constants, readFileSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const PREFIX = 'homing-test-'
const MEMORY = '/dev/shm'
const ROOM_BYTES = 4 * 2 ** 30

export const placeOfRuns: string = hasRoom(MEMORY) ? MEMORY : tmpdir()

/** Called in the process that runs them all. */
export const folderOfRun = (project: string): string => join(placeOfRuns, `${PREFIX}${process.pid}-${project}`)

/** TMPDIR of the tests and of all that they start. */
export const temporaryOfRun = (project: string): string => join(folderOfRun(project), 'tmp')

/** Room on the disk and in memory. Tests also run programs from there. */
function hasRoom(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    const { bavail, bsize } = statfsSync(path)
    const runsNothing = new RegExp(`^\\S+ ${path} .*\\bnoexec\\b`, 'm').test(readFileSync('/proc/mounts', 'utf8'))
    return Math.min(bavail * bsize, process.availableMemory()) > ROOM_BYTES && !runsNothing
  } catch {
    return false
  }
}
