/** Remind by hand: a draft for those to whom an activity was delivered and who have not clicked by the time the draft is sent. */
import { problemOf } from '../../core/activities/fields.ts'
import { reminderInWords, reminderName } from '../../core/activities/reminder.ts'
import { problem } from '../../core/problems.ts'
import { refuseMore } from '../access/collections.ts'
import type { Database } from '../platform/db/database.ts'
import { type Activity, checkReferences, getActivity, insertDraft, type RequestContext } from './draft.ts'
import { dropPlan } from './planned-reminders.ts'
import { readActivity } from './store.ts'

/** What becomes of the reminder that is planned with the activity; undefined: nobody has been asked. */
export type PlannedChoice = 'replace' | 'keep'

/**
 * With the text and the topics of the activity. Throws not_found, conflict: it has not been sent, or the planned reminder, which was to be replaced, has
 * become an SMS meanwhile; reminder_planned: nobody has said what becomes of the planned one.
 */
export async function remindOf(
  db: Database,
  context: RequestContext,
  id: number,
  planned?: PlannedChoice,
): Promise<Activity> {
  const { workspaceId } = context
  const made = await db.tx(async tx => {
    const first = await readActivity(tx, workspaceId, id, true)
    const { name, content, sendTo, gatewayId, quietHours, faults, frozenAt, reminder, reminderState } = first
    if (faults.length > 0) throw problemOf(faults)
    if (frozenAt === null)
      throw problem('conflict', { what: 'This SMS has not been sent yet, so there is nobody to remind.' })
    if (planned === undefined && reminder !== null && reminderState === 'planned')
      throw problem('reminder_planned', { when: reminderInWords(reminder) })
    if (planned === 'replace' && reminderState === 'made')
      throw problem('conflict', {
        what: 'The planned reminder has become an SMS of its own. Change or cancel that one.',
      })
    if (planned === 'replace' && reminderState === 'planned') await dropPlan(tx, context, id)
    const draft = { content, sendTo: { ...sendTo, frozen: false, reminds: id }, gatewayId, quietHours }
    await refuseMore(tx, workspaceId, 'drafts')
    await checkReferences(tx, workspaceId, draft)
    return insertDraft(tx, context, { ...draft, name: reminderName(name) })
  })
  return getActivity(db, context, made)
}
