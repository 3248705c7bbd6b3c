/** A batch of rows, checked: one text for COPY, and what to note of its rows. */
import { phoneFaults } from '../../core/phone.ts'
import type { Aside } from '../files/list-batch.ts'
import { faultOfWriting } from '../profiles/phone-writing.ts'
import { copyLine } from '../profiles/stage.ts'
import { type BoundMapping, checkRow, type RowNote } from './check-row.ts'

export interface CheckRequest {
  rows: string[][]
  lines: number[]
  asides?: (Aside | undefined)[]
}

export interface CheckAnswer {
  /** Rows in the text format of COPY, in a buffer of its own. */
  copy: Uint8Array<ArrayBuffer>
  accepted: number
  /** Rejected rows, and what could not be read of imported ones. */
  notes: RowNote[]
  /** Accepted rows with an invalid number. */
  marked: RowNote[]
  /** Cells with a word for "nothing". */
  placeholders: number
  /** Words of the consent column that are neither a yes nor a no, with their rows. */
  unknown: Map<string, number>
}

const encoder = new TextEncoder()

export function checkBatch(plan: BoundMapping, { rows, lines, asides }: CheckRequest): CheckAnswer {
  const accepted: string[] = []
  const notes: RowNote[] = []
  const marked: RowNote[] = []
  const phone = plan.columns.find(column => column.kind === 'key' && column.key === 'phone')?.index
  const unknown = new Map<string, number>()
  let placeholders = 0
  rows.forEach((cells, i) => {
    const checked = checkRow(plan, cells, lines[i] ?? 0, asides?.[i])
    if ('rejected' in checked) {
      notes.push(checked.rejected)
      return
    }
    accepted.push(copyLine(checked.profile))
    const { line, phoneType, phoneGiven } = checked.profile
    if (phoneType === 'invalid') {
      const value = phoneGiven ?? ''
      const reason = `${phoneFaults[faultOfWriting(value)]}; the profile was imported without a number`
      marked.push({ line, column: plan.headers[phone ?? -1] ?? '', value, reason, imported: true })
    }
    notes.push(...checked.notes)
    placeholders += checked.placeholders
    if (checked.unknown !== null) unknown.set(checked.unknown, (unknown.get(checked.unknown) ?? 0) + 1)
  })
  return { copy: encoder.encode(accepted.join('')), accepted: accepted.length, notes, marked, placeholders, unknown }
}
