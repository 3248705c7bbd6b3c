/** Translates a figure's definition (core/report/figures.ts) into SQL on `messages m`. Reports, lists, exports and segments ask by it. */
import type { Figure } from '../../core/report/figures.ts'
import type { TabTime } from '../../core/report/tabs.ts'
import { raw, type Sql, sql } from '../platform/db/sql.ts'

const timeColumns: Record<TabTime, string> = {
  t0: 'm.t0',
  statusAt: 'm.status_at',
  firstClickAt: 'm.first_click_at',
  firstVisitAt: 'm.first_visit_at',
  bouncedAt: 'm.bounced_at',
  unsubscribedAt: 'm.unsubscribed_at',
}

/** The column of a message with this time. */
export function timeColumn(time: TabTime): Sql {
  return raw(timeColumns[time])
}

/** The messages that a figure counts. A figure of clicks counts none. */
export function isCounted({ counts }: Figure): Sql {
  if ('statuses' in counts) return sql`m.status = any(${[...counts.statuses]}::message_status[])`
  if ('set' in counts) return sql`${timeColumn(counts.set)} is not null`
  return sql`false`
}
