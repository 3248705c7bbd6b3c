/**
 * Receives a file of a form with its options and stores it in the folder of imports. The route removes it, unless a row of the database
 * names it: a file without such a row is removed after a day (kept-files.ts).
 */
import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { MultipartFile } from '@fastify/multipart'
import type { Static, TSchema } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import Value from 'typebox/value'
import { problem } from '../../core/problems.ts'
import { wordsOf } from '../platform/http/problem-responses.ts'

const gibibyte = 1024 ** 3
export const maxUpload = 2 * gibibyte
/** Of forms with one file. */
export const formLimits = { files: 1, fields: 10, fieldSize: 256 * 1024, fileSize: maxUpload }

export interface Upload {
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
export async function receiveUpload(
  request: FastifyRequest,
  folder: string,
  limitOf: (start: Buffer) => number,
): Promise<Upload> {
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

/** The options of a form. Throws invalid_input. */
export function readOptions<Schema extends TSchema>(schema: Schema, text: string | null): Static<Schema> {
  if (text === null) throw problem('invalid_input', { where: 'options', what: 'is missing' })
  return checkedOptions(schema, text)
}

export function checkedOptions<Schema extends TSchema>(schema: Schema, text: string): Static<Schema> {
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
