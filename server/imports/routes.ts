/**
 * Imports by HTTP: preview, upload, progress, stop, rejected rows. An upload is stored in the data folder and waits for a worker (jobs.ts):
 * the request ends before the import begins.
 */
import { randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import fastifyMultipart, { type MultipartFile } from '@fastify/multipart'
import { Type } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import Value from 'typebox/value'
import { problem } from '../../core/problems.ts'
import { audit } from '../access/audit.ts'
import type { App, Deps } from '../platform/http/http-server.ts'
import { pageOf, pageQuery } from '../platform/http/page.ts'
import { wordsOf } from '../platform/http/problem-responses.ts'
import { countryOf } from '../profiles/phone-check.ts'
import { importsFolder } from './jobs.ts'
import { getImport, type ImportView, listImports, rejectedRowsOf, stopImport } from './list.ts'
import { previewCsv } from './preview.ts'
import { createImport, type ImportOptions } from './run-import.ts'

const Text = Type.Union([Type.String(), Type.Null()])
const OfWorkspace = Type.Object({ w: Type.Integer() })
const OfImport = Type.Object({ w: Type.Integer(), id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }) })

const Options = Type.Object(
  {
    country: Type.Optional(Type.String({ pattern: '^[A-Za-z]{2}$' })),
    topic: Type.Optional(Type.Union([Type.String({ format: 'name', minLength: 1, maxLength: 100 }), Type.Null()])),
    map: Type.Record(Type.String({ maxLength: 80 }), Type.String({ minLength: 1, maxLength: 1000 })),
    mode: Type.Optional(Type.Enum(['both', 'create', 'update'])),
  },
  { additionalProperties: false },
)

const ImportSchema = Type.Object({
  id: Type.Integer(),
  fileName: Type.String(),
  state: Type.Enum(['running', 'done', 'failed', 'stopped']),
  step: Type.String({ description: 'waiting, reading, merging; then the state' }),
  rowsRead: Type.Integer(),
  bytesRead: Type.Integer(),
  bytesTotal: Type.Integer(),
  created: Type.Integer(),
  updated: Type.Integer(),
  rejected: Type.Integer(),
  facts: Type.Union([Type.Record(Type.String(), Type.Unknown()), Type.Null()]),
  notes: Type.Array(Type.String(), { description: 'what could be read in two ways, and which way was taken' }),
  problem: Type.Union([Type.String({ description: 'why it failed, and how to fix it' }), Type.Null()]),
  hasRejectedRows: Type.Boolean(),
  createdAt: Type.String({ format: 'date-time' }),
  finishedAt: Text,
})

const Preview = Type.Object({
  encoding: Type.String(),
  separator: Type.String(),
  columns: Type.Array(Type.Object({ name: Type.String(), samples: Type.Array(Type.String()), suggested: Text })),
  rows: Type.Array(Type.Array(Type.String())),
})

const gibibyte = 1024 ** 3
const maxUpload = 2 * gibibyte
/** A preview needs only the beginning of a file; the rest of a longer upload is not stored. */
const maxPreview = 16 * 1024 * 1024
const form = { consumes: ['multipart/form-data'] }

export async function routes(app: App, deps: Deps): Promise<void> {
  // Forms are read by the routes that receive a file, and by no other.
  app.register(async own => {
    await own.register(fastifyMultipart, {
      limits: { files: 1, fields: 10, fieldSize: 256 * 1024, fileSize: maxUpload },
    })
    uploadRoutes(own as App, deps)
  })
  readingRoutes(app, deps)
}

function uploadRoutes(app: App, { db, clock, config }: Deps): void {
  app.post(
    '/imports/preview',
    {
      config: { unqueued: true },
      schema: {
        operationId: 'previewImport',
        summary: 'How a CSV is written, its columns, and what each is most likely',
        description: 'A form with the field `file`: the CSV, or its first megabyte.',
        tags: ['imports'],
        ...form,
        params: OfWorkspace,
        response: { 200: Preview },
      },
    },
    async request => {
      const upload = await receive(request, await importsFolder(config.dataFolder), maxPreview)
      try {
        return await previewCsv(upload.path, countryOf(request.workspace.defaultCountry))
      } finally {
        await rm(upload.path, { force: true })
      }
    },
  )
  app.post(
    '/imports',
    {
      config: { unqueued: true },
      schema: {
        operationId: 'startImport',
        summary: 'Import profiles from a CSV',
        description:
          'A form with the fields `options` (JSON: map, and where wanted country, topic, mode) and `file`. `map` says which column is what: {"phone":"Mobile","external_key":"Id","attr.points:number":"Points"}.',
        tags: ['imports'],
        ...form,
        params: OfWorkspace,
        response: { 202: Type.Object({ import: Type.Object({ id: Type.Integer(), state: Type.String() }) }) },
      },
    },
    async (request, reply) => {
      const { workspace, principal } = request
      const upload = await receive(request, await importsFolder(config.dataFolder), maxUpload)
      try {
        if (upload.cut) throw problem('body_too_large')
        // The upload may have taken hours.
        await request.stillMay()
        const options = readOptions(upload.options, workspace.defaultCountry)
        const input = {
          workspaceId: workspace.id,
          fileName: upload.fileName,
          options,
          upload: upload.name,
          bytes: upload.bytes,
        }
        const id = await createImport(db, { ...input, actor: principal.actor }, clock.now())
        return reply.code(202).send({ import: { id, state: 'running' } })
      } catch (error) {
        await rm(upload.path, { force: true })
        throw error
      }
    },
  )
}

function readingRoutes(app: App, { db, clock, config }: Deps): void {
  app.get(
    '/imports',
    {
      schema: {
        operationId: 'listImports',
        summary: 'Imports, the newest first',
        tags: ['imports'],
        params: OfWorkspace,
        querystring: Type.Object({
          ...pageQuery,
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, description: 'default: 50' })),
        }),
        response: { 200: pageOf(ImportSchema) },
      },
    },
    async ({ workspace, query: { limit = 50, ...asked } }) => {
      const page = await listImports(db, workspace.id, { limit, ...asked })
      return { ...page, items: page.items.map(shown) }
    },
  )
  const ofOne = { tags: ['imports'], params: OfImport, response: { 200: ImportSchema } }
  app.get(
    '/imports/:id',
    { schema: { operationId: 'getImport', summary: 'How far an import is, and what it found', ...ofOne } },
    async ({ workspace, params }) => shown(await getImport(db, workspace.id, params.id)),
  )
  app.post(
    '/imports/:id/stop',
    { schema: { operationId: 'stopImport', summary: 'Stop an import; nothing of it is kept', ...ofOne } },
    async ({ workspace, params, principal }) =>
      shown(await stopImport(db, workspace.id, params.id, principal.actor, clock.now())),
  )
  app.get(
    '/imports/:id/rejected',
    {
      config: { unqueued: true },
      schema: {
        operationId: 'getRejectedRows',
        summary: 'The rejected rows as CSV: line, column, value, reason',
        tags: ['imports'],
        params: OfImport,
        produces: ['text/csv'],
      },
    },
    async ({ workspace, params, principal }, reply) => {
      const path = join(await importsFolder(config.dataFolder), await rejectedRowsOf(db, workspace.id, params.id))
      await stat(path).catch(() => {
        throw problem('not_found', { what: 'file of rejected rows' })
      })
      const act = { action: 'import.rejected_rows', subject: `import ${params.id}` }
      await audit(db, { ...act, workspaceId: workspace.id, actor: principal.actor }, clock.now())
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', `attachment; filename="import-${params.id}-rejected.csv"`)
        .send(createReadStream(path))
    },
  )
}

interface Upload {
  /** in the folder of imports */
  name: string
  path: string
  fileName: string
  bytes: number
  /** longer than the limit: the rest was not stored */
  cut: boolean
  /** the text of the field `options` */
  options: string | null
}

/** Stores the file of a form; its parts may come in any order. Throws if there is no file. */
async function receive(request: FastifyRequest, folder: string, limit: number): Promise<Upload> {
  const name = `${randomUUID()}.csv`
  const path = join(folder, name)
  let file: Omit<Upload, 'options'> | null = null
  let options: string | null = null
  try {
    if (!request.isMultipart()) throw problem('media_type')
    for await (const part of request.parts({ limits: { fileSize: limit } })) {
      if (part.type === 'file') file = { name, path, ...(await keep(part, path)) }
      // The form reader has already parsed a field of type application/json.
      else if (part.fieldname === 'options')
        options = typeof part.value === 'string' ? part.value : JSON.stringify(part.value)
    }
    if (file === null) throw problem('invalid_input', { where: 'file', what: 'is missing' })
    return { ...file, options }
  } catch (error) {
    await rm(path, { force: true })
    throw unreadable(error)
  }
}

/** Errors of the form reader about a broken or cut form have no code; errors of the disk and of limits have one. */
function unreadable(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  if ('code' in error && error.code === 'FST_INVALID_JSON_FIELD_ERROR') return notJson()
  if (error.name !== 'Error' || 'code' in error) return error
  return problem('invalid_input', { where: 'The form', what: `cannot be read (${error.message})` }, { cause: error })
}

async function keep(part: MultipartFile, path: string): Promise<{ fileName: string; bytes: number; cut: boolean }> {
  const out = createWriteStream(path, { mode: 0o600 })
  await pipeline(part.file, out)
  return { fileName: part.filename || 'list.csv', bytes: out.bytesWritten, cut: part.file.truncated }
}

function readOptions(text: string | null, country: string): ImportOptions {
  if (text === null) throw problem('invalid_input', { where: 'options', what: 'is missing' })
  const given = parsed(text)
  if (!Value.Check(Options, given)) {
    const [fault] = Value.Errors(Options, given)
    throw problem('invalid_input', {
      where: `options${fault?.instancePath ?? ''}`,
      what: fault === undefined ? 'does not fit the schema' : wordsOf(fault),
    })
  }
  return {
    country: given.country ?? country,
    topic: given.topic === undefined ? 'Offers' : given.topic,
    map: given.map,
    mode: given.mode ?? 'both',
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw notJson()
  }
}

const notJson = () => problem('invalid_input', { where: 'options', what: 'is no JSON' })

function shown({ options: _, createdAt, finishedAt, problem: why, facts, ...row }: ImportView) {
  return {
    ...row,
    facts: facts === null ? null : { ...facts },
    problem: why === null ? null : `${why.title} ${why.fix}`,
    createdAt: createdAt.toISOString(),
    finishedAt: finishedAt?.toISOString() ?? null,
  }
}
