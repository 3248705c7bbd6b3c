/** The last slot of a message's retries in SQL, of `messages m`. Constant text, so that the planner knows it. */
import { RETRY_HOURS } from '../../core/messages/retry.ts'
import { raw } from '../platform/db/sql.ts'

export const lastSlot = raw(`m.t0 + interval '${RETRY_HOURS} hours'`)
