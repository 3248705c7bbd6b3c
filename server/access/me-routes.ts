/** Who am I, where may I go; the account; new workspaces; the installation's own state. For anyone who is signed in. */
import { Type } from '@fastify/type-provider-typebox'
import { sendRoles } from '../../core/workspace-settings.ts'
import { offerSimulator } from '../gateways/simulator/offer.ts'
import type { App } from '../platform/http/http-server.ts'
import { makeVisitorOf, nobodyTrusted } from '../platform/http/visitor.ts'
import { readInstallation, releaseSending } from '../platform/installation/installation.ts'
import { audit } from './audit.ts'
import { changeAccount, hasPassword, signOutEverywhere } from './me.ts'
import { maxPasswordLength } from './password-rules.ts'
import { type AccessDeps, ownsInstallation, type Principal } from './principal.ts'
import { roles } from './roles.ts'
import { createWorkspace, getWorkspace, workspacesOf } from './workspaces.ts'

const WorkspaceView = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  role: Type.Enum([...roles]),
  timeZone: Type.String(),
  defaultCountry: Type.String(),
  currency: Type.String(),
  creditValue: Type.String(),
  linkDomain: Type.Union([Type.String(), Type.Null()], {
    description: 'what its short links begin with; null: the link domain of the installation',
  }),
  defaultSender: Type.String(),
  sendRole: Type.Enum([...sendRoles], { description: 'the lowest role that may send' }),
  maxParts: Type.Integer({ description: 'the most parts of an SMS' }),
  frequencyHours: Type.Union([Type.Integer(), Type.Null()], {
    description: 'of new SMS: hours between two to a person; null: no limit',
  }),
})

const Me = Type.Object({
  user: Type.Object({
    id: Type.String(),
    email: Type.String(),
    name: Type.String(),
    hasPassword: Type.Boolean(),
    installationOwner: Type.Boolean(),
  }),
  workspaces: Type.Array(WorkspaceView),
})

const Installation = Type.Object({
  sendingHeld: Type.Union([Type.String(), Type.Null()], {
    description: 'why nothing is sent until a person says so; null: sending is free',
  }),
  clockRate: Type.Number({ description: 'seconds of business time in a second' }),
  now: Type.String({ format: 'date-time', description: 'business time' }),
  url: Type.String(),
  linkUrl: Type.String({ description: 'what short links begin with; a code follows after a slash' }),
})

export async function meRoutes(app: App, deps: AccessDeps): Promise<void> {
  const { db, clock, config, signIn } = deps
  const { visitorOf = makeVisitorOf(nobodyTrusted) } = config

  app.get(
    '/me',
    {
      schema: {
        operationId: 'getMe',
        summary: 'Who is signed in, and the workspaces they may enter',
        tags: ['access'],
        response: { 200: Me },
      },
    },
    async request => meOf(deps, request.principal),
  )

  app.patch(
    '/me',
    {
      config: { peopleOnly: true, rateLimit: { max: 20, timeWindow: 60_000 } },
      schema: {
        operationId: 'changeMe',
        summary: 'Change name, e-mail or password',
        tags: ['access'],
        body: Type.Object(
          {
            name: Type.Optional(Type.String({ format: 'name', minLength: 1, maxLength: 100 })),
            email: Type.Optional(Type.String({ format: 'email', maxLength: 254 })),
            password: Type.Optional(Type.String({ maxLength: maxPasswordLength })),
            currentPassword: Type.Optional(Type.String({ maxLength: maxPasswordLength })),
          },
          { additionalProperties: false, minProperties: 1 },
        ),
        response: { 200: Me },
      },
    },
    async request => {
      const { principal, body } = request
      const { nameSecret: secret } = await signIn()
      const { limitKey } = visitorOf(request.raw)
      return meOf(deps, { ...principal, ...(await changeAccount(db, secret, principal, body, limitKey)) })
    },
  )

  app.delete(
    '/me/sessions',
    {
      config: { peopleOnly: true },
      schema: {
        operationId: 'signOutEverywhere',
        summary: 'End all sessions of this account, this one too, and its unused sign-in links',
        tags: ['access'],
        response: { 204: Type.Null() },
      },
    },
    async ({ principal }, reply) => {
      await signOutEverywhere(db, principal.id, principal.actor, clock.now())
      return reply.code(204).send(null)
    },
  )

  app.post(
    '/workspaces',
    {
      config: { peopleOnly: true, installationOwner: true },
      schema: {
        operationId: 'createWorkspace',
        summary: 'Make a workspace (the owner of the installation)',
        tags: ['access'],
        body: Type.Object(
          {
            name: Type.String({ format: 'name', minLength: 1, maxLength: 100 }),
            timeZone: Type.Optional(Type.String({ maxLength: 100, description: 'default: Europe/Stockholm' })),
            defaultCountry: Type.Optional(
              Type.String({ pattern: '^[A-Za-z]{2}$', description: 'default: the country of the time zone' }),
            ),
            currency: Type.Optional(Type.String({ maxLength: 20, description: 'default: that of the country' })),
          },
          { additionalProperties: false },
        ),
        response: { 201: WorkspaceView },
      },
    },
    async (request, reply) => {
      const { principal } = request
      const workspace = await createWorkspace(
        db,
        { ...request.body, owner: principal.id, actor: principal.actor },
        clock.now(),
      )
      // If the simulator runs, a newcomer can try everything in the new workspace at once.
      await offerSimulator(db, workspace.id, clock.now())
      return reply.code(201).send({ ...workspace, role: 'owner' as const })
    },
  )

  app.get(
    '/installation',
    {
      schema: {
        operationId: 'getInstallation',
        summary: 'Whether sending is held, and business time',
        tags: ['operate'],
        response: { 200: Installation },
      },
    },
    async () => installationView(deps),
  )

  app.post(
    '/installation/release-sending',
    {
      config: { peopleOnly: true, installationOwner: true },
      schema: {
        operationId: 'releaseSending',
        summary: 'Let a held installation send again (its owner)',
        tags: ['operate'],
        response: { 200: Installation },
      },
    },
    async request => {
      const sentence = await releaseSending(db)
      if (sentence !== null)
        await audit(
          db,
          {
            workspaceId: null,
            actor: request.principal.actor,
            action: 'installation.release_sending',
            subject: 'installation',
            details: { was: sentence },
          },
          clock.now(),
        )
      return installationView(deps)
    },
  )

  async function installationView({ db }: AccessDeps) {
    const { sendingHeld, clockRate } = await readInstallation(db)
    return { sendingHeld, clockRate, now: clock.now().toISOString(), url: config.url, linkUrl: config.linkUrl }
  }
}

async function meOf({ db }: AccessDeps, principal: Principal) {
  const { id, email, name } = principal
  if (principal.kind === 'key') {
    const workspace = await getWorkspace(db, principal.workspaceId ?? 0)
    const user = { id, email, name, hasPassword: false, installationOwner: false }
    return { user, workspaces: workspace === undefined ? [] : [{ ...workspace, role: principal.role ?? 'viewer' }] }
  }
  const installationOwner = await ownsInstallation(db, principal)
  return {
    user: { id, email, name, hasPassword: await hasPassword(db, id), installationOwner },
    workspaces: await workspacesOf(db, id),
  }
}
