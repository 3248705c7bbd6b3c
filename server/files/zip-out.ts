/**
 * A ZIP file as a stream: the size of an entry is unknown before it is written, so sizes and checksum follow it (a data descriptor).
 * An entry stays below 4 GiB, for which no reader needs ZIP64; a larger file gets ZIP64's directory.
 * Source: PKWARE APPNOTE 6.3.10, sections 4.3 and 4.5.3. Entries have no times: the same rows give the same bytes.
 */
import { crc32, createDeflateRaw } from 'node:zlib'

export interface ZipEntry {
  name: string
  /** Each chunk is consumed before the next one is requested, so its memory may be reused. */
  content: AsyncIterable<Buffer> | Iterable<Buffer>
}

interface Written {
  name: Buffer
  crc: number
  size: number
  compressed: number
  /** of its header in the file */
  offset: number
}

export const FOUR_GIB = 0xffffffff
// 1: a third more bytes than 6, in half of the time.
const deflateOptions = { level: 1, chunkSize: 65_536 }
/** A descriptor follows; the name is UTF-8. */
const FLAGS = 0x0808
const DEFLATED = 8
const [VERSION, VERSION_64] = [20, 45]
/** 1 January 1980, the earliest possible date. */
const DATE = 0x21

/** Entries are requested one by one, each when the previous one is written. `from64`: offsets from here on need ZIP64. */
export async function* zipBytes(
  entries: AsyncIterable<ZipEntry>,
  { from64 = FOUR_GIB }: { from64?: number } = {},
): AsyncGenerator<Buffer> {
  const written: Written[] = []
  let offset = 0
  for await (const { name, content } of entries) {
    const entry: Written = { name: Buffer.from(name), crc: 0, size: 0, compressed: 0, offset }
    const head = localHeader(entry)
    offset += head.length
    yield head
    for await (const chunk of deflated(content, entry)) {
      entry.compressed += chunk.length
      offset += chunk.length
      yield chunk
    }
    if (Math.max(entry.size, entry.compressed) >= FOUR_GIB) throw new RangeError(`${name} is larger than 4 GiB`)
    const descriptor = descriptorOf(entry)
    offset += descriptor.length
    yield descriptor
    written.push(entry)
  }
  const directory = Buffer.concat(written.map(entry => directoryRow(entry, from64)))
  yield directory
  yield endOf(written.length, directory.length, offset, from64)
}

/** zlib works in its own thread, in parallel with the content's producer. */
async function* deflated(content: ZipEntry['content'], entry: Written): AsyncGenerator<Buffer> {
  const deflate = createDeflateRaw(deflateOptions)
  const write = (chunk: Buffer) =>
    new Promise<void>((resolve, reject) => {
      deflate.write(chunk, error => (error ? reject(error) : resolve()))
    })
  const feed = async () => {
    for await (const chunk of content) {
      entry.crc = crc32(chunk, entry.crc)
      entry.size += chunk.length
      await write(chunk)
    }
    deflate.end()
  }
  // An error of the content surfaces through `deflate`.
  const fed = feed().catch((error: Error) => void deflate.destroy(error))
  for await (const chunk of deflate) yield chunk
  await fed
}

function localHeader({ name }: Written): Buffer {
  const head = Buffer.alloc(30)
  head.writeUInt32LE(0x04034b50, 0)
  head.writeUInt16LE(VERSION, 4)
  head.writeUInt16LE(FLAGS, 6)
  head.writeUInt16LE(DEFLATED, 8)
  head.writeUInt16LE(DATE, 12)
  head.writeUInt16LE(name.length, 26)
  return Buffer.concat([head, name])
}

function descriptorOf({ crc, size, compressed }: Written): Buffer {
  const descriptor = Buffer.alloc(16)
  descriptor.writeUInt32LE(0x08074b50, 0)
  descriptor.writeUInt32LE(crc, 4)
  descriptor.writeUInt32LE(compressed, 8)
  descriptor.writeUInt32LE(size, 12)
  return descriptor
}

function directoryRow({ name, crc, size, compressed, offset }: Written, from64: number): Buffer {
  const far = offset >= from64
  const row = Buffer.alloc(46)
  row.writeUInt32LE(0x02014b50, 0)
  row.writeUInt16LE(far ? VERSION_64 : VERSION, 4)
  row.writeUInt16LE(far ? VERSION_64 : VERSION, 6)
  row.writeUInt16LE(FLAGS, 8)
  row.writeUInt16LE(DEFLATED, 10)
  row.writeUInt16LE(DATE, 14)
  row.writeUInt32LE(crc, 16)
  row.writeUInt32LE(compressed, 20)
  row.writeUInt32LE(size, 24)
  row.writeUInt16LE(name.length, 28)
  row.writeUInt16LE(far ? 12 : 0, 30)
  row.writeUInt32LE(far ? FOUR_GIB : offset, 42)
  if (!far) return Buffer.concat([row, name])
  const extra = Buffer.alloc(12)
  extra.writeUInt16LE(1, 0)
  extra.writeUInt16LE(8, 2)
  extra.writeBigUInt64LE(BigInt(offset), 4)
  return Buffer.concat([row, name, extra])
}

function endOf(count: number, size: number, offset: number, from64: number): Buffer {
  const far = offset >= from64 || count >= 0xffff
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(far ? 0xffff : count, 8)
  end.writeUInt16LE(far ? 0xffff : count, 10)
  end.writeUInt32LE(far ? FOUR_GIB : size, 12)
  end.writeUInt32LE(far ? FOUR_GIB : offset, 16)
  if (!far) return end
  const end64 = Buffer.alloc(56)
  end64.writeUInt32LE(0x06064b50, 0)
  end64.writeBigUInt64LE(44n, 4)
  end64.writeUInt16LE(VERSION_64, 12)
  end64.writeUInt16LE(VERSION_64, 14)
  end64.writeBigUInt64LE(BigInt(count), 24)
  end64.writeBigUInt64LE(BigInt(count), 32)
  end64.writeBigUInt64LE(BigInt(size), 40)
  end64.writeBigUInt64LE(BigInt(offset), 48)
  const locator = Buffer.alloc(20)
  locator.writeUInt32LE(0x07064b50, 0)
  locator.writeBigUInt64LE(BigInt(offset + size), 8)
  locator.writeUInt32LE(1, 16)
  return Buffer.concat([end64, locator, end])
}
