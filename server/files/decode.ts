/** Decodes the encodings of lists with iconv, which knows them by their names. */
import iconv from 'iconv-lite'
import type { EncodingName } from '../../core/encodings.ts'

export function decoderOf(encoding: EncodingName) {
  return iconv.getDecoder(encoding, { stripBOM: false })
}

/** What the bytes show; U+FFFD stands for bytes that are none of the encoding's. */
export function decode(bytes: Buffer, encoding: EncodingName): string {
  return iconv.decode(bytes, encoding, { stripBOM: false })
}
