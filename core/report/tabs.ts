/**
 * Which lists does the report have, whom does each show, and with which columns? A tab shows the messages of one figure,
 * one row a profile, so that its rows are the figure. Common states stand in sending order (the order of the keys), rare
 * ones newest first.
 */
import { type Channel, channelKeys, channels, perChannel } from '../channels.ts'
import type { FigureKey } from './figures.ts'

export type TabKey = 'sent' | 'delivered' | 'clicks' | 'bounced' | 'unsubscribed' | 'not-sent'

/** The time that a tab is about, a column of the message. */
export type TabTime = 't0' | 'statusAt' | 'firstClickAt' | 'firstVisitAt' | 'bouncedAt' | 'unsubscribedAt'

export interface Tab {
  readonly key: TabKey
  readonly label: string
  /** the figure that counts its rows */
  readonly figure: FigureKey
  readonly at: TabTime
  /** keys: as sent; newest: by `at`, latest first */
  readonly order: 'keys' | 'newest'
  readonly columns: readonly Column[]
}

/** key: the name of the value in a row of the list. */
export interface Column {
  readonly key: string
  readonly label: string
}

/** A page of any list. */
export const ROWS_A_PAGE = 25

/** A list of more profiles is not put in order by name: that would read all of it for each page. */
export const SORTABLE_ROWS = 100_000

/** The kinds of bounce that the list of Bounced can be narrowed to, each with its figure. */
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

/** The address of the channel stands before those of the others. */
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
      { key: 'attempts', label: 'Tries' },
      { key: 'nextTry', label: 'Next try' },
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

/** Of SMS. */
export const tabs: readonly Tab[] = tabsOf('sms')

const who = whoOf('sms')

/**
 * The tab Clicks with suspected bots shown: everybody whose links anybody or anything visited. An export never has them.
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

/** The tab of that name, undefined where there is none. */
export function tab(key: string): Tab | undefined {
  return tabs.find(tab => tab.key === key)
}
