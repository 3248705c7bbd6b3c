/** Several verbs that each begin a transaction, in one: all of them happen, or none. */
import type { Database } from '../platform/db/database.ts'

export function inOneTransaction<Result>(db: Database, work: (db: Database) => Promise<Result>): Promise<Result> {
  return db.tx((tx, client) =>
    work({
      query: (statement, name) => tx.query(statement, name),
      run: (statement, name) => tx.run(statement, name),
      tx: inner => inner(tx, client),
      max: 1,
      connect: () => Promise.reject(new Error('the connection of this transaction is in use')),
      end: async () => {},
    }),
  )
}
