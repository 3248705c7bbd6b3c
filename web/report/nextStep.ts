/** What a marketer does next with this report: the list that is most worth opening, or the reminder. */
import type { TabKey } from '../../core/report/tabs.ts'
import { count, percent } from '../ui/numbers.ts'
import type { Report } from './queries.ts'

/** `remind`: a draft to those who got it and did not click. */
export type NextStep = { words: string; tab: TabKey } | { words: string; act: 'remind' }

/** Above these shares, something was lost that can be repaired. */
const notable = { notSent: 0.1, bounced: 0.1 }

/** Null: nothing was sent yet. */
export function nextStep({ figures }: Pick<Report, 'figures'>): NextStep | null {
  const { targeted, notSent, sent, delivered, bounced, unique } = figures
  if (targeted === 0 || sent + notSent === 0) return null
  if (notSent / targeted > notable.notSent)
    return {
      words: `${count(notSent)} profiles (${percent(notSent / targeted)}) were left out. View the reasons and fix the list`,
      tab: 'not-sent',
    }
  if (sent > 0 && bounced / sent > notable.bounced)
    return { words: `${count(bounced)} of ${count(sent)} bounced. View the reasons`, tab: 'bounced' }
  if (delivered > unique) return { words: 'Remind the people who got it and did not click', act: 'remind' }
  if (unique > 0) return { words: `View the ${count(unique)} profiles that clicked`, tab: 'clicks' }
  return sent > 0 ? { words: 'View who got it', tab: 'sent' } : null
}
