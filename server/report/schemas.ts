/** Schemas of the report and its lists for the API's document, generated from the tables of figures and tabs. */
import { Type } from '@fastify/type-provider-typebox'
import { notSentReasons } from '../../core/audience/reasons.ts'
import { clickReasons } from '../../core/clicks/reasons.ts'
import { messageStatuses } from '../../core/messages/fold.ts'
import { recordOf } from '../../core/record-of.ts'
import { type FigureKey, figure, figureKeys } from '../../core/report/figures.ts'
import { tabs } from '../../core/report/tabs.ts'
import { formatKeys } from '../files/write-listing.ts'
import { pageOf, pageWith } from '../platform/http/page.ts'

const orNull = <Schema extends ReturnType<typeof Type.String> | ReturnType<typeof Type.Integer>>(schema: Schema) =>
  Type.Union([schema, Type.Null()])
const Text = orNull(Type.String())
const Time = orNull(Type.String({ format: 'date-time' }))

const Credits = Type.String({ description: 'decimal, four places' })
const Money = Type.String({ description: 'decimal, two places, in `currency`' })

const count = (key: FigureKey) => {
  const { label, tooltip } = figure(key)
  return Type.Integer({ title: label, description: tooltip })
}

export const ReportSchema = Type.Object(
  {
    activity: Type.String({ description: 'the id of the activity' }),
    name: Type.String(),
    state: Type.String(),
    asOf: Type.String({ format: 'date-time' }),
    completeness: Type.Number({ minimum: 0, maximum: 1, description: 'the share of messages in a final state' }),
    figures: Type.Object(recordOf(figureKeys, count)),
    notSentReasons: Type.Record(Type.String(), Type.Integer(), {
      description: `Profiles by reason: ${notSentReasons.map(({ key }) => key).join(', ')}`,
    }),
    credits: Type.Object({
      charged: Credits,
      reserved: Credits,
      currency: Type.String(),
      money: Type.Object({ charged: Money, reserved: Money }),
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
      text: Type.String(),
      sendTo: Type.Object({ topics: Type.Array(Type.String()), duplicates: Type.String() }),
      gateway: Text,
      quietHours: Type.Boolean(),
      smart: Type.Boolean(),
      sendAt: Time,
      latestAt: Time,
      startedAt: Time,
      frozenAt: Time,
      finishedAt: Time,
      retriesEndAt: Time,
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
export const LinkId = Type.Integer({
  minimum: 1,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'clicks: only profiles that clicked this link',
})

export const ExportSchema = Type.Object({
  id: Type.Integer(),
  activity: Type.Integer(),
  tab: TabName,
  link: orNull(Type.Integer({ description: 'clicks: the profiles of this link only' })),
  format: FormatName,
  state: Type.Enum(['waiting', 'running', 'done', 'failed', 'cancelled'], {
    description: 'waiting: announced, the download has not begun',
  }),
  rowsWritten: Type.Integer(),
  rowsExpected: Type.Integer({ description: 'the figure at the time of the request' }),
  problem: orNull(Type.String({ description: 'why it failed, and how to fix it' })),
  startedAt: Type.String({ format: 'date-time' }),
  endedAt: Time,
})

export const ListSchema = pageWith(
  Type.Object({
    profileId: Type.Integer(),
    name: Text,
    phone: Text,
    email: Text,
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
    closed: Type.Optional(Type.Boolean({ description: 'bounced: the number is closed and gets no SMS' })),
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
