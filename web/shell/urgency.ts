/** The order of alarms, and which link to Unmatched. */
interface Kind {
  kind: string
}

const unmatched = ['receipts_unmatched', 'deliveries_unreadable', 'records_set_aside']
/** About what came in and belongs to nothing: these are listed on their own page. */
export const isOfUnmatched = ({ kind }: Kind): boolean => unmatched.includes(kind)

/** What stops an SMS or loses what comes in; then what delays; last what only a provider can answer. */
const urgent = [
  'activity_failed',
  'spool_unwritable',
  'journal_failed',
  'secret_key_missing',
  'gateway_credentials',
  'gateway_unreadable',
  'process_down',
]
const urgency = ({ kind }: Kind) => (urgent.includes(kind) ? 0 : unmatched.includes(kind) ? 2 : 1)

/** The most urgent first, of the same urgency the oldest. */
export function urgentFirst<One extends Kind>(alarms: readonly One[]): One[] {
  return alarms.toSorted((a, b) => urgency(a) - urgency(b))
}
