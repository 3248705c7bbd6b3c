/** The gateways of a workspace, and the kinds that there are: list, add, correct, pause, resume, remove. */
import { Type, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import { mayAct } from '../access/roles.ts'
import type { App, Deps } from '../platform/http/http-server.ts'
import { onePage, pageOf } from '../platform/http/page.ts'
import { makeReach } from '../platform/reach.ts'
import { changeGateway } from './change-gateway.ts'
import { recordsFor } from './find-kind.ts'
import { addGateway, type Gateway, listGateways, withoutDetails } from './gateways.ts'
import { gatewayKinds } from './kinds.ts'
import { pauseGateway, resumeGateway } from './pause.ts'
import { readGatewayUse, removeGateway } from './remove.ts'
import {
  checked,
  documented,
  type GatewayChangeBody,
  GatewayView,
  KindView,
  type NewGatewayBody,
  UseView,
} from './schemas.ts'

const OfWorkspace = Type.Object({ w: Type.Integer() })
const OneGateway = Type.Object({ w: Type.Integer(), id: Type.Integer({ minimum: 1, maximum: 2_147_483_647 }) })

/** Each of them connects: this keeps anybody from scanning a network. */
const connecting = { max: 60, timeWindow: 60_000 }

/** A union answers with the faults of all its branches, so the body is checked by its shape, and the settings by their kind. */
const bodyBy =
  (shape: (typeof checked)[keyof typeof checked]): typeof TypeBoxValidatorCompiler =>
  route =>
    TypeBoxValidatorCompiler(route.httpPart === 'body' ? { ...route, schema: shape } : route)

export async function routes(app: App, { db, clock, keys, config }: Deps): Promise<void> {
  const { url, reach = makeReach([]) } = config
  const host = new URL(url).hostname
  const view = ({ webhookPath, ...gateway }: Gateway) => ({
    ...gateway,
    records: recordsFor(gateway, host),
    webhookUrl: webhookPath === null ? null : `${url}${webhookPath}`,
  })
  app.get(
    '/gateway-kinds',
    {
      schema: {
        operationId: 'listGatewayKinds',
        summary: 'The kinds of gateways with the settings that each asks for',
        tags: ['gateways'],
        params: OfWorkspace,
        response: { 200: pageOf(KindView) },
      },
    },
    async () =>
      onePage(
        gatewayKinds.map(({ name, channel, label, window, schema }) => ({
          kind: name,
          channel,
          label,
          window,
          settings: { ...schema },
        })),
      ),
  )
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
      return onePage((mayAct(workspace.role, 'admin') ? gateways : gateways.map(withoutDetails)).map(view))
    },
  )
  app.post<{ Body: NewGatewayBody; Params: { w: number } }>(
    '/gateways',
    {
      config: { role: 'admin', rateLimit: connecting },
      validatorCompiler: bodyBy(checked.add),
      schema: {
        operationId: 'addGateway',
        summary: 'Add a gateway',
        tags: ['gateways'],
        params: OfWorkspace,
        body: documented.add,
        response: { 201: GatewayView },
      },
    },
    async ({ workspace, body, principal }, reply) =>
      reply
        .code(201)
        .send(
          view(
            await addGateway(
              db,
              keys,
              { ...body, workspaceId: workspace.id, actor: principal.actor, reach },
              clock.now(),
            ),
          ),
        ),
  )
  app.patch<{ Body: GatewayChangeBody; Params: { w: number; id: number } }>(
    '/gateways/:id',
    {
      config: { role: 'admin', rateLimit: connecting },
      validatorCompiler: bodyBy(checked.change),
      schema: {
        operationId: 'changeGateway',
        summary: 'Correct a gateway: its sessions begin again with what is new',
        tags: ['gateways'],
        params: OneGateway,
        body: documented.change,
        response: { 200: GatewayView },
      },
    },
    async ({ workspace, params, body, principal }) =>
      view(
        await changeGateway(
          db,
          keys,
          { workspaceId: workspace.id, gatewayId: params.id, actor: principal.actor, reach },
          body,
          clock.now(),
        ),
      ),
  )
  app.post(
    '/gateways/:id/resume',
    {
      config: { role: 'admin', rateLimit: connecting },
      schema: {
        operationId: 'resumeGateway',
        summary: 'End a pause; without one, connect again at once, also after the gateway has refused its credentials',
        tags: ['gateways'],
        params: OneGateway,
        response: { 200: GatewayView },
      },
    },
    async ({ workspace, params, principal }) =>
      view(
        await resumeGateway(
          db,
          { workspaceId: workspace.id, gatewayId: params.id, actor: principal.actor },
          clock.now(),
        ),
      ),
  )
  app.post(
    '/gateways/:id/pause',
    {
      config: { role: 'admin' },
      schema: {
        operationId: 'pauseGateway',
        summary: 'Submit nothing new over it until it is resumed; answers and receipts still come',
        tags: ['gateways'],
        params: OneGateway,
        response: { 200: GatewayView },
      },
    },
    async ({ workspace, params, principal }) =>
      view(
        await pauseGateway(
          db,
          { workspaceId: workspace.id, gatewayId: params.id, actor: principal.actor },
          clock.now(),
        ),
      ),
  )
  app.get(
    '/gateways/:id/use',
    {
      config: { role: 'admin' },
      schema: {
        operationId: 'getGatewayUse',
        summary: 'What uses a gateway, and what would follow if it were removed',
        tags: ['gateways'],
        params: OneGateway,
        response: { 200: UseView },
      },
    },
    async ({ workspace, params }) => readGatewayUse(db, workspace.id, params.id),
  )
  app.delete(
    '/gateways/:id',
    {
      config: { role: 'admin' },
      schema: {
        operationId: 'removeGateway',
        summary: 'Remove a gateway that no scheduled or unfinished SMS uses; reports keep its name',
        tags: ['gateways'],
        params: OneGateway,
        response: { 204: Type.Null() },
      },
    },
    async ({ workspace, params, principal }, reply) => {
      const of = { workspaceId: workspace.id, gatewayId: params.id, actor: principal.actor }
      await removeGateway(db, keys, of, clock.now())
      return reply.code(204).send(null)
    },
  )
}
