/**
 * The ids that gateways give, and the forms that one of them takes between the answer and the receipt: zeros before it,
 * another case, hexadecimal against decimal. Answers are found by their key, in which zeros and case are gone, so that one
 * look-up finds the id as it was written and those forms of it; the written one wins.
 */
import type { ReceiptBody } from '../gateways/delivered.ts'
import { raw, type Sql } from '../platform/db/sql.ts'

export interface ToMatch {
  gatewayId: number
  body: ReceiptBody
  /** business time of arrival */
  at?: Date
}

/** So long a receipt without a known id may settle what is unknown. */
export const unknownHorizonMs = 72 * 3_600_000

/** The key of an id; `keyOf` in SQL, as the indexes on provider_id have it. */
export const idKey = (id: string): string => id.replace(/^0+/, '').replace(/[A-Z]+/g, letters => letters.toLowerCase())
export const idKeySql = (column: 'a.provider_id' | 'f.provider_id'): Sql =>
  raw(`lower(ltrim(${column}, '0') collate "C")`)

export const idsOf = ({ providerId, otherIds }: ReceiptBody): readonly string[] =>
  otherIds === undefined ? [providerId] : [providerId, ...otherIds]

/** One receipt is about all parts of the text. */
export const speaksForAll = ({ covers = 0 }: ReceiptBody, parts: number | null): boolean =>
  parts !== null && parts > 1 && covers >= parts

/** "1200.0", as a spreadsheet or a float writes it. */
const withoutFraction = (id: string): string => (/^\d+\.0+$/.test(id) ? id.slice(0, id.indexOf('.')) : id)

/** The keys of the same id as another gateway software would write it: hexadecimal for decimal and the other way, with "0x" or ".0". */
export function otherKeys(id: string): string[] {
  const key = idKey(id)
  const forms = new Set<string>()
  const bare = idKey(withoutFraction(key.replace(/^x(?=[0-9a-f]+$)/, '')))
  forms.add(bare)
  if (/^\d{1,39}$/.test(bare)) forms.add(BigInt(bare).toString(16))
  if (/^[0-9a-f]{1,32}$/.test(bare)) forms.add(BigInt(`0x${bare}`).toString())
  forms.delete(key)
  return [...forms]
}
