/**
 * The columns of an export: the same for each tab and format. New columns are added at the end, and none is ever renamed.
 * docs/exports.md is generated from this table.
 */

import { type Channel, channels } from '../../core/channels.ts'
import { describeCode } from '../../core/gateways/codes.ts'
import type { Tab } from '../../core/report/tabs.ts'
import type { ColumnKind, ListingColumn } from '../files/listing.ts'
import { timeColumn } from '../messages/counted.ts'
import { join, raw, type Sql, sql } from '../platform/db/sql.ts'

export interface ExportColumn extends ListingColumn {
  /** for docs/exports.md */
  what: string
}

export interface ExportedActivity {
  channel: Channel
  frozenAt: Date | null
  /** its credits are simulated */
  simulated: boolean
  /** the gateway's codes of its bounces */
  codes: readonly string[]
}

/** Over `messages m` and `profiles p`. */
export function exportColumns(
  { at, figure }: Tab,
  { channel, frozenAt, simulated, codes }: ExportedActivity,
): ExportColumn[] {
  const column = (name: string, kind: ColumnKind, value: Sql, what: string): ExportColumn => ({
    name,
    kind,
    value,
    what,
  })
  /** The address on the channel of the activity is the one of the message. */
  const address = (name: 'phone' | 'email') =>
    name === channels[channel].addressColumn ? sql`coalesce(m.address, p.${raw(name)})` : sql`p.${raw(name)}`
  const time = timeColumn(at)
  // The freeze left these profiles out, so the message has no time of its own.
  const about = figure === 'notSent' && frozenAt !== null ? sql`coalesce(${time}, ${frozenAt})` : time
  return [
    column('profile_id', 'number', sql`m.profile_id`, 'the id of the profile in Homing; never changes'),
    column('external_key', 'text', sql`p.external_key`, 'your own key of the profile, as imported'),
    // Type `plain`: the import has checked the number, so its leading + cannot start a formula.
    column(
      'phone',
      'plain',
      address('phone'),
      'the number that the SMS was sent to or meant for, with + and country code',
    ),
    column('email', 'text', address('email'), 'the e-mail address of the profile'),
    column(
      'status',
      'plain',
      // Not cast to text, because PostgreSQL would then look up the name of the enum twice.
      sql`case m.status when 'no_receipt' then 'pending'::message_status else m.status end`,
      '`queued`, `not_sent`, `pending`, `delivered`, `bounced_hard`, `bounced_soft_retrying` or `bounced_soft_final`',
    ),
    column(
      'reason',
      'text',
      reason(codes),
      'not sent: the key of the reason, as in the report; bounced: the reason in words',
    ),
    column(
      'at',
      'time',
      about,
      'the time of the event that the tab lists: sent, delivered, first clicked, bounced, unsubscribed, not sent',
    ),
    column(
      'first_name',
      'text',
      sql`case when p.erased_at is not null then 'Erased' else p.first_name end`,
      'the first name of the profile',
    ),
    column('last_name', 'text', sql`p.last_name`, 'the last name of the profile'),
    column('country', 'plain', sql`m.country`, 'the country of the number, two letters'),
    column('parts', 'number', sql`m.parts`, 'the number of parts of the text'),
    column(
      'credits',
      'decimal',
      sql`case when m.charged then m.credits else 0.0000 end`,
      'the cost of the message; 0 if nothing was charged',
    ),
    column('attempts', 'number', sql`m.attempts`, 'the number of attempts to send it'),
    column('code', 'text', sql`m.code`, "the gateway's last code"),
    column('sent_at', 'time', sql`m.t0`, 'when it was first sent'),
    column(
      'next_try_at',
      'time',
      sql`case when m.status = 'bounced_soft_retrying' then m.due end`,
      'soft bounce: the time of the next attempt',
    ),
    column('first_click_at', 'time', sql`m.first_click_at`, 'when a person first clicked a link'),
    column('unsubscribed_at', 'time', sql`m.unsubscribed_at`, 'when the profile opted out through this SMS'),
    column(
      'simulated',
      'plain',
      simulated ? sql`'yes'::text` : sql`null::text`,
      '`yes`: sent to simulated phones by the built-in simulator, so that nobody pays the credits; else empty',
    ),
  ]
}

/** A code that first appears while the file is being written has no words and is written unchanged. */
function reason(codes: readonly string[]): Sql {
  const words = join([...codes.map(code => sql`when ${code} then ${describeCode(code)}`), sql`else m.code`], ' ')
  const bounce = codes.length === 0 ? sql`m.code` : sql`case m.code ${words} end`
  return sql`case when m.status = 'not_sent' then coalesce(m.excluded, m.stop_reason) else ${bounce} end`
}
