/**
 * The definitions of all figures of the report: label, denominator, the messages or clicks that a figure counts, and the tallies
 * that add up to it; the same on each channel. Their tooltips are in the words of the channel (core/channels.ts). The report, the lists, the exports, the API's schema, the tooltips and `verify` read this
 * table. Nothing else defines a figure.
 *
 * Always: Targeted = Not sent + Queued + Sent, and Sent = Delivered + Bounced + Pending, because all of them are sums of
 * the same tallies by status.
 */
import { type Channel, type ChannelFacts, channels, perChannel } from '../channels.ts'
import type { ClickVerdict } from '../clicks/count-clicks.ts'
import { type MessageStatus, messageStatuses } from '../messages/fold.ts'
import { RETRY_HOURS } from '../messages/retry.ts'
import { recordOf } from '../record-of.ts'
import type { Tally } from './sums.ts'

/**
 * What a figure counts. statuses: messages with one of these statuses. set: messages with this mark, in any status.
 * clicks: clicks with one of these verdicts, without double taps and without the unsubscribe link.
 */
export type Counted =
  | { readonly statuses: readonly MessageStatus[] }
  | { readonly set: 'firstClickAt' | 'firstVisitAt' | 'unsubscribedAt' }
  | { readonly clicks: readonly ClickVerdict[] }

export interface Figure {
  readonly key: FigureKey
  readonly label: string
  /** The denominator of the rate; null: the figure has no rate. */
  readonly denominator: FigureKey | null
  /** The name of the rate. */
  readonly rateLabel: string | null
  readonly counts: Counted
  /** The rows of `tallies` that add up to it. */
  readonly tallies: readonly Tally[]
}

const bounced: readonly MessageStatus[] = ['bounced_hard', 'bounced_soft_retrying', 'bounced_soft_final']
const pending: readonly MessageStatus[] = ['pending', 'no_receipt']

/** A figure over messages: its tallies are its statuses. */
function messages<const Key extends string, const Of extends string = never>(
  key: Key,
  statuses: readonly MessageStatus[],
  label: string,
  rate: readonly [Of, string] | null,
  tooltip: string,
) {
  return {
    key,
    label,
    tooltip,
    denominator: rate?.[0] ?? null,
    rateLabel: rate?.[1] ?? null,
    counts: { statuses },
    tallies: statuses,
  } as const
}

/** In the order of the report. */
const tableOf = ({ words }: ChannelFacts) =>
  [
    messages('targeted', messageStatuses, 'Targeted', null, 'All profiles that Send to selected.'),
    messages(
      'notSent',
      ['not_sent'],
      'Not sent',
      ['targeted', 'Not sent'],
      'Targeted profiles that were left out, with the reason. They cost nothing. The share is of Targeted.',
    ),
    messages(
      'queued',
      ['queued'],
      'Queued',
      ['targeted', 'Queued'],
      'Not sent yet: waiting for their turn, their hour or the gateway. The share is of Targeted.',
    ),
    messages(
      'sent',
      [...pending, 'delivered', ...bounced],
      'Sent',
      ['targeted', 'Sent'],
      `Profiles to whom the ${words.message} was sent. Retries are not counted again. The share is of Targeted.`,
    ),
    messages(
      'delivered',
      ['delivered'],
      'Delivered',
      ['sent', 'Delivery rate'],
      `${words.delivered} A later delivery overrides a bounce. The rate is of Sent.`,
    ),
    messages(
      'bounced',
      bounced,
      'Bounced',
      ['sent', 'Bounce rate'],
      `Profiles whose ${words.message} bounced, hard or soft, and has not been delivered since. The rate is of Sent.`,
    ),
    messages(
      'bouncedHard',
      ['bounced_hard'],
      'Hard',
      ['sent', 'Hard bounce rate'],
      `The ${words.message} cannot be delivered, for example because ${words.impossible}. It is not retried. The rate is of Sent.`,
    ),
    messages(
      'bouncedSoftRetrying',
      ['bounced_soft_retrying'],
      'Soft, retrying',
      ['sent', 'Soft bounce rate, retrying'],
      `A temporary error. The ${words.message} is retried every hour for up to ${RETRY_HOURS} hours after it was first sent. The rate is of Sent.`,
    ),
    messages(
      'bouncedSoftFinal',
      ['bounced_soft_final'],
      'Soft, final',
      ['sent', 'Soft bounce rate, final'],
      `A temporary error that lasted until the last attempt. The ${words.address} stays open for the next ${words.message}. The rate is of Sent.`,
    ),
    messages(
      'pending',
      pending,
      'Pending',
      ['sent', 'Pending'],
      'Sent, but neither delivered nor bounced yet: on its way, or without a receipt. The share is of Sent.',
    ),
    {
      key: 'clicks',
      label: 'Clicks',
      tooltip: `Clicks by people on any link in the ${words.message}, except the unsubscribe link. A double tap within 10 seconds counts once. A forwarded link counts for the profile it was sent to. Shown per Delivered.`,
      denominator: 'delivered',
      rateLabel: 'Clicks per delivered',
      counts: { clicks: ['human'] },
      tallies: ['clicks'],
    },
    {
      key: 'botClicks',
      label: 'Suspected bots',
      tooltip:
        'Visits by link previews, scanners and other software. They are not counted in Clicks; other tools may count them.',
      denominator: null,
      rateLabel: null,
      counts: { clicks: ['suspect', 'bot'] },
      tallies: ['suspect_clicks', 'bot_clicks'],
    },
    {
      key: 'unique',
      label: 'Unique',
      tooltip: `Profiles that clicked a link in the ${words.message} at least once. The rate (CTR) is of Delivered.`,
      denominator: 'delivered',
      rateLabel: 'CTR',
      counts: { set: 'firstClickAt' },
      tallies: ['unique'],
    },
    {
      key: 'visited',
      label: 'Visited',
      tooltip: 'Profiles whose links were opened at least once, by a person or a suspected bot.',
      denominator: null,
      rateLabel: null,
      counts: { set: 'firstVisitAt' },
      tallies: ['visited'],
    },
    {
      key: 'unsubscribed',
      label: 'Unsubscribe',
      tooltip: `Profiles that opted out through this ${words.message}: by its link, by a reply, or through their operator. The rate is of Delivered.`,
      denominator: 'delivered',
      rateLabel: 'Unsubscribe rate',
      counts: { set: 'unsubscribedAt' },
      tallies: ['unsubscribed'],
    },
  ] as const

export type FigureKey = ReturnType<typeof tableOf>[number]['key']

const tables = perChannel(channel => tableOf(channels[channel]))

export const figures: readonly Figure[] = tables.sms.map(({ tooltip: _, ...figure }) => figure)
export const figureKeys: readonly FigureKey[] = figures.map(({ key }) => key)

const byKey = new Map(figures.map(figure => [figure.key, figure]))
const tooltips = perChannel(
  channel => new Map<FigureKey, string>(tables[channel].map(({ key, tooltip }) => [key, tooltip])),
)

export function figure(key: FigureKey): Figure {
  const found = byKey.get(key)
  if (found === undefined) throw new RangeError(`no figure ${key}`)
  return found
}

/** What a figure means, in a sentence for a person. */
export function tooltipOf(key: FigureKey, channel: Channel): string {
  return tooltips[channel].get(key) ?? ''
}

export type Figures = Record<FigureKey, number>

/** The figures of an activity from its tallies (name -> n). A missing tally is 0. */
export function figuresOf(tallies: ReadonlyMap<string, number>): Figures {
  const sum = (key: FigureKey) => figure(key).tallies.reduce((n, tally) => n + (tallies.get(tally) ?? 0), 0)
  return recordOf(figureKeys, sum)
}

/** n / d; null if the denominator is 0, shown as "–", never as 0%. */
export function rate(n: number, d: number): number | null {
  return d === 0 ? null : n / d
}

/** The rate of a figure; null if it has none or its denominator is 0. */
export function rateOf(key: FigureKey, values: Readonly<Figures>): number | null {
  const { denominator } = figure(key)
  return denominator === null ? null : rate(values[key], values[denominator])
}

/** The share of messages in a final state, 0..1; 1 if no profile was targeted. A message without a receipt is final after 72 hours. */
export function completenessOf(tallies: ReadonlyMap<string, number>): number {
  const { targeted, notSent, delivered, bouncedHard, bouncedSoftFinal } = figuresOf(tallies)
  const final = notSent + delivered + bouncedHard + bouncedSoftFinal + (tallies.get('no_receipt') ?? 0)
  return rate(final, targeted) ?? 1
}
