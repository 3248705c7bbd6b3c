/** What narrows the list of the start page and its export, as query parameters. */
import { Type } from '@fastify/type-provider-typebox'
import { activityStates } from '../../core/activities/states.ts'
import { maxSearch } from './list-activities.ts'

const Day = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' })
export const listFilters = {
  search: Type.Optional(
    Type.String({ maxLength: maxSearch, description: 'part of the name, or how the sender begins' }),
  ),
  state: Type.Optional(
    Type.Enum([...activityStates], { description: 'sending includes starting; of drafts there is only one' }),
  ),
  from: Type.Optional({ ...Day, description: 'the first day, by `when`, in the time zone of the workspace' }),
  to: Type.Optional({ ...Day, description: 'the last day' }),
}
