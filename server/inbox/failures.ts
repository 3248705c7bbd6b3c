/**
 * Is it the records, or the database? What fails because of the values of a record fails again however often it is tried: such
 * a record is isolated. Everything else (no connection, no space, a deadlock, a schema of another version) says nothing about
 * the records: the batch is tried again as it is.
 */
import { AssertionError } from 'node:assert'
import { Problem } from '../../core/problems.ts'
import { sqlState } from '../platform/db/database.ts'

/** Classes of SQLSTATE that values cause: cardinality, data, integrity, limits of the program (an index row too long), raised, internal. */
const ofValues = new Set(['0A', '21', '22', '23', '54', 'P0', 'XX'])
/** canceling statement due to statement timeout */
const canceled = '57014'

export function isOfRecords(error: unknown): boolean {
  const state = sqlState(error)
  if (state !== undefined) return ofValues.has(state.slice(0, 2))
  return (
    error instanceof TypeError ||
    error instanceof RangeError ||
    error instanceof SyntaxError ||
    error instanceof ReferenceError ||
    error instanceof AssertionError ||
    error instanceof Problem
  )
}

/** The database answers, only not in time: one such failure is chance, several with the same records are not. */
export function isTooSlow(error: unknown): boolean {
  return sqlState(error) === canceled || (error instanceof Error && error.message === 'Query read timeout')
}

/** For people. It may hold values of the record: it is kept with the record, and never logged. */
export function reasonOf(error: unknown): string {
  const state = sqlState(error)
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return (state === undefined ? what : `SQLSTATE ${state}: ${what}`).slice(0, 500)
}
