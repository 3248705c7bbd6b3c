/** Test SMS over HTTP: ask for one, see what became of it. */
import { type Static, Type } from '@fastify/type-provider-typebox'
import { describeNotSent } from '../../core/audience/not-sent-reasons.ts'
import { lookUpCode } from '../../core/gateways/codes.ts'
import { testSmsStates } from '../../core/messages/test-sms.ts'
import { problem } from '../../core/problems.ts'
import type { App, Deps } from '../platform/http/http-server.ts'
import { onePage, pageOf } from '../platform/http/page.ts'
import { countryOf } from '../profiles/phone-check.ts'
import { askTestSms, listTestRecipients, listTestSms, readTestSms, type TestSms } from './test-sms.ts'

const Id = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })
const OfActivity = Type.Object({ w: Type.Integer(), id: Id })
const OfTest = Type.Object({ w: Type.Integer(), id: Id, test: Id })

const TestView = Type.Object({
  id: Type.Integer(),
  phone: Type.String({ description: 'E.164; of an e-mail, its address' }),
  state: Type.Enum([...testSmsStates], {
    description:
      'waiting: for its gateway; sent: the gateway took it; unknown: written, and no answer came: it may have arrived; not_sent: given up after 15 minutes, or closed to SMS meanwhile',
  }),
  detail: Type.Union([Type.String(), Type.Null()], { description: 'why, in words, where there is something to say' }),
  gateway: Type.String(),
  parts: Type.Integer(),
  credits: Type.String({ description: 'decimal, four places; charged once a gateway has answered' }),
  simulated: Type.Boolean({ description: 'sent over the built-in simulator: nobody pays for it' }),
  askedAt: Type.String({ format: 'date-time' }),
  stateAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
})

export async function testSmsRoutes(app: App, deps: Deps): Promise<void> {
  const { db, clock, config } = deps

  app.post(
    '/activities/:id/test-sms',
    {
      schema: {
        operationId: 'sendTestSms',
        summary: 'Send the current draft to one number, or to one address',
        description:
          'It costs credits as any SMS, and is in no report. At most 20 within 10 minutes a workspace. Look at its state until it is one that stays.',
        tags: ['activities'],
        params: OfActivity,
        body: Type.Object(
          {
            phone: Type.Optional(
              Type.String({
                minLength: 1,
                maxLength: 50,
                description: "for an SMS: in any writing; without a country code it is one of the workspace's country",
              }),
            ),
            email: Type.Optional(
              Type.String({ minLength: 1, maxLength: 254, description: 'for an e-mail: the address' }),
            ),
            profile: Type.Optional(
              Type.Integer({
                minimum: 1,
                maximum: Number.MAX_SAFE_INTEGER,
                description: 'whose values the text takes; without one its tags show their defaults',
              }),
            ),
          },
          { additionalProperties: false },
        ),
        response: { 201: TestView },
      },
    },
    async ({ workspace, principal, params, body }, reply) => {
      const context = {
        workspaceId: workspace.id,
        actor: principal.actor,
        url: config.url,
        linkUrl: workspace.linkDomain ?? config.linkUrl,
        now: clock.now(),
      }
      const { phone, email, profile: profileId } = body
      const to = phone ?? email
      if (to === undefined || (phone !== undefined && email !== undefined))
        throw problem('invalid_input', { where: 'body', what: 'give a phone for an SMS, or an email for an e-mail' })
      const request = { to, country: countryOf(workspace.defaultCountry), profileId, rate: clock.rate }
      return reply.code(201).send(view(await askTestSms(db, context, params.id, request)))
    },
  )

  app.get(
    '/activities/:id/test-sms',
    {
      schema: {
        operationId: 'listTestSms',
        summary: 'The newest test SMS of an activity, and what became of them',
        tags: ['activities'],
        params: OfActivity,
        response: { 200: pageOf(TestView) },
      },
    },
    async ({ workspace, params }) => onePage((await listTestSms(db, workspace.id, params.id)).map(view)),
  )

  app.get(
    '/test-recipients',
    {
      // Only those who send tests need the numbers.
      config: { role: 'editor' },
      schema: {
        operationId: 'listTestRecipients',
        summary: 'The numbers of the newest test SMS of the workspace, the last one first',
        tags: ['activities'],
        params: Type.Object({ w: Type.Integer() }),
        response: { 200: pageOf(Type.Object({ phone: Type.String({ description: 'E.164' }) })) },
      },
    },
    async ({ workspace }) => onePage((await listTestRecipients(db, workspace.id)).map(phone => ({ phone }))),
  )

  app.get(
    '/activities/:id/test-sms/:test',
    {
      schema: {
        operationId: 'getTestSms',
        summary: 'What became of a test SMS',
        tags: ['activities'],
        params: OfTest,
        response: { 200: TestView },
      },
    },
    async ({ workspace, params }) => view(await readTestSms(db, workspace.id, params.id, params.test)),
  )
}

function view(test: TestSms): Static<typeof TestView> {
  const { id, phone, state, gateway, parts, credits, simulated, askedAt, at } = test
  return {
    id,
    phone,
    state,
    detail: detailOf(test),
    gateway,
    parts,
    credits,
    simulated,
    askedAt: askedAt.toISOString(),
    stateAt: at?.toISOString() ?? null,
  }
}

function detailOf({ state, code, reason }: TestSms): string | null {
  if (state === 'not_sent' && reason !== null)
    return reason === 'too_late' ? 'No gateway took it within 15 minutes.' : describeNotSent(reason, 'sms')
  if (state === 'unknown') return 'The connection ended before the gateway answered: it may have arrived.'
  if (code === null) return null
  const { scope, words } = lookUpCode(code)
  // How a process ended is no word for people.
  return state !== 'bounced' && scope === 'process' ? null : `${words}.`
}
