/**
 * Describes the rows of a statement once, beside its SQL. The row type follows from the description (`RowOf`), and test runs compare it with
 * the rows that arrive. Nothing is checked in production.
 *
 *   const checked = rowsNamed('claim-check', { profileId: int, address: orNull(text) })
 *   await db.query(sql`select …`, checked)
 */

/** Whether a value fits the column. */
export type ColumnCheck<Value> = (value: unknown) => value is Value

export const int: ColumnCheck<number> = value => typeof value === 'number'
export const text: ColumnCheck<string> = value => typeof value === 'string'
export const flag: ColumnCheck<boolean> = value => typeof value === 'boolean'
export const time: ColumnCheck<Date> = value => value instanceof Date
/** numeric: money is never a float */
export const decimal: ColumnCheck<string> = (value): value is string =>
  typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value)

/** Whatever came from outside and was kept as it was: the reader checks it. */
export const anything: ColumnCheck<unknown> = (value): value is unknown => value !== undefined

/** Any jsonb that is an object or a list; the reader checks its content. */
export const json =
  <Value>(): ColumnCheck<Value> =>
  (value): value is Value =>
    typeof value === 'object' && value !== null

export const orNull =
  <Value>(column: ColumnCheck<Value>): ColumnCheck<Value | null> =>
  (value): value is Value | null =>
    value === null || column(value)

export const oneOf =
  <const Value extends string>(values: readonly Value[]): ColumnCheck<Value> =>
  (value): value is Value =>
    values.some(one => one === value)

type Columns = Readonly<Record<string, ColumnCheck<unknown>>>
type Row<Of extends Columns> = { [Name in keyof Of]: Of[Name] extends ColumnCheck<infer Value> ? Value : never }

/** The description of a prepared statement's rows; the name is that of the statement. */
export interface Rows<One> {
  readonly name: string
  /** what is wrong with a row, in words; contains only names of columns */
  faults(row: object): string[]
  /** never set: only carries the type */
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
