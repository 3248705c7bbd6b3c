/** What a member writes down about one profile, by HTTP: edits, a new profile, opt-outs and consents with evidence. */
import { Type } from '@fastify/type-provider-typebox'
import { channelKeys } from '../../core/channels.ts'
import { tagRules } from '../../core/given-tags.ts'
import type { App, Deps } from '../platform/http/http-server.ts'
import { consentByHand, optOutProfile } from './by-hand.ts'
import { addProfile, editProfile } from './edit-profile.ts'
import { countryOf } from './phone-check.ts'
import { changeTagsOfProfile } from './profile-tags.ts'
import { closed, OfProfile, OfWorkspace, ProfileFields, ProfileView, TagChange } from './schemas.ts'
import { viewProfile, withTimes } from './view.ts'

const Cleared = (description: string, maxLength: number) =>
  Type.Optional(Type.Union([Type.String({ maxLength, description }), Type.Null()], { description: 'null: is cleared' }))

const Change = Type.Object(
  {
    updatedAt: Type.String({
      format: 'date-time',
      description: 'of the profile as you loaded it: 409 where it has changed since',
    }),
    externalKey: Cleared('unique in the workspace', 200),
    phone: Cleared('in any form', 100),
    email: Cleared('', 254),
    firstName: Cleared('', 200),
    lastName: Cleared('', 200),
    attributes: Type.Optional(
      Type.Record(Type.String({ maxLength: 64 }), Type.Union([Type.String(), Type.Number(), Type.Null()])),
    ),
  },
  closed,
)

const TopicId = Type.Integer({ minimum: 1, maximum: 2_147_483_647 })
const evidence = {
  channel: Type.Optional(Type.Enum([...channelKeys], { description: 'default: sms' })),
  how: Type.String({ format: 'text', minLength: 1, maxLength: 500, description: 'how the person said so' }),
  asked: Type.Optional(Type.String({ format: 'name', maxLength: 200, description: 'who asked; default: the person' })),
  saidAt: Type.Optional(Type.String({ format: 'date-time', description: 'when they said so; default: now' })),
}
const OptOut = Type.Object(
  {
    topicId: Type.Union([TopicId, Type.Null()], { description: 'null: everything that the workspace sends' }),
    ...evidence,
  },
  closed,
)
const Consent = Type.Object({ topicId: TopicId, granted: Type.Boolean(), ...evidence }, closed)

const evidenceIn = ({ how, asked, saidAt }: { how: string; asked?: string; saidAt?: string }) => ({
  how: how.trim(),
  asked: asked?.trim() || null,
  saidAt: saidAt === undefined ? null : new Date(saidAt),
})

export function handRoutes(app: App, deps: Deps): void {
  editRoutes(app, deps)
  tagRoute(app, deps)
  wordRoutes(app, deps)
}

function editRoutes(app: App, { db, clock }: Deps): void {
  app.patch(
    '/profiles/:id',
    {
      schema: {
        operationId: 'changeProfile',
        summary: 'Change one profile: what is not given stays, null clears',
        description:
          'Opt-outs and closed numbers belong to the number: a corrected number has those of its own. A locked or erased profile is left as it is.',
        tags: ['profiles'],
        params: OfProfile,
        body: Change,
        response: { 200: ProfileView },
      },
    },
    async ({ workspace, params, body: { updatedAt, ...change }, principal }) => {
      const of = { workspaceId: workspace.id, profileId: params.id, actor: principal.actor, now: clock.now() }
      const country = countryOf(workspace.defaultCountry)
      await editProfile(db, { ...of, updatedAt: new Date(updatedAt), change, country })
      return withTimes(await viewProfile(db, workspace.id, params.id))
    },
  )
  app.post(
    '/profiles/new',
    {
      schema: {
        operationId: 'addProfile',
        summary: 'Add one profile; one that is there is not updated, but named',
        tags: ['profiles'],
        params: OfWorkspace,
        body: ProfileFields,
        response: { 201: ProfileView },
      },
    },
    async ({ workspace, body, principal }, reply) => {
      const options = { country: countryOf(workspace.defaultCountry), actor: principal.actor, now: clock.now() }
      const id = await addProfile(db, workspace.id, body, options)
      return reply.code(201).send(withTimes(await viewProfile(db, workspace.id, id)))
    },
  )
}

function tagRoute(app: App, { db, clock }: Deps): void {
  app.post(
    '/profiles/:id/tags',
    {
      schema: {
        operationId: 'changeProfileTags',
        summary: 'Add tags to one profile, or remove them',
        description: `At most ${tagRules.atOnce} at once, and ${tagRules.ofProfile} on a profile. The answer says what it changed: to undo it, send that the other way round. A locked or erased profile is left as it is.`,
        tags: ['profiles'],
        params: OfProfile,
        body: TagChange,
        response: {
          200: Type.Object({
            tags: Type.Array(Type.String(), { description: 'all of the profile' }),
            added: Type.Array(Type.String()),
            removed: Type.Array(Type.String()),
          }),
        },
      },
    },
    async ({ workspace, params, body, principal }) => {
      const of = { workspaceId: workspace.id, profileId: params.id, actor: principal.actor, now: clock.now() }
      return changeTagsOfProfile(db, { ...of, ...body })
    },
  )
}

function wordRoutes(app: App, { db, clock }: Deps): void {
  app.post(
    '/profiles/:id/opt-outs',
    {
      schema: {
        operationId: 'addOptOut',
        summary: "Opt the profile's number out, of a topic or of everything, for all profiles that have it",
        description: 'It holds at once. The evidence is kept: who asked, how and when.',
        tags: ['profiles'],
        params: OfProfile,
        body: OptOut,
        response: { 200: ProfileView },
      },
    },
    async ({ workspace, params, body, principal }) => {
      const of = { workspaceId: workspace.id, profileId: params.id, actor: principal.actor, now: clock.now() }
      const { topicId, channel = 'sms' } = body
      await optOutProfile(db, { ...of, topicId, channel, evidence: evidenceIn(body) })
      return withTimes(await viewProfile(db, workspace.id, params.id))
    },
  )
  app.post(
    '/profiles/:id/consents',
    {
      schema: {
        operationId: 'addConsent',
        summary: 'Write down a consent of the person, or its end, with the evidence; it lifts no opt-out',
        tags: ['profiles'],
        params: OfProfile,
        body: Consent,
        response: { 200: ProfileView },
      },
    },
    async ({ workspace, params, body, principal }) => {
      const of = { workspaceId: workspace.id, profileId: params.id, actor: principal.actor, now: clock.now() }
      const { topicId, granted, channel = 'sms' } = body
      await consentByHand(db, { ...of, topicId, granted, channel, evidence: evidenceIn(body) })
      return withTimes(await viewProfile(db, workspace.id, params.id))
    },
  )
}
