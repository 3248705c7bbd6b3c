/**
 * The lists of the report with their columns. A tab shows the messages of one figure, one row per profile, so that the number
 * of rows is the figure. Common states are in sending order (the order of the keys), rare ones newest first.
 */
import { type Channel, channelKeys, channels, perChannel } from '../channels.ts'
import type { FigureKey } from './figures.ts'

export type TabKey = 'sent' | 'delivered' | 'clicks' | 'bounced' | 'unsubscribed' | 'not-sent'

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
  readonly columns: readonly Column[]
}

/** key: the name of the value in a row of the list. */
export interface Column {
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

const addressColumns = channelKeys.map(channel => ({
  key: channels[channel].addressColumn,
  label: channels[channel].words.column,
}))

/** The address of the activity's channel comes before the other addresses. */
const whoOf = (channel: Channel): readonly Column[] => [
  { key: 'name', label: 'Name' },
  ...addressColumns.filter(({ key }) => key === channels[channel].addressColumn),
  ...addressColumns.filter(({ key }) => key !== channels[channel].addressColumn),
  { key: 'externalKey', label: 'Key' },
]

const tabsFor = (who: readonly Column[]): readonly Tab[] => [
  {
    key: 'sent',
    label: 'Sent',
    figure: 'sent',
    at: 't0',
    order: 'keys',
    columns: [...who, { key: 'status', label: 'State' }, { key: 'at', label: 'Sent' }],
  },
  {
    key: 'delivered',
    label: 'Delivered',
    figure: 'delivered',
    at: 'statusAt',
    order: 'keys',
    columns: [...who, { key: 'at', label: 'Delivered' }, { key: 'firstClickAt', label: 'First click' }],
  },
  {
    key: 'clicks',
    label: 'Clicks',
    figure: 'unique',
    at: 'firstClickAt',
    order: 'newest',
    columns: [
      ...who,
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
    columns: [
      ...who,
      { key: 'status', label: 'Bounce' },
      { key: 'reason', label: 'Reason' },
      { key: 'code', label: 'Code' },
      { key: 'attempts', label: 'Attempts' },
      { key: 'nextTry', label: 'Next attempt' },
      { key: 'at', label: 'Bounced' },
    ],
  },
  {
    key: 'unsubscribed',
    label: 'Unsubscribed',
    figure: 'unsubscribed',
    at: 'unsubscribedAt',
    order: 'newest',
    columns: [...who, { key: 'status', label: 'State' }, { key: 'at', label: 'Unsubscribed' }],
  },
  {
    key: 'not-sent',
    label: 'Not sent',
    figure: 'notSent',
    at: 'statusAt',
    order: 'keys',
    columns: [...who, { key: 'reason', label: 'Reason' }, { key: 'at', label: 'Decided' }],
  },
]

const tabsBy = perChannel(channel => tabsFor(whoOf(channel)))

export const tabsOf = (channel: Channel): readonly Tab[] => tabsBy[channel]

/** The tabs in the words of SMS. */
export const tabs: readonly Tab[] = tabsOf('sms')

const who = whoOf('sms')

/**
 * The tab Clicks with suspected bots: profiles whose links were opened by a person or a bot. Exports never include bots.
 */
export const visitsTab: Tab = {
  key: 'clicks',
  label: 'Clicks',
  figure: 'visited',
  at: 'firstVisitAt',
  order: 'newest',
  columns: [
    ...who,
    { key: 'clicks', label: 'Clicks' },
    { key: 'botClicks', label: 'Suspected bots' },
    { key: 'suspicions', label: 'Why suspected' },
    { key: 'links', label: 'Links' },
    { key: 'at', label: 'First visit' },
  ],
}

/** The tab with this key; undefined: none. */
export function tab(key: string): Tab | undefined {
  return tabs.find(tab => tab.key === key)
}
