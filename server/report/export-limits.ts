/** How many files may be on their way at once. Each holds a connection as long as its reader takes (platform/http/stalled-response.ts): who finds no place is told so at once. */
import type { SeatLimits } from '../platform/http/seats.ts'

export const exportLimits: SeatLimits = { each: 2, workspace: 3, all: 6 }
