/** Which messages does a tab list? As SQL on `messages m`. */
import { figure } from '../../core/report/figures.ts'
import type { Tab } from '../../core/report/tabs.ts'
import { isCounted, timeColumn } from '../messages/counted.ts'
import { type Sql, sql } from '../platform/db/sql.ts'

/** The messages of a tab. A tab ordered by time adds the condition of its partial index. */
export function isListed(tab: Tab): Sql {
  const counted = isCounted(figure(tab.figure))
  return tab.order === 'newest' ? sql`${timeColumn(tab.at)} is not null and ${counted}` : counted
}
