/**
 * The text formats in the schemas of the HTTP API, each a rule of core: a field names its format (`format: 'name'`) and is checked at the
 * edge, with the messages below. They appear in the OpenAPI document too. Test: server/app-input.db.test.ts.
 */
import { Format } from '@fastify/type-provider-typebox'
import { isLine, isName, isText } from '../../../core/names.ts'
import { isTime } from '../../../core/times.ts'

const formats: Readonly<Record<string, { is: (text: string) => boolean; fault: string }>> = {
  'date-time': {
    is: isTime,
    fault: 'must be a time like 2026-03-02T10:00:00+01:00: a day that exists, seconds up to 59, the zone behind it',
  },
  name: { is: isName, fault: 'must have something to read in it, and no control characters' },
  line: { is: isLine, fault: 'must have no control characters' },
  text: { is: isText, fault: 'must have something to read in it, and no control characters' },
}

/** Registers them for the whole process; call it before a schema is compiled. */
export function registerFormats(): void {
  for (const [name, { is }] of Object.entries(formats)) Format.Set(name, is)
}

/** What is wrong, in words; undefined for a format that is not ours. */
export const faultOfFormat = (name: string): string | undefined => formats[name]?.fault

/** For what writes answers: it knows their names, and checks nothing. What was kept before a rule existed is answered as it is. */
export const formatsOfAnswers: Readonly<Record<string, true>> = Object.fromEntries(
  Object.keys(formats).map(name => [name, true]),
)
