/**
 * What the demo tells: the lists that a shop has imported in the past weeks, the SMS that it has sent, and how people took each. The
 * figures differ, so that a comparison says something: one went to few and was liked, one was of little interest, one met a bought list, one
 * had a wrong link.
 */

export const topics = { offers: 'Offers', club: 'Club', service: 'Service news' } as const

/** A time of day some weeks ago, on a day of the week (1: Monday), in the zone of the workspace. */
export interface StoryMoment {
  weeksAgo: number
  weekday: 1 | 2 | 3 | 4 | 5
  time: string
}

export interface PastImport {
  kind: 'import'
  fileName: string
  topic: string
  at: StoryMoment
  /** which people, as shares of all: 0 the first, 1 the last */
  from: number
  to: number
  bought?: boolean
}

/** Shares 0..1: of the sent, or of the delivered. */
export interface StoryShares {
  /** soft at first */
  soft: number
  /** never answered by the network */
  silent: number
  clicked: number
  /** of those who clicked */
  clickedAgain: number
  /** of the clicks: on the first link; the others on the second, where there is one */
  firstLink: number
  /** half of those who do not read at once have clicked by then, minutes after the delivery */
  halfClickedMinutes: number
  /** fetched by a program first */
  scanned: number
  optedOutByPage: number
  /** only where the sender can be answered, as replies */
  stopped: number
  replied: number
  /** any of them */
  replies: readonly string[]
}

export interface PastSms extends StoryShares {
  kind: 'sms'
  name: string
  topic: string
  sender: string
  body: string
  at: StoryMoment
  /** SMS per second */
  rate: number
}

const shop = 'https://nordlys.example.com'

const usual: StoryShares = {
  soft: 0.045,
  silent: 0.006,
  clicked: 0.085,
  clickedAgain: 0.16,
  firstLink: 0.8,
  halfClickedMinutes: 38,
  scanned: 0.012,
  optedOutByPage: 0.004,
  stopped: 0,
  replied: 0,
  replies: [],
}

const shortCode = '72100'
const name = 'Nordlys'

/** In the order of time. Each is over before the next begins, and the last one more than three days ago. */
export const past: readonly (PastImport | PastSms)[] = [
  {
    kind: 'import',
    fileName: 'customers.csv',
    topic: topics.offers,
    at: { weeksAgo: 5, weekday: 1, time: '09:12:40' },
    from: 0,
    to: 0.3,
  },
  {
    kind: 'import',
    fileName: 'club-members.csv',
    topic: topics.club,
    at: { weeksAgo: 5, weekday: 1, time: '09:31:05' },
    from: 0.22,
    to: 0.33,
  },
  {
    ...usual,
    kind: 'sms',
    name: 'Jackets, 20% off',
    topic: topics.offers,
    sender: shortCode,
    body: `Hi ##first_name|there##, 20% off all jackets until Sunday: ${shop}/jackets Reply STOP to end`,
    at: { weeksAgo: 5, weekday: 4, time: '10:05:00' },
    rate: 30,
    stopped: 0.007,
    optedOutByPage: 0,
    replied: 0.002,
    replies: ['Thanks!', 'Is it in the shop in Lund too?', 'Gäller det barnjackor?', 'Tack, köpt!', 'Who is this?'],
  },
  {
    ...usual,
    kind: 'sms',
    name: 'Club evening, first look',
    topic: topics.club,
    sender: name,
    body: `##first_name|Hello##, the club sees the new shoes first, tonight 18-21: ${shop}/club/evening No more: ##unsubscribe##`,
    at: { weeksAgo: 4, weekday: 2, time: '12:30:00' },
    rate: 15,
    clicked: 0.215,
    clickedAgain: 0.24,
    halfClickedMinutes: 14,
    optedOutByPage: 0.0015,
  },
  {
    kind: 'import',
    fileName: 'service-customers.csv',
    topic: topics.service,
    at: { weeksAgo: 3, weekday: 1, time: '13:44:18' },
    from: 0.33,
    to: 0.5,
  },
  {
    ...usual,
    kind: 'sms',
    name: 'New opening hours',
    topic: topics.service,
    sender: name,
    body: `From Monday we open at 9, and close at 18 on Saturdays. All shops: ${shop}/shops No more: ##unsubscribe##`,
    at: { weeksAgo: 3, weekday: 3, time: '15:20:00' },
    rate: 20,
    clicked: 0.019,
    halfClickedMinutes: 95,
    optedOutByPage: 0.009,
  },
  {
    kind: 'import',
    fileName: 'fair-visitors.csv',
    topic: topics.offers,
    at: { weeksAgo: 2, weekday: 1, time: '08:58:31' },
    from: 0.5,
    to: 0.62,
    bought: true,
  },
  {
    ...usual,
    kind: 'sms',
    name: 'Free delivery this week',
    topic: topics.offers,
    sender: name,
    body: `Hi ##first_name|there##! Free delivery on everything until Friday: ${shop}/new The best of it: ${shop}/best No more SMS: ##unsubscribe##`,
    at: { weeksAgo: 2, weekday: 2, time: '11:00:00' },
    rate: 30,
    clicked: 0.078,
    optedOutByPage: 0.008,
  },
  {
    ...usual,
    kind: 'sms',
    name: 'Outdoor week',
    topic: topics.offers,
    sender: shortCode,
    // The shop forgot an "o": what comes back tells it.
    body: `Outdoor week, ##first_name|friend##: tents and boots at half price. ${shop}/outdor-week Reply STOP to end`,
    at: { weeksAgo: 1, weekday: 4, time: '16:15:00' },
    rate: 30,
    clicked: 0.064,
    clickedAgain: 0.55,
    halfClickedMinutes: 30,
    stopped: 0.013,
    optedOutByPage: 0,
    replied: 0.006,
    replies: [
      'The link does not work',
      'Länken fungerar inte',
      'Page not found?',
      'Lenken virker ikke',
      'Where are the tents?',
      'Hej, sidan finns inte',
    ],
  },
  {
    kind: 'import',
    fileName: 'webshop-customers.csv',
    topic: topics.offers,
    at: { weeksAgo: 1, weekday: 5, time: '10:20:09' },
    from: 0.62,
    to: 1,
  },
]

/** Sent when the owner signs in for the first time. */
export const live = {
  name: 'Autumn collection',
  sender: name,
  topic: topics.offers,
  body: [
    `Hi ##first_name|there##! The autumn collection is here: ${shop}/autumn`,
    `Directions: ${shop}/stores`,
    'No more SMS: ##unsubscribe##',
  ].join('\n'),
} as const

export const scheduled = {
  name: 'Club: winter preview',
  topic: topics.club,
  sender: name,
  body: `##first_name|Dear member##, see our winter shoes first: ${shop}/club/winter No more: ##unsubscribe##`,
  /** the first Thursday that is at least this far away */
  daysAhead: 4,
  weekday: 4,
  time: '10:00:00',
} as const

export const draft = {
  name: 'Thank you for your order',
  topic: topics.service,
  sender: name,
  body: `Thank you, ##first_name|friend##! How did you like it? ${shop}/review`,
} as const

/** Segments that are saved: those that the pages offer to begin with, and who got an SMS and did not click. */
export const segments = {
  starters: ['clicked', 'never-clicked'],
  didNotClick: { sms: 'Free delivery this week', name: 'Got “Free delivery this week”, did not click' },
} as const
