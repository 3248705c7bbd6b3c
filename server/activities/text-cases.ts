/** What the recipients of an activity's text really get: empty values, values that stand for nothing, and what their characters cost. */
import { sampledShare } from '../../core/audience/sample.ts'
import type { Case } from '../../core/credits/cases.ts'
import { readCases } from '../audience/read-cases.ts'
import { fromE4 } from '../messages/tallies.ts'
import type { Database } from '../platform/db/database.ts'
import { audienceQuestion, readWholeActivity } from './activity-audience.ts'
import type { RequestContext } from './draft.ts'
import { readSurroundings } from './store.ts'

export interface TextCasesView {
  /** people who get this SMS */
  people: number
  credits: string
  /** the figures are of an eighth of the profiles, scaled */
  isEstimate: boolean
  tags: {
    name: string
    empty: Case | null
    placeholders: (Case & { value: string; isEmpty: boolean })[]
    costly: (Case & { credits: string }) | null
  }[]
  ucs2: Case | null
}

/** Before topics are chosen, everyone who has consented to any of them. Ends, and rejects, with the signal. Throws not_found, and what of the activity cannot be read. */
export async function readTextCases(
  db: Database,
  context: RequestContext,
  id: number,
  { sampled = false, signal }: { sampled?: boolean | undefined; signal?: AbortSignal } = {},
): Promise<TextCasesView> {
  const { workspaceId } = context
  const activity = await readWholeActivity(db, workspaceId, id)
  const surroundings = await readSurroundings(db, workspaceId)
  const { topics } = activity.sendTo
  const chosen = topics.length > 0 ? topics : surroundings.topics.map(topic => topic.id)
  const asked = { ...activity, sendTo: { ...activity.sendTo, topics: chosen } }
  const question = await audienceQuestion(db, context, asked, surroundings, sampled)
  if (question.template.channel !== 'sms' || question.template.tags.length === 0)
    return { people: 0, credits: '0.0000', isEstimate: false, tags: [], ucs2: null }
  const { people, creditsE4, tags, ucs2 } = await readCases(db, question, signal)
  const scaled = (n: number) => (sampled ? Math.round(n / sampledShare) : n)
  const of = <T extends Case>(one: T): T => ({ ...one, people: scaled(one.people) })
  return {
    people: scaled(people),
    credits: fromE4(scaled(creditsE4)),
    isEstimate: sampled,
    tags: tags.map(({ name, empty, placeholders, costly }) => ({
      name,
      empty: empty && of(empty),
      placeholders: placeholders.map(of),
      costly: costly && {
        people: scaled(costly.people),
        profileId: costly.profileId,
        credits: fromE4(scaled(costly.creditsE4)),
      },
    })),
    ucs2: ucs2 && of(ucs2),
  }
}
