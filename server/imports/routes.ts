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
import { type Static, type TSchema, Type } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import type { CountryCode } from 'libphonenumber-js/max'
import Value from 'typebox/value'
import { attributeTypes } from '../../core/attributes.ts'
import { encodingNames } from '../../core/encodings.ts'
import { problem } from '../../core/problems.ts'
import { audit } from '../access/audit.ts'
import { isZip } from '../files/foreign-files.ts'
import { listFormats } from '../files/list-in.ts'
import type { App, Deps } from '../platform/http/http-server.ts'
import { pageOf, pageQuery } from '../platform/http/page.ts'
import { wordsOf } from '../platform/http/problem-responses.ts'
import { countryOf } from '../profiles/phone-check.ts'
import { fillMap } from './fill-map.ts'
import { importsFolder } from './jobs.ts'
import { getImport, type ImportView, listImports, rejectedRowsOf, stopImport } from './list-imports.ts'
import { mapFrom } from './mapping.ts'
import { maxOutcomeRows, outcomesOf } from './outcomes.ts'
import { previewList } from './preview.ts'
import { createImport, type ImportOptions, readingOfRow } from './run-import.ts'

const Text = Type.Union([Type.String(), Type.Null()])
const OfWorkspace = Type.Object({ w: Type.Integer() })
const OfImport = Type.Object({ w: Type.Integer(), id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }) })

const ConsentWordList = Type.Array(Type.String({ maxLength: 100 }), { maxItems: 100 })
const Encoding = Type.Enum(encodingNames)
/** How a file is to be read; what is missing or null is detected. */
const reading = {
  encoding: Type.Optional(Type.Union([Encoding, Type.Null()])),
  headerLine: Type.Optional(
    Type.Union([
      Type.Integer({ minimum: 0, maximum: 1000, description: 'the line of the column names; 0: there is none' }),
      Type.Null(),
    ]),
  ),
  sheet: Type.Optional(
    Type.Union([Type.String({ maxLength: 100, description: 'the name of the sheet of a workbook' }), Type.Null()]),
  ),
}
const Reading = Type.Object(reading, { additionalProperties: false })

const Options = Type.Object(
  {
    country: Type.Optional(Type.String({ pattern: '^[A-Za-z]{2}$' })),
    topic: Type.Optional(Type.Union([Type.String({ format: 'name', minLength: 1, maxLength: 100 }), Type.Null()])),
    map: Type.Optional(Type.Record(Type.String({ maxLength: 80 }), Type.String({ minLength: 1, maxLength: 1000 }))),
    suggest: Type.Optional(
      Type.Boolean({
        description:
          'import the columns that `map` does not name as the preview suggests them; default: only without a `map`',
      }),
    ),
    key: Type.Optional(Type.Enum(['external_key', 'phone', 'email'])),
    consentWords: Type.Optional(
      Type.Object({ yes: ConsentWordList, no: ConsentWordList }, { additionalProperties: false }),
    ),
    mode: Type.Optional(Type.Enum(['both', 'create', 'update'])),
    ...reading,
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
  format: Type.Enum([...listFormats]),
  sheets: Type.Array(Type.Object({ name: Type.String(), hidden: Type.Boolean() }), {
    description: 'the sheets of a workbook; else none',
  }),
  sheet: Type.Union([Type.String(), Type.Null()], { description: 'the sheet that was read' }),
  encoding: Encoding,
  ascii: Type.Boolean({ description: 'nothing outside ASCII was found: any encoding shows the same so far' }),
  separator: Type.String(),
  headerLine: Type.Integer({ description: 'the line of the column names; 0: there is none' }),
  doubtfulHeader: Type.Boolean({ description: 'the column names look like data' }),
  columns: Type.Array(
    Type.Object({
      name: Type.String(),
      samples: Type.Array(Type.String()),
      suggested: Text,
      ask: Type.Union([Type.String(), Type.Null()], {
        description: 'what a person should confirm before the import; null: nothing. A consent is always asked.',
      }),
      words: Type.Union(
        [
          Type.Object({
            yes: Type.Array(Type.String()),
            no: Type.Array(Type.String()),
            unknown: Type.Array(Type.String(), { description: 'say in `consentWords` which of them mean yes and no' }),
          }),
          Type.Null(),
        ],
        { description: 'the different cells, as a consent column would be read; null: too many' },
      ),
      values: Type.Integer({ description: 'cells with a value, of the rows that were read' }),
      automatic: Type.Enum(attributeTypes, { description: 'the type of a new attribute, if none is chosen' }),
      types: Type.Array(
        Type.Object({
          type: Type.Enum(attributeTypes.filter(type => type !== 'text')),
          different: Type.Integer({ description: 'cells whose value is written in another way' }),
          example: Type.Union([Type.Object({ given: Type.String(), read: Type.String() }), Type.Null()]),
          unreadable: Type.Integer({ description: 'cells that are no such value: their rows would be rejected' }),
          unread: Text,
        }),
        { description: 'what each type would make of the cells; none where they are words' },
      ),
    }),
  ),
  country: Type.Object(
    {
      country: Type.String(),
      numbers: Type.Integer(),
      counts: Type.Array(Type.Object({ country: Type.String(), mobile: Type.Integer() })),
    },
    {
      description:
        'the country in which most of the `numbers` without a country code can get an SMS, and how many can, by country',
    },
  ),
  notes: Type.Array(Type.String(), { description: 'what was left out, or may surprise' }),
  rows: Type.Array(Type.Array(Type.String())),
})

const OutcomesSchema = Type.Object({
  rows: Type.Integer({ description: 'rows that were read' }),
  complete: Type.Boolean({ description: 'they are all rows of the given file' }),
  rejected: Type.Integer(),
  keys: Type.Array(
    Type.Object({
      key: Type.Enum(['external_key', 'phone', 'email']),
      created: Type.Integer(),
      updated: Type.Integer(),
      merged: Type.Integer({ description: 'rows that a later row of the same person replaces' }),
      numbersMerged: Type.Integer({ description: 'numbers that are not imported because of that' }),
    }),
    { description: 'the key that is taken without a choice comes first' },
  ),
})

const gibibyte = 1024 ** 3
const maxUpload = 2 * gibibyte
/** A preview needs only the beginning of a text; the rest of a longer upload is not stored. */
const maxPreview = 16 * 1024 * 1024
/** A workbook has its directory at its end: it is needed as a whole. */
const maxWorkbook = 512 * 1024 * 1024
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
        summary: 'How a list is written, its columns, and what each is most likely',
        description:
          'A form with the field `file`: a list (XLSX, CSV or vCard), or the first megabyte of a CSV or vCard; and where wanted `options` (JSON: encoding, headerLine, sheet). An import with the same options reads the file as the preview did.',
        tags: ['imports'],
        ...form,
        params: OfWorkspace,
        response: { 200: Preview },
      },
    },
    async request => {
      const upload = await receive(request, await importsFolder(config.dataFolder), previewBytes)
      try {
        const given = upload.options === null ? {} : checked(Reading, upload.options)
        const { defaultCountry } = request.workspace
        return await previewList(upload.path, countryOf(defaultCountry), { ...readingOfRow(given), cut: true })
      } finally {
        await rm(upload.path, { force: true })
      }
    },
  )
  app.post(
    '/imports/outcomes',
    {
      config: { unqueued: true },
      schema: {
        operationId: 'importOutcomes',
        summary: 'What an import would do, by the key that identifies its rows',
        description: `A form with the fields \`options\` (JSON: map, and where wanted country) and \`file\`: the list, or the beginning of a CSV. At most ${maxOutcomeRows} rows are read. Nothing is imported.`,
        tags: ['imports'],
        ...form,
        params: OfWorkspace,
        response: { 200: OutcomesSchema },
      },
    },
    async request => {
      const { workspace } = request
      const { path, options } = await receive(request, await importsFolder(config.dataFolder), previewBytes)
      try {
        const { map = {}, country = workspace.defaultCountry, ...given } = readOptions(options)
        return await outcomesOf(db, {
          workspaceId: workspace.id,
          path,
          country: countryOf(country),
          map: mapFrom(Object.entries(map)),
          reading: readingOfRow(given),
        })
      } finally {
        await rm(path, { force: true })
      }
    },
  )
  app.post(
    '/imports',
    {
      config: { unqueued: true },
      schema: {
        operationId: 'startImport',
        summary: 'Import profiles from a list (XLSX, CSV, vCard)',
        description:
          'A form with the fields `options` (JSON: map, and where wanted country, topic, mode, key, suggest, consentWords, encoding, headerLine, sheet) and `file`. `map` says which column is what: {"phone":"Mobile","external_key":"Id","attr.points:number":"Points"}. Without `map`, or with `suggest`, the other columns are imported as suggested, a consent excepted: it must be in `map`. `key` is the field that identifies a profile; a row without it is identified by another one. `consentWords` says what words of the consent column mean: {"yes":["Gold"],"no":["Perhaps"]}.',
        tags: ['imports'],
        ...form,
        params: OfWorkspace,
        response: { 202: Type.Object({ import: Type.Object({ id: Type.Integer(), state: Type.String() }) }) },
      },
    },
    async (request, reply) => {
      const { workspace, principal } = request
      const upload = await receive(request, await importsFolder(config.dataFolder), () => maxUpload)
      try {
        if (upload.cut) throw problem('body_too_large')
        // The upload may have taken hours.
        await request.stillMay()
        const options = await optionsOf(upload, countryOf(workspace.defaultCountry))
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
        summary: 'The rows to fix as CSV: line, column, value, reason',
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
async function receive(request: FastifyRequest, folder: string, limitOf: (start: Buffer) => number): Promise<Upload> {
  const name = `${randomUUID()}.csv`
  const path = join(folder, name)
  let file: Omit<Upload, 'options'> | null = null
  let options: string | null = null
  try {
    if (!request.isMultipart()) throw problem('media_type')
    for await (const part of request.parts({ limits: { fileSize: maxUpload } })) {
      if (part.type === 'file') file = { name, path, ...(await keep(part, path, limitOf)) }
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

/** Stores the file, or as much of it as its kind allows: `limitOf` gets its first bytes. */
async function keep(
  part: MultipartFile,
  path: string,
  limitOf: (start: Buffer) => number,
): Promise<{ fileName: string; bytes: number; cut: boolean }> {
  const out = createWriteStream(path, { mode: 0o600 })
  let limit: number | undefined
  let cut = false
  await pipeline(
    part.file,
    async function* (chunks: AsyncIterable<Buffer>) {
      let kept = 0
      for await (const chunk of chunks) {
        limit ??= limitOf(chunk)
        const rest = chunk.subarray(0, limit - kept)
        cut ||= rest.length < chunk.length
        kept += rest.length
        if (rest.length > 0) yield rest
      }
    },
    out,
  )
  return { fileName: part.filename || 'list.csv', bytes: out.bytesWritten, cut: cut || part.file.truncated }
}

const previewBytes = (start: Buffer) => (isZip(start) ? maxWorkbook : maxPreview)

async function optionsOf({ options: text, path }: Upload, own: CountryCode): Promise<ImportOptions> {
  const { suggest, map, country, topic, mode, ...given } = readOptions(text)
  const base = { topic: topic === undefined ? 'Offers' : topic, mode: mode ?? 'both', ...given }
  if (map !== undefined && suggest !== true) return { ...base, country: country ?? own, map }
  if (suggest === false) throw problem('mapping_invalid', { part: '', what: 'it is empty' })
  const chosen = country === undefined ? null : countryOf(country)
  return { ...base, ...(await fillMap(path, { map: map ?? {}, own, country: chosen, reading: readingOfRow(given) })) }
}

function readOptions(text: string | null): Static<typeof Options> {
  if (text === null) throw problem('invalid_input', { where: 'options', what: 'is missing' })
  return checked(Options, text)
}

function checked<Schema extends TSchema>(schema: Schema, text: string): Static<Schema> {
  const given = parsed(text)
  if (Value.Check(schema, given)) return given
  const [fault] = Value.Errors(schema, given)
  throw problem('invalid_input', {
    where: `options${fault?.instancePath ?? ''}`,
    what: fault === undefined ? 'does not fit the schema' : wordsOf(fault),
  })
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
