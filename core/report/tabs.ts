/**
 * The lists of the report with their columns. A tab shows the messages of one figure, one row per profile, so that the number
 * of rows is the figure. Common states are in sending order (the order of the keys), rare ones newest first.
 */
import { type Channel, channelKeys, channels, perChannel } from '../channels.ts'
import type { FigureKey } from './figures.ts'

export type TabKey = 'sent' | 'delivered' | 'clicks' | 'bounced' | 'pending' | 'unsubscribed' | 'not-sent'

/** The column of the message with the time that the tab shows. */
export type TabTime = 't0' | 'statusAt' | 'firstClickAt' | 'firstVisitAt' | 'bouncedAt' | 'unsubscribedAt'

export interface Tab {
  readonly key: TabKey
  readonly label: string
  /** the figure that counts its rows */
  readonly figure: FigureKey
  readonly at: TabTime
  /** keys: in sending order; newest: by `at`, latest first */
  readonly order: 'keys' | 'newest'
  /** what its columns show beside who the profile is */
  readonly more: readonly TabColumn[]
}

/** key: the name of the value in a row of the list. */
export interface TabColumn {
  readonly key: string
  readonly label: string
}

/** The page size of all lists. */
export const ROWS_A_PAGE = 25

/** A longer list cannot be sorted by name, because each page would read the whole list. */
export const SORTABLE_ROWS = 100_000

/** The filters of the tab Bounced, each with its figure. */
export const bounceKinds = {
  retrying: 'bouncedSoftRetrying',
  final: 'bouncedSoftFinal',
  hard: 'bouncedHard',
} as const satisfies Record<string, FigureKey>
export type BounceKind = keyof typeof bounceKinds
export const bounceKindNames = ['retrying', 'final', 'hard'] as const satisfies readonly BounceKind[]

export const tabs: readonly Tab[] = [
  {
    key: 'sent',
    label: 'Sent',
    figure: 'sent',
    at: 't0',
    order: 'keys',
    more: [
      { key: 'status', label: 'State' },
      { key: 'at', label: 'Sent' },
    ],
  },
  {
    key: 'delivered',
    label: 'Delivered',
    figure: 'delivered',
    at: 'statusAt',
    order: 'keys',
    more: [
      { key: 'at', label: 'Delivered' },
      { key: 'firstClickAt', label: 'First click' },
    ],
  },
  {
    key: 'clicks',
    label: 'Clicked',
    figure: 'unique',
    at: 'firstClickAt',
    order: 'newest',
    more: [
      { key: 'clicks', label: 'Clicks' },
      { key: 'links', label: 'Links' },
      { key: 'at', label: 'First click' },
    ],
  },
  {
    key: 'bounced',
    label: 'Bounced',
    figure: 'bounced',
    at: 'bouncedAt',
    order: 'newest',
    more: [
      { key: 'status', label: 'Bounce' },
      { key: 'reason', label: 'Reason' },
      { key: 'code', label: 'Code' },
      { key: 'attempts', label: 'Attempts' },
      { key: 'nextTry', label: 'Next attempt' },
      { key: 'at', label: 'Bounced' },
    ],
  },
  {
    key: 'pending',
    label: 'Pending',
    figure: 'pending',
    at: 't0',
    order: 'keys',
    more: [
      { key: 'status', label: 'State' },
      { key: 'attempts', label: 'Attempts' },
      { key: 'at', label: 'Sent' },
    ],
  },
  {
    key: 'unsubscribed',
    label: 'Unsubscribed',
    figure: 'unsubscribed',
    at: 'unsubscribedAt',
    order: 'newest',
    more: [
      { key: 'status', label: 'State' },
      { key: 'at', label: 'Unsubscribed' },
    ],
  },
  {
    key: 'not-sent',
    label: 'Not sent',
    figure: 'notSent',
    at: 'statusAt',
    order: 'keys',
    more: [
      { key: 'reason', label: 'Reason' },
      { key: 'at', label: 'Decided' },
    ],
  },
]

/**
 * The tab Clicked with suspected bots: profiles whose links were opened by a person or a bot. Exports never include bots.
 */
export const visitsTab: Tab = {
  key: 'clicks',
  label: 'Clicked',
  figure: 'visited',
  at: 'firstVisitAt',
  order: 'newest',
  more: [
    { key: 'clicks', label: 'Clicks' },
    { key: 'botClicks', label: 'Suspected bots' },
    { key: 'suspicions', label: 'Why suspected' },
    { key: 'links', label: 'Links' },
    { key: 'at', label: 'First visit' },
  ],
}

/** The address of the message, then the other addresses of the profile. */
const whoOf = (channel: Channel): readonly TabColumn[] => [
  { key: 'name', label: 'Name' },
  { key: 'address', label: channels[channel].words.column },
  ...channelKeys
    .filter(other => other !== channel)
    .map(other => ({ key: channels[other].addressColumn, label: channels[other].words.column })),
  { key: 'externalKey', label: 'Key' },
]

const whoBy = perChannel(whoOf)

/** In the words of the channel. */
export function columnsOf({ more }: Tab, channel: Channel): TabColumn[] {
  return [...whoBy[channel], ...more]
}

/** The tab with this key; undefined: none. */
export function tab(key: string): Tab | undefined {
  return tabs.find(tab => tab.key === key)
}
