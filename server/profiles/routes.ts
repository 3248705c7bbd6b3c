/** Profiles by HTTP: search, view, create and update; lock, release, export and erase are in act-routes.ts. */
import { Type } from '@fastify/type-provider-typebox'
import type { PersonalDataOwner } from '../messages/personal.ts'
import type { App, Deps } from '../platform/http/http-server.ts'
import { pageQuery } from '../platform/http/page.ts'
import { actRoutes } from './act-routes.ts'
import { handRoutes } from './hand-routes.ts'
import { countProfiles, withStanding } from './list-columns.ts'
import { listProfiles } from './list-profiles.ts'
import { profileMessages } from './messages.ts'
import { countryOf } from './phone-check.ts'
import { OfProfile, OfWorkspace, ProfileList, ProfileMessages, ProfileView, Upsert, Upserted } from './schemas.ts'
import { maxProfileSearch } from './search.ts'
import { upsertProfiles } from './upsert.ts'
import { viewProfile, withTimes } from './view.ts'

/** `owners`: the folders with personal data, which they erase. */
export async function routes(app: App, deps: Deps, owners: readonly PersonalDataOwner[]): Promise<void> {
  readRoutes(app, deps)
  upsertRoute(app, deps)
  actRoutes(app, deps, owners)
  handRoutes(app, deps)
}

function readRoutes(app: App, { db }: Deps): void {
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
            Type.String({ maxLength: maxProfileSearch, description: 'the beginning of a name, number, e-mail or key' }),
          ),
          ...pageQuery,
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, description: 'default: 25' })),
        }),
        response: { 200: ProfileList },
      },
    },
    async ({ workspace, query: { limit = 25, ...query } }) => {
      const page = await listProfiles(db, workspace.id, { ...query, limit, country: workspace.defaultCountry })
      const items = await withStanding(db, workspace.id, page.items, 'sms')
      const searched = (query.search?.trim() ?? '') !== ''
      const total = searched ? null : await countProfiles(db, workspace.id)
      return { ...page, items: items.map(withTimes), total }
    },
  )
  app.get(
    '/profiles/:id',
    {
      schema: {
        operationId: 'getProfile',
        summary: 'One profile: details, consents, opt-outs and closings of its number',
        tags: ['profiles'],
        params: OfProfile,
        response: { 200: ProfileView },
      },
    },
    async ({ workspace, params }) => withTimes(await viewProfile(db, workspace.id, params.id)),
  )
  app.get(
    '/profiles/:id/messages',
    {
      schema: {
        operationId: 'listProfileMessages',
        summary: 'Each SMS that selected the profile, with attempts, receipts and clicks; 25 a page, newest first',
        tags: ['profiles'],
        params: OfProfile,
        querystring: Type.Object(pageQuery),
        response: { 200: ProfileMessages },
      },
    },
    async ({ workspace, params, query }) => withTimes(await profileMessages(db, workspace.id, params.id, query)),
  )
}

function upsertRoute(app: App, { db, clock }: Deps): void {
  app.post(
    '/profiles',
    {
      schema: {
        operationId: 'upsertProfiles',
        summary: 'Make or update profiles; who is known by external key, else e-mail, else phone is updated',
        description:
          'Answers come in the order of the profiles. What a profile does not say stays as it was. No call lifts an opt-out, and a locked profile is left as it is.',
        tags: ['profiles'],
        params: OfWorkspace,
        body: Upsert,
        response: { 200: Upserted },
      },
    },
    async ({ workspace, body, principal }) => {
      const country = countryOf(body.defaultCountry ?? workspace.defaultCountry)
      const options = { country, actor: principal.actor, now: clock.now() }
      const results = await upsertProfiles(db, workspace.id, body.profiles, options)
      return {
        results: results.map(result =>
          'problem' in result
            ? { problem: { code: result.problem.code, title: result.problem.title, fix: result.problem.fix } }
            : result,
        ),
      }
    },
  )
}
