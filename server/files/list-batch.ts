/** Why a record is no row (asides.ts). */
export type Aside = 'footer' | 'split' | 'continuation'

/** Rows of a list with their places, as every reader of a format gives them. */
export interface ListBatch {
  rows: string[][]
  /** The line (of a workbook: the row; of a vCard: the line of its BEGIN) on which each row begins. */
  lines: number[]
  /** Why a row of the same place is none; absent where all are. */
  asides?: (Aside | undefined)[]
  /** Bytes of the file read so far. */
  bytesRead: number
}

/** The rows that are not set aside. */
export function realRows({ rows, asides }: ListBatch): string[][] {
  return asides === undefined ? rows : rows.filter((_, i) => asides[i] === undefined)
}
