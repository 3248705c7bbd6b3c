/** The shapes of profiles on the HTTP API. */
import { Type } from '@fastify/type-provider-typebox'
import { attributeTypes } from '../../core/attributes.ts'
import { channelKeys } from '../../core/channels.ts'
import { tagRules } from '../../core/given-tags.ts'
import { phoneFaultKeys } from '../../core/phone.ts'
import { pageOf } from '../platform/http/page.ts'

export const Text = Type.Union([Type.String(), Type.Null()])
export const Time = Type.String({ format: 'date-time' })
export const MaybeTime = Type.Union([Time, Type.Null()])
export const OfWorkspace = Type.Object({ w: Type.Integer() })
const Id = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })
export const OfProfile = Type.Object({ w: Type.Integer(), id: Id })
/** An opt-out or a closing of the profile's number. */
export const OfNumber = Type.Object({ w: Type.Integer(), id: Id, at: Id })

export const closed = { additionalProperties: false } as const
export const Reason = Type.Object(
  { reason: Type.String({ format: 'text', minLength: 1, maxLength: 500, description: 'in words, for people' }) },
  closed,
)

const Value = Type.Union([Type.String(), Type.Number()])
const Channel = Type.String({ description: `one of ${channelKeys.join(', ')}` })

const row = {
  profileId: Type.Integer(),
  externalKey: Text,
  phone: Type.Union([Type.String({ description: 'E.164' }), Type.Null()]),
  phoneGiven: Type.Union([Type.String({ description: 'what was given, where it is no valid number' }), Type.Null()]),
  phoneFault: Type.Union([
    Type.Enum(phoneFaultKeys, { description: 'why phoneGiven is no valid number' }),
    Type.Null(),
  ]),
  country: Type.Union([Type.String({ description: 'of the number, ISO 3166' }), Type.Null()]),
  email: Text,
  firstName: Text,
  lastName: Text,
  createdAt: Time,
}

export const ProfileList = pageOf(
  Type.Object({
    ...row,
    consents: Type.Array(Type.Object({ topic: Type.String(), granted: Type.Boolean() }), {
      description: 'current words on SMS',
    }),
    optedOut: Type.Boolean({ description: 'this number opted out of all SMS' }),
    closed: Type.Boolean({ description: 'the number is closed' }),
  }),
)

export const ProfileView = Type.Object({
  profile: Type.Object({
    ...row,
    phoneType: Type.String({ description: 'mobile, fixed_or_mobile, fixed, …; invalid; none' }),
    phoneShared: Type.Boolean({ description: 'other profiles have the number too' }),
    emailValid: Type.Boolean(),
    attributes: Type.Record(Type.String(), Value),
    attributesWritten: Type.Record(Type.String(), Type.String(), {
      description:
        'how a value was written, where its type does not give that back, or where it is none of the type (then `attributes` has none); a text shows this',
    }),
    attributeTypes: Type.Record(Type.String(), Type.Enum([...attributeTypes])),
    tags: Type.Array(Type.String()),
    updatedAt: Time,
    lockedReason: Type.Union([Type.String({ description: 'no import and no call changes it' }), Type.Null()]),
    erasedAt: MaybeTime,
  }),
  blockers: Type.Array(Type.String(), {
    description: 'why it gets no SMS on any topic: keys of the reasons for "not sent"; empty: it can get one',
  }),
  consents: Type.Array(
    Type.Object({
      topic: Type.String(),
      channel: Type.String(),
      granted: Type.Boolean(),
      at: Time,
      source: Type.String(),
      evidence: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Null()])),
    }),
    { description: 'the whole history, newest first' },
  ),
  optOuts: Type.Array(
    Type.Object({
      id: Type.Integer(),
      channel: Channel,
      address: Type.String({
        description: 'the number or e-mail address that it belongs to, for all profiles that have it',
      }),
      topic: Type.Union([Type.String(), Type.Null()], { description: 'null: everything' }),
      at: Time,
      source: Type.String(),
      activity: Type.Union([Type.Object({ id: Type.Integer(), name: Type.String() }), Type.Null()]),
      text: Text,
      releasedAt: MaybeTime,
      releasedBy: Text,
      releaseReason: Text,
    }),
  ),
  suppressions: Type.Array(
    Type.Object({
      id: Type.Integer(),
      channel: Channel,
      address: Type.String({ description: 'the number or e-mail address that is closed' }),
      reason: Type.Enum(['hard_bounces', 'by_hand']),
      at: Time,
      bounces: Type.Array(Type.Object({ activityId: Type.Integer(), activity: Type.String(), at: Time })),
      releasedAt: MaybeTime,
      releasedBy: Text,
      releaseReason: Text,
    }),
  ),
  messages: Type.Integer({ description: 'how many activities have targeted it' }),
})

export const ProfileMessages = pageOf(
  Type.Object({
    activityId: Type.Integer(),
    activityName: Type.String(),
    channel: Type.Enum([...channelKeys]),
    status: Type.String(),
    reason: Text,
    code: Text,
    sentAt: MaybeTime,
    at: MaybeTime,
    nextTry: MaybeTime,
    unsubscribedAt: MaybeTime,
    parts: Type.Integer(),
    credits: Type.String(),
    simulated: Type.Boolean({ description: 'sent over the built-in simulator: nobody pays for it' }),
    attempts: Type.Array(
      Type.Object({
        n: Type.Integer(),
        at: Time,
        gateway: Type.String(),
        outcome: Text,
        code: Text,
        answeredAt: MaybeTime,
      }),
    ),
    receipts: Type.Array(
      Type.Object({ at: Time, outcome: Type.String(), code: Text, n: Type.Integer(), part: Type.Integer() }),
    ),
    clicks: Type.Array(
      Type.Object({
        at: Time,
        linkId: Type.Integer(),
        url: Type.String(),
        verdict: Type.String(),
        reason: Text,
      }),
    ),
  }),
)

const Tag = Type.String({ format: 'name', minLength: 1, maxLength: tagRules.characters })
const Tags = Type.Array(Tag, { maxItems: tagRules.atOnce })
/** What is neither added nor removed stays. */
export const TagChange = Type.Object(
  { add: Type.Optional(Tags), remove: Type.Optional(Tags) },
  { ...closed, description: `at most ${tagRules.atOnce} tags at once, and ${tagRules.ofProfile} on a profile` },
)

export const ProfileFields = Type.Object(
  {
    externalKey: Type.Optional(Type.String({ maxLength: 200 })),
    phone: Type.Optional(Type.String({ maxLength: 100, description: 'in any form; see defaultCountry' })),
    email: Type.Optional(Type.String({ maxLength: 254 })),
    firstName: Type.Optional(Type.String({ maxLength: 200 })),
    lastName: Type.Optional(Type.String({ maxLength: 200 })),
    attributes: Type.Optional(Type.Record(Type.String({ maxLength: 64 }), Value)),
    tags: Type.Optional(TagChange),
    consents: Type.Optional(
      Type.Array(
        Type.Object(
          {
            topic: Type.String({
              format: 'name',
              minLength: 1,
              maxLength: 100,
              description: 'by name; made where it is missing',
            }),
            channel: Type.Literal('sms'),
            granted: Type.Boolean(),
            source: Type.String({
              format: 'name',
              minLength: 1,
              maxLength: 100,
              description: 'where the person said so',
            }),
          },
          closed,
        ),
        { maxItems: 50 },
      ),
    ),
  },
  closed,
)

export const Upsert = Type.Object(
  {
    profiles: Type.Array(ProfileFields, { minItems: 1, maxItems: 1000 }),
    defaultCountry: Type.Optional(Type.String({ pattern: '^[A-Za-z]{2}$', description: "default: the workspace's" })),
  },
  closed,
)

const Fault = Type.Object({ code: Type.String(), title: Type.String(), fix: Type.String() })

export const Upserted = Type.Object({
  results: Type.Array(
    Type.Union([Type.Object({ profileId: Type.Integer(), created: Type.Boolean() }), Type.Object({ problem: Fault })]),
  ),
})
