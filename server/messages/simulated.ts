/**
 * Are the credits of an activity simulated? Those of an activity over the built-in simulator: its phones are simulated, and nobody pays for them.
 * Everything that shows credits or money of an activity reads it here, and returns it beside them as `simulated`.
 */
import { type Sql, sql } from '../platform/db/sql.ts'

/** Joins `gateways g` to `activities a`. */
export const gatewayJoin: Sql = sql`left join gateways g on g.id = a.gateway_id`

/** Of `gateways g`, boolean. */
export const isSimulated: Sql = sql`coalesce(g.simulator, false)`
