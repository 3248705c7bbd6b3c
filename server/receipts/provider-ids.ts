/** The ids that gateways give: how long they are believed, and which forms one of them may take. */
import type { ReceiptBody } from '../inbox/record.ts'

export interface ToMatch {
  gatewayId: number
  body: ReceiptBody
}

/** Operators use ids again: an older answer is not meant. */
export const horizonMs = 7 * 24 * 3_600_000
/** So long a receipt without a known id may settle what is unknown. */
export const unknownHorizonMs = 72 * 3_600_000

/** The same id as another gateway software would write it. */
export function otherForms(id: string): string[] {
  const forms = new Set<string>()
  const bare = id.replace(/^0+(?=.)/, '')
  forms.add(bare).add(bare.toLowerCase()).add(bare.toUpperCase())
  if (/^[0-9]{1,20}$/.test(bare)) {
    const hex = BigInt(bare).toString(16)
    forms.add(hex).add(hex.toUpperCase())
  }
  if (/^[0-9a-f]{1,16}$/i.test(bare)) forms.add(BigInt(`0x${bare}`).toString())
  forms.delete(id)
  return [...forms]
}
