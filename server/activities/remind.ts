/** Remind by hand: a draft for those to whom an activity was delivered and who have not clicked by the time the draft is sent. */
import type { ContentChannel } from '../../core/activities/content.ts'
import { problemOf } from '../../core/activities/fields.ts'
import { reminderInWords, reminderName } from '../../core/activities/reminder.ts'
import type { RemindedPeople } from '../../core/activities/send-to.ts'
import { problem } from '../../core/problems.ts'
import { refuseMore } from '../access/collections.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { type Activity, checkReferences, getActivity, insertDraft, type RequestContext } from './draft.ts'
import { dropPlan } from './planned-reminders.ts'
import { readActivity } from './store.ts'

/** What becomes of the reminder that is planned with the activity; undefined: nobody has been asked. */
export type PlannedChoice = 'replace' | 'keep'

export interface RemindChoice {
  planned?: PlannedChoice | undefined
  /** undefined: that of the activity, whose text it takes; over another one it begins empty, and that channel's consents decide */
  channel?: ContentChannel | undefined
  who?: RemindedPeople | undefined
}

/**
 * With the text and the topics of the activity. Throws not_found, conflict: it has not been sent, or the planned reminder, which was to be replaced, has
 * become an SMS meanwhile; reminder_planned: nobody has said what becomes of the planned one.
 */
export async function remindOf(
  db: Database,
  context: RequestContext,
  id: number,
  { planned, channel, who = 'not_clicked' }: RemindChoice = {},
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
    const isOther = channel !== undefined && channel !== content.channel
    const draft = {
      sendTo: { ...sendTo, frozen: false, reminds: id, remindsWho: who },
      quietHours,
      ...(isOther
        ? { content: { channel }, gatewayId: await gatewayOf(tx, workspaceId, channel) }
        : { content, gatewayId }),
    }
    await refuseMore(tx, workspaceId, 'drafts')
    await checkReferences(tx, workspaceId, draft)
    return insertDraft(tx, context, { ...draft, name: reminderName(name) })
  })
  return getActivity(db, context, made)
}

/** The one that carries the channel, where there is one only. */
async function gatewayOf(db: Db, workspaceId: number, channel: ContentChannel): Promise<number | null> {
  const gateways = await db.query<{ id: number }>(
    sql`select id from gateways where workspace_id = ${workspaceId} and channel = ${channel} and removed_at is null order by id limit 2`,
  )
  const [only, other] = gateways
  return only === undefined || other !== undefined ? null : only.id
}
