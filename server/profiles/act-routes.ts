/** What a user does with one profile, by HTTP: lock, release its number, export its personal data, erase. */
import { Readable } from 'node:stream'
import { Type } from '@fastify/type-provider-typebox'
import { audit } from '../access/audit.ts'
import type { PersonalDataOwner } from '../messages/personal.ts'
import type { App, Deps } from '../platform/http/http-server.ts'
import { releaseOptOut, releaseSuppression } from '../suppression/release-address.ts'
import { forgetProfile } from './forget.ts'
import { setLock } from './lock-profile.ts'
import { exportPersonalData } from './personal-data.ts'
import { closed, OfNumber, OfProfile, Reason, Time } from './schemas.ts'
import { profileAddresses, viewProfile } from './view.ts'

const done = { 204: Type.Null() }

export function actRoutes(app: App, deps: Deps, owners: readonly PersonalDataOwner[]): void {
  lockRoutes(app, deps)
  releaseRoutes(app, deps)
  knownRoute(app, deps, owners)
  eraseRoute(app, deps, owners)
}

function lockRoutes(app: App, { db, clock }: Deps): void {
  app.put(
    '/profiles/:id/lock',
    {
      schema: {
        operationId: 'lockProfile',
        summary: 'Lock a profile: no import, no call and no erase changes it; messages are not held back',
        tags: ['profiles'],
        params: OfProfile,
        body: Reason,
        response: done,
      },
    },
    async ({ workspace, params, body, principal }, reply) => {
      const { actor } = principal
      const reason = body.reason.trim()
      await setLock(db, { workspaceId: workspace.id, profileId: params.id, reason, actor, now: clock.now() })
      return reply.code(204).send(null)
    },
  )
  app.delete(
    '/profiles/:id/lock',
    {
      schema: {
        operationId: 'unlockProfile',
        summary: 'Unlock a profile',
        tags: ['profiles'],
        params: OfProfile,
        response: done,
      },
    },
    async ({ workspace, params, principal }, reply) => {
      const { actor } = principal
      await setLock(db, { workspaceId: workspace.id, profileId: params.id, reason: null, actor, now: clock.now() })
      return reply.code(204).send(null)
    },
  )
}

function releaseRoutes(app: App, { db, clock }: Deps): void {
  const input = async (workspaceId: number, params: { id: number; at: number }, reason: string, actor: string) => {
    const { profile } = await viewProfile(db, workspaceId, params.id)
    const addresses = profileAddresses(workspaceId, profile)
    return { workspaceId, id: params.at, addresses, reason: reason.trim(), actor, now: clock.now() }
  }
  app.post(
    '/profiles/:id/opt-outs/:at/release',
    {
      config: { role: 'admin' },
      schema: {
        operationId: 'releaseOptOut',
        summary:
          "Lift an opt-out of the profile's number or e-mail address, for all who have it; audited, with a reason",
        description:
          'Only where the person has said yes again since. Nothing else lifts an opt-out, no import and no call.',
        tags: ['profiles'],
        params: OfNumber,
        body: Reason,
        response: done,
      },
    },
    async ({ workspace, params, body, principal }, reply) => {
      await releaseOptOut(db, await input(workspace.id, params, body.reason, principal.actor))
      return reply.code(204).send(null)
    },
  )
  app.post(
    '/profiles/:id/suppressions/:at/release',
    {
      schema: {
        operationId: 'releaseSuppression',
        summary:
          "Open the profile's closed number or e-mail address again; after hard bounces it stays open until as many new ones",
        tags: ['profiles'],
        params: OfNumber,
        body: Reason,
        response: done,
      },
    },
    async ({ workspace, params, body, principal }, reply) => {
      await releaseSuppression(db, await input(workspace.id, params, body.reason, principal.actor))
      return reply.code(204).send(null)
    },
  )
}

function knownRoute(app: App, { db, clock }: Deps, owners: readonly PersonalDataOwner[]): void {
  app.get(
    '/profiles/:id/known',
    {
      config: { role: 'admin', lane: 'writes', unqueued: true },
      schema: {
        operationId: 'exportKnown',
        summary: 'All that is known of the person, as one JSON document to hand over (docs/known.md)',
        tags: ['profiles'],
        params: OfProfile,
        produces: ['application/json'],
      },
    },
    async ({ workspace, params, principal }, reply) => {
      const now = clock.now()
      const pieces = exportPersonalData(db, { workspaceId: workspace.id, profileId: params.id, now }, owners)
      // Before the answer has begun: a profile that is not there is a 404.
      const first = await pieces.next()
      const act = { workspaceId: workspace.id, actor: principal.actor, action: 'profile.export' }
      await audit(db, { ...act, subject: `profile ${params.id}` }, now)
      async function* all() {
        if (!first.done) yield first.value
        yield* pieces
      }
      return reply
        .header('content-type', 'application/json; charset=utf-8')
        .header('content-disposition', `attachment; filename="profile-${params.id}.json"`)
        .send(Readable.from(all(), { objectMode: false }))
    },
  )
}

function eraseRoute(app: App, { db, clock, config }: Deps, owners: readonly PersonalDataOwner[]): void {
  app.post(
    '/profiles/:id/erase',
    {
      config: { role: 'admin' },
      schema: {
        operationId: 'eraseProfile',
        summary: 'Forget the person, for good: everything personal is overwritten, keys and figures stay',
        description:
          'What waits to be sent is stopped. Opt-outs of the number hold on, also when it comes back. A locked profile is not erased; erasing twice changes nothing.',
        tags: ['profiles'],
        params: OfProfile,
        body: Type.Object({ confirm: Type.Literal('erase', { description: 'there is no way back' }) }, closed),
        response: { 200: Type.Object({ erasedAt: Time }) },
      },
    },
    async ({ workspace, params, principal }) => {
      const input = {
        workspaceId: workspace.id,
        profileId: params.id,
        actor: principal.actor,
        now: clock.now(),
        dataFolder: config.dataFolder,
      }
      const erasedAt = await forgetProfile(db, input, owners)
      return { erasedAt: erasedAt.toISOString() }
    },
  )
}
