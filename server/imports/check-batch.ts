/** A batch of rows, checked: one text for COPY, and what was rejected. */
import { copyLine } from '../profiles/stage.ts'
import { checkRow, type Plan, type Rejected } from './check-row.ts'

export interface CheckRequest {
  rows: string[][]
  lines: number[]
}

export interface CheckAnswer {
  /** Rows in the text format of COPY, in a buffer of its own. */
  copy: Uint8Array<ArrayBuffer>
  accepted: number
  rejected: Rejected[]
}

const encoder = new TextEncoder()

export function checkBatch(plan: Plan, { rows, lines }: CheckRequest): CheckAnswer {
  const accepted: string[] = []
  const rejected: Rejected[] = []
  rows.forEach((cells, i) => {
    const checked = checkRow(plan, cells, lines[i] ?? 0)
    if ('profile' in checked) accepted.push(copyLine(checked.profile))
    else rejected.push(checked.rejected)
  })
  return { copy: encoder.encode(accepted.join('')), accepted: accepted.length, rejected }
}
