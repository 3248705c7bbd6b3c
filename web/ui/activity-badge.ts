/** The state of an activity in words, the same on the start page and on its report. */
import { count } from './numbers.ts'
import { activityLook, type StatusLook } from './status.ts'

/** `open`: recipients without a final outcome; null: the audience is not locked yet. When all is handed over, it is sent: the rest is retries and receipts. */
export function activityBadge(
  state: string,
  open: { queued: number; retrying: number; pending: number } | null,
): { look: StatusLook; note?: string } {
  if (state !== 'sending' || open === null || open.queued > 0) return { look: activityLook(state) }
  const look = activityLook('sent')
  if (open.retrying > 0) return { look, note: `retrying ${count(open.retrying)}` }
  return open.pending > 0 ? { look, note: `${count(open.pending)} pending` } : { look }
}
