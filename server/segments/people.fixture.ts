/**
 * For tests: ten people of a workspace with what segments ask about, and one of another workspace with the number of the first; and what a
 * tree means, said naively: person by person, value by value, without SQL. The product has no such evaluator.
 */

import { countClicks } from '../../core/clicks/count-clicks.ts'
import { figure } from '../../core/report/figures.ts'
import { segmentEvent } from '../../core/segments/events.ts'
import type { Condition, Field, Node, SegmentTree, Times, TimeWindow } from '../../core/segments/tree.ts'
import { dayRangeOf, rangeOf } from '../../core/segments/windows.ts'
import type { Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { pageIdOf } from '../website/event-ids.ts'

export interface MadeClick {
  link: number
  at: string
  isHuman: boolean
  device?: string
}

export interface Sms {
  status: string
  t0?: string
  statusAt?: string
  reason?: string
  code?: string
  clicks?: MadeClick[]
  unsubscribedAt?: string
}

/** A page view, or a custom event with its properties. */
export interface MadeVisit {
  at: string
  url?: string
  title?: string
  event?: string
  properties?: Record<string, unknown>
}

export interface Someone {
  id: number
  phone: string | null
  phoneType?: string
  shared?: boolean
  country: string | null
  columns?: Partial<Record<'first_name' | 'last_name' | 'email' | 'external_key', string>>
  attrs: Record<string, unknown>
  tags: string[]
  created?: string
  erased?: boolean
  /** topic -> granted */
  consents: Record<string, boolean>
  /** by activity */
  sms: Record<string, Sms>
  website?: MadeVisit[]
}

export interface MadeOptOut {
  phone: string
  topic: string | null
  released?: boolean
}

/** Names stand for ids; those of the database follow when it is filled. */
export interface World {
  now: Date
  zone: string
  frozenAt: Record<string, string>
  links: Record<string, number[]>
  people: Someone[]
  optOuts: MadeOptOut[]
  suppressed: { phone: string; reason: 'hard_bounces' | 'by_hand' }[]
  attributes: Record<string, 'text' | 'number' | 'date' | 'datetime'>
}

const bounced = (codes: string) => ({
  status: 'bounced_hard',
  t0: '2026-03-27T08:00:00Z',
  statusAt: '2026-03-27T08:00:30Z',
  code: codes,
})
const delivered = (day: number, hour: number, more: Partial<Sms> = {}): Sms => ({
  status: 'delivered',
  t0: `2026-03-${day}T0${hour}:00:00Z`,
  statusAt: `2026-03-${day}T0${hour}:00:10Z`,
  ...more,
})
const human = (link: number, at: string): MadeClick => ({ link, at, isHuman: true })

const se = (n: number) => `+4670174060${n}`

/** Sunday 29 March 2026, noon in Stockholm, ten hours after the clocks went forward. Activity A of 27 March, B of 28 March. */
export const world: World = {
  now: new Date('2026-03-29T10:00:00Z'),
  zone: 'Europe/Stockholm',
  frozenAt: { A: '2026-03-27T08:00:00Z', B: '2026-03-28T09:00:00Z' },
  links: { A: [11, 12], B: [21] },
  attributes: { city: 'text', points: 'number', birthday: 'date' },
  people: [
    {
      ...{ id: 1, phone: se(1), country: 'SE', tags: ['vip'], consents: { offers: true } },
      attrs: { city: 'Stockholm', points: 100, birthday: '1990-04-01' },
      sms: {
        A: delivered(27, 8, { clicks: [human(11, '2026-03-27T08:05:00Z'), human(12, '2026-03-27T08:06:00Z')] }),
        B: delivered(28, 9),
      },
    },
    {
      ...{ id: 2, phone: se(2), country: 'SE', tags: [], consents: { offers: true, service: false } },
      attrs: { city: 'STOCKHOLM', points: '100', birthday: '1985-03-28' },
      sms: {
        A: delivered(27, 8, { clicks: [{ link: 11, at: '2026-03-27T08:00:20Z', isHuman: false }] }),
        B: delivered(28, 9),
      },
    },
    {
      ...{ id: 3, phone: se(3), country: 'SE', tags: [], consents: { offers: true }, attrs: { points: 0 } },
      sms: { A: bounced('gsm:1') },
    },
    {
      ...{
        id: 4,
        phone: se(4),
        country: 'SE',
        tags: [],
        consents: { offers: false },
        attrs: { city: '', points: 250.5 },
      },
      sms: {
        A: delivered(27, 8, {
          clicks: [human(12, '2026-03-27T09:00:00Z')],
          unsubscribedAt: '2026-03-27T09:01:00Z',
        }),
        B: { status: 'not_sent', reason: 'opted_out' },
      },
    },
    {
      ...{ id: 5, phone: se(5), shared: true, country: 'SE', tags: [], consents: { offers: true } },
      attrs: { city: 'Göteborg', points: 99.99 },
      sms: { A: delivered(27, 8), B: { status: 'not_sent', reason: 'frequency' } },
    },
    {
      ...{ id: 6, phone: se(5), shared: true, country: 'SE', tags: [], consents: { offers: true } },
      attrs: { city: 'Göteborg' },
      sms: {
        A: { status: 'not_sent', reason: 'duplicate_address' },
        B: delivered(28, 9, { clicks: [human(21, '2026-03-28T10:30:00Z')] }),
      },
    },
    {
      ...{ id: 7, phone: '+4792345670', country: 'NO', tags: [], consents: { service: true } },
      ...{ attrs: { city: 'Oslo', points: 1000, birthday: '2001-04-05' }, created: '2026-03-28T23:30:00Z' },
      sms: { B: delivered(28, 9, { clicks: [human(21, '2026-03-28T11:30:00Z')] }) },
    },
    {
      ...{ id: 8, phone: null, phoneType: 'none', country: null, tags: ['new', 'web'], consents: { offers: true } },
      attrs: { city: 'stockholm' },
      sms: {
        A: { status: 'not_sent', reason: 'no_address' },
        B: { status: 'not_sent', reason: 'no_address' },
      },
    },
    {
      ...{ id: 9, phone: se(9), country: 'SE', tags: [], consents: { offers: true, service: true } },
      attrs: { city: 'Malmö', points: 100, birthday: '1996-02-29' },
      sms: {
        A: { status: 'pending', t0: '2026-03-27T08:00:00Z', statusAt: '2026-03-27T08:00:01Z' },
        B: { status: 'no_receipt', t0: '2026-03-28T09:00:00Z', statusAt: '2026-03-28T09:00:01Z' },
      },
    },
    {
      ...{ id: 10, phone: null, phoneType: 'none', country: null, tags: [], consents: {}, attrs: {}, erased: true },
      sms: { A: delivered(27, 8, { clicks: [human(11, '2026-03-27T08:05:00Z')] }) },
    },
  ],
  optOuts: [
    { phone: se(1), topic: null, released: true },
    { phone: se(4), topic: 'offers' },
    { phone: se(9), topic: 'service' },
  ],
  suppressed: [],
}

/** The ids of the database, by the names of the world. */
export interface FilledWorld {
  workspaceId: number
  topic: Record<string, number>
  activity: Record<string, number>
  link: Record<number, number>
  profile: Record<number, number>
}

let filled = 0

export async function fill(db: Db, of: World): Promise<FilledWorld> {
  const id = async (statement: ReturnType<typeof sql>) => (await db.query<{ id: number }>(statement))[0]?.id ?? 0
  const { now } = of
  const name = `Segments ${++filled}`
  const workspaceId = await id(
    sql`insert into workspaces (name, time_zone, created_at) values (${name}, ${of.zone}, ${now}) returning id`,
  )
  const ids: FilledWorld = { workspaceId, topic: {}, activity: {}, link: {}, profile: {} }
  for (const topic of ['offers', 'service'])
    ids.topic[topic] = await id(
      sql`insert into topics (workspace_id, name, created_at) values (${workspaceId}, ${topic}, ${now}) returning id`,
    )
  for (const [attribute, type] of Object.entries(of.attributes))
    await db.run(
      sql`insert into attributes (workspace_id, name, type, created_at) values (${workspaceId}, ${attribute}, ${type}, ${now})`,
    )
  for (const [activity, at] of Object.entries(of.frozenAt)) {
    const activityId = await id(
      sql`insert into activities (workspace_id, name, state, frozen_at, started_at, created_at, updated_at)
        values (${workspaceId}, ${activity}, 'sent', ${at}, ${at}, ${at}, ${at}) returning id`,
    )
    ids.activity[activity] = activityId
    for (const [slot, link] of (of.links[activity] ?? []).entries())
      ids.link[link] = await id(
        sql`insert into links (activity_id, slot, kind, url) values (${activityId}, ${slot}, 'link', 'https://shop.test') returning id`,
      )
  }
  for (const { phone, topic, released } of of.optOuts)
    await db.run(
      sql`insert into opt_outs (id, workspace_id, channel, address, topic_id, at, source, released_at)
        values (nextval('opt_out_ids'), ${workspaceId}, 'sms', ${phone}, ${topic === null ? null : (ids.topic[topic] ?? null)}, ${now}, 'link', ${released ? now : null})`,
    )
  for (const { phone, reason } of of.suppressed)
    await db.run(
      sql`insert into suppressions (id, workspace_id, channel, address, reason, at)
        values (nextval('suppression_ids'), ${workspaceId}, 'sms', ${phone}, ${reason}, ${now})`,
    )
  for (const person of of.people) await fillPerson(db, of, person, ids, id)
  return ids
}

async function fillPerson(
  db: Db,
  { now }: World,
  person: Someone,
  ids: FilledWorld,
  id: (statement: ReturnType<typeof sql>) => Promise<number>,
): Promise<void> {
  const { workspaceId } = ids
  const { columns = {} } = person
  const profileId = await id(sql`
    insert into profiles (bucket, profile_id, workspace_id, phone, phone_type, phone_shared, country, attrs, tags, first_name, last_name, email, external_key, created_at, updated_at, erased_at)
    select x.i & 255, x.i, ${workspaceId}::int, ${person.phone}::text, ${person.phoneType ?? 'mobile'}::text, ${person.shared ?? false}::boolean, ${person.country}::text,
      ${JSON.stringify(person.attrs)}::jsonb, ${person.tags}::text[], ${columns.first_name ?? null}::text, ${columns.last_name ?? null}::text,
      ${columns.email ?? null}::text, ${columns.external_key ?? null}::text,
      ${person.created ?? '2026-01-01T12:00:00Z'}::timestamptz, ${now}::timestamptz, ${person.erased ? now : null}::timestamptz
    from (select nextval('profile_ids') as i) x returning profile_id as id`)
  ids.profile[person.id] = profileId
  const bucket = profileId & 255
  for (const [topic, granted] of Object.entries(person.consents))
    await db.run(sql`insert into current_consents (bucket, profile_id, workspace_id, topic_id, channel, at, granted)
      values (${bucket}, ${profileId}, ${workspaceId}, ${ids.topic[topic] ?? 0}, 'sms', ${now}, ${granted})`)
  for (const [n, { at, url, title = '', event, properties }] of (person.website ?? []).entries()) {
    const pageId = url === undefined ? null : pageIdOf(workspaceId, url, title)
    if (pageId !== null)
      await db.run(sql`insert into website_pages (page_id, workspace_id, website_id, url, title, seen_at)
        values (${pageId}::text::uuid, ${workspaceId}, 1, ${url}, ${title}, ${at}) on conflict do nothing`)
    await db.run(sql`insert into website_events (bucket, profile_id, event_key, workspace_id, website_id, kind, page_id, name, properties, known_by, at, received_at, source, seq)
      values (${bucket}, ${profileId}, ${pageIdOf(n, 'event', '')}::text::uuid, ${workspaceId}, 1, ${event === undefined ? 'page' : 'track'}, ${pageId}::text::uuid,
        ${event ?? null}, ${properties === undefined ? null : JSON.stringify(properties)}::jsonb, 'link', ${at}, ${at}, 1, ${n})`)
  }
  for (const [activity, sms] of Object.entries(person.sms)) {
    const activityId = ids.activity[activity] ?? 0
    const clicks = sms.clicks ?? []
    const first = (of: readonly MadeClick[]) => of.map(({ at }) => at).toSorted()[0] ?? null
    await db.run(sql`insert into messages (bucket, workspace_id, activity_id, profile_id, status, t0, status_at, excluded, code, country, address, first_click_at, first_visit_at, unsubscribed_at)
      values (${bucket}, ${workspaceId}, ${activityId}, ${profileId}, ${sms.status}::message_status, ${sms.t0 ?? null}, ${sms.statusAt ?? null}, ${sms.reason ?? null}, ${sms.code ?? null},
        ${person.country}, ${person.phone}, ${first(clicks.filter(({ isHuman }) => isHuman))}, ${first(clicks)}, ${sms.unsubscribedAt ?? null})`)
    const judged = clicks.map(({ link, at, isHuman, device = 'iphone' }, seq) => {
      const verdict = isHuman ? ('human' as const) : ('bot' as const)
      return { linkId: ids.link[link] ?? 0, at: new Date(at), verdict, device, source: 1, seq }
    })
    const { counts } = countClicks(judged)
    for (const [i, { linkId, at, verdict, device, source, seq }] of judged.entries())
      await db.run(sql`insert into clicks (bucket, activity_id, profile_id, source, seq, workspace_id, link_id, at, verdict, method, device, counts)
        values (${bucket}, ${activityId}, ${profileId}, ${source}, ${seq}, ${workspaceId}, ${linkId}, ${at}, ${verdict}, 'GET', ${device}, ${counts[i]})`)
  }
}

/** Names of topics, activities and links in the conditions of a test; `bind` puts the ids of the database in their place. */
export function bind(tree: SegmentTree, ids: FilledWorld, of: World): SegmentTree {
  const activities = Object.keys(of.frozenAt)
  const bound = (node: Node): Node => {
    if (node.kind === 'group') return { ...node, items: node.items.map(bound) }
    if (node.kind === 'consent') return { ...node, topic: ids.topic[topicNames[node.topic - 1]!]! }
    if (node.kind === 'closed' && node.topic !== undefined)
      return { ...node, topic: ids.topic[topicNames[node.topic - 1]!]! }
    if (node.kind !== 'event') return node
    return {
      ...node,
      of: node.of === 'any' ? 'any' : node.of.map(n => ids.activity[activities[n - 1]!]!),
      ...(node.links && { links: node.links.map(link => ids.link[link]!) }),
    }
  }
  const root = bound(tree.root)
  if (root.kind !== 'group') throw new Error('a tree begins with a group')
  return { v: 1, root }
}

/** The topics by their number in a test's tree: 1 and 2. Activities are numbered in the same way, links have numbers of their own. */
export const topicNames = ['offers', 'service'] as const

/** Who is in it? Ids of the world, in order. */
export function membersOf(
  tree: SegmentTree,
  of: World,
  segments: ReadonlyMap<number, SegmentTree | readonly number[]> = new Map(),
): number[] {
  return of.people.filter(person => !person.erased && holds(tree.root, person, of, segments)).map(({ id }) => id)
}

function holds(
  node: Node,
  person: Someone,
  of: World,
  segments: ReadonlyMap<number, SegmentTree | readonly number[]>,
): boolean {
  const positive =
    node.kind === 'group'
      ? node.match === 'all'
        ? node.items.every(item => holds(item, person, of, segments))
        : node.items.some(item => holds(item, person, of, segments))
      : node.kind === 'segment'
        ? inSegment(segments.get(node.id), person, of, segments)
        : fits(node, person, of)
  return positive !== (node.exclude === true)
}

function inSegment(
  segment: SegmentTree | readonly number[] | undefined,
  person: Someone,
  of: World,
  segments: ReadonlyMap<number, SegmentTree | readonly number[]>,
): boolean {
  if (segment === undefined) throw new Error('no such segment')
  return 'root' in segment ? holds(segment.root, person, of, segments) : segment.includes(person.id)
}

const isDated = /^\d{4}-\d\d-\d\d/
const fold = (text: string) => [...text].map(character => character.toLowerCase()).join('')

function valueIn(field: Field, person: Someone): unknown {
  if (field === 'phone') return person.phone ?? undefined
  if (field.startsWith('attr:')) return person.attrs[field.slice(5)]
  return person.columns?.[field as 'email']
}

function fits(condition: Condition, person: Someone, of: World): boolean {
  const within = (at: string | undefined, window: TimeWindow | undefined) => {
    if (at === undefined) return false
    if (window === undefined) return true
    const { from, to } = rangeOf(window, of.now, of.zone)
    const time = new Date(at).getTime()
    return (from === null || time >= from.getTime()) && (to === null || time < to.getTime())
  }
  switch (condition.kind) {
    case 'filled': {
      const value = valueIn(condition.field, person)
      const type = of.attributes[condition.field.slice(5)]
      if (type === 'number') return typeof value === 'number'
      if (type === 'date' || type === 'datetime') return typeof value === 'string' && isDated.test(value)
      return typeof value === 'string' && value.trim() !== ''
    }
    case 'text': {
      const value = valueIn(condition.field, person)
      if (typeof value !== 'string') return false
      const as = condition.exactCase ? (text: string) => text : fold
      const text = as(value)
      if (condition.op === 'in') return condition.values.some(one => as(one) === text)
      const asked = as(condition.value)
      if (condition.op === 'is') return text === asked
      if (condition.op === 'contains') return text.includes(asked)
      return condition.op === 'starts' ? text.startsWith(asked) : text.endsWith(asked)
    }
    case 'number': {
      const value = valueIn(condition.field, person)
      if (typeof value !== 'number') return false
      if (condition.op === 'between') return value >= condition.values[0] && value <= condition.values[1]
      const { op, value: n } = condition
      return op === 'is'
        ? value === n
        : op === 'lt'
          ? value < n
          : op === 'lte'
            ? value <= n
            : op === 'gt'
              ? value > n
              : value >= n
    }
    case 'date': {
      const value = valueIn(condition.field, person)
      if (typeof value !== 'string' || !isDated.test(value)) return false
      const { from, to } = dayRangeOf(condition.days, of.now, of.zone)
      const day = value.slice(0, 10)
      return (from === null || day >= from) && (to === null || day <= to)
    }
    case 'anniversary': {
      const value = valueIn(condition.field, person)
      if (typeof value !== 'string' || !isDated.test(value)) return false
      const { from, to } = dayRangeOf(condition.days, of.now, of.zone)
      if (from === null || to === null) return true
      for (let ms = Date.parse(from); ms <= Date.parse(to); ms += 86_400_000) {
        const [year, month, day] = new Date(ms).toISOString().slice(0, 10).split('-')
        if (value.slice(5, 10) === `${month}-${day}`) return true
        const isLeap = new Date(Date.UTC(Number(year), 1, 29)).getUTCDate() === 29
        if (value.slice(5, 10) === '02-29' && !isLeap && month === '03' && day === '01') return true
      }
      return false
    }
    case 'created':
      return within(person.created ?? '2026-01-01T12:00:00Z', condition.window)
    case 'tag':
      return condition.match === 'any'
        ? condition.tags.some(tag => person.tags.includes(tag))
        : condition.tags.every(tag => person.tags.includes(tag))
    case 'country':
      return person.country !== null && condition.countries.includes(person.country)
    case 'phone':
      return (
        (condition.types === undefined || condition.types.some(type => type === (person.phoneType ?? 'mobile'))) &&
        (!condition.shared || person.shared === true)
      )
    case 'consent': {
      const granted = person.consents[topicNames[condition.topic - 1]!]
      const isSms = condition.channel === 'sms'
      if (condition.state === 'never') return !isSms || granted === undefined
      return isSms && granted === (condition.state === 'yes')
    }
    case 'closed':
      return condition.why.some(why =>
        condition.channel !== 'sms' || person.phone === null
          ? false
          : why === 'opted_out'
            ? of.optOuts.some(
                one =>
                  one.phone === person.phone &&
                  !one.released &&
                  (condition.topic === undefined ||
                    one.topic === null ||
                    one.topic === topicNames[condition.topic - 1]),
              )
            : of.suppressed.some(one => one.phone === person.phone && one.reason === why),
      )
    case 'event':
      return happened(condition, person, of, within)
    case 'page_view':
    case 'website_event': {
      const n = (person.website ?? []).filter(
        visit => isAsked(visit, condition) && within(visit.at, condition.window),
      ).length
      const { times } = condition
      if (times === undefined) return n > 0
      if (times.op === 'between') return n >= times.values[0] && n <= times.values[1]
      return times.op === 'at_least' ? n >= times.n : times.op === 'at_most' ? n <= times.n : n === times.n
    }
    case 'segment':
      throw new Error('asked above')
  }
}

function isAsked(
  { url, title = '', event, properties }: MadeVisit,
  condition: Extract<Condition, { kind: 'page_view' | 'website_event' }>,
): boolean {
  const compares = (text: string, op: string, asked: string) =>
    op === 'is'
      ? fold(text) === fold(asked)
      : op === 'contains'
        ? fold(text).includes(fold(asked))
        : fold(text).startsWith(fold(asked))
  if (condition.kind === 'page_view') {
    if (event !== undefined || url === undefined) return false
    const bare = condition.value.replace(/^https?:\/\//i, '')
    const asked = condition.op === 'is' ? bare.replace(/\/$/, '') : bare
    return condition.of === 'url' ? compares(url, condition.op, asked) : compares(title, condition.op, condition.value)
  }
  if (event === undefined || fold(event) !== fold(condition.name)) return false
  const { property } = condition
  if (property === undefined) return true
  const value = properties?.[property.name]
  if (typeof property.value === 'string')
    return typeof value === 'string' && compares(value, property.op, property.value)
  if (typeof value !== 'number') return false
  const differs = value - property.value
  const holding = { is: differs === 0, lt: differs < 0, lte: differs <= 0, gt: differs > 0, gte: differs >= 0 }
  return Object.entries(holding).some(([op, holds]) => op === property.op && holds)
}

function happened(
  { event, of: asked, links, where, window, withinHours, times }: Extract<Condition, { kind: 'event' }>,
  person: Someone,
  of: World,
  within: (at: string | undefined, window: TimeWindow | undefined) => boolean,
): boolean {
  const activities = Object.keys(of.frozenAt)
  const names = asked === 'any' ? activities : asked.map(n => activities[n - 1]!)
  const { figure: key, at } = segmentEvent(event)
  const { counts } = figure(key)
  const perActivity = names.map(name => {
    const sms = person.sms[name]
    if (sms === undefined) return 0
    if (where?.reasons && !where.reasons.includes(sms.reason ?? '')) return 0
    if (where?.countries && !where.countries.includes(person.country ?? '')) return 0
    if (where?.codes && !where.codes.includes(sms.code ?? '')) return 0
    if (where?.gateways) return 0
    const soon = (time: string | undefined) => {
      if (withinHours === undefined) return true
      if (time === undefined || sms.t0 === undefined) return false
      const after = Date.parse(time) - Date.parse(sms.t0)
      return after >= 0 && after < withinHours * 3_600_000
    }
    if (event === 'clicked' || event === 'visited')
      return (sms.clicks ?? []).filter(
        click =>
          (event === 'visited' || click.isHuman) &&
          (times?.of !== 'clicks' || !isSecondTap(click, sms.clicks ?? [])) &&
          (links === undefined || links.includes(click.link)) &&
          (where?.devices === undefined || where.devices.some(device => device === (click.device ?? 'iphone'))) &&
          within(click.at, window) &&
          soon(click.at),
      ).length
    const isCounted =
      'statuses' in counts
        ? counts.statuses.some(status => status === sms.status)
        : 'set' in counts && sms.unsubscribedAt !== undefined
    const time = {
      frozenAt: of.frozenAt[name],
      t0: sms.t0,
      statusAt: sms.statusAt,
      unsubscribedAt: sms.unsubscribedAt,
      firstClickAt: undefined,
      firstVisitAt: undefined,
    }[at]
    return Number(isCounted && (window === undefined || within(time, window)) && soon(time))
  })
  return hasTimes(
    times,
    perActivity.reduce((n, found) => n + (times?.of === 'clicks' ? found : Math.min(found, 1)), 0),
  )
}

/** Told from the first click on its link on, each from the last that counted. */
function isSecondTap(click: MadeClick, all: readonly MadeClick[]): boolean {
  const rank = (one: MadeClick) => `${new Date(one.at).toISOString()} ${one.device ?? 'iphone'} ${all.indexOf(one)}`
  const onLink = all.filter(({ link, isHuman }) => isHuman && link === click.link)
  let counted: MadeClick | undefined
  for (const one of onLink.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1))) {
    const isSecond = counted !== undefined && Date.parse(one.at) - Date.parse(counted.at) < 10_000
    if (one === click) return isSecond
    if (!isSecond) counted = one
  }
  return false
}

function hasTimes(times: Times | undefined, n: number): boolean {
  if (times === undefined) return n >= 1
  if (times.op === 'between') return n >= times.values[0] && n <= times.values[1]
  return times.op === 'at_least' ? n >= times.n : times.op === 'at_most' ? n <= times.n : n === times.n
}
