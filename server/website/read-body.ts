/** The body of a request as text, bounded: in the header, while it comes, and after it was unpacked. */
import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'

export type BodyRead = { text: string } | { fault: 'too_large' | 'encoding' | 'cut' }

const unzip = promisify(gunzip)

export async function readBody(request: IncomingMessage, limitBytes: number): Promise<BodyRead> {
  const encoding = request.headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity' && encoding !== 'gzip') return { fault: 'encoding' }
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) return { fault: 'too_large' }
  const pieces: Buffer[] = []
  let length = 0
  try {
    for await (const piece of request) {
      if (!Buffer.isBuffer(piece)) return { fault: 'cut' }
      length += piece.length
      if (length > limitBytes) return { fault: 'too_large' }
      pieces.push(piece)
    }
  } catch {
    return { fault: 'cut' }
  }
  const bytes = Buffer.concat(pieces)
  if (encoding === 'identity') return { text: bytes.toString('utf8') }
  try {
    const plain = await unzip(bytes, { maxOutputLength: limitBytes })
    return { text: plain.toString('utf8') }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    return { fault: code === 'ERR_BUFFER_TOO_LARGE' ? 'too_large' : 'encoding' }
  }
}
