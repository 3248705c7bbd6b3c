/** A figure's definition as SQL over `messages m`. The table of definitions knows no SQL; nothing else here knows a figure. */
import type { Figure } from '../../core/report/figures.ts'
import { figure } from '../../core/report/figures.ts'
import type { Tab, TabTime } from '../../core/report/tabs.ts'
import { raw, type Sql, sql } from '../platform/db/sql.ts'

const timeColumns: Record<TabTime, string> = {
  t0: 'm.t0',
  statusAt: 'm.status_at',
  firstClickAt: 'm.first_click_at',
  firstVisitAt: 'm.first_visit_at',
  bouncedAt: 'm.bounced_at',
  unsubscribedAt: 'm.unsubscribed_at',
}

/** The column of a message that holds this time. */
export function timeColumn(time: TabTime): Sql {
  return raw(timeColumns[time])
}

/** The messages that a figure counts. Of a figure of clicks: none, it counts no messages. */
export function isCounted({ counts }: Figure): Sql {
  if ('statuses' in counts) return sql`m.status = any(${[...counts.statuses]}::message_status[])`
  if ('set' in counts) return sql`${timeColumn(counts.set)} is not null`
  return sql`false`
}

/** The messages of a tab; of a tab ordered by time also what its partial index asks for. */
export function isListed(tab: Tab): Sql {
  const counted = isCounted(figure(tab.figure))
  return tab.order === 'newest' ? sql`${timeColumn(tab.at)} is not null and ${counted}` : counted
}
