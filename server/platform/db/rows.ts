/**
 * What does a statement return? Written once, beside its SQL: the type of the row follows from it (`RowOf`), and test runs compare the rows
 * that come with it. Nothing is checked while Homing runs: a row of PostgreSQL is what its statement says.
 *
 *   const checked = rowsNamed('claim-check', { profileId: int, address: orNull(text) })
 *   await db.query(sql`select …`, checked)
 */

/** Whether a value is one of this column. */
export type Column<Value> = (value: unknown) => value is Value

export const int: Column<number> = value => typeof value === 'number'
export const text: Column<string> = value => typeof value === 'string'
export const flag: Column<boolean> = value => typeof value === 'boolean'
export const time: Column<Date> = value => value instanceof Date
/** numeric: money is never a float */
export const decimal: Column<string> = (value): value is string =>
  typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value)

/** Whatever jsonb holds there; looked into by who reads it. */
export const json =
  <Value>(): Column<Value> =>
  (value): value is Value =>
    typeof value === 'object' && value !== null

export const orNull =
  <Value>(column: Column<Value>): Column<Value | null> =>
  (value): value is Value | null =>
    value === null || column(value)

export const oneOf =
  <const Value extends string>(values: readonly Value[]): Column<Value> =>
  (value): value is Value =>
    values.some(one => one === value)

type Columns = Readonly<Record<string, Column<unknown>>>
type Row<Of extends Columns> = { [Name in keyof Of]: Of[Name] extends Column<infer Value> ? Value : never }

/** The rows of a statement that is kept prepared under this name. */
export interface Rows<One> {
  readonly name: string
  /** what is wrong with a row, in words; never more than names of columns */
  faults(row: object): string[]
  /** never there: the type alone */
  readonly one?: One
}

export type RowOf<Of> = Of extends Rows<infer One> ? One : never

export function rowsNamed<const Of extends Columns>(name: string, columns: Of): Rows<Row<Of>> {
  return {
    name,
    faults(row) {
      const values = new Map<string, unknown>(Object.entries(row))
      const wrong = Object.entries(columns).flatMap(([column, fits]) => {
        if (!values.has(column)) return [`${column} is missing`]
        const value = values.get(column)
        return fits(value) ? [] : [`${column} is ${value === null ? 'null' : `a ${typeof value} that does not fit`}`]
      })
      const more = [...values.keys()].filter(column => !Object.hasOwn(columns, column))
      return [...wrong, ...more.map(column => `${column} is not in its description`)]
    },
  }
}
