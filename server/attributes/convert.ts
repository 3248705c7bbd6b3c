/** What a value becomes in another type. Pure. Its written form is what a person wrote; where there is none, the value itself is. */
import type { AttributeType } from '../../core/attributes.ts'
import { readTyped, type Style, writtenForm } from '../imports/typed-cells.ts'

export type ReadStyle = Pick<Style, 'decimal' | 'dayFirst'>

export interface StoredValue {
  value: string | number
  written: string | null
}

/** `value` null: the value is none of the type; the written form stays, so that nothing is lost. */
export interface Converted {
  value: string | number | null
  written: string | null
}

export const givenOf = ({ value, written }: StoredValue): string => written ?? String(value)

export function convert(stored: StoredValue, to: AttributeType, style: ReadStyle): Converted {
  const given = givenOf(stored).trim()
  if (to === 'text') return { value: given, written: null }
  // A value of a type is written as JSON writes it, whatever the style.
  const plain = typeof stored.value === 'number' && stored.written === null
  const value = plain && to === 'number' ? stored.value : readTyped(given, to, { ...style, guessed: false })
  return value === null ? { value: null, written: given } : { value, written: writtenForm(given, value) }
}
