/** The lines of a chart and their points. */
export interface ChartLine {
  /** the key of its values */
  name: string
  label: string
  /** any CSS colour */
  color: string
  /** as stroke-dasharray takes it */
  dash: string
}

export type TimePoint = { minutes: number } & Record<string, number | null>
