/** The limits of concurrent exports. Each holds a database connection until its client has read it (platform/http/stalled-response.ts), so a request above a limit is refused at once. */
import type { SeatLimits } from '../platform/http/seats.ts'

export const exportLimits: SeatLimits = { each: 2, workspace: 3, all: 6 }
