/**
 * For tests: an activity with the given facts of each person, written directly into the tables. The caches beside the facts
 * (status columns, tallies, breakdowns) are computed here from the fold, independently of the product's code, so that report, lists,
 * exports and `verify` are compared with an independent result.
 */
import { contentOf } from '../../core/activities/content.ts'
import { isNotSentReason, type NotSentReasonKey } from '../../core/audience/not-sent-reasons.ts'
import { type MessageFacts, noFacts } from '../../core/messages/facts.ts'
import { foldMessage, type MessageVerdict } from '../../core/messages/fold.ts'
import type { CurveEvent } from '../../core/report/curves.ts'
import { latencyStep } from '../../core/report/latency.ts'
import type { BrokenDown } from '../../core/report/sums.ts'
import { verdictColumns } from '../messages/record.ts'
import { Tallies, toE4 } from '../messages/tallies.ts'
import type { Db } from '../platform/db/database.ts'
import { raw, sql } from '../platform/db/sql.ts'

export interface SentPerson {
  firstName?: string | null
  lastName?: string | null
  email?: string | null
  externalKey?: string | null
  phone?: string | null
  country?: string
  facts?: Partial<MessageFacts>
  /** link: index into `links` */
  clicks?: { link: number; at: Date; verdict: 'human' | 'suspect' | 'bot'; device?: string }[]
  unsubscribedAt?: Date
  credits?: string
}

export interface SentActivity {
  workspaceId: number
  activityId: number
  gatewayId: number
  linkIds: number[]
  /** in the order of the people given */
  profileIds: number[]
  verdicts: MessageVerdict[]
}

export const START = new Date('2026-11-01T12:00:00Z')
export const later = (ms: number): Date => new Date(START.getTime() + ms)

let made = 0

export async function makeSent(
  db: Db,
  people: readonly SentPerson[],
  {
    urls = ['https://shop.test/offer', 'https://shop.test/more'],
    timeZone = 'Europe/Stockholm',
    workspaceId = 0,
    tallyBuckets = 1,
    without = [],
    olderNames = {},
  }: {
    urls?: string[]
    timeZone?: string
    workspaceId?: number
    tallyBuckets?: number
    /** columns that an older schema lacks */
    without?: readonly string[]
    /** names of columns in an older schema */
    olderNames?: Readonly<Record<string, string>>
  } = {},
): Promise<SentActivity> {
  const name = `W${process.pid}.${++made}`
  const id = async (statement: Parameters<Db['query']>[0]) => (await db.query<{ id: number }>(statement))[0]?.id ?? 0
  const workspace =
    workspaceId ||
    (await id(
      sql`insert into workspaces (name, time_zone, created_at) values (${name}, ${timeZone}, ${START}) returning id`,
    ))
  const topic = await id(
    sql`insert into topics (workspace_id, name, created_at) values (${workspace}, ${`Offers ${name}`}, ${START}) returning id`,
  )
  const smpp = { host: '127.0.0.1', port: 2775, systemId: 'u' }
  const gateway = await insertOne(db, 'gateways', {
    ...{ workspace_id: workspace, name: `G ${name}`, kind: 'smpp', settings: smpp, account: 'smpp:u@127.0.0.1:2775' },
    ...{ host: smpp.host, port: smpp.port, system_id: smpp.systemId, password: 'p', test: true, created_at: START },
  })
  const content = contentOf({ channel: 'sms', sender: 'Acme', body: 'Hello' })
  const activity = await insertOne(db, 'activities', {
    ...{ workspace_id: workspace, name: `A ${name}`, state: 'sending', content, sender: 'Acme', body: 'Hello' },
    ...{ send_to: { topics: [topic], duplicates: 'one_per_address' }, gateway_id: gateway },
    ...{ created_at: START, updated_at: START, started_at: START, frozen_at: START },
  })
  const linkIds: number[] = []
  for (const [slot, url] of urls.entries())
    linkIds.push(
      await id(
        sql`insert into links (activity_id, slot, kind, url) values (${activity}, ${slot}, 'link', ${url}) returning id`,
      ),
    )
  const ids = await db.query<{ id: number }>(
    sql`select nextval('profile_ids') as id from generate_series(1, ${people.length})`,
  )
  const profileIds = ids.map(row => row.id)

  const tallies = Array.from({ length: tallyBuckets }, () => new Tallies())
  const verdicts = people.map(person => foldMessage(factsOf(person)))
  const rows = people.map((person, i) => {
    const profileId = profileIds[i] ?? 0
    const key = { bucket: profileId & 255, activity_id: activity, profile_id: profileId, workspace_id: workspace }
    const verdict = verdicts[i] ?? foldMessage(noFacts)
    const sums = tallies[i % tallyBuckets] ?? new Tallies()
    return rowsOf(person, verdict, key, { gateway, linkIds, sums })
  })
  const put = (table: keyof (typeof rows)[number]) =>
    insert(
      db,
      table,
      rows.flatMap((row): object[] => row[table]).map(row => renamed(row, olderNames)),
      without,
    )
  await put('profiles')
  await put('profile_keys')
  await put('messages')
  await put('attempts')
  await put('answers')
  await put('receipts')
  await put('clicks')
  await put('opt_outs')
  for (const [bucket, sums] of tallies.entries()) await sums.flush(db, bucket)
  return { workspaceId: workspace, activityId: activity, gatewayId: gateway, linkIds, profileIds, verdicts }
}

/** As scheduling would: the first version of the activity, with these settings. */
export async function freezeSettings(db: Db, activityId: number, settings: object): Promise<void> {
  await db.run(
    sql`insert into activity_versions (activity_id, version, settings, created_at) values (${activityId}, 1, ${settings}::jsonb, ${START})`,
  )
  await db.run(sql`update activities set version = 1 where id = ${activityId}`)
}

export const factsOf = (person: SentPerson): MessageFacts => ({ ...noFacts, parts: 1, ...person.facts })

interface Key {
  bucket: number
  activity_id: number
  profile_id: number
  workspace_id: number
}

function rowsOf(
  person: SentPerson,
  verdict: MessageVerdict,
  key: Key,
  { gateway, linkIds, sums }: { gateway: number; linkIds: readonly number[]; sums: Tallies },
) {
  const facts = factsOf(person)
  const { profile_id, bucket, activity_id, workspace_id } = key
  const phone = person.phone === undefined ? `+4670${String(profile_id).padStart(7, '0')}` : person.phone
  const externalKey = person.externalKey === undefined ? `K${profile_id}` : person.externalKey
  const email = person.email === undefined ? `p${profile_id}@acme.test` : person.email
  const credits = person.credits ?? '1.0000'
  const clicks = person.clicks ?? []
  const visits = [...clicks].sort((a, b) => a.at.getTime() - b.at.getTime())
  const counted = [...Map.groupBy(clicks, ({ link }) => link).values()].flatMap(withoutDoubleTaps)
  const human = visits.filter(click => click.verdict === 'human')
  const country = person.country ?? 'SE'
  const columns = verdictColumns(verdict, { due: null })
  tally(sums, activity_id, {
    verdict,
    gateway,
    country,
    credits,
    clicks,
    linkIds,
    unsubscribedAt: person.unsubscribedAt ?? null,
    noReceiptAt: facts.noReceiptAt,
  })
  const seq = (i: number) => profile_id * 1000 + i
  return {
    profiles: [
      {
        bucket,
        profile_id,
        workspace_id,
        external_key: externalKey,
        phone,
        phone_type: phone === null ? 'none' : 'mobile',
        country,
        email,
        email_valid: true,
        phone_shared: false,
        first_name: person.firstName ?? null,
        last_name: person.lastName ?? null,
        attrs: {},
        tags: [],
        created_at: START,
        updated_at: START,
      },
    ],
    profile_keys: [
      { kind: 'external_key', value: externalKey },
      { kind: 'phone', value: phone },
      { kind: 'email', value: email?.toLowerCase() ?? null },
    ]
      .filter(({ value }) => value !== null)
      .map(each => ({ ...each, profile_id, workspace_id })),
    messages: [
      {
        ...key,
        t0: columns.t0,
        due: columns.due,
        status_at: columns.statusAt,
        status: columns.status,
        gateway_id: columns.t0 === null ? null : gateway,
        attempts: columns.attempts,
        parts: facts.parts,
        resend: columns.resend,
        charged: columns.charged,
        country,
        address: phone,
        credits,
        excluded: facts.excluded,
        stop_reason: facts.stop?.reason,
        stop_at: facts.stop?.at,
        window_over_at: facts.windowOverAt,
        no_receipt_at: facts.noReceiptAt,
        code: columns.code,
        bounced_at: columns.bouncedAt,
        first_click_at: human[0]?.at,
        first_visit_at: visits[0]?.at,
        unsubscribed_at: person.unsubscribedAt,
      },
    ],
    attempts: facts.attempts.map(({ n, at, parts, try: firstN }) => ({
      ...key,
      n,
      at,
      parts,
      try: firstN,
      gateway_id: gateway,
      session_id: 1,
    })),
    answers: facts.answers.map(answer => ({ ...key, ...answer, gateway_id: gateway })),
    receipts: facts.receipts.map((receipt, i) => ({ ...key, ...receipt, source: 1, seq: seq(i) })),
    clicks: clicks.map((click, i) => ({
      ...key,
      source: 2,
      seq: seq(i),
      link_id: linkIds[click.link],
      at: click.at,
      verdict: click.verdict,
      reason: ownReasons[click.verdict],
      own_reason: ownReasons[click.verdict],
      own_sign: click.verdict === 'suspect',
      signed: click.verdict === 'suspect',
      crowd: false,
      counts: counted.includes(click),
      device: click.device ?? 'iphone',
      method: 'GET',
    })),
    opt_outs:
      person.unsubscribedAt === undefined
        ? []
        : [
            {
              id: seq(0),
              workspace_id,
              channel: 'sms',
              address: phone ?? '+',
              at: person.unsubscribedAt,
              source: 'link',
              activity_id,
              profile_id,
              evidence: {},
            },
          ],
  }
}

/** The evidence of a single click for each verdict. */
const ownReasons = { human: null, suspect: 'no_language', bot: 'agent' } as const

function reasonOf({ reason }: MessageVerdict): NotSentReasonKey {
  if (reason === null || !isNotSentReason(reason)) throw new RangeError(`no reason for not sent: ${reason}`)
  return reason
}

interface Tallied {
  verdict: MessageVerdict
  gateway: number
  country: string
  credits: string
  clicks: NonNullable<SentPerson['clicks']>
  linkIds: readonly number[]
  unsubscribedAt: Date | null
  noReceiptAt: Date | null
}

function tally(
  sums: Tallies,
  activityId: number,
  { verdict, gateway, country, credits, clicks, linkIds, unsubscribedAt, noReceiptAt }: Tallied,
): void {
  sums.add(activityId, 'targeted', 1)
  sums.add(activityId, verdict.status, 1)
  if (verdict.status === 'not_sent') sums.add(activityId, `not_sent:${reasonOf(verdict)}`, 1)
  else if (verdict.status !== 'queued') {
    sums.addBreakdown(activityId, 'country', country, verdict.status, 1)
    sums.addBreakdown(activityId, 'gateway', String(gateway), verdict.status, 1)
    if (verdict.code !== null) sums.addBreakdown(activityId, 'code', verdict.code, verdict.status, 1)
    const at = (event: CurveEvent, time: Date | null) => time && sums.addSeries(activityId, time, event, 1)
    at('sent', verdict.t0)
    if (verdict.status === 'delivered') {
      at('delivered', verdict.statusAt)
      if (verdict.statusAt?.getTime() !== noReceiptAt?.getTime()) {
        const took = (verdict.statusAt?.getTime() ?? 0) - (verdict.t0?.getTime() ?? 0)
        sums.addBreakdown(activityId, 'latency', `${gateway}/${latencyStep(took)}`, 'delivered', 1)
      }
    }
    if (verdict.status.startsWith('bounced')) at('bounced', verdict.statusAt)
  }
  if (verdict.charged) {
    sums.add(activityId, 'charged', 1, toE4(credits))
    sums.addBreakdown(activityId, 'country', country, 'charged', 1, toE4(credits))
  }
  if (unsubscribedAt !== null) {
    sums.add(activityId, 'unsubscribed', 1)
    sums.addSeries(activityId, unsubscribedAt, 'unsubscribed', 1)
  }
  if (clicks.length > 0) sums.add(activityId, 'visited', 1)
  const human = clicks.filter(click => click.verdict === 'human').map(click => click.at.getTime())
  if (human.length > 0) {
    sums.add(activityId, 'unique', 1)
    sums.addSeries(activityId, new Date(Math.min(...human)), 'unique', 1)
  }
  for (const [link, linkId] of linkIds.entries()) {
    const here = clicks.filter(click => click.link === link)
    const add = (figure: BrokenDown<'link'>, n: number) => {
      sums.addBreakdown(activityId, 'link', String(linkId), figure, n)
      if (figure !== 'unique' && figure !== 'visited') sums.add(activityId, figure, n)
    }
    const counted = withoutDoubleTaps(here)
    for (const { at, device = 'iphone' } of counted) {
      sums.addSeries(activityId, at, 'clicked', 1)
      sums.addBreakdown(activityId, 'device', device, 'clicks', 1)
    }
    add('clicks', counted.length)
    add('suspect_clicks', here.filter(click => click.verdict === 'suspect').length)
    add('bot_clicks', here.filter(click => click.verdict === 'bot').length)
    add('unique', counted.length > 0 ? 1 : 0)
    add('visited', here.length > 0 ? 1 : 0)
  }
}

function withoutDoubleTaps(clicks: NonNullable<SentPerson['clicks']>): NonNullable<SentPerson['clicks']> {
  const inTime = clicks.filter(click => click.verdict === 'human').sort((a, b) => a.at.getTime() - b.at.getTime())
  let last = Number.NEGATIVE_INFINITY
  return inTime.filter(({ at }) => {
    if (at.getTime() - last < 10_000) return false
    last = at.getTime()
    return true
  })
}

const renamed = (row: object, names: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(row).map(([column, value]) => [names[column] ?? column, value]))

/** The columns that exist in the schema. An older schema has other names for some. */
async function insertOne(db: Db, table: string, row: Readonly<Record<string, unknown>>): Promise<number> {
  const columns = await db.query<{ name: string }>(
    sql`select a.attname::text as name from pg_attribute a where a.attrelid = ${table}::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''`,
  )
  const list = raw(
    Object.keys(row)
      .filter(key => columns.some(({ name }) => name === key))
      .join(', '),
  )
  const [made] = await db.query<{ id: number }>(
    sql`insert into ${raw(table)} (${list}) select ${list} from jsonb_populate_record(null::${raw(table)}, ${JSON.stringify(row)}::jsonb) returning id`,
  )
  return made?.id ?? 0
}

async function insert(db: Db, table: string, rows: readonly object[], without: readonly string[]): Promise<void> {
  if (rows.length === 0) return
  const columns = [...new Set(rows.flatMap(row => Object.keys(row)))]
    .map(column => (column === 'workspace_id' && ['attempts', 'answers', 'receipts'].includes(table) ? '' : column))
    .filter(column => column !== '' && !without.includes(column))
    .join(', ')
  const list = raw(columns)
  await db.run(
    sql`insert into ${raw(table)} (${list}) select ${list} from jsonb_populate_recordset(null::${raw(table)}, ${JSON.stringify(rows)}::jsonb)`,
  )
}
