/** Planned reminders in the API, of activities and of their reports. */
import { Type } from '@fastify/type-provider-typebox'
import { longestReminder, reminderStates, reminderUnits } from '../../core/activities/reminder.ts'

export const Reminder = Type.Object(
  {
    after: Type.Object(
      {
        n: Type.Integer({ minimum: 1, maximum: longestReminder.hours }),
        unit: Type.Enum([...reminderUnits], { description: `at most ${longestReminder.days} days` }),
      },
      { additionalProperties: false },
    ),
    body: Type.Union([Type.String({ maxLength: 20_000 }), Type.Null()], {
      description: 'its text; null: the text of the activity',
    }),
  },
  {
    additionalProperties: false,
    description:
      'a reminder that is sent so long after the last message, to those to whom it was delivered and who have not clicked by then',
  },
)

export const ReminderStatus = Type.Object({
  state: Type.Enum([...reminderStates], {
    description: 'late: it could not be sent for a day, and is not sent any more',
  }),
  at: Type.Union([Type.String({ format: 'date-time' }), Type.Null()], {
    description: 'when it is due; null: not known before the last message is sent',
  }),
  activityId: Type.Union([Type.Integer(), Type.Null()], { description: 'the activity that it has become' }),
  fault: Type.Union([Type.String(), Type.Null()], { description: 'why it could not be sent so far' }),
})
