/** Of a workspace: its members, who may change them, and its pending invitations. */
import { Type } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import type { App, Deps } from '../platform/http/http-server.ts'
import { onePage, pageOf } from '../platform/http/page.ts'
import { invite, listInvitations, renewInvitation, withdrawInvitation } from './invitations.ts'
import { changeRole, leaveWorkspace, listMembers, type MembersActor, removeMember, signOutMember } from './members.ts'
import { roles } from './roles.ts'

const OfWorkspace = Type.Object({ w: Type.Integer() })
const OfMember = Type.Object({ w: Type.Integer(), userId: Type.String({ maxLength: 100 }) })
const OfInvitation = Type.Object({ w: Type.Integer(), id: Type.Integer({ minimum: 1, maximum: 2_147_483_647 }) })
const RoleName = Type.Enum([...roles])
const InvitedRole = Type.Enum(['admin', 'editor', 'viewer'])
const Email = Type.String({ format: 'email', maxLength: 254 })
const MemberView = Type.Object({ userId: Type.String(), name: Type.String(), email: Type.String(), role: RoleName })
const InvitationView = Type.Object({
  id: Type.Integer(),
  email: Type.String(),
  role: InvitedRole,
  createdAt: Type.String({ format: 'date-time' }),
  expiresAt: Type.String({ format: 'date-time', description: 'until then the newest link works' }),
  expired: Type.Boolean(),
})
const Invited = Type.Object({
  invitation: InvitationView,
  link: Type.String({ description: 'to hand over; works once, and is shown only now' }),
})

const byAdmin = { role: 'admin', peopleOnly: true } as const

const byOf = ({ principal, workspace }: FastifyRequest): MembersActor => ({
  userId: principal.id,
  actor: principal.actor,
  role: workspace.role,
})

export function memberRoutes(app: App, deps: Deps): void {
  existingRoutes(app, deps)
  invitationRoutes(app, deps)
}

function existingRoutes(app: App, { db, clock }: Deps): void {
  app.get(
    '/members',
    {
      schema: {
        operationId: 'listMembers',
        summary: 'The people of the workspace',
        tags: ['access'],
        params: OfWorkspace,
        response: { 200: pageOf(MemberView) },
      },
    },
    async ({ workspace }) => onePage(await listMembers(db, workspace.id)),
  )
  app.patch(
    '/members/:userId',
    {
      config: byAdmin,
      schema: {
        operationId: 'changeMember',
        summary: 'Give a member another role; only an owner makes or changes an owner',
        tags: ['access'],
        params: OfMember,
        body: Type.Object({ role: RoleName }, { additionalProperties: false }),
        response: { 200: MemberView },
      },
    },
    async request => {
      const { workspace, params, body } = request
      const target = { workspaceId: workspace.id, userId: params.userId }
      return changeRole(db, target, body.role, byOf(request), clock.now())
    },
  )
  app.delete(
    '/members/:userId',
    {
      config: byAdmin,
      schema: {
        operationId: 'removeMember',
        summary: 'Take a person out of the workspace, at once; only an owner removes an owner',
        tags: ['access'],
        params: OfMember,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const target = { workspaceId: request.workspace.id, userId: request.params.userId }
      await removeMember(db, target, byOf(request), clock.now())
      return reply.code(204).send(null)
    },
  )
  app.delete(
    '/members/:userId/sessions',
    {
      config: { role: 'owner', peopleOnly: true },
      schema: {
        operationId: 'signOutMember',
        summary: 'End all sessions of a member, and the sign-in links that they have not used',
        tags: ['access'],
        params: OfMember,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const target = { workspaceId: request.workspace.id, userId: request.params.userId }
      await signOutMember(db, target, byOf(request), clock.now())
      return reply.code(204).send(null)
    },
  )
  app.post(
    '/leave',
    {
      config: { role: 'viewer', peopleOnly: true },
      schema: {
        operationId: 'leaveWorkspace',
        summary: 'Leave the workspace; its last owner stays',
        tags: ['access'],
        params: OfWorkspace,
        body: Type.Optional(Type.Object({}, { additionalProperties: false })),
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      await leaveWorkspace(db, request.workspace.id, byOf(request), clock.now())
      return reply.code(204).send(null)
    },
  )
}

function invitationRoutes(app: App, { db, clock, config: { url } }: Deps): void {
  app.post(
    '/members',
    {
      config: byAdmin,
      schema: {
        operationId: 'addMember',
        summary: 'Invite a person: the membership begins when somebody opens the one-time link and accepts',
        description: 'An address that is invited already gets this role and a new link; the earlier link ends.',
        tags: ['access'],
        params: OfWorkspace,
        body: Type.Object({ email: Email, role: InvitedRole }, { additionalProperties: false }),
        response: { 200: Invited },
      },
    },
    async ({ workspace, body, principal }) =>
      invite(db, url, { ...body, workspaceId: workspace.id, actor: principal.actor }, clock.now()),
  )
  app.get(
    '/invitations',
    {
      config: byAdmin,
      schema: {
        operationId: 'listInvitations',
        summary: 'Invitations that nobody has accepted yet',
        tags: ['access'],
        params: OfWorkspace,
        response: { 200: pageOf(InvitationView) },
      },
    },
    async ({ workspace }) => onePage(await listInvitations(db, workspace.id)),
  )
  app.post(
    '/invitations/:id/link',
    {
      config: byAdmin,
      schema: {
        operationId: 'renewInvitation',
        summary: 'A new link for an invitation; the earlier one ends',
        tags: ['access'],
        params: OfInvitation,
        body: Type.Optional(Type.Object({}, { additionalProperties: false })),
        response: { 200: Invited },
      },
    },
    async ({ workspace, params, principal }) =>
      renewInvitation(db, url, { workspaceId: workspace.id, id: params.id, actor: principal.actor }, clock.now()),
  )
  app.delete(
    '/invitations/:id',
    {
      config: byAdmin,
      schema: {
        operationId: 'withdrawInvitation',
        summary: 'Withdraw an invitation: its link ends at once',
        tags: ['access'],
        params: OfInvitation,
        response: { 204: Type.Null() },
      },
    },
    async ({ workspace, params, principal }, reply) => {
      await withdrawInvitation(db, { workspaceId: workspace.id, id: params.id, actor: principal.actor }, clock.now())
      return reply.code(204).send(null)
    },
  )
}
