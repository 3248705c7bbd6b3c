/**
 * Makes a plan from a mapping and a file: the meaning and type of each column, and the format of its numbers and dates.
 * Types come from the mapping, else from the workspace's catalogue of attributes, else from the file's first rows.
 */

import type { CountryCode } from 'libphonenumber-js/max'
import type { AttributeType } from '../../core/attributes.ts'
import { problem } from '../../core/problems.ts'
import type { Who } from '../profiles/stage.ts'
import type { BoundMapping, PlannedColumn } from './check-row.ts'
import type { ConsentAnswers } from './consent-words.ts'
import { areCapitals } from './empty-cells.ts'
import type { BoundEntry } from './mapping.ts'
import { guessType, styleOf } from './typed-cells.ts'

/** Rows from which types and formats are guessed. */
export const sampleRows = 1000

export interface PlanInput {
  headers: string[]
  sample: readonly string[][]
  separator: string
  country: CountryCode
  who: Who
  answers: ConsentAnswers
  /** The workspace's attributes and their types. */
  catalogue: ReadonlyMap<string, AttributeType>
}

/** Throws `attribute_type` if the mapping and the catalogue differ. */
export function planOf(entries: readonly BoundEntry[], input: PlanInput): BoundMapping {
  return {
    who: input.who,
    answers: input.answers,
    country: input.country,
    headers: input.headers,
    columns: entries.map(entry => planColumn(entry, input)),
  }
}

function planColumn(
  { target, index }: BoundEntry,
  { sample, separator, country, catalogue }: PlanInput,
): PlannedColumn {
  const cells = sample.map(row => row[index] ?? '')
  const capitals = areCapitals(cells)
  if (target.kind === 'key') return { kind: 'key', key: target.key, index, capitals }
  const known = catalogue.get(target.name)
  if (known !== undefined && target.type !== null && known !== target.type) {
    throw problem('attribute_type', { name: target.name, is: known, asked: target.type })
  }
  const style = styleOf(cells, { separator, country })
  const type = target.type ?? known ?? guessType(cells, style)
  return { kind: 'attribute', name: target.name, type, style, index, capitals }
}

/** Sentences about formats that the file left ambiguous: shown beside the result. */
export function notesOf(plan: BoundMapping, sample: readonly string[][]): string[] {
  return plan.columns.flatMap(column => {
    if (column.kind === 'key' || column.type === 'text' || !column.style.guessed) return []
    const name = plan.headers[column.index] ?? ''
    const example = sample.map(row => (row[column.index] ?? '').trim()).find(cell => cell !== '') ?? ''
    const how =
      column.type === 'date'
        ? `the ${column.style.dayFirst ? 'day' : 'month'} was read first`
        : `"${column.style.decimal}" was read as the decimal separator`
    return [`Column "${name}" (as "${example}"): ${how}.`]
  })
}
