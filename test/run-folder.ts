/** What a run of a project keeps until it ends; the next run removes what a killed one has left (postgres.ts). */
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const PREFIX = 'homing-test-postgres-'

/** Called in the process that runs them all. */
export const folderOfRun = (project: string): string => join(tmpdir(), `${PREFIX}${process.pid}-${project}`)
