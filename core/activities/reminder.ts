/**
 * The reminder that is planned with an activity: some time after its start, to those who got it and have not clicked by then. When it is due it
 * becomes an activity of its own (server/activities/planned-reminders.ts).
 */
import { addDays } from '../segments/windows.ts'
import { instantOf, localAt } from '../zones.ts'
import { type Fault, Fields, oneOfKind, orNullKind, positiveKind, type Reading, textKind } from './fields.ts'

export const reminderUnits = ['hours', 'days'] as const
export type ReminderUnit = (typeof reminderUnits)[number]
export const longestReminder: Readonly<Record<ReminderUnit, number>> = { hours: 720, days: 30 }

export interface ReminderPlan {
  /** after the start; days end at the same time of the clock */
  after: { n: number; unit: ReminderUnit }
  /** null: the text of the activity, as it was sent */
  body: string | null
}

/**
 * `planned`: it waits for its time; `made`: it has become an activity; `cancelled`: with its activity; `late`: it could not be sent for a day,
 * and is not sent any more.
 */
export const reminderStates = ['planned', 'made', 'cancelled', 'late'] as const
export type ReminderState = (typeof reminderStates)[number]

/** As an activity keeps it (activities.reminder). */
export function readReminder(document: unknown): Reading<ReminderPlan | null> {
  const faults: Fault[] = []
  if (document === null) return { value: null, faults }
  const fields = new Fields(document, 'reminder', faults)
  const after = fields.object('after')
  const unit = after.required('unit', oneOfKind(...reminderUnits), 'days')
  const n = after.required('n', positiveKind, 1)
  if (n > longestReminder[unit]) after.fault('n', `is more than ${longestReminder[unit]}`)
  const body = fields.required('body', orNullKind(textKind), null)
  return { value: { after: { n: Math.min(n, longestReminder[unit]), unit }, body }, faults }
}

/** Of the plan itself; the rest of the activity can be read or not. */
export const isOfReminder = ({ where }: Fault) => where.startsWith('reminder')

/** When it is due, of an activity that starts then. */
export function reminderAt(start: Date, { after: { n, unit } }: ReminderPlan, zone: string): Date {
  if (unit === 'hours') return new Date(start.getTime() + n * 3_600_000)
  const { date, time } = localAt(zone, start.getTime())
  return new Date(instantOf(zone, `${addDays(date, n)} ${time}`) + (start.getTime() % 1000))
}

/** "2 days after the start, to people who got it and did not click" */
export function reminderInWords({ after: { n, unit } }: ReminderPlan): string {
  return `${n} ${n === 1 ? unit.slice(0, -1) : unit} after the start, to people who got it and did not click`
}

/** With room for a few words. A pair of surrogates is not cut. */
export const shortened = (name: string) => name.slice(0, 185).replace(/[\uD800-\uDBFF]$/, '')

export const reminderName = (name: string) => `Reminder: ${shortened(name)}`
