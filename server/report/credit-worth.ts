/**
 * What was a credit worth when the activity was scheduled? What its frozen settings say, read by their one reader: a document that cannot be
 * read must not stop the reports of others. Until an activity is scheduled, and where its settings do not say, the workspace's value holds.
 */
import { readSettings } from '../../core/activities/settings.ts'
import { sql } from '../platform/db/sql.ts'

/** ISO 4217, and a decimal as text */
export interface CreditWorth {
  currency: string
  creditValue: string
}

/** frozen: the settings of the scheduled version; null: not scheduled yet */
export type WorthColumns = CreditWorth & { frozen: unknown }

/** Needs `w`, the workspace, and `v`, the version that is scheduled, if any. */
export const worthColumns = sql`v.settings as frozen, w.currency, w.credit_value as "creditValue"`

export function worthOf({ frozen, currency, creditValue }: WorthColumns): CreditWorth {
  if (frozen === null) return { currency, creditValue }
  const { value } = readSettings(frozen)
  return { currency: value.currency ?? currency, creditValue: value.creditValue ?? creditValue }
}
