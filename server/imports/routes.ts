/**
 * Imports by HTTP: preview, upload, progress, stop, rejected rows. An upload is stored in the data folder and waits for a worker (jobs.ts):
 * the request ends before the import begins.
 */
import { createReadStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import fastifyMultipart from '@fastify/multipart'
import { Type } from '@fastify/type-provider-typebox'
import type { CountryCode } from 'libphonenumber-js/max'
import { attributeTypes } from '../../core/attributes.ts'
import { encodingNames } from '../../core/encodings.ts'
import { problem } from '../../core/problems.ts'
import { audit } from '../access/audit.ts'
import { listAttributes } from '../access/workspaces.ts'
import { isZip } from '../files/foreign-files.ts'
import { listFormats } from '../files/list-in.ts'
import type { App, Deps } from '../platform/http/http-server.ts'
import { pageOf, pageQuery } from '../platform/http/page.ts'
import { countryOf } from '../profiles/phone-check.ts'
import { fillMap } from './fill-map.ts'
import { importsFolder } from './jobs.ts'
import { getImport, type ImportView, listImports, rejectedRowsOf, stopImport } from './list-imports.ts'
import { mapFrom } from './mapping.ts'
import { maxOutcomeRows, outcomesOf } from './outcomes.ts'
import { archivedNames, previewList, withoutArchived } from './preview.ts'
import { checkedOptions, formLimits, maxUpload, readOptions, receiveUpload, type Upload } from './receive-upload.ts'
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

/** A preview needs only the beginning of a text; the rest of a longer upload is not stored. */
const maxPreview = 16 * 1024 * 1024
/** A workbook has its directory at its end: it is needed as a whole. */
const maxWorkbook = 512 * 1024 * 1024
const form = { consumes: ['multipart/form-data'] }

export async function routes(app: App, deps: Deps): Promise<void> {
  // Forms are read by the routes that receive a file, and by no other.
  app.register(async own => {
    await own.register(fastifyMultipart, {
      limits: formLimits,
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
      const upload = await receiveUpload(request, await importsFolder(config.dataFolder), previewBytes)
      try {
        const given = upload.options === null ? {} : checkedOptions(Reading, upload.options)
        const { defaultCountry } = request.workspace
        const preview = await previewList(upload.path, countryOf(defaultCountry), { ...readingOfRow(given), cut: true })
        return withoutArchived(preview, archivedNames(await listAttributes(db, request.workspace.id)))
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
      const { path, options } = await receiveUpload(request, await importsFolder(config.dataFolder), previewBytes)
      try {
        const { map = {}, country = workspace.defaultCountry, ...given } = readOptions(Options, options)
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
      const upload = await receiveUpload(request, await importsFolder(config.dataFolder), () => maxUpload)
      try {
        if (upload.cut) throw problem('body_too_large')
        // The upload may have taken hours.
        await request.stillMay()
        const archived = archivedNames(await listAttributes(db, workspace.id))
        const options = await optionsOf(upload, countryOf(workspace.defaultCountry), archived)
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

const previewBytes = (start: Buffer) => (isZip(start) ? maxWorkbook : maxPreview)

async function optionsOf(
  { options: text, path }: Upload,
  own: CountryCode,
  archived: ReadonlySet<string>,
): Promise<ImportOptions> {
  const { suggest, map, country, topic, mode, ...given } = readOptions(Options, text)
  const base = { topic: topic === undefined ? 'Offers' : topic, mode: mode ?? 'both', ...given }
  if (map !== undefined && suggest !== true) return { ...base, country: country ?? own, map }
  if (suggest === false) throw problem('mapping_invalid', { part: '', what: 'it is empty' })
  const chosen = country === undefined ? null : countryOf(country)
  const reading = readingOfRow(given)
  return { ...base, ...(await fillMap(path, { map: map ?? {}, own, country: chosen, reading, archived })) }
}

function shown({ options: _, createdAt, finishedAt, problem: why, facts, ...row }: ImportView) {
  return {
    ...row,
    facts: facts === null ? null : { ...facts },
    problem: why === null ? null : `${why.title} ${why.fix}`,
    createdAt: createdAt.toISOString(),
    finishedAt: finishedAt?.toISOString() ?? null,
  }
}
