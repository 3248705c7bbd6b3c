/** One bad record never stops the others: a batch that fails because of one is halved until that record is alone. */
export async function isolating<Row>(
  rows: readonly Row[],
  apply: (rows: readonly Row[]) => Promise<void>,
  {
    isOfRecords,
    alone,
  }: {
    /** False: it says nothing about the records, and is thrown. */
    isOfRecords: (error: unknown, rows: readonly Row[]) => boolean
    alone: (row: Row, error: unknown) => Promise<void>
  },
): Promise<void> {
  try {
    await apply(rows)
  } catch (error) {
    const [only] = rows
    if (only === undefined || !isOfRecords(error, rows)) throw error
    if (rows.length === 1) return alone(only, error)
    const half = rows.length >> 1
    for (const some of [rows.slice(0, half), rows.slice(half)]) await isolating(some, apply, { isOfRecords, alone })
  }
}
