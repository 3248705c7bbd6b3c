/**
 * Reads the parts of a ZIP file as streams, and refuses one that would unpack to far more than it is.
 *
 * Sizes are judged twice: as the directory declares them, before anything is unpacked, and as they are, because yauzl ends a part that is
 * longer than declared. A part's checksum is compared at its end.
 * Source: PKWARE APPNOTE 6.3.
 */
import { crc32 } from 'node:zlib'
import yauzl, { type Entry, type ZipFile } from 'yauzl'
import { Problem, problem } from '../../core/problems.ts'

const mebibyte = 1024 * 1024

export interface ZipLimits {
  /** parts in the file */
  entries: number
  /** unpacked bytes of a part */
  partBytes: number
  /** unpacked bytes for each packed one, of parts that are longer than `ratioFrom` */
  ratio: number
  ratioFrom: number
}

/** A sheet of a million rows unpacks to about 1 GiB, and to 10 to 40 times its packed size; a bomb to 200 to 1,000 times. */
export const zipLimits: ZipLimits = {
  entries: 10_000,
  partBytes: 4096 * mebibyte,
  ratio: 100,
  ratioFrom: 16 * mebibyte,
}

export interface ZipIn {
  names: readonly string[]
  has(name: string): boolean
  /** Unpacked bytes; 0: there is no such part. */
  sizeOf(name: string): number
  /** Call it for a part that is there. Throws `workbook_unreadable`. */
  read(name: string): AsyncGenerator<Buffer, undefined>
  close(): void
}

/** Throws `workbook_unreadable` (damaged or cut), `workbook_too_large`. */
export async function openZip(path: string, limits: ZipLimits = zipLimits): Promise<ZipIn> {
  const zip = await yauzl.openPromise(path, { autoClose: false, strictFileNames: false }).catch(damaged)
  try {
    const entries = await readDirectory(zip, limits)
    return {
      names: [...entries.keys()],
      has: name => entries.has(name),
      sizeOf: name => entries.get(name)?.uncompressedSize ?? 0,
      read: name => readPart(zip, entries.get(name)),
      close: () => zip.close(),
    }
  } catch (error) {
    zip.close()
    throw error
  }
}

async function readDirectory(zip: ZipFile, limits: ZipLimits): Promise<Map<string, Entry>> {
  if (zip.entryCount > limits.entries) throw tooLarge(`it has ${zip.entryCount} parts`, `${limits.entries} parts`)
  const entries = new Map<string, Entry>()
  try {
    for await (const entry of zip.eachEntry()) {
      refuseBomb(entry, limits)
      // Some writers put "\" or a leading "/" into names.
      entries.set(entry.fileName.replaceAll('\\', '/').replace(/^\//, ''), entry)
    }
  } catch (error) {
    throw error instanceof Problem ? error : damaged(error)
  }
  return entries
}

function refuseBomb({ compressedSize, uncompressedSize }: Entry, limits: ZipLimits): void {
  if (uncompressedSize > limits.partBytes)
    throw tooLarge(`a part unpacks to ${mib(uncompressedSize)}`, mib(limits.partBytes))
  if (uncompressedSize > limits.ratioFrom && uncompressedSize > compressedSize * limits.ratio) {
    const times = Math.round(uncompressedSize / Math.max(1, compressedSize))
    throw tooLarge(`a part unpacks to ${times} times its size`, `${limits.ratio} times`)
  }
}

async function* readPart(zip: ZipFile, entry: Entry | undefined): AsyncGenerator<Buffer, undefined> {
  if (entry === undefined) throw unreadableWorkbook('a part is missing')
  if (entry.isEncrypted()) throw unreadableWorkbook('it is protected by a password')
  if (!entry.canDecodeFileData()) throw unreadableWorkbook('it is packed in a way that is not supported')
  const stream = await zip.openReadStreamPromise(entry).catch(damaged)
  let sum = 0
  try {
    for await (const chunk of stream) {
      sum = crc32(chunk, sum)
      yield chunk
    }
  } catch (error) {
    throw error instanceof Problem ? error : damaged(error)
  } finally {
    stream.destroy()
  }
  if (sum !== entry.crc32) throw unreadableWorkbook('a part has another checksum than it should have')
}

const mib = (bytes: number) => `${Math.round(bytes / mebibyte)} MiB`

export function tooLarge(what: string, limit: string): Problem {
  return problem('workbook_too_large', { what, limit })
}

export function unreadableWorkbook(what: string, cause?: unknown): Problem {
  return problem('workbook_unreadable', { what }, cause === undefined ? {} : { cause })
}

function damaged(error: unknown): never {
  const system = error instanceof Error && 'syscall' in error
  if (system) throw error
  throw unreadableWorkbook('it is damaged, or only its beginning was given', error)
}
