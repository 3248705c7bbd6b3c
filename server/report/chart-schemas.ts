/** Schemas of curves, breakdowns and comparisons for the API's document. */
import { Type } from '@fastify/type-provider-typebox'
import { recordOf } from '../../core/record-of.ts'
import { curveEvents, spanNames } from '../../core/report/curves.ts'

const Count = Type.Integer({ minimum: 0 })
const Time = Type.String({ format: 'date-time' })
const TimeOrNull = Type.Union([Time, Type.Null()])
const Ms = Type.Integer({ minimum: 0, description: 'milliseconds' })
const Minutes = Type.Integer({ minimum: 0, description: 'since the first message was sent' })

export const SpanName = Type.Enum([...spanNames], {
  description: 'the time since sending to show; default: the first 24 hours',
})

const counts = {
  ...recordOf(curveEvents, () => Count),
  clicked: Type.Integer({ minimum: 0, description: 'human clicks' }),
  unique: Type.Integer({ minimum: 0, description: 'profiles that clicked for the first time' }),
}
const Point = Type.Object({ minutes: Minutes, ...counts })

export const CurvesSchema = Type.Object({
  asOf: Time,
  sentSince: TimeOrNull,
  span: SpanName,
  stepMinutes: Type.Integer({ minimum: 1, description: 'minutes per point' }),
  points: Type.Array(Point, {
    description: 'the events in the interval that ends at `minutes`; their sums are the figures',
  }),
})

const RateOrNull = (description: string) => Type.Union([Type.Number({ minimum: 0 }), Type.Null()], { description })

export const PastSchema = Type.Object({
  activities: Type.Integer({ minimum: 0, description: 'how many there are, at most ten' }),
  comparedAt: Type.Union([Minutes, Type.Null()], { description: 'all are counted up to this time since sending' }),
  deliveryRate: RateOrNull('median of delivered / sent'),
  clickRate: RateOrNull('median of unique / delivered'),
  unsubscribedRate: RateOrNull('median of unsubscribed / delivered'),
  costPerClicker: RateOrNull("median of charged / unique, in the workspace's currency"),
})

const outcome = { sent: Count, delivered: Count, bounced: Count, pending: Count }
const percentiles = { delivered: Count, p50: Ms, p90: Ms, p99: Ms }

export const BreakdownsSchema = Type.Object({
  asOf: Time,
  countries: Type.Array(
    Type.Object({ country: Type.String({ description: 'ISO 3166, two letters; empty: unknown' }), ...outcome }),
  ),
  gateways: Type.Array(
    Type.Object({
      id: Type.Integer(),
      name: Type.String(),
      ...outcome,
      latency: Type.Union([Type.Object(percentiles), Type.Null()]),
    }),
  ),
  errors: Type.Array(
    Type.Object({ code: Type.String(), words: Type.String(), hard: Count, soft: Count, waiting: Count }),
  ),
  latency: Type.Union([
    Type.Object({
      ...percentiles,
      steps: Type.Array(Type.Object({ step: Type.Integer({ description: 'upper end, ms' }), n: Count })),
    }),
    Type.Null(),
  ]),
  devices: Type.Array(Type.Object({ device: Type.String(), clicks: Count })),
})

export const ComparisonSchema = Type.Object({
  asOf: Time,
  comparedAt: Type.Union([Minutes, Type.Null()], {
    description:
      'minutes since sending up to which all are counted: the age of the most recent activity; null: none was sent yet',
  }),
  span: SpanName,
  stepMinutes: Type.Integer({ minimum: 1 }),
  activities: Type.Array(
    Type.Object({
      id: Type.Integer(),
      name: Type.String(),
      state: Type.String(),
      sentSince: TimeOrNull,
      age: Type.Union([Minutes, Type.Null()]),
      counts: Type.Object(counts, { description: 'up to `comparedAt`' }),
      cost: Type.String({ description: 'charged until now: decimal, in `currency`' }),
      currency: Type.String({ description: 'of the time when it was sent' }),
      simulated: Type.Boolean({ description: 'sent over the built-in simulator: nobody pays for it' }),
      points: Type.Array(Point, { description: 'sums up to `minutes`' }),
    }),
  ),
})
