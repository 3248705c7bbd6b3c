/** The verb `reminder`: the reminder that is planned with an activity, as the pages plan it. */
import { longestReminder, type ReminderPlan, reminderInWords } from '../../core/activities/reminder.ts'
import { getActivity, type RequestContext } from '../activities/draft.ts'
import { planReminder, reminderStatus, removeReminder } from '../activities/planned-reminders.ts'
import { sql } from '../platform/db/sql.ts'
import type { CommandWords } from './arguments.ts'
import type { CliContext } from './context.ts'
import { activityOf } from './report.ts'
import { actor, printAnswer, usage } from './set-up.ts'
import { readTextFile } from './text-file.ts'

const reminderUsage = 'reminder plan ACTIVITY --after 2d|36h [--text-file F] [--keep] | reminder remove ACTIVITY'

export async function runReminder(place: CliContext, words: CommandWords): Promise<undefined> {
  const { db, clock, linkUrl, config } = place
  const [act, activity] = words.positionals
  if (act !== 'plan' && act !== 'remove') usage('Say plan or remove', reminderUsage)
  const { id, workspaceId } = await activityOf(db, activity, reminderUsage)
  const [workspace] = await db.query<{ linkDomain: string | null }>(
    sql`select link_domain as "linkDomain" from workspaces where id = ${workspaceId}`,
  )
  const context: RequestContext = {
    ...{ workspaceId, actor, now: clock.now() },
    url: config.url ?? linkUrl,
    linkUrl: workspace?.linkDomain ?? linkUrl,
  }
  if (act === 'remove') {
    await removeReminder(db, context, id)
    printAnswer(words, { activity: String(id), reminder: null }, `Activity ${id} has no planned reminder.`)
    return
  }
  const file = words.text('text-file')
  const plan = reminderPlanOf(
    words.needed('after'),
    file === undefined ? null : await readTextFile(file),
    reminderUsage,
  )
  const { revision } = await getActivity(db, context, id)
  const planned = await planReminder(db, context, id, revision, plan, words.on('keep') ? 'keep' : undefined)
  const at = reminderStatus(planned, planned.reminderFrom)?.at?.toISOString() ?? null
  printAnswer(
    words,
    { activity: String(id), reminder: plan, at },
    `A reminder follows ${reminderInWords(plan)}${at === null ? '' : `: ${at}`}.`,
  )
}

/** "2d", "36h" */
export function reminderPlanOf(after: string, body: string | null, of: string): ReminderPlan {
  const [, digits, letter] = /^(\d{1,4})([hd])$/.exec(after) ?? []
  const unit = letter === 'h' ? 'hours' : 'days'
  const n = Number(digits)
  if (digits === undefined || n < 1 || n > longestReminder[unit])
    usage(
      `"${after}" is no time after the last SMS: from 1h to ${longestReminder.hours}h, or from 1d to ${longestReminder.days}d`,
      of,
    )
  return { after: { n, unit }, body }
}
