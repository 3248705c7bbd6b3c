/** Activities over HTTP: drafts, the audience they would reach, and what a person decides about them. */
import { type Static, Type } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { duplicateRules } from '../../core/activities/send-to.ts'
import { sorts } from '../../core/activities/sorts.ts'
import { activityStates } from '../../core/activities/states.ts'
import { checkedSteps } from '../../core/activities/steps.ts'
import { maxUtmLength } from '../../core/sms/utm.ts'
import { abortOnDisconnect } from '../platform/http/abort-on-disconnect.ts'
import type { App, Deps } from '../platform/http/http-server.ts'
import { pageQuery, pageWith } from '../platform/http/page.ts'
import { countActivityAudience } from './activity-audience.ts'
import {
  type Activity,
  type ActivityFields,
  changeDraft,
  createActivity,
  deleteDraft,
  duplicateActivity,
  getActivity,
  type RequestContext,
  restoreDraft,
} from './draft.ts'
import { listActivities, maxSearch } from './list.ts'
import { cancelActivity, pauseActivity, resumeActivity, scheduleActivity } from './schedule.ts'

const OfWorkspace = Type.Object({ w: Type.Integer() })
const OfActivity = Type.Object({
  w: Type.Integer(),
  id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
})
const Time = Type.String({ format: 'date-time', maxLength: 40 })
const TimeOrNull = Type.Union([Time, Type.Null()])
const State = Type.Enum([...activityStates])
const Id = Type.Integer({ minimum: 1, maximum: 2_147_483_647 })
const SendTo = Type.Object(
  {
    topics: Type.Array(Id, {
      maxItems: 100,
      uniqueItems: true,
      description: 'everyone who has consented to one of these on SMS',
    }),
    duplicates: Type.Enum([...duplicateRules], { description: 'one SMS a number, or one a profile' }),
  },
  { additionalProperties: false },
)

const UtmValue = Type.String({ maxLength: maxUtmLength, description: 'empty: the default' })
const Utm = Type.Object(
  {
    on: Type.Boolean(),
    source: UtmValue,
    medium: UtmValue,
    name: Type.String({
      maxLength: maxUtmLength,
      description: 'utm_campaign; empty: made of the name of the activity',
    }),
  },
  { additionalProperties: false, description: 'parameters that the addresses of the links get where they lack them' },
)

// A draft keeps what is too long to be sent, so that nothing that was pasted is lost; `problems` says so.
const smsFields = {
  sender: Type.String({ maxLength: 200 }),
  body: Type.String({
    maxLength: 20_000,
    description: 'with data tags (##first_name|there##), links and ##unsubscribe##',
  }),
  smart: Type.Boolean({ description: 'replace characters that would make the text expensive' }),
  utm: Utm,
}
const ContentChange = Type.Object(
  { channel: Type.Literal('sms'), ...Type.Partial(Type.Object(smsFields)).properties },
  { additionalProperties: false, description: 'what is sent; fields that are not given stay as they are' },
)

const fields = {
  content: ContentChange,
  sendTo: SendTo,
  gatewayId: Type.Union([Id, Type.Null()]),
  sendAt: TimeOrNull,
  latestAt: TimeOrNull,
  quietHours: Type.Boolean(),
}
const Name = Type.String({ format: 'line', maxLength: 1000 })
const Changes = { name: Name, ...fields }

const ActivityView = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  state: State,
  stateDetail: Type.Union([Type.String(), Type.Null()], {
    description: 'why it could not be started, null: nothing is wrong',
  }),
  content: Type.Object({
    channel: Type.Literal('sms'),
    sender: Type.String(),
    body: Type.String(),
    smart: Type.Boolean(),
    utm: Type.Object({ on: Type.Boolean(), source: Type.String(), medium: Type.String(), name: Type.String() }),
  }),
  sendTo: Type.Object({ topics: Type.Array(Type.Integer()), duplicates: Type.Enum([...duplicateRules]) }),
  gatewayId: Type.Union([Type.Integer(), Type.Null()]),
  sendAt: TimeOrNull,
  latestAt: TimeOrNull,
  quietHours: Type.Boolean(),
  revision: Type.Integer({ description: 'send it back with a change; 409 where it is no longer the newest' }),
  problems: Type.Array(
    Type.Object({
      step: Type.Enum([...checkedSteps]),
      code: Type.String(),
      sentence: Type.String(),
    }),
    { description: 'what keeps a draft from being sent' },
  ),
})
const Listed = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  state: State,
  sender: Type.String(),
  recipients: Type.Union([Type.Integer(), Type.Null()]),
  deliveredRate: Type.Union([Type.Number(), Type.Null()]),
  ctr: Type.Union([Type.Number(), Type.Null()]),
  credits: Type.Union([Type.String(), Type.Null()]),
  when: Time,
})
const Credits = Type.String({ description: 'decimal, four places' })
const Edge = Type.Union([
  Type.Object({ characters: Type.Integer(), messages: Type.Integer(), credits: Credits }),
  Type.Null(),
])
const Range = Type.Object({ low: Type.Integer(), high: Type.Integer() })
const Audience = Type.Object({
  targeted: Type.Integer(),
  notSent: Type.Integer(),
  queued: Type.Integer(),
  notSentReasons: Type.Record(Type.String(), Type.Integer()),
  credits: Credits,
  money: Type.String({ description: 'the credits in the currency of the workspace, exactly' }),
  currency: Type.String(),
  parts: Type.Integer(),
  byParts: Type.Record(Type.String(), Type.Integer(), { description: 'messages by their number of parts' }),
  byCountry: Type.Record(
    Type.String(),
    Type.Object({ messages: Type.Integer(), parts: Type.Integer(), credits: Type.String() }),
  ),
  ranges: Type.Union(
    [Type.Object({ queued: Range, parts: Range, credits: Type.Object({ low: Credits, high: Credits }) }), Type.Null()],
    { description: 'null: the figures are exact; else the truth lies within, 19 times of 20' },
  ),
  longest: Type.Union(
    [
      Type.Object({
        profileId: Type.Integer(),
        vars: Type.Record(Type.String(), Type.String(), { description: 'values of the data tags' }),
        parts: Type.Integer(),
      }),
      Type.Null(),
    ],
    { description: 'a profile whose text is the longest' },
  ),
  maxParts: Type.Integer({ description: 'the most parts of an SMS that are sent' }),
  tooLong: Type.Union(
    [Type.Object({ people: Type.Integer(), parts: Type.Integer(), profileId: Type.Integer() }), Type.Null()],
    { description: 'those whose text would have more parts, with the longest of them: scheduling is refused' },
  ),
  more: Edge,
  less: Edge,
})

export async function routes(app: App, deps: Deps): Promise<void> {
  const { db, clock, config } = deps
  const context = ({ workspace, principal }: Pick<FastifyRequest, 'workspace' | 'principal'>): RequestContext => ({
    workspaceId: workspace.id,
    actor: principal.actor,
    url: config.url,
    linkUrl: config.linkUrl,
    now: clock.now(),
  })

  app.get(
    '/activities',
    {
      schema: {
        operationId: 'listActivities',
        summary: 'Drafts, or what is scheduled and sent, with its figures',
        tags: ['activities'],
        params: OfWorkspace,
        querystring: Type.Object(
          {
            tab: Type.Optional(Type.Enum(['drafts', 'sent'])),
            search: Type.Optional(
              Type.String({ maxLength: maxSearch, description: 'part of the name, or how the sender begins' }),
            ),
            sort: Type.Optional(Type.Enum([...sorts])),
            ...pageQuery,
            limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
          },
          { additionalProperties: false },
        ),
        response: { 200: pageWith(Listed, { asOf: Time }) },
      },
    },
    async ({ workspace, query }) => ({
      ...(await listActivities(db, workspace.id, { ...query, tab: query.tab ?? 'sent' })),
      asOf: clock.now().toISOString(),
    }),
  )

  app.post(
    '/activities',
    {
      schema: {
        operationId: 'createActivity',
        summary: 'Make a draft',
        tags: ['activities'],
        params: OfWorkspace,
        body: Type.Object(
          {
            name: Type.String({ format: 'name', minLength: 1, maxLength: 200 }),
            ...Type.Partial(Type.Object(fields)).properties,
          },
          { additionalProperties: false },
        ),
        response: { 201: ActivityView },
      },
    },
    async (request, reply) =>
      reply
        .code(201)
        .send(view(await createActivity(db, context(request), { ...read(request.body), name: request.body.name }))),
  )

  app.get(
    '/activities/:id',
    {
      schema: {
        operationId: 'getActivity',
        summary: 'An activity, and what keeps it from being sent',
        tags: ['activities'],
        params: OfActivity,
        response: { 200: ActivityView },
      },
    },
    async request => view(await getActivity(db, context(request), request.params.id)),
  )

  app.patch(
    '/activities/:id',
    {
      schema: {
        operationId: 'changeActivity',
        summary: 'Change a draft; what could not be started is a draft again',
        tags: ['activities'],
        params: OfActivity,
        body: Type.Object(
          {
            revision: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
            ...Type.Partial(Type.Object(Changes)).properties,
          },
          { additionalProperties: false },
        ),
        response: { 200: ActivityView },
      },
    },
    async request =>
      view(await changeDraft(db, context(request), request.params.id, request.body.revision, read(request.body))),
  )

  app.delete(
    '/activities/:id',
    {
      schema: {
        operationId: 'deleteActivity',
        summary: 'Delete a draft; it can be restored for a day',
        tags: ['activities'],
        params: OfActivity,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      await deleteDraft(db, context(request), request.params.id)
      return reply.code(204).send(null)
    },
  )

  app.post(
    '/activities/:id/restore',
    {
      schema: {
        operationId: 'restoreActivity',
        summary: 'Bring back a deleted draft',
        tags: ['activities'],
        params: OfActivity,
        body: Nothing,
        response: { 200: ActivityView },
      },
    },
    async request => view(await restoreDraft(db, context(request), request.params.id)),
  )

  app.post(
    '/activities/:id/duplicate',
    {
      schema: {
        operationId: 'duplicateActivity',
        summary: 'A new draft with the same settings',
        tags: ['activities'],
        params: OfActivity,
        body: Nothing,
        response: { 201: ActivityView },
      },
    },
    async (request, reply) =>
      reply.code(201).send(view(await duplicateActivity(db, context(request), request.params.id))),
  )

  app.post(
    '/activities/:id/audience',
    {
      config: { role: 'viewer', lane: 'counts' },
      schema: {
        operationId: 'countAudience',
        summary: 'The profiles it would reach now, those left out and why, and what it costs',
        tags: ['activities'],
        params: OfActivity,
        body: Type.Optional(
          Type.Object(
            { estimate: Type.Optional(Type.Boolean({ description: 'at once, from an eighth of the profiles' })) },
            { additionalProperties: false },
          ),
        ),
        response: { 200: Audience },
      },
    },
    async (request, reply) => {
      const how = { sampled: request.body?.estimate, signal: abortOnDisconnect(reply) }
      return countActivityAudience(db, context(request), request.params.id, how)
    },
  )

  app.post(
    '/activities/:id/schedule',
    {
      // It counts again.
      config: { lane: 'counts' },
      schema: {
        operationId: 'scheduleActivity',
        summary: 'Send it: now (sendAt null), at a time, or as the draft says (nothing given)',
        tags: ['activities'],
        params: OfActivity,
        body: Type.Optional(
          Type.Object(
            {
              sendAt: Type.Optional(TimeOrNull),
              revision: Type.Optional(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })),
              looked: Type.Optional(
                Type.Object(
                  {
                    people: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
                    credits: Type.String({ pattern: '^\\d{1,15}(\\.\\d{1,4})?$' }),
                  },
                  {
                    additionalProperties: false,
                    description: 'number and price that a person has seen: 409 where they have grown noticeably since',
                  },
                ),
              ),
            },
            { additionalProperties: false },
          ),
        ),
        response: { 200: ActivityView },
      },
    },
    async request => {
      const { sendAt, revision, looked } = request.body ?? {}
      const when = { sendAt: date(sendAt), revision, looked }
      return view(await scheduleActivity(db, context(request), request.params.id, when))
    },
  )

  const decide = (act: 'pause' | 'resume' | 'cancel', summary: string, verb: typeof pauseActivity) =>
    app.post(
      `/activities/:id/${act}`,
      {
        schema: {
          operationId: `${act}Activity`,
          summary,
          tags: ['activities'],
          params: OfActivity,
          body: Nothing,
          response: { 200: ActivityView },
        },
      },
      async request => view(await verb(db, context(request), request.params.id)),
    )
  decide('pause', 'Stop sending for a while', pauseActivity)
  decide('resume', 'Resume sending, or start again an activity that could not be started', resumeActivity)
  decide('cancel', 'Stop for good: what is queued is not sent', cancelActivity)
}

/** A body is not needed; an empty object is taken. */
const Nothing = Type.Optional(Type.Object({}, { additionalProperties: false }))

type Given = Partial<Static<ReturnType<typeof Type.Object<typeof Changes>>>>

/** The fields of a body that are ours, times as dates. */
function read(body: Given): ActivityFields {
  const { name, content, sendTo, gatewayId, quietHours } = body
  const sendAt = date(body.sendAt)
  const latestAt = date(body.latestAt)
  return {
    ...(name !== undefined && { name }),
    ...(content !== undefined && { content }),
    ...(sendTo !== undefined && { sendTo }),
    ...(gatewayId !== undefined && { gatewayId }),
    ...(quietHours !== undefined && { quietHours }),
    ...(sendAt !== undefined && { sendAt }),
    ...(latestAt !== undefined && { latestAt }),
  }
}

function date(text: string | null | undefined): Date | null | undefined {
  return text === undefined || text === null ? text : new Date(text)
}

function view({
  workspaceId: _,
  frozenAt: __,
  faults: ___,
  sendTo: { topics, duplicates },
  sendAt,
  latestAt,
  ...activity
}: Activity): Static<typeof ActivityView> {
  return {
    ...activity,
    sendTo: { topics, duplicates },
    sendAt: sendAt?.toISOString() ?? null,
    latestAt: latestAt?.toISOString() ?? null,
  }
}
