/**
 * Optional parameters (TLV): two octets tag, two octets length, value. SMPP 3.4 §3.2.4, tags §5.3.2.
 * They stay bytes until somebody asks for one: most messages are matched without looking at them.
 */
export const tag = {
  receiptedMessageId: 0x001e,
  sarMessageReference: 0x020c,
  sarTotalSegments: 0x020e,
  sarSegmentSequence: 0x020f,
  scInterfaceVersion: 0x0210,
  networkErrorCode: 0x0423,
  messagePayload: 0x0424,
  messageState: 0x0427,
} as const

export type Tlv = { readonly tag: number; readonly value: Uint8Array }

/** Does every parameter end within the bytes? */
export function tlvsFit(bytes: Uint8Array): boolean {
  let at = 0
  while (at < bytes.length) {
    if (at + 4 > bytes.length) return false
    at += 4 + ((bytes[at + 2]! << 8) | bytes[at + 3]!)
  }
  return at === bytes.length
}

/**
 * What of these octets can be read as parameters. Some gateways close the text with a NUL that its length does not count, or
 * leave octets behind the last parameter.
 */
export function tlvsWithin(bytes: Uint8Array): Uint8Array {
  if (tlvsFit(bytes)) return bytes
  if (bytes[0] === 0 && tlvsFit(bytes.subarray(1))) return bytes.subarray(1)
  let at = 0
  while (at + 4 <= bytes.length) at += 4 + ((bytes[at + 2]! << 8) | bytes[at + 3]!)
  return bytes.subarray(0, Math.min(at, bytes.length))
}

/** The value of the first parameter with this tag, a view into `bytes`; undefined where there is none. */
export function findTlv(bytes: Uint8Array, wanted: number): Uint8Array | undefined {
  let at = 0
  while (at + 4 <= bytes.length) {
    const length = (bytes[at + 2]! << 8) | bytes[at + 3]!
    if (((bytes[at]! << 8) | bytes[at + 1]!) === wanted) return bytes.subarray(at + 4, at + 4 + length)
    at += 4 + length
  }
  return undefined
}

/** Throws RangeError for a value above 65,535 octets. */
export function encodeTlvs(tlvs: readonly Tlv[]): Uint8Array {
  let size = 0
  for (const { value } of tlvs) {
    if (value.length > 0xffff) throw new RangeError(`an optional parameter of ${value.length} octets does not fit`)
    size += 4 + value.length
  }
  const bytes = new Uint8Array(size)
  let at = 0
  for (const { tag, value } of tlvs) {
    bytes[at] = tag >> 8
    bytes[at + 1] = tag & 0xff
    bytes[at + 2] = value.length >> 8
    bytes[at + 3] = value.length & 0xff
    bytes.set(value, at + 4)
    at += 4 + value.length
  }
  return bytes
}
