/** How a CSV is written: its list separator, and whether its first line says it to Excel (`sep=;`). */

export const csvSeparators = { comma: ',', semicolon: ';', tab: '\t' } as const
export type CsvSeparatorName = keyof typeof csvSeparators
export const csvSeparatorNames: readonly CsvSeparatorName[] = ['comma', 'semicolon', 'tab']

export interface CsvStyle {
  separator: CsvSeparatorName
  /** Excel then opens the file with this separator, whatever the country; other programs show the line. */
  sepLine: boolean
}

export const usualCsv: Readonly<CsvStyle> = { separator: 'comma', sepLine: false }

/** The name of a separator, undefined where there is none. */
export const separatorNamed = (name: string): CsvSeparatorName | undefined =>
  csvSeparatorNames.find(known => known === name)
