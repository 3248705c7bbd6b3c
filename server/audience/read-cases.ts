/** Which cases does the audience of a text hold? The groups of the count, with words that stand for nothing kept as they are. */
import { type Cases, Casing } from '../../core/credits/cases.ts'
import { linkOfLength } from '../../core/credits/cost.ts'
import { placeholderWords } from '../../core/placeholders.ts'
import { highestMaxParts } from '../../core/sms/split.ts'
import { readPrices } from '../credits/prices.ts'
import type { Database } from '../platform/db/database.ts'
import { eachRow } from '../platform/db/each-row.ts'
import { plannerSettings } from './audience-members.ts'
import { type AudienceQuestion, groupsOf } from './count.ts'
import { type CostGroup, groupRows, varsOfGroup } from './groups.ts'

/** Rejects with the signal's reason where that is aborted: the statement has ended by then. */
export async function readCases(db: Database, question: AudienceQuestion, signal?: AbortSignal): Promise<Cases> {
  const { workspaceId, channel, template, linkUrl, codeLength, now, maxParts = highestMaxParts } = question
  const { members } = question
  if (template.channel !== 'sms') return { people: 0, creditsE4: 0, tags: [], ucs2: null }
  const prices = await readPrices(db, workspaceId, channel, now)
  const casing = new Casing(template, linkOfLength(linkUrl, codeLength), prices, maxParts)
  const add = (group: CostGroup) => {
    const { reason, profileId, priced, country, n } = group
    if (reason === null)
      casing.add({ vars: varsOfGroup(template.tags, group), profileId, phone: priced ?? '', country, n })
  }
  const statements = groupsOf(question, prices, placeholderWords)
  await eachRow(db, statements, add, { signal, settings: plannerSettings(members), rows: groupRows(template.tags) })
  return casing.cases()
}
