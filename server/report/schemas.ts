/** Schemas of the report and its lists for the API's document, generated from the tables of figures and tabs. */
import { Type } from '@fastify/type-provider-typebox'
import { type ContentOf, contentAnswers } from '../../core/activities/content.ts'
import { duplicateRules, remindedPeople } from '../../core/activities/send-to.ts'
import { notSentReasonKeys } from '../../core/audience/not-sent-reasons.ts'
import { channelKeys } from '../../core/channels.ts'
import { clickReasons } from '../../core/clicks/click-reasons.ts'
import { messageStatuses } from '../../core/messages/fold.ts'
import { recordOf } from '../../core/record-of.ts'
import { type FigureKey, figure, figureKeys, tooltipOf } from '../../core/report/figures.ts'
import { bounceKindNames, SORTABLE_ROWS, tabs } from '../../core/report/tabs.ts'
import { Reminder, ReminderStatus } from '../activities/reminder-schemas.ts'
import { csvSeparatorNames } from '../files/csv-style.ts'
import { formatKeys, mediaTypeOf } from '../files/write-listing.ts'
import { pageOf, pageWith } from '../platform/http/page.ts'
import { maxProfileSearch } from '../profiles/search.ts'

const orNull = <Schema extends ReturnType<typeof Type.String> | ReturnType<typeof Type.Integer>>(schema: Schema) =>
  Type.Union([schema, Type.Null()])
const Text = orNull(Type.String())
const Time = orNull(Type.String({ format: 'date-time' }))

const Credits = Type.String({ description: 'decimal, four places' })
const Money = Type.String({ description: 'decimal, in `currency` and with its decimals (JPY 0, KWD 3)' })

/** The document describes reports of every channel, in the words of SMS. */
const count = (key: FigureKey) => Type.Integer({ title: figure(key).label, description: tooltipOf(key, 'sms') })

const Match = Type.Enum(['any', 'all'])
/** By their names when it was scheduled. */
const NamedSegments = Type.Object({ match: Match, segments: Type.Array(Type.String()) })
const Tags = Type.Object({ match: Match, tags: Type.Array(Type.String()) })

const PlannedReminder = Type.Object(
  { ...Reminder.properties, ...ReminderStatus.properties },
  { description: 'what is planned with the activity, and what has become of it' },
)

export const ReportSchema = Type.Object(
  {
    activity: Type.String({ description: 'the id of the activity' }),
    name: Type.String(),
    channel: Type.Enum([...channelKeys]),
    state: Type.String(),
    asOf: Type.String({ format: 'date-time' }),
    completeness: Type.Number({ minimum: 0, maximum: 1, description: 'the share of messages in a final state' }),
    figures: Type.Object(recordOf(figureKeys, count)),
    notSentReasons: Type.Record(Type.String(), Type.Integer(), {
      description: `Profiles by reason: ${notSentReasonKeys.join(', ')}`,
    }),
    credits: Type.Object({
      charged: Credits,
      reserved: Credits,
      currency: Type.String(),
      money: Type.Object({ charged: Money, reserved: Money }),
      simulated: Type.Boolean({ description: 'sent over the built-in simulator: nobody pays for it' }),
      countries: Type.Array(
        Type.Object({
          country: Type.String({ description: 'ISO 3166, two letters; empty: unknown' }),
          messages: Type.Integer(),
          credits: Credits,
          money: Money,
        }),
      ),
    }),
    links: Type.Array(
      Type.Object({
        id: Type.Integer(),
        url: Type.String(),
        clicks: Type.Integer(),
        unique: Type.Integer(),
        botClicks: Type.Integer({ description: 'visits by suspected bots, not among the clicks' }),
        visited: Type.Integer({ description: 'profiles whose link was opened by a person or a bot' }),
      }),
    ),
    overview: Type.Object({
      stateDetail: Text,
      sender: Type.String(),
      text: Type.String({ description: 'of an e-mail its subject' }),
      email: Type.Union([Type.Unsafe<ContentOf<'email'>>(contentAnswers.email), Type.Null()], {
        description: 'an e-mail as it was sent; null: an SMS',
      }),
      sendTo: Type.Object({
        topics: Type.Array(Type.String()),
        include: NamedSegments,
        exclude: NamedSegments,
        tags: Type.Object({ include: Tags, exclude: Tags }),
        reminds: Type.Union([Type.String(), Type.Null()], { description: 'the activity that it reminds of' }),
        remindsWho: Type.Enum([...remindedPeople]),
        duplicates: Type.Enum([...duplicateRules]),
        frozen: Type.Boolean({ description: 'true: the people of the moment of scheduling; else those of the start' }),
        frequency: Type.Union([Type.Object({ hours: Type.Integer() }), Type.Null()], {
          description: 'nobody to whom another SMS was sent within these hours; null: no limit',
        }),
      }),
      gateway: Text,
      pausedGateway: orNull(Type.String({ description: 'the paused gateway that it waits for' })),
      quietHours: Type.Boolean(),
      smart: Type.Boolean(),
      sendAt: Time,
      latestAt: Time,
      startedAt: Time,
      frozenAt: Time,
      finishedAt: Time,
      retriesEndAt: Time,
      reminder: Type.Union([PlannedReminder, Type.Null()]),
      revision: Type.Integer(),
    }),
  },
  { description: 'Targeted = Not sent + Queued + Sent, and Sent = Delivered + Bounced + Pending' },
)

const Id = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })
export const TabName = Type.Enum(tabs.map(({ key }) => key))
export const Statuses = Type.Enum([...messageStatuses])

export const OfActivity = Type.Object({ w: Type.Integer(), id: Id })
export const OfExport = OfActivity
export const OfTab = Type.Object({ ...OfActivity.properties, tab: TabName })

export const FormatName = Type.Enum([...formatKeys], {
  description: 'csv: UTF-8 with BOM, for any spreadsheet; xlsx: Excel workbook; ndjson: one JSON object per line',
})
/** How a downloaded file is written. */
export const fileStyle = {
  format: Type.Optional(FormatName),
  separator: Type.Optional(
    Type.Enum([...csvSeparatorNames], { description: 'between the cells of a CSV; default: comma' }),
  ),
  sepLine: Type.Optional(
    Type.Boolean({ description: 'begin a CSV with the line sep=…, which tells Excel the separator' }),
  ),
}
/** Without their parameters. */
export const produced = formatKeys.map(format => mediaTypeOf(format).replace(/;.*/, ''))
export const LinkId = Type.Integer({
  minimum: 1,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'clicks: only profiles that clicked this link',
})

/** What narrows a list and its export, as query parameters. */
export const tabFilters = {
  search: Type.Optional(
    Type.String({
      maxLength: maxProfileSearch,
      description: 'the beginning of the name, last name, number, e-mail or key',
    }),
  ),
  sort: Type.Optional(
    Type.Enum(['name'], {
      description: `default: the order of the tab; by name up to ${SORTABLE_ROWS} profiles`,
    }),
  ),
  link: Type.Optional(LinkId),
  bounce: Type.Optional(Type.Enum([...bounceKindNames], { description: 'bounced: of this kind' })),
  reason: Type.Optional(Type.String({ format: 'line', maxLength: 40, description: 'not-sent: for this reason' })),
}

export const ExportSchema = Type.Object({
  id: Type.Integer(),
  activity: Type.Integer(),
  tab: TabName,
  link: orNull(Type.Integer({ description: 'clicks: the profiles of this link only' })),
  filters: Type.Object(
    {
      searched: Type.Optional(Type.Literal(true)),
      sort: Type.Optional(Type.Enum(['name'])),
      bounce: Type.Optional(Type.Enum([...bounceKindNames])),
      reason: Type.Optional(Type.String()),
    },
    { description: 'of the list; the text of a search is not stored' },
  ),
  format: FormatName,
  state: Type.Enum(['waiting', 'running', 'done', 'failed', 'cancelled'], {
    description: 'waiting: announced, the download has not begun',
  }),
  rowsWritten: Type.Integer(),
  rowsExpected: orNull(
    Type.Integer({ description: 'the number of rows at the time of the request; null: of a search, unknown' }),
  ),
  problem: orNull(Type.String({ description: 'why it failed, and how to fix it' })),
  startedAt: Type.String({ format: 'date-time' }),
  endedAt: Time,
})

export const ListSchema = pageWith(
  Type.Object({
    profileId: Type.Integer(),
    name: Text,
    address: orNull(Type.String({ description: 'of the message, on the channel of the activity: E.164 for an SMS' })),
    addressGiven: orNull(Type.String({ description: 'what was given, where it is no valid address' })),
    phone: orNull(Type.String({ description: 'the number of the profile, as it is now' })),
    email: orNull(Type.String({ description: 'the e-mail address of the profile, as it is now' })),
    externalKey: Text,
    erased: Type.Boolean({ description: 'the profile was erased, so no personal data is left' }),
    status: Statuses,
    reason: orNull(Type.String({ description: 'the reason for not sent or for the bounce, in words' })),
    code: orNull(Type.String({ description: 'the code of the reason' })),
    at: Time,
    attempts: Type.Integer(),
    nextTry: Time,
    firstClickAt: Time,
    unsubscribedAt: Time,
    parts: orNull(Type.Integer()),
    credits: Text,
    country: Text,
    closed: Type.Optional(Type.Boolean({ description: 'bounced: the address is closed on the channel' })),
    clicks: Type.Optional(Type.Integer({ description: 'clicks: the clicks of this profile' })),
    links: Type.Optional(Type.Array(Type.Integer(), { description: 'clicks: ids of the links' })),
    botClicks: Type.Optional(Type.Integer({ description: 'clicks with bots: the visits that are not counted' })),
    suspicions: Type.Optional(
      Type.Array(
        Type.Object({
          verdict: Type.Enum(['suspect', 'bot']),
          reason: Type.String({ description: clickReasons.map(({ key }) => key).join(', ') }),
          label: Type.String(),
          sentence: Type.String(),
          visits: Type.Integer(),
        }),
        { description: 'clicks with bots: the reasons why visits are not counted' },
      ),
    ),
  }),
  {
    tab: TabName,
    columns: Type.Array(Type.Object({ key: Type.String(), label: Type.String() })),
    partial: Type.Boolean({
      description: 'the page is not full although the list continues, because a request tests a limited number of rows',
    }),
  },
)

export const FiguresSchema = pageOf(
  Type.Object({
    key: Type.Enum([...figureKeys]),
    label: Type.String(),
    tooltip: Type.String(),
    denominator: Type.Union([Type.Enum([...figureKeys]), Type.Null()]),
    rateLabel: Text,
  }),
)
