/** For tests: random trees of every condition, over few enough values that they meet. */
import fc from 'fast-check'
import { readTree, type SegmentTree } from './tree.ts'

/** Values that match, that nearly match, and that break a careless comparison. */
export const texts = [
  'Stockholm',
  'STOCKHOLM',
  'Åre',
  'åre',
  'a%b',
  'a_b',
  'a\\b',
  'straße',
  'STRASSE',
  '100',
  ' x ',
  '',
]
export const numbers = [0, -1, 99.99, 100, 1e21, 0.1]
export const attributes = { city: 'text', points: 'number', birthday: 'date', seen: 'datetime' } as const
export const devices = ['iphone', 'android'] as const

const span = fc.record({
  n: fc.constantFrom(1, 2, 24, 25),
  unit: fc.constantFrom('hours' as const, 'days' as const, 'weeks' as const, 'months' as const),
})
const dayOrTime = fc.constantFrom('2026-03-27', '2026-03-28', '2026-03-29', '2026-03-28T10:30:00Z')
const someWindow = fc.oneof(
  fc.record({ last: span }),
  fc.record({ before: span }),
  fc.record({ from: dayOrTime }),
  fc.record({ to: dayOrTime }),
  fc.record({ from: dayOrTime, to: dayOrTime }),
)
const day = fc.constantFrom('1990-04-01', '2026-03-28', '2026-03-29', '2027-01-01')
const someDays = fc.oneof(
  fc.record({ last: fc.constantFrom(1, 2, 400) }),
  fc.record({ next: fc.constantFrom(1, 4, 365) }),
  fc.record({ from: day }),
  fc.record({ from: day, to: day }),
)
const textField = fc.constantFrom('attr:city' as const, 'first_name' as const, 'phone' as const)
const filledTexts = texts.filter(text => text.trim() !== '').map(text => text.trim())
const constant = fc.constantFrom(...filledTexts, 'stock', '+4670', '%')
const someTimes = fc.oneof(
  fc.record({
    op: fc.constantFrom('at_least' as const, 'exactly' as const, 'at_most' as const),
    n: fc.constantFrom(0, 1, 2, 3),
  }),
  fc.record({
    op: fc.constant('between' as const),
    values: fc.constantFrom([0, 0] as const, [0, 2] as const, [1, 1] as const, [1, 2] as const, [2, 4] as const),
  }),
)

const optional = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined, freq: 3 })
const given = <T extends object>(fields: T): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T

const someEvent = fc
  .record({
    event: fc.constantFrom(
      'targeted',
      'not_sent',
      'queued',
      'sent',
      'delivered',
      'bounced',
      'bounced_hard',
      'bounced_soft_retrying',
      'bounced_soft_final',
      'pending',
      'clicked',
      'visited',
      'unsubscribed',
    ),
    of: fc.oneof(fc.constant('any' as const), fc.subarray([1, 2, 3], { minLength: 1 })),
    links: optional(fc.subarray([1, 2], { minLength: 1 })),
    devices: optional(fc.subarray([...devices], { minLength: 1 })),
    countries: optional(fc.constant(['SE'])),
    reasons: optional(fc.constant(['frequency'])),
    codes: optional(fc.constant(['gsm:1'])),
    times: optional(someTimes),
    ofClicks: fc.boolean(),
    window: optional(someWindow),
    withinHours: optional(fc.constantFrom(1, 24)),
  })
  .map(
    ({ event: name, of, links, devices: asked, countries, reasons, codes, times, ofClicks, window, withinHours }) => {
      const often = times && name === 'clicked' && ofClicks ? { ...times, of: 'clicks' } : times
      const isClick = name === 'clicked' || name === 'visited'
      const isTimed = isClick || name.startsWith('bounced') || name === 'delivered' || name === 'unsubscribed'
      const where = given({
        devices: isClick ? asked : undefined,
        countries,
        reasons: name === 'not_sent' ? reasons : undefined,
        codes: name.startsWith('bounced') ? codes : undefined,
      })
      return given({
        kind: 'event',
        event: name,
        of,
        links: isClick ? links : undefined,
        where: Object.keys(where).length > 0 ? where : undefined,
        times: often,
        window,
        withinHours: isTimed ? withinHours : undefined,
      })
    },
  )

/** Of pages and custom events, of which few are the same. */
export const pageUrls = ['shop.test', 'shop.test/basket', 'shop.test/Basket/a%b', 'shop.test/a_b', 'other.test/basket']
export const pageTitles = ['Shop', 'basket', 'a\\b', '']
export const eventNames = ['Order', 'order', 'Added']
const someTimesOfMany = optional(someTimes)
const somePageView = fc
  .record({
    of: fc.constantFrom('url', 'title'),
    op: fc.constantFrom('is', 'contains', 'starts'),
    value: fc.constantFrom('https://shop.test/basket/', 'BASKET', 'shop', '%', '_', 'a\\b', 'nothing'),
    times: someTimesOfMany,
    window: optional(someWindow),
  })
  .map(fields => given({ kind: 'page_view', ...fields }))
const someWebsiteEvent = fc
  .record({
    name: fc.constantFrom('Order', 'added'),
    property: optional(
      fc.oneof(
        fc.record({
          name: fc.constantFrom('total', 'sku'),
          op: fc.constantFrom('is', 'lt', 'lte', 'gt', 'gte'),
          value: fc.constantFrom(...numbers),
        }),
        fc.record({
          name: fc.constantFrom('total', 'sku'),
          op: fc.constantFrom('is', 'contains', 'starts'),
          value: fc.constantFrom('A1', 'a', '%', '100'),
        }),
      ),
    ),
    times: someTimesOfMany,
    window: optional(someWindow),
  })
  .map(fields => given({ kind: 'website_event', ...fields }))

export const someCondition: fc.Arbitrary<object> = fc.oneof(
  { weight: 2, arbitrary: somePageView },
  { weight: 2, arbitrary: someWebsiteEvent },
  { weight: 8, arbitrary: someEvent },
  fc
    .constantFrom(...Object.keys(attributes), 'first_name')
    .map(name => ({ kind: 'filled', field: name === 'first_name' ? name : `attr:${name}` })),
  fc.record({
    kind: fc.constant('text'),
    field: textField,
    op: fc.constantFrom('is', 'contains', 'starts', 'ends'),
    value: constant,
  }),
  fc.record({
    kind: fc.constant('text'),
    field: textField,
    op: fc.constant('in'),
    values: fc.array(constant, { minLength: 1, maxLength: 3 }),
    exactCase: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('number'),
    field: fc.constant('attr:points'),
    op: fc.constantFrom('is', 'lt', 'lte', 'gt', 'gte'),
    value: fc.constantFrom(...numbers),
  }),
  fc.record({
    kind: fc.constant('number'),
    field: fc.constant('attr:points'),
    op: fc.constant('between'),
    values: fc.constantFrom([0, 100], [-1, 99.99]),
  }),
  fc.record({
    kind: fc.constantFrom('date', 'anniversary'),
    field: fc.constantFrom('attr:birthday', 'attr:seen'),
    days: someDays,
  }),
  fc.record({ kind: fc.constant('created'), window: someWindow }),
  fc.record({
    kind: fc.constant('tag'),
    match: fc.constantFrom('any', 'all'),
    tags: fc.subarray(['vip', 'web', 'none'], { minLength: 1 }),
  }),
  fc.record({ kind: fc.constant('country'), countries: fc.subarray(['SE', 'NO', 'DK'], { minLength: 1 }) }),
  fc.constantFrom(
    { kind: 'phone', types: ['fixed'] },
    { kind: 'phone', shared: true },
    { kind: 'phone', types: ['mobile', 'fixed'], shared: true },
  ),
  fc.record({
    kind: fc.constant('consent'),
    topic: fc.constantFrom(1, 2),
    channel: fc.constantFrom('sms', 'email'),
    state: fc.constantFrom('yes', 'ended', 'never'),
  }),
  fc.record({
    kind: fc.constant('closed'),
    channel: fc.constant('sms'),
    why: fc.subarray(['opted_out', 'hard_bounces', 'by_hand'], { minLength: 1 }),
  }),
  fc.record({
    kind: fc.constant('closed'),
    channel: fc.constant('sms'),
    why: fc.constant(['opted_out']),
    topic: fc.constantFrom(1, 2),
  }),
)

export const someTree: fc.Arbitrary<SegmentTree> = fc
  .letrec<{ node: object }>(tie => ({
    node: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      fc.tuple(someCondition, fc.boolean()).map(([condition, exclude]) => ({ ...condition, exclude })),
      fc.record({
        kind: fc.constant('group'),
        match: fc.constantFrom('all', 'any'),
        exclude: fc.boolean(),
        items: fc.array(tie('node'), { maxLength: 4 }),
      }),
    ),
  }))
  .node.map(node => readTree({ v: 1, root: { kind: 'group', match: 'all', items: [node] } }))
