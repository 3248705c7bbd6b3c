/**
 * Which activities can a workspace see, list and count? Its own: no test SMS, which is an activity of another kind, and nothing deleted.
 * Every statement that finds activities otherwise than on the way of a message says so with this (test/architecture.test.ts).
 */
import { sql } from '../platform/db/sql.ts'

/** Of `activities a`. */
export const isVisible = sql`a.kind = 'sending' and a.deleted_at is null`
