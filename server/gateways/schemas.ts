/** The schemas of gateways in the API: a union over the kinds of the registry, told apart by `kind`. */
import { type TObject, type TSchema, Type } from '@fastify/type-provider-typebox'
import type { Entered } from './kind.ts'
import { gatewayKinds } from './kinds.ts'

const Nullable = Type.Union([Type.String(), Type.Null()])
const name = Type.String({ format: 'name', minLength: 1, maxLength: 100 })
const closed = { additionalProperties: false } as const
const limits = {
  binds: Type.Optional(Type.Integer({ minimum: 1, maximum: 16, description: 'connections at the same time' })),
  window: Type.Optional(Type.Integer({ minimum: 1, maximum: 2000, description: 'unanswered messages per connection' })),
  rate: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 100_000,
      description: 'messages per second and connection; 0: as many as the gateway takes',
    }),
  ),
}

/** One schema per kind, as OpenAPI's discriminated union. `of`: the schema of its settings. */
const byKind = (of: (kind: (typeof gatewayKinds)[number]) => TSchema): TSchema =>
  Type.Union(
    gatewayKinds.map(kind => of(kind)),
    { discriminator: { propertyName: 'kind' } },
  )

export interface NewGatewayBody {
  kind: string
  name: string
  settings: Entered
  binds?: number
  window?: number
  rate?: number
  real?: boolean
}

export type GatewayChangeBody = Partial<Omit<NewGatewayBody, 'real'>>

const real = Type.Optional(Type.Boolean({ description: 'reaches real phones although its host is a loopback one' }))

/** What the document says. The check is in two steps: this shape first, then the settings, by their kind (kind.ts). */
export const documented = {
  add: byKind(kind =>
    Type.Object({ kind: Type.Literal(kind.name), name, settings: kind.schema, ...limits, real }, closed),
  ),
  change: byKind(kind =>
    Type.Object(
      {
        kind: Type.Optional(
          Type.Literal(kind.name, { description: 'needed only where the stored settings cannot be read' }),
        ),
        name: Type.Optional(name),
        settings: Type.Optional(Type.Partial(kind.schema, closed)),
        ...limits,
      },
      { ...closed, minProperties: 1 },
    ),
  ),
}

const Settings = Type.Record(Type.String(), Type.Unknown())
/** A name of a kind, as checked: the registry says which there are. */
const kindName = Type.String({ minLength: 1, maxLength: 40 })

export const checked: Record<'add' | 'change', TObject> = {
  add: Type.Object({ kind: kindName, name, settings: Settings, ...limits, real }, closed),
  change: Type.Partial(Type.Object({ kind: kindName, name, settings: Settings, ...limits }), {
    ...closed,
    minProperties: 1,
  }),
}

export const GatewayView = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  kind: Type.String(),
  channel: Type.String({ description: 'whose messages it carries: those of its kind' }),
  settings: Type.Unsafe<Entered | null>(
    Type.Union([...gatewayKinds.map(kind => kind.shown), Type.Null()], {
      description:
        'as the kind asks for, without its secrets; null: the stored settings cannot be read, as detail says; enter all of them again',
    }),
  ),
  address: Type.Union([Type.String(), Type.Null()], { description: 'where it leads, for lists' }),
  binds: Type.Integer(),
  window: Type.Integer(),
  rate: Type.Integer(),
  test: Type.Boolean({ description: 'on a loopback host and not added as real: it reaches no phones' }),
  simulator: Type.Boolean(),
  webhookUrl: Type.Union([Type.String(), Type.Null()], {
    description: 'where the provider delivers receipts and replies; null: it delivers over the connection',
  }),
  records: Type.Array(
    Type.Object({ type: Type.String(), name: Type.String(), value: Type.String(), why: Type.String() }),
    { description: 'what the domain name system has to say for this gateway' },
  ),
  shared: Type.Boolean({
    description:
      'another workspace of this installation uses the same account: receipts and replies may come down its connection, and still count here',
  }),
  pausedAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()], {
    description: 'nothing new is submitted over it since, and receipts still come; null: it sends',
  }),
  state: Type.String(),
  detail: Nullable,
  sessions: Type.Array(
    Type.Object({ bindNo: Type.Integer(), state: Type.String(), detail: Nullable, process: Type.String() }),
  ),
})

export const UseView = Type.Object({
  activities: Type.Array(Type.Object({ id: Type.Integer(), name: Type.String(), state: Type.String() }), {
    description:
      'scheduled, sending, paused or failed: while there are any, the gateway cannot be removed; at most 100',
  }),
  drafts: Type.Integer({ description: 'drafts that would need another gateway' }),
  unanswered: Type.Integer({ description: 'messages of the last days that still wait for a receipt' }),
  isLast: Type.Boolean({ description: 'the workspace has no other gateway' }),
})

export const KindView = Type.Object({
  kind: Type.String(),
  channel: Type.String({ description: 'whose messages gateways of this kind carry' }),
  label: Type.String(),
  window: Type.Integer({ description: 'of a new gateway: messages without an answer at the same time' }),
  settings: Type.Unsafe<Record<string, unknown>>({
    type: 'object',
    additionalProperties: true,
    description:
      'JSON Schema of `settings`, in the order of a form. Of a setting: `title` and `description` for people, `writeOnly` where it is a secret, `rule` what to enter',
  }),
})
