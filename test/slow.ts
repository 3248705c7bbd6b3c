/** For tests: a database whose statement of one name takes longer, before it is sent. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Database, type Db, statementName } from '../server/platform/db/database.ts'

export function slow(db: Database, name: string, ms: number): Database {
  const slowed = (inner: Db): Db => ({
    async query(statement, known) {
      if (statementName(known) === name) await sleep(ms)
      return inner.query(statement, known)
    },
    async run(statement, known) {
      if (statementName(known) === name) await sleep(ms)
      return inner.run(statement, known)
    },
  })
  return { ...db, ...slowed(db), max: db.max, tx: work => db.tx((tx, client) => work(slowed(tx), client)) }
}
