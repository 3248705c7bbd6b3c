/**
 * What did a person write? The text of a deliver_sm in whatever alphabet it came, and which part of a longer text it is.
 *
 * data_coding is what the SMSC says (SMPP 3.4 §5.2.19), or the phone's own scheme passed through (3GPP TS 23.038 §4: groups
 * of bits with message class, compression, automatic deletion). Many say 0 whatever the bytes are, so bytes that cannot be
 * of the alphabet said are read by what they surely are. Never throws; what nobody can read stays visible.
 */
import { decodeGsm, decodeUcs2 } from '../../../core/sms/gsm-alphabet.ts'
import { classifyReply } from '../../../core/sms/keywords.ts'
import { type Concatenation, messageBytes, partOf, type ReceivedMessage } from './short-message.ts'

export interface ReplyText {
  /** May end in half an emoji where it is a part: the code that stores it cleans it. */
  text: string
  part: Concatenation | undefined
}

/** Ten parts are 1,530 characters; a longer text is no SMS of a person. */
const maxReply = 4000

export function readReply(message: ReceivedMessage): ReplyText {
  const { part, textFrom } = partOf(message)
  const bytes = messageBytes(message).subarray(textFrom || 0)
  const isPart = part !== undefined && part.total > 1 && part.number >= 1 && part.number <= part.total
  return { text: decodeText(bytes, message.dataCoding).slice(0, maxReply), part: isPart ? part : undefined }
}

type Alphabet = 'gsm' | 'latin1' | 'ucs2' | 'iso-8859-5' | 'iso-8859-8' | 'shift_jis' | 'iso-2022-jp' | 'euc-kr'

/** SMPP 3.4 §5.2.19 */
const bySmpp: Readonly<Record<number, Alphabet>> = {
  0: 'gsm',
  1: 'latin1', // IA5, which Latin-1 contains
  2: 'latin1', // octets
  3: 'latin1',
  4: 'latin1', // octets
  5: 'shift_jis',
  6: 'iso-8859-5', // Cyrillic
  7: 'iso-8859-8', // Hebrew
  8: 'ucs2',
  10: 'iso-2022-jp',
  14: 'euc-kr',
}

function alphabetOf(dataCoding: number): Alphabet {
  const named = bySmpp[dataCoding]
  if (named !== undefined) return named
  if (dataCoding < 0x10) return 'gsm'
  // TS 23.038 §4: 00xx general and 01xx automatic deletion have the alphabet in bits 3 and 2. 1111: bit 2 alone.
  if (dataCoding < 0x80) return (['gsm', 'latin1', 'ucs2', 'gsm'] as const)[(dataCoding >> 2) & 3]!
  // 1110: a waiting-message note in UCS-2; 1100 and 1101 the same in the default alphabet.
  if (dataCoding >> 4 === 0xe) return 'ucs2'
  return dataCoding >> 4 === 0xf && (dataCoding & 4) !== 0 ? 'latin1' : 'gsm'
}

export function decodeText(bytes: Uint8Array, dataCoding: number): string {
  const alphabet = alphabetOf(dataCoding)
  if (alphabet === 'ucs2') return isSurelyAscii(bytes) ? latin1(bytes) : decodeUtf16(bytes)
  if (isSurelyUcs2(bytes)) return decodeUtf16(bytes)
  if (alphabet !== 'gsm' && alphabet !== 'latin1') return new TextDecoder(alphabet).decode(bytes)
  if (bytes.some(octet => octet >= 0x80)) return decodeOctets(bytes)
  // Only septets: in Latin-1 the low ones are controls, which nobody writes, so they are of the GSM alphabet.
  return alphabet === 'latin1' && !bytes.some(isControl) ? latin1(bytes) : decodeGsm(bytes)
}

const utf8 = new TextDecoder('utf-8', { fatal: true })
const windows1252 = new TextDecoder('windows-1252')
const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')
const isControl = (octet: number) => octet < 0x20 && octet !== 0x0a && octet !== 0x0d && octet !== 0x09

/** Octets above 0x7F are no septets: UTF-8 where they are in its order, packed septets where they are full of controls, else Latin-1. */
function decodeOctets(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    if (!bytes.some(octet => isControl(octet) || octet === 0x7f || (octet >= 0x80 && octet < 0xa0)))
      return windows1252.decode(bytes)
    const unpacked = decodeGsm(unpack(bytes))
    return /^[\p{L}\p{N}\p{P}\p{Zs}\r\n]+$/u.test(unpacked) ? unpacked.replace(/\r$/, '') : windows1252.decode(bytes)
  }
}

/** Septets that an SMSC left packed, seven octets for eight. TS 23.038 §6.1.2.1 */
function unpack(bytes: Uint8Array): Uint8Array {
  const septets = new Uint8Array(Math.floor((bytes.length * 8) / 7))
  for (let i = 0; i < septets.length; i++) {
    const bit = i * 7
    const two = bytes[bit >> 3]! | ((bytes[(bit >> 3) + 1] ?? 0) << 8)
    septets[i] = (two >> (bit & 7)) & 0x7f
  }
  // Seven bits that are left over at the end are padding, a CR or zero.
  return septets.at(-1) === 0 && bytes.length % 7 === 0 ? septets.subarray(0, -1) : septets
}

/** Big-endian, unless a mark or every character's low octet says otherwise. */
function decodeUtf16(bytes: Uint8Array): string {
  const text = decodeUcs2(bytes)
  if (text.startsWith('\ufeff')) return text.slice(1)
  const isLittle =
    text.startsWith('\ufffe') || (text.length >= 2 && [...bytes].every((octet, i) => i % 2 === 0 || octet === 0))
  if (!isLittle) return text
  return Buffer.from(bytes.subarray(0, bytes.length & ~1))
    .toString('utf16le')
    .replace(/^\ufeff/, '')
}

/**
 * ASCII though data_coding says UCS-2. "STOP" is two Chinese characters too, which together mean nothing; so an even number of
 * octets is ASCII only where it is a keyword, or longer than a chance that all octets are letters.
 */
function isSurelyAscii(bytes: Uint8Array): boolean {
  if (bytes.length < 2 || bytes.some(octet => octet > 0x7e || isControl(octet))) return false
  if (bytes.length % 2 !== 0) return true
  const text = latin1(bytes)
  if (bytes.length >= 10) return /^[A-Za-z0-9 .,!?'\r\n-]+$/.test(text)
  const { kind } = classifyReply(text)
  return kind !== 'other' && kind !== 'looks_like_opt_out'
}

/**
 * UCS-2 though data_coding names another alphabet: a mark, or at least three characters whose high octets are of one
 * alphabet besides Latin. As septets that would be a text with the same rare character in every second place.
 */
function isSurelyUcs2(bytes: Uint8Array): boolean {
  if (bytes.length % 2 !== 0 || bytes.length < 4) return false
  const first = (bytes[0]! << 8) | bytes[1]!
  if (first === 0xfeff || first === 0xfffe) return true
  if (bytes.length < 6) return false
  if (bytes.every((octet, i) => (i % 2 === 0 ? octet >= 0x20 : octet === 0))) return true // little-endian
  const high = new Set<number>()
  for (let i = 0; i < bytes.length; i += 2) high.add(bytes[i]!)
  const hasLatin = high.delete(0x00)
  const hasPunctuation = high.delete(0x20)
  const alphabets = [...high]
  if (alphabets.length > 1 || (alphabets.length === 0 && !hasLatin && hasPunctuation)) return false
  if (alphabets.some(alphabet => alphabet < 0x01 || alphabet > 0x06)) return false
  return /^[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}\r\n\u200e\u200f]+$/u.test(decodeUcs2(bytes))
}
