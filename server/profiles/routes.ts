/** Profiles by HTTP: found, seen, made and updated. */
import { Type } from '@fastify/type-provider-typebox'
import type { App, Deps } from '../platform/http.ts'
import { listProfiles } from './list.ts'
import { countryOf } from './phone-check.ts'
import { maxSearch } from './search.ts'
import { upsertProfiles } from './upsert.ts'
import { viewProfile } from './view.ts'

const Text = Type.Union([Type.String(), Type.Null()])
const Time = Type.String({ format: 'date-time' })
const MaybeTime = Type.Union([Time, Type.Null()])
const OfWorkspace = Type.Object({ w: Type.Integer() })
const OfProfile = Type.Object({ w: Type.Integer(), id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }) })

const row = {
  profileId: Type.Integer(),
  externalKey: Text,
  phone: Type.Union([Type.String({ description: 'E.164' }), Type.Null()]),
  email: Text,
  firstName: Text,
  lastName: Text,
  createdAt: Time,
}
const ProfileRow = Type.Object(row)

const Value = Type.Union([Type.String(), Type.Number()])

const ProfileView = Type.Object({
  profile: Type.Object({
    ...row,
    phoneGiven: Type.Union([Type.String({ description: 'what was given, where it is no valid number' }), Type.Null()]),
    phoneType: Type.String({ description: 'mobile, fixed_or_mobile, fixed, …; invalid; none' }),
    country: Text,
    emailValid: Type.Boolean(),
    attributes: Type.Record(Type.String(), Value),
    tags: Type.Array(Type.String()),
  }),
  consents: Type.Array(
    Type.Object({
      topic: Type.String(),
      channel: Type.String(),
      granted: Type.Boolean(),
      at: Time,
      source: Type.String(),
    }),
    { description: 'the whole history, newest first' },
  ),
  optOuts: Type.Array(Type.Object({ topic: Text, at: Time, source: Type.String(), releasedAt: MaybeTime })),
  suppressions: Type.Array(Type.Object({ reason: Type.String(), at: Time, releasedAt: MaybeTime })),
  messages: Type.Array(
    Type.Object({
      activityId: Type.Integer(),
      activityName: Type.String(),
      status: Type.String(),
      reason: Text,
      code: Text,
      at: MaybeTime,
      parts: Type.Integer(),
      credits: Type.String(),
      attempts: Type.Array(Type.Object({ n: Type.Integer(), at: Time, outcome: Text, code: Text })),
      receipts: Type.Array(Type.Object({ at: Time, outcome: Type.String(), code: Text })),
      clicks: Type.Array(Type.Object({ at: Time, linkId: Type.Integer(), url: Type.String(), verdict: Type.String() })),
    }),
  ),
})

const closed = { additionalProperties: false } as const

const ProfileInput = Type.Object(
  {
    externalKey: Type.Optional(Type.String({ maxLength: 200 })),
    phone: Type.Optional(Type.String({ maxLength: 100, description: 'in any form; see defaultCountry' })),
    email: Type.Optional(Type.String({ maxLength: 254 })),
    firstName: Type.Optional(Type.String({ maxLength: 200 })),
    lastName: Type.Optional(Type.String({ maxLength: 200 })),
    attributes: Type.Optional(Type.Record(Type.String({ maxLength: 64 }), Value)),
    consents: Type.Optional(
      Type.Array(
        Type.Object(
          {
            topic: Type.String({ minLength: 1, maxLength: 100, description: 'by name; made where it is missing' }),
            channel: Type.Literal('sms'),
            granted: Type.Boolean(),
            source: Type.String({ minLength: 1, maxLength: 100, description: 'where the person said so' }),
          },
          closed,
        ),
        { maxItems: 50 },
      ),
    ),
  },
  closed,
)

const Upsert = Type.Object(
  {
    profiles: Type.Array(ProfileInput, { minItems: 1, maxItems: 1000 }),
    defaultCountry: Type.Optional(Type.String({ pattern: '^[A-Za-z]{2}$', description: "default: the workspace's" })),
  },
  closed,
)

const Fault = Type.Object({ code: Type.String(), title: Type.String(), mend: Type.String() })

export async function routes(app: App, { db, clock }: Deps): Promise<void> {
  app.get(
    '/profiles',
    {
      schema: {
        operationId: 'listProfiles',
        summary: 'The profiles of the workspace, newest first',
        tags: ['profiles'],
        params: OfWorkspace,
        querystring: Type.Object({
          search: Type.Optional(
            Type.String({ maxLength: maxSearch, description: 'the beginning of a name, number, e-mail or key' }),
          ),
          after: Type.Optional(Type.String({ maxLength: 200 })),
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, description: 'default: 25' })),
        }),
        response: { 200: Type.Object({ items: Type.Array(ProfileRow), next: Text }) },
      },
    },
    async ({ workspace, query: { limit = 25, ...query } }) => {
      const page = await listProfiles(db, workspace.id, { ...query, limit, country: workspace.defaultCountry })
      return { items: page.items.map(withTimes), next: page.next }
    },
  )
  app.get(
    '/profiles/:id',
    {
      schema: {
        operationId: 'getProfile',
        summary: 'All that is known of one profile',
        tags: ['profiles'],
        params: OfProfile,
        response: { 200: ProfileView },
      },
    },
    async ({ workspace, params }) => withTimes(await viewProfile(db, workspace.id, params.id)),
  )
  app.post(
    '/profiles',
    {
      schema: {
        operationId: 'upsertProfiles',
        summary: 'Make or update profiles; who is known by external key, else e-mail, else phone is updated',
        description:
          'Answers come in the order of the profiles. What a profile does not say stays as it was. No call lifts an opt-out.',
        tags: ['profiles'],
        params: OfWorkspace,
        body: Upsert,
        response: {
          200: Type.Object({
            results: Type.Array(
              Type.Union([
                Type.Object({ profileId: Type.Integer(), created: Type.Boolean() }),
                Type.Object({ problem: Fault }),
              ]),
            ),
          }),
        },
      },
    },
    async ({ workspace, body, principal }) => {
      const country = countryOf(body.defaultCountry ?? workspace.defaultCountry)
      const options = { country, actor: principal.actor, now: clock.now() }
      const results = await upsertProfiles(db, workspace.id, body.profiles, options)
      return {
        results: results.map(result =>
          'problem' in result
            ? { problem: { code: result.problem.code, title: result.problem.title, mend: result.problem.mend } }
            : result,
        ),
      }
    },
  )
}

/** Dates as ISO 8601, wherever they stand. */
type WithTimes<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? WithTimes<Item>[]
    : T extends object
      ? { [Key in keyof T]: WithTimes<T[Key]> }
      : T

export function withTimes<T>(value: T): WithTimes<T> {
  return JSON.parse(JSON.stringify(value))
}
