/** Which list is exported? The one that the page shows, with its filters; on tabs without a list, Sent. */
import { notSentReason } from '../../../core/audience/not-sent-reasons.ts'
import { figure } from '../../../core/report/figures.ts'
import { bounceKinds, type Tab, tab as tabOf } from '../../../core/report/tabs.ts'
import type { ReportSearch } from '../../search.ts'
import type { Report } from '../queries.ts'
import type { ExportedFilters } from './queries.ts'

export interface ExportedList {
  tab: Tab
  /** "Bounced, Hard" */
  label: string
  /** null: of a search, whose matches are not counted */
  rows: number | null
  filters: ExportedFilters
}

/** Null: there is no such tab. */
export function exportedList(
  report: Pick<Report, 'channel' | 'figures' | 'links' | 'notSentReasons'>,
  shown: ReportSearch,
): ExportedList | null {
  const own = tabOf(shown.tab ?? '')
  const tab = own ?? tabOf('sent')
  if (!tab) return null
  // The filters in the address belong to the list of its tab.
  const { search, sort, link, bounce, reason } = own ? shown : {}
  const chosen = tab.key === 'clicks' ? report.links.find(({ id }) => id === link) : undefined
  const kind = tab.key === 'bounced' ? bounce : undefined
  const why = tab.key === 'not-sent' ? reason : undefined
  const counted = chosen
    ? chosen.unique
    : why !== undefined
      ? (report.notSentReasons[why] ?? 0)
      : report.figures[kind ? bounceKinds[kind] : tab.figure]
  return {
    tab,
    label: [
      chosen ? `Clicked on link ${chosen.id}` : tab.label,
      kind && figure(bounceKinds[kind]).label,
      why !== undefined && (notSentReason(why, report.channel)?.label ?? why),
      search !== undefined && `matching “${search}”`,
    ]
      .filter(Boolean)
      .join(', '),
    rows: search === undefined ? counted : null,
    filters: {
      ...(search !== undefined && { search }),
      ...(sort && { sort }),
      ...(chosen && { link: chosen.id }),
      ...(kind && { bounce: kind }),
      ...(why !== undefined && { reason: why }),
    },
  }
}
