/**
 * The reminder that is planned with an activity: some time after its last message is sent, to those who got it and have not clicked by then. When it is due it
 * becomes an activity of its own (server/activities/planned-reminders.ts).
 */
import { addDays } from '../segments/windows.ts'
import { instantOf, localAt } from '../zones.ts'
import { type Fault, Fields, oneOfKind, orNullKind, positiveKind, type Reading, textKind } from './fields.ts'

export const reminderUnits = ['hours', 'days'] as const
export type ReminderUnit = (typeof reminderUnits)[number]
export const longestReminder: Readonly<Record<ReminderUnit, number>> = { hours: 720, days: 30 }

export interface ReminderPlan {
  /** after the last message is sent; days end at the same time of the clock */
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

/**
 * From when its time counts: the last of a slow sending have as much time to click as the first. Null: not known yet, because nothing has started or
 * somebody is still `queued`. `lastSent`: the minute in which somebody was sent it for the first time last; null: nobody was.
 */
export function countsFrom(frozenAt: Date | null, queued: number, lastSent: Date | null): Date | null {
  if (frozenAt === null || queued > 0) return null
  return lastSent !== null && lastSent > frozenAt ? lastSent : frozenAt
}

/** When it is due, where its time counts from then. */
export function reminderAt(from: Date, { after: { n, unit } }: ReminderPlan, zone: string): Date {
  if (unit === 'hours') return new Date(from.getTime() + n * unitMs.hours)
  const { date, time } = localAt(zone, from.getTime())
  return new Date(instantOf(zone, `${addDays(date, n)} ${time}`) + (from.getTime() % 1000))
}

const unitMs: Readonly<Record<ReminderUnit, number>> = { hours: 3_600_000, days: 24 * 3_600_000 }

/** Who got later what it reminds of has not had half the time to click: such people are left out of a reminder that is sent at this time. */
export const gotBefore = (at: Date, { after: { n, unit } }: ReminderPlan) =>
  new Date(at.getTime() - (n * unitMs[unit]) / 2)

/** "2 days after the last SMS is sent" */
export function reminderTimeInWords({ n, unit }: ReminderPlan['after']): string {
  return `${n} ${n === 1 ? unit.slice(0, -1) : unit} after the last SMS is sent`
}

/** "2 days after the last SMS is sent, to people who got one and did not click" */
export const reminderInWords = ({ after }: ReminderPlan) =>
  `${reminderTimeInWords(after)}, to people who got one and did not click`

/** With room for a few words. A pair of surrogates is not cut. */
export const shortened = (name: string) => name.slice(0, 185).replace(/[\uD800-\uDBFF]$/, '')

export const reminderName = (name: string) => `Reminder: ${shortened(name)}`
