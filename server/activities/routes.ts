/** Activities over HTTP: drafts, the audience they would reach, and what a person decides about them. */
import { type Static, Type } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { type Content, type ContentChange, contentChannels, contentSchemas } from '../../core/activities/content.ts'
import { longestReminder, type ReminderPlan } from '../../core/activities/reminder.ts'
import { remindedPeople, type SendTo, type SendToChoice, sendToSchemas } from '../../core/activities/send-to.ts'
import { sorts } from '../../core/activities/sorts.ts'
import { activityStates } from '../../core/activities/states.ts'
import { checkedSteps } from '../../core/activities/steps.ts'
import { channelKeys } from '../../core/channels.ts'
import { problem } from '../../core/problems.ts'
import { abortOnDisconnect } from '../platform/http/abort-on-disconnect.ts'
import type { App, Deps } from '../platform/http/http-server.ts'
import { named } from '../platform/http/named-schemas.ts'
import { pageOf, pageQuery, pageWith } from '../platform/http/page.ts'
import { countActivityAudience } from './activity-audience.ts'
import {
  type AudienceChanges,
  audienceChanges,
  changeSides,
  lookAtAudience,
  pageOfChanged,
  shownPeople,
} from './audience-changes.ts'
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
import { listActivities } from './list-activities.ts'
import { listFilters } from './list-query.ts'
import { comparedActivities, countOverlaps } from './overlaps.ts'
import { planReminder, reminderStatus, removeReminder } from './planned-reminders.ts'
import { remindOf } from './remind.ts'
import { Reminder, ReminderStatus } from './reminder-schemas.ts'
import { cancelActivity, pauseActivity, resumeActivity, scheduleActivity, unscheduleActivity } from './schedule.ts'
import { readTextCases } from './text-cases.ts'

const OfWorkspace = Type.Object({ w: Type.Integer() })
const OfActivity = Type.Object({
  w: Type.Integer(),
  id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
})
const Time = Type.String({ format: 'date-time', maxLength: 40 })
const TimeOrNull = Type.Union([Time, Type.Null()])
const State = Type.Enum([...activityStates])
const Id = Type.Integer({ minimum: 1, maximum: 2_147_483_647 })
const SendToView = named<SendTo>('SendTo', sendToSchemas.answer)
const ContentView = named<Content>('Content', contentSchemas.answer)

const ReminderOrNull = Type.Union([Reminder, Type.Null()])
const ReminderStatusView = Type.Union([ReminderStatus, Type.Null()], {
  description: 'what has become of the planned reminder; null: none is planned',
})

const fields = {
  content: named<ContentChange>('ContentChange', {
    ...contentSchemas.request,
    description: 'what is sent; fields that are not given stay as they are',
  }),
  sendTo: named<SendToChoice>('SendToChoice', sendToSchemas.request),
  gatewayId: Type.Union([Id, Type.Null()]),
  sendAt: TimeOrNull,
  latestAt: TimeOrNull,
  quietHours: Type.Boolean(),
  reminder: ReminderOrNull,
}
const Name = Type.String({ format: 'line', maxLength: 1000 })
const Given = { name: Name, ...fields }

const ActivityView = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  state: State,
  stateDetail: Type.Union([Type.String(), Type.Null()], {
    description: 'why it could not be started, null: nothing is wrong',
  }),
  content: ContentView,
  sendTo: SendToView,
  gatewayId: Type.Union([Type.Integer(), Type.Null()]),
  sendAt: TimeOrNull,
  latestAt: TimeOrNull,
  quietHours: Type.Boolean(),
  reminder: ReminderOrNull,
  reminderStatus: ReminderStatusView,
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
const Simulated = Type.Boolean({
  description: 'the phones are simulated by the built-in simulator: credits and money are simulated, too',
})
const PausedGateway = Type.Union([Type.String(), Type.Null()], {
  description: 'the name of the paused gateway that it waits for; null: it waits for none',
})
const Listed = Type.Object({
  id: Type.Integer(),
  channel: Type.Enum([...channelKeys]),
  name: Type.String(),
  state: State,
  sender: Type.String(),
  recipients: Type.Union([Type.Integer(), Type.Null()]),
  open: Type.Union(
    [Type.Object({ queued: Type.Integer(), retrying: Type.Integer(), pending: Type.Integer() }), Type.Null()],
    {
      description:
        'recipients whose message is not handed over yet, is retried after a soft bounce, or has no outcome yet; null: not started',
    },
  ),
  deliveredRate: Type.Union([Type.Number(), Type.Null()]),
  ctr: Type.Union([Type.Number(), Type.Null()]),
  credits: Type.Union([Type.String(), Type.Null()]),
  simulated: Simulated,
  pausedGateway: PausedGateway,
  estimate: Type.Union([Type.Object({ recipients: Type.Integer(), credits: Type.String() }), Type.Null()], {
    description: 'of a scheduled one: what was counted when it was scheduled',
  }),
  reserved: Type.Union([Type.String(), Type.Null()], { description: 'credits that are set aside and not charged yet' }),
  reminder: Type.Union(
    [
      Type.Object({
        state: ReminderStatus.properties.state,
        after: Reminder.properties.after,
        at: ReminderStatus.properties.at,
      }),
      Type.Null(),
    ],
    { description: 'planned with it' },
  ),
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
  simulated: Simulated,
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

const TextOrNull = Type.Union([Type.String(), Type.Null()])
const Person = Type.Object({
  profileId: Type.Integer(),
  externalKey: TextOrNull,
  firstName: TextOrNull,
  lastName: TextOrNull,
  phone: TextOrNull,
  email: TextOrNull,
})
const Changes = Type.Object({
  asOf: Time,
  people: Type.Integer({ description: 'who would get it now, exactly' }),
  since: Type.Union(
    [Type.Object({ at: Time, kind: Type.Enum(['looked', 'scheduled']), people: Type.Integer() }), Type.Null()],
    { description: 'what it is compared with; null: nothing is remembered since Send to was changed' },
  ),
  joined: Type.Integer(),
  left: Type.Integer(),
  firstJoined: Type.Array(Person, { description: `the first ${shownPeople}` }),
  firstLeft: Type.Array(Person, { description: `the first ${shownPeople}` }),
})
const Overlaps = Type.Object({
  asOf: Time,
  people: Type.Integer({ description: 'who would get this one, or gets it' }),
  others: Type.Array(
    Type.Object({
      id: Type.Integer(),
      name: Type.String(),
      state: State,
      sendAt: TimeOrNull,
      people: Type.Union([Type.Integer(), Type.Null()], {
        description:
          'those whose address gets both, also through two profiles; null: they could not be counted in time',
      }),
      range: Type.Union([Type.Object({ low: Type.Integer(), high: Type.Integer() }), Type.Null()], {
        description: 'null: exact; else the truth lies within, 19 times of 20',
      }),
    }),
    { description: 'exact: without those with nobody in both' },
  ),
  more: Type.Integer({ description: 'others that were not counted' }),
})

const CaseFields = {
  people: Type.Integer(),
  profileId: Type.Integer({ description: 'one of them' }),
}
const CaseOrNull = Type.Union([Type.Object(CaseFields), Type.Null()])
const TextCases = Type.Object({
  people: Type.Integer({ description: 'those who get this SMS' }),
  credits: Credits,
  isEstimate: Type.Boolean({ description: 'the figures are scaled from an eighth of the profiles' }),
  tags: Type.Array(
    Type.Object({
      name: Type.String(),
      empty: CaseOrNull,
      placeholders: Type.Array(
        Type.Object({
          ...CaseFields,
          value: Type.String(),
          isEmpty: Type.Boolean({ description: 'the default is used; else the value is sent as it is' }),
        }),
        { description: 'values that stand for nothing, such as #N/A or NULL' },
      ),
      costly: Type.Union([Type.Object({ ...CaseFields, credits: Credits }), Type.Null()], {
        description:
          'those whose SMS costs more because of a character of this value; credits: what all would cost if everyone got the default',
      }),
    }),
    { description: 'by data tag of the text' },
  ),
  ucs2: CaseOrNull,
})

/** What may be asked of an audience as it is now. */
const Estimated = Type.Optional(
  Type.Object(
    { estimate: Type.Optional(Type.Boolean({ description: 'at once, from an eighth of the profiles' })) },
    { additionalProperties: false },
  ),
)

export async function routes(app: App, deps: Deps): Promise<void> {
  const { db, clock, config } = deps
  const context = ({ workspace, principal }: Pick<FastifyRequest, 'workspace' | 'principal'>): RequestContext => ({
    workspaceId: workspace.id,
    actor: principal.actor,
    url: config.url,
    linkUrl: workspace.linkDomain ?? config.linkUrl,
    now: clock.now(),
  })

  app.get(
    '/activities',
    {
      schema: {
        operationId: 'listActivities',
        summary: 'Drafts, or scheduled and sent activities with their figures',
        tags: ['activities'],
        params: OfWorkspace,
        querystring: Type.Object(
          {
            tab: Type.Optional(Type.Enum(['drafts', 'sent'])),
            ...listFilters,
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
            ...Type.Partial(Type.Object(Given)).properties,
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
        summary: 'Delete a draft, or a cancelled activity that never started; it can be restored for a day',
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
    '/activities/:id/remind',
    {
      schema: {
        operationId: 'remindOfActivity',
        summary: 'A new draft to those to whom it was delivered and who have not clicked',
        description: 'Clicks count until the draft is sent.',
        tags: ['activities'],
        params: OfActivity,
        body: Type.Optional(
          Type.Object(
            {
              channel: Type.Optional(
                Type.Enum([...contentChannels], {
                  description:
                    'of the draft; default: that of the activity. Over another channel it begins with empty content, and the consents of that channel decide who gets it',
                }),
              ),
              who: Type.Optional(
                Type.Enum([...remindedPeople], {
                  description:
                    'not_clicked: who got it and did not click (default); not_reached: whom it was not sent to, or at whose address it bounced',
                }),
              ),
              planned: Type.Optional(
                Type.Enum(['replace', 'keep'], {
                  description:
                    'what becomes of the reminder that is planned with it; without it, 409 where one is planned',
                }),
              ),
            },
            { additionalProperties: false },
          ),
        ),
        response: { 201: ActivityView },
      },
    },
    async (request, reply) =>
      reply.code(201).send(view(await remindOf(db, context(request), request.params.id, request.body))),
  )

  app.put(
    '/activities/:id/reminder',
    {
      config: { sends: true },
      schema: {
        operationId: 'planReminder',
        summary: 'Plan or change the reminder of an activity, also while it is sent',
        description:
          'When it is due, the reminder becomes an activity of its own. A draft can be given one by a change, too.',
        tags: ['activities'],
        params: OfActivity,
        body: Type.Object(
          {
            revision: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
            reminder: Reminder,
            others: Type.Optional(
              Type.Enum(['keep'], {
                description:
                  'people may get it besides a reminder by hand; without it, 409 where one is scheduled or sent',
              }),
            ),
          },
          { additionalProperties: false },
        ),
        response: { 200: ActivityView },
      },
    },
    async request => {
      const { revision, reminder, others } = request.body
      const plan = checkedReminder(reminder)
      return view(await planReminder(db, context(request), request.params.id, revision, plan, others))
    },
  )

  app.delete(
    '/activities/:id/reminder',
    {
      schema: {
        operationId: 'removeReminder',
        summary: 'Remove the planned reminder of an activity',
        tags: ['activities'],
        params: OfActivity,
        response: { 200: ActivityView },
      },
    },
    async request => view(await removeReminder(db, context(request), request.params.id)),
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
        body: Estimated,
        response: { 200: Audience },
      },
    },
    async (request, reply) => {
      const how = { sampled: request.body?.estimate, signal: abortOnDisconnect(reply) }
      return countActivityAudience(db, context(request), request.params.id, how)
    },
  )

  app.post(
    '/activities/:id/look',
    {
      config: { lane: 'counts' },
      schema: {
        operationId: 'lookAtAudience',
        summary: 'Remember who would get it now, and tell who has come and gone since that was done before',
        description:
          'What is remembered is kept until the start, and is forgotten when Send to is changed. Scheduling remembers it, too.',
        tags: ['activities'],
        params: OfActivity,
        body: Type.Optional(
          Type.Object(
            { again: Type.Optional(Type.Boolean({ description: 'in place of what is remembered already' })) },
            { additionalProperties: false },
          ),
        ),
        response: { 200: Changes },
      },
    },
    async (request, reply) => {
      const how = { again: request.body?.again, signal: abortOnDisconnect(reply) }
      return changesView(await lookAtAudience(db, context(request), request.params.id, how))
    },
  )

  app.post(
    '/activities/:id/changes',
    {
      config: { role: 'viewer', lane: 'counts' },
      schema: {
        operationId: 'audienceChanges',
        summary: 'Who has come and who has gone since its audience was looked at, or since it was scheduled',
        tags: ['activities'],
        params: OfActivity,
        body: Nothing,
        response: { 200: Changes },
      },
    },
    async (request, reply) =>
      changesView(await audienceChanges(db, context(request), request.params.id, abortOnDisconnect(reply))),
  )

  app.get(
    '/activities/:id/changes',
    {
      config: { role: 'viewer', lane: 'counts' },
      schema: {
        operationId: 'listAudienceChanges',
        summary: 'Everybody who has come, or has gone, since its audience was looked at, or since it was scheduled',
        description: 'Compared again for each page.',
        tags: ['activities'],
        params: OfActivity,
        querystring: Type.Object(
          {
            side: Type.Optional(Type.Enum([...changeSides], { default: 'joined' })),
            limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: shownPeople })),
            ...pageQuery,
          },
          { additionalProperties: false },
        ),
        response: { 200: pageOf(Person) },
      },
    },
    async (request, reply) =>
      pageOfChanged(db, context(request), request.params.id, request.query, abortOnDisconnect(reply)),
  )

  app.post(
    '/activities/:id/overlaps',
    {
      config: { role: 'viewer', lane: 'counts' },
      schema: {
        operationId: 'countOverlaps',
        summary: 'How many of its people also get another SMS that is scheduled or being sent',
        description: `The ${comparedActivities} nearest in time are counted.`,
        tags: ['activities'],
        params: OfActivity,
        body: Estimated,
        response: { 200: Overlaps },
      },
    },
    async (request, reply) => {
      const how = { sampled: request.body?.estimate, signal: abortOnDisconnect(reply) }
      const { asOf, others, ...counted } = await countOverlaps(db, context(request), request.params.id, how)
      const written = others.map(({ range, ...other }) => ({
        ...other,
        sendAt: other.sendAt?.toISOString() ?? null,
        range: range && { low: range.low, high: range.high },
      }))
      return { ...counted, asOf: asOf.toISOString(), others: written }
    },
  )

  app.post(
    '/activities/:id/text-cases',
    {
      config: { role: 'viewer', lane: 'counts' },
      schema: {
        operationId: 'readTextCases',
        summary:
          'What recipients really get: empty values, values that stand for nothing, and what their characters cost',
        description: 'Of the audience as it is now; before topics are chosen, of everyone who has consented to any.',
        tags: ['activities'],
        params: OfActivity,
        body: Estimated,
        response: { 200: TextCases },
      },
    },
    async (request, reply) => {
      const how = { sampled: request.body?.estimate, signal: abortOnDisconnect(reply) }
      return readTextCases(db, context(request), request.params.id, how)
    },
  )

  app.post(
    '/activities/:id/schedule',
    {
      // It counts again.
      config: { lane: 'counts', sends: true },
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

  const decide = (act: 'unschedule' | 'pause' | 'resume' | 'cancel', summary: string, verb: typeof pauseActivity) =>
    app.post(
      `/activities/:id/${act}`,
      {
        config: { sends: act === 'resume' },
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
  decide('unschedule', 'Take it from the schedule: it is a draft again', unscheduleActivity)
  decide('pause', 'Stop sending for a while', pauseActivity)
  decide('resume', 'Resume sending, or start again an activity that could not be started', resumeActivity)
  decide('cancel', 'Stop for good: what is queued is not sent', cancelActivity)
}

/** A body is not needed; an empty object is taken. */
const Nothing = Type.Optional(Type.Object({}, { additionalProperties: false }))

type GivenFields = Partial<Static<ReturnType<typeof Type.Object<typeof Given>>>>

/** The fields of a body that are ours, times as dates. */
function read(body: GivenFields): ActivityFields {
  const { name, content, sendTo, gatewayId, quietHours } = body
  const sendAt = date(body.sendAt)
  const latestAt = date(body.latestAt)
  return {
    ...(name !== undefined && { name }),
    ...(content !== undefined && { content }),
    ...(sendTo !== undefined && { sendTo }),
    ...(gatewayId !== undefined && { gatewayId }),
    ...(quietHours !== undefined && { quietHours }),
    ...(body.reminder !== undefined && { reminder: body.reminder && checkedReminder(body.reminder) }),
    ...(sendAt !== undefined && { sendAt }),
    ...(latestAt !== undefined && { latestAt }),
  }
}

/** Throws invalid_input. */
function checkedReminder(given: ReminderPlan): ReminderPlan {
  const most = longestReminder[given.after.unit]
  if (given.after.n > most)
    throw problem('invalid_input', { where: 'reminder.after.n', what: `must be at most ${most}` })
  return given
}

function date(text: string | null | undefined): Date | null | undefined {
  return text === undefined || text === null ? text : new Date(text)
}

function changesView({ asOf, since, ...changes }: AudienceChanges): Static<typeof Changes> {
  return { ...changes, asOf: asOf.toISOString(), since: since && { ...since, at: since.at.toISOString() } }
}

/** As the API shows it. */
function view(found: Activity): Static<typeof ActivityView> {
  const { id, name, state, stateDetail, content, sendTo, gatewayId, quietHours, reminder, revision, problems } = found
  const status = reminderStatus(found, found.reminderFrom)
  return {
    ...{ id, name, state, stateDetail, content, sendTo, gatewayId, quietHours, reminder, revision, problems },
    sendAt: found.sendAt?.toISOString() ?? null,
    latestAt: found.latestAt?.toISOString() ?? null,
    reminderStatus: status && { ...status, at: status.at?.toISOString() ?? null },
  }
}
