/** The gateways of a workspace: list, add, correct, resume. */
import { Type } from '@fastify/type-provider-typebox'
import { mayAct } from '../access/roles.ts'
import type { App, Deps } from '../platform/http/http-server.ts'
import { onePage, pageOf } from '../platform/http/page.ts'
import { makeReach } from '../platform/reach.ts'
import { changeGateway, resumeGateway } from './change.ts'
import { addGateway, listGateways, withoutDetails } from './gateways.ts'

const Nullable = Type.Union([Type.String(), Type.Null()])
const GatewayView = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  kind: Type.String(),
  host: Type.Union([Type.String(), Type.Null()], {
    description:
      'null, as port and systemId: the stored settings of the gateway cannot be read, as detail says; enter all three again',
  }),
  port: Type.Union([Type.Integer(), Type.Null()]),
  systemId: Nullable,
  binds: Type.Integer(),
  window: Type.Integer(),
  rate: Type.Integer(),
  test: Type.Boolean({ description: 'on a loopback host and not added as real: it reaches no phones' }),
  simulator: Type.Boolean(),
  shared: Type.Boolean({
    description:
      'another workspace of this installation has the same host, port and user: receipts and replies may come down its connection, and still count here',
  }),
  state: Type.String(),
  detail: Nullable,
  sessions: Type.Array(
    Type.Object({ bindNo: Type.Integer(), state: Type.String(), detail: Nullable, process: Type.String() }),
  ),
})
const OfWorkspace = Type.Object({ w: Type.Integer() })
const OneGateway = Type.Object({ w: Type.Integer(), id: Type.Integer({ minimum: 1, maximum: 2_147_483_647 }) })
const name = Type.String({ format: 'name', minLength: 1, maxLength: 100 })
const address = {
  host: Type.String({ minLength: 1, maxLength: 253 }),
  port: Type.Integer({ minimum: 1, maximum: 65_535 }),
  systemId: Type.String({ minLength: 1, maxLength: 15 }),
  password: Type.String({ maxLength: 64 }),
}
const limits = {
  binds: Type.Optional(Type.Integer({ minimum: 1, maximum: 16 })),
  window: Type.Optional(Type.Integer({ minimum: 1, maximum: 2000 })),
  rate: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 100_000, description: 'messages a second; 0: as many as it takes' }),
  ),
}

/** Each of them connects: nobody looks through a network by them. */
const connecting = { max: 60, timeWindow: 60_000 }

export async function routes(app: App, { db, clock, keys, config: { reach = makeReach([]) } }: Deps): Promise<void> {
  app.get(
    '/gateways',
    {
      schema: {
        operationId: 'listGateways',
        summary: 'Gateways with the state of their sessions',
        tags: ['gateways'],
        params: OfWorkspace,
        response: { 200: pageOf(GatewayView) },
      },
    },
    async ({ workspace }) => {
      const gateways = await listGateways(db, workspace.id)
      return onePage(mayAct(workspace.role, 'admin') ? gateways : gateways.map(withoutDetails))
    },
  )
  app.post(
    '/gateways',
    {
      config: { role: 'admin', rateLimit: connecting },
      schema: {
        operationId: 'addGateway',
        summary: 'Add an SMPP gateway',
        tags: ['gateways'],
        params: OfWorkspace,
        body: Type.Object(
          {
            name,
            ...address,
            ...limits,
            real: Type.Optional(
              Type.Boolean({ description: 'reaches real phones although its host is a loopback one' }),
            ),
          },
          { additionalProperties: false },
        ),
        response: { 201: GatewayView },
      },
    },
    async ({ workspace, body, principal }, reply) =>
      reply
        .code(201)
        .send(
          await addGateway(
            db,
            keys,
            { ...body, workspaceId: workspace.id, actor: principal.actor, reach },
            clock.now(),
          ),
        ),
  )
  app.patch(
    '/gateways/:id',
    {
      config: { role: 'admin', rateLimit: connecting },
      schema: {
        operationId: 'changeGateway',
        summary: 'Correct a gateway: its sessions begin again with what is new',
        tags: ['gateways'],
        params: OneGateway,
        body: Type.Partial(Type.Object({ name, ...address, ...limits }), {
          additionalProperties: false,
          minProperties: 1,
        }),
        response: { 200: GatewayView },
      },
    },
    async ({ workspace, params, body, principal }) =>
      changeGateway(
        db,
        keys,
        { workspaceId: workspace.id, gatewayId: params.id, actor: principal.actor },
        body,
        clock.now(),
      ),
  )
  app.post(
    '/gateways/:id/resume',
    {
      config: { role: 'admin', rateLimit: connecting },
      schema: {
        operationId: 'resumeGateway',
        summary: 'Connect again at once, also after the gateway has refused user or password',
        tags: ['gateways'],
        params: OneGateway,
        response: { 200: GatewayView },
      },
    },
    async ({ workspace, params, principal }) =>
      resumeGateway(db, { workspaceId: workspace.id, gatewayId: params.id, actor: principal.actor }, clock.now()),
  )
}
