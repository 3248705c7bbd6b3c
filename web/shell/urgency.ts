/** The order of alarms, and which link to Unmatched. */
interface Kind {
  kind: string
}

const unmatched = ['receipts_unmatched', 'deliveries_unreadable', 'records_set_aside']
/** Alarms about incoming records that match no message. Their page is Unmatched. */
export const isOfUnmatched = ({ kind }: Kind): boolean => unmatched.includes(kind)

/** First what stops an SMS or loses incoming records, then what delays them, last what only a provider can answer. */
const urgent = [
  'activity_failed',
  'activity_unreadable',
  'reminder_not_sent',
  'spool_unwritable',
  'journal_failed',
  'secret_key_missing',
  'gateway_credentials',
  'gateway_unreadable',
  'webhook_refused',
  'process_down',
]
const urgency = ({ kind }: Kind) => (urgent.includes(kind) ? 0 : unmatched.includes(kind) ? 2 : 1)

/** The most urgent first; of equal urgency, the oldest first. */
export function urgentFirst<One extends Kind>(alarms: readonly One[]): One[] {
  return alarms.toSorted((a, b) => urgency(a) - urgency(b))
}
