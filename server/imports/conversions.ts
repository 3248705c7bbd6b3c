/** What would each type make of the cells of a column? Shown before a person chooses one: a code such as 12E4 or 007 is no amount. */

import type { AttributeType } from '../../core/attributes.ts'
import { areCapitals, isEmptyCell } from './empty-cells.ts'
import type { CellSurroundings } from './typed-cells.ts'
import { guessType, readTyped, styleOf, writtenForm } from './typed-cells.ts'

export interface Conversion {
  type: Exclude<AttributeType, 'text'>
  /** Cells whose value is written in another way than the cell. */
  different: number
  /** The first of them, and its value. */
  example: { given: string; read: string } | null
  /** Cells that are no value of the type: an import rejects their rows. */
  unreadable: number
  /** The first of them. */
  unread: string | null
}

export interface Conversions {
  /** Cells that have a value. */
  values: number
  /** The type that is taken without a choice, of a new attribute. */
  automatic: AttributeType
  /** None where no cell can be read as any of them. */
  types: Conversion[]
}

const types = ['number', 'date', 'datetime'] as const
const shownCharacters = 60

/** `cells`: a sample of one column. */
export function conversionsOf(cells: readonly string[], around: CellSurroundings): Conversions {
  const capitals = areCapitals(cells)
  const style = styleOf(cells, around)
  const values = cells.map(cell => cell.trim()).filter(cell => cell !== '' && !isEmptyCell(cell, capitals))
  const all = types.map(type => {
    const found: Conversion = { type, different: 0, example: null, unreadable: 0, unread: null }
    for (const given of values) {
      const read = readTyped(given, type, style)
      if (read === null) {
        found.unreadable++
        found.unread ??= given.slice(0, shownCharacters)
      } else if (writtenForm(given, read) !== null) {
        found.different++
        found.example ??= { given: given.slice(0, shownCharacters), read: String(read) }
      }
    }
    return found
  })
  const readable = all.some(({ unreadable }) => unreadable < values.length)
  return { values: values.length, automatic: guessType(values, style), types: readable ? all : [] }
}
