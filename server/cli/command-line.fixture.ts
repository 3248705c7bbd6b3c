/** For tests of verbs: the command line as a person calls it, on a database and a data folder of the file's own. Call it once, outside of tests. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../../test/database.ts'
import { homing, temporaryFolder } from '../../test/processes.ts'
import { type Database, openDatabase } from '../platform/db/database.ts'

/** Its members can be used in hooks and tests. */
export interface CommandLine {
  readonly db: Database
  /** for the files of the tests; the data folder is in it */
  readonly folder: string
  readonly data: string
  homing(...words: string[]): ReturnType<typeof homing>
}

export function commandLine(name: string): CommandLine {
  const place = temporaryFolder(`cli-${name}`)
  const data = join(place.path, 'data')
  let database: FreshDatabase | undefined
  let db: Database | undefined
  beforeAll(async () => {
    mkdirSync(data, { recursive: true })
    database = await freshDatabase()
    db = openDatabase({ connection: database.connection, lane: 'test' })
  })
  afterAll(async () => {
    await db?.end()
    await database?.drop()
    place.remove()
  })
  const opened = <Value>(value: Value | undefined): Value => {
    if (value === undefined) throw new Error('only after beforeAll')
    return value
  }
  return {
    get db() {
      return opened(db)
    },
    folder: place.path,
    data,
    homing: (...words) => homing(words, { DATABASE_URL: opened(database).connectionString, HOMING_DATA: data }),
  }
}
