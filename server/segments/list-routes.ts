/** Frozen segments from lists by HTTP: upload, progress, stop, unmatched entries. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import fastifyMultipart from '@fastify/multipart'
import { Type } from '@fastify/type-provider-typebox'
import { encodingNames } from '../../core/encodings.ts'
import { problem } from '../../core/problems.ts'
import { audit } from '../access/audit.ts'
import { importsFolder } from '../imports/jobs.ts'
import { formLimits, maxUpload, readOptions, receiveUpload } from '../imports/receive-upload.ts'
import type { App, Deps } from '../platform/http/http-server.ts'
import { onePage, pageOf, pageWith } from '../platform/http/page.ts'
import { countryOf } from '../profiles/phone-check.ts'
import { matchKinds } from './list-entries.ts'
import {
  createSegmentList,
  getSegmentList,
  listSegmentLists,
  type SegmentList,
  stopSegmentList,
  unmatchedFileOf,
} from './segment-lists.ts'
import { entriesIn, type UnmatchedEntry, unmatchedCsvOf } from './unmatched-entries.ts'

const OfWorkspace = Type.Object({ w: Type.Integer() })
const OfList = Type.Object({ w: Type.Integer(), id: Type.Integer({ minimum: 1, maximum: 2_147_483_647 }) })
const Time = Type.String({ format: 'date-time' })
const orNull = <Schema extends Parameters<typeof Type.Union>[0][number]>(schema: Schema) =>
  Type.Union([schema, Type.Null()])

const Options = Type.Object(
  {
    name: Type.String({ format: 'line', maxLength: 1000 }),
    by: Type.Enum([...matchKinds]),
    pasted: Type.Optional(Type.Boolean()),
    column: Type.Optional(orNull(Type.String({ maxLength: 1000 }))),
    country: Type.Optional(orNull(Type.String({ pattern: '^[A-Za-z]{2}$' }))),
    encoding: Type.Optional(orNull(Type.Enum(encodingNames))),
    headerLine: Type.Optional(orNull(Type.Integer({ minimum: 0, maximum: 1000 }))),
    sheet: Type.Optional(orNull(Type.String({ maxLength: 100 }))),
  },
  { additionalProperties: false },
)

const ListView = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  by: Type.Enum([...matchKinds]),
  fileName: Type.String(),
  state: Type.Enum(['waiting', 'running', 'stopping', 'done', 'failed', 'stopped']),
  bytesRead: Type.Integer(),
  bytesTotal: Type.Integer(),
  entries: Type.Integer({ description: 'of the list, so far: matched, doubled and unmatched ones' }),
  matched: Type.Integer({ description: 'different entries that a profile has' }),
  doubled: Type.Integer({ description: 'entries that repeat an earlier one that matched' }),
  unmatched: Type.Integer({ description: 'entries that no profile has, or that are none' }),
  several: Type.Integer({
    description: 'of the matched ones, those that more than one profile has: all of them are in',
  }),
  people: Type.Integer({ description: 'profiles in the segment' }),
  notes: Type.Array(Type.String()),
  segmentId: Type.Union([Type.Integer(), Type.Null()], { description: 'null: there is none' }),
  hasUnmatched: Type.Boolean({ description: 'the unmatched entries can be read' }),
  problem: Type.Union([Type.String(), Type.Null()], { description: 'why it failed, and how to fix it' }),
  createdAt: Time,
  finishedAt: Type.Union([Time, Type.Null()]),
})

const Unmatched = Type.Object({
  line: Type.Integer({ description: 'of a workbook: the row' }),
  value: Type.String({ description: 'as the list has it' }),
  reason: Type.String(),
})

export async function listRoutes(app: App, deps: Deps): Promise<void> {
  // Forms are read by the route that receives a file, and by no other.
  app.register(async own => {
    await own.register(fastifyMultipart, { limits: formLimits })
    uploadRoute(own as App, deps)
  })
  readingRoutes(app, deps)
}

function uploadRoute(app: App, { db, clock, config }: Deps): void {
  app.post(
    '/segments/lists',
    {
      config: { unqueued: true },
      schema: {
        operationId: 'startSegmentList',
        summary: 'Make a frozen segment of a list of phone numbers, e-mail addresses, customer ids or profile ids',
        description:
          'A form with the fields `options` (JSON) and `file` (CSV, XLSX, vCard or text, any size). `name` is that of the segment, `by` says what the entries are: phone, email, key (your own customer id) or id (of the profile). `column` names the column of a list that has several. `pasted`: the file is no table but a text with one entry per line; numbers, addresses and profile ids may also be separated by commas, semicolons or tabs. `country` (default: of the workspace) is that of numbers without a country code. Where wanted encoding, headerLine (0: none), sheet. The segment is made in the background; an entry that several profiles have adds all of them.',
        tags: ['segments'],
        consumes: ['multipart/form-data'],
        params: OfWorkspace,
        response: { 202: ListView },
      },
    },
    async (request, reply) => {
      const { workspace, principal } = request
      const upload = await receiveUpload(request, await importsFolder(config.dataFolder), () => maxUpload)
      try {
        if (upload.cut) throw problem('body_too_large')
        // The upload may have taken hours.
        await request.stillMay()
        const { name, by, column, country, ...options } = readOptions(Options, upload.options)
        const made = {
          name,
          by,
          fileName: upload.fileName,
          path: upload.path,
          upload: upload.name,
          bytes: upload.bytes,
          options: { ...options, column: column ?? null, country: countryOf(country ?? workspace.defaultCountry) },
        }
        const acting = { workspaceId: workspace.id, actor: principal.actor, now: clock.now() }
        return reply.code(202).send(viewOf(await createSegmentList(db, made, acting)))
      } catch (error) {
        await rm(upload.path, { force: true })
        throw error
      }
    },
  )
}

function readingRoutes(app: App, { db, clock, config }: Deps): void {
  app.get(
    '/segments/lists',
    {
      schema: {
        operationId: 'listSegmentLists',
        summary: 'The latest lists of people, newest first',
        tags: ['segments'],
        params: OfWorkspace,
        response: { 200: pageOf(ListView) },
      },
    },
    async ({ workspace }) => onePage((await listSegmentLists(db, workspace.id)).map(viewOf)),
  )
  const one = { tags: ['segments'], params: OfList }
  app.get(
    '/segments/lists/:id',
    {
      schema: {
        operationId: 'getSegmentList',
        summary: 'How far a list of people is, and what it matched',
        ...one,
        response: { 200: ListView },
      },
    },
    async ({ workspace, params }) => viewOf(await getSegmentList(db, workspace.id, params.id)),
  )
  app.post(
    '/segments/lists/:id/stop',
    {
      schema: {
        operationId: 'stopSegmentList',
        summary: 'Stop a list of people; no segment is made',
        ...one,
        response: { 200: ListView },
      },
    },
    async ({ workspace, params, principal }) => {
      const acting = { workspaceId: workspace.id, actor: principal.actor, now: clock.now() }
      return viewOf(await stopSegmentList(db, params.id, acting))
    },
  )
  app.get(
    '/segments/lists/:id/unmatched',
    {
      schema: {
        operationId: 'listUnmatchedEntries',
        summary: `The first ${shownUnmatched} entries that matched nobody, with their lines`,
        ...one,
        response: {
          200: pageWith(Unmatched, { more: Type.Boolean({ description: 'there are others: unmatched.csv' }) }),
        },
      },
    },
    async ({ workspace, params }) => {
      const items: UnmatchedEntry[] = []
      for await (const entry of entriesIn(await pathOf(deps(), workspace.id, params.id))) {
        items.push(entry)
        if (items.length > shownUnmatched) break
      }
      const more = items.length > shownUnmatched
      return { ...onePage(items.slice(0, shownUnmatched)), ...(more && { total: null }), more }
    },
  )
  app.get(
    '/segments/lists/:id/unmatched.csv',
    {
      config: { unqueued: true },
      schema: {
        operationId: 'exportUnmatchedEntries',
        summary: 'All entries that matched nobody, as CSV: line, value, reason',
        ...one,
        produces: ['text/csv'],
      },
    },
    async ({ workspace, params, principal }, reply) => {
      const path = await pathOf(deps(), workspace.id, params.id)
      const act = { action: 'segment_list.unmatched', subject: `segment_list ${params.id}` }
      await audit(db, { ...act, workspaceId: workspace.id, actor: principal.actor }, clock.now())
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', `attachment; filename="list-${params.id}-unmatched.csv"`)
        .send(Readable.from(unmatchedCsvOf(path), { objectMode: false }))
    },
  )
  const deps = () => ({ db, dataFolder: config.dataFolder })
}

const shownUnmatched = 100

async function pathOf(
  { db, dataFolder }: { db: Deps['db']; dataFolder: string },
  workspaceId: number,
  id: number,
): Promise<string> {
  return join(await importsFolder(dataFolder), await unmatchedFileOf(db, workspaceId, id))
}

function viewOf({ options: _, problem: why, createdAt, finishedAt, ...list }: SegmentList) {
  return {
    ...list,
    problem: why === null ? null : `${why.title} ${why.fix}`,
    createdAt: createdAt.toISOString(),
    finishedAt: finishedAt?.toISOString() ?? null,
  }
}
