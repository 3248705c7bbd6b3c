/** What lists and reports say of the gateway of an activity: does the activity wait because it is paused, and are its credits simulated? */
import { isSimulated } from '../messages/simulated.ts'
import { type Sql, sql } from '../platform/db/sql.ts'

export interface OverGateway {
  simulated: boolean
  /** the name of the paused gateway that the activity waits for; null: it waits for none */
  pausedGateway: string | null
}

/** Of `activities a` and their `gateways g` (`gatewayJoin`). */
export const gatewayColumns: Sql = sql`${isSimulated} as simulated,
  case when g.paused_at is not null and a.state in ('scheduled', 'starting', 'sending') then g.name end as "pausedGateway"`
