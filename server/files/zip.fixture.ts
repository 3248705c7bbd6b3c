/** For tests: reads a ZIP file by its directory and verifies all checksums, with only zlib. */
import { crc32, inflateRawSync } from 'node:zlib'

export interface ReadZip {
  /** name -> content, in the order of the directory */
  files: Map<string, string>
  /** whether a directory row or the end names ZIP64 */
  zip64: boolean
}

/** Throws if anything is inconsistent: a signature, a size, a checksum, a header that differs from the directory. */
export function readZip(bytes: Buffer): ReadZip {
  const end = bytes.length - 22
  expectMark(bytes, end, 0x06054b50)
  let [count, size, offset] = [bytes.readUInt16LE(end + 10), bytes.readUInt32LE(end + 12), bytes.readUInt32LE(end + 16)]
  let zip64 = false
  if (offset === 0xffffffff) {
    zip64 = true
    expectMark(bytes, end - 20, 0x07064b50)
    const end64 = Number(bytes.readBigUInt64LE(end - 12))
    expectMark(bytes, end64, 0x06064b50)
    count = Number(bytes.readBigUInt64LE(end64 + 32))
    size = Number(bytes.readBigUInt64LE(end64 + 40))
    offset = Number(bytes.readBigUInt64LE(end64 + 48))
  }
  const files = new Map<string, string>()
  let at = offset
  for (let i = 0; i < count; i++) {
    expectMark(bytes, at, 0x02014b50)
    const [nameLength, extraLength] = [bytes.readUInt16LE(at + 28), bytes.readUInt16LE(at + 30)]
    const name = bytes.toString('utf8', at + 46, at + 46 + nameLength)
    let from = bytes.readUInt32LE(at + 42)
    if (from === 0xffffffff) {
      zip64 = true
      from = Number(bytes.readBigUInt64LE(at + 46 + nameLength + 4))
    }
    const sizes = {
      crc: bytes.readUInt32LE(at + 16),
      compressed: bytes.readUInt32LE(at + 20),
      size: bytes.readUInt32LE(at + 24),
    }
    files.set(name, readEntry(bytes, from, name, sizes))
    at += 46 + nameLength + extraLength
  }
  if (at !== offset + size) throw new Error('the directory has another size than its end says')
  return { files, zip64 }
}

function readEntry(
  bytes: Buffer,
  from: number,
  name: string,
  sizes: { crc: number; compressed: number; size: number },
): string {
  expectMark(bytes, from, 0x04034b50)
  const nameLength = bytes.readUInt16LE(from + 26)
  if (bytes.toString('utf8', from + 30, from + 30 + nameLength) !== name)
    throw new Error(`${name} has another name in its header`)
  const begin = from + 30 + nameLength
  const after = begin + sizes.compressed
  expectMark(bytes, after, 0x08074b50)
  const told = [4, 8, 12].map(place => bytes.readUInt32LE(after + place))
  const content = inflateRawSync(bytes.subarray(begin, after))
  if (
    `${told}` !== `${[sizes.crc, sizes.compressed, sizes.size]}` ||
    crc32(content) !== sizes.crc ||
    content.length !== sizes.size
  )
    throw new Error(`${name}: checksum or sizes differ`)
  return content.toString()
}

function expectMark(bytes: Buffer, at: number, mark: number): void {
  if (bytes.readUInt32LE(at) !== mark) throw new Error(`no mark 0x${mark.toString(16)} at ${at}`)
}
