/** The style of a CSV: its separator, and whether its first line names it for Excel (`sep=;`). */

export const csvSeparators = { comma: ',', semicolon: ';', tab: '\t' } as const
export type CsvSeparatorName = keyof typeof csvSeparators
export const csvSeparatorNames: readonly CsvSeparatorName[] = ['comma', 'semicolon', 'tab']

export interface CsvStyle {
  separator: CsvSeparatorName
  /** Makes Excel use this separator in every country; other programs show the line. */
  sepLine: boolean
}

export const usualCsv: Readonly<CsvStyle> = { separator: 'comma', sepLine: false }

/** The name of a separator; undefined if unknown. */
export const separatorNamed = (name: string): CsvSeparatorName | undefined =>
  csvSeparatorNames.find(known => known === name)
