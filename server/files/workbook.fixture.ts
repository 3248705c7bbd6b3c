/** For tests: workbooks of any content, also of one that no program writes. */
import { type ZipEntry, zipBytes } from './zip-out.ts'

export interface MadeSheet {
  name: string
  /** the rows: <row>…</row> */
  rows: string
  /** what follows the rows */
  after?: string
  state?: 'hidden' | 'veryHidden'
}

export interface MadeBook {
  sheets: readonly MadeSheet[]
  /** <si>…</si> */
  strings?: string
  /** codes of number formats; style n has the n-th, style 0 has none */
  formats?: readonly string[]
  date1904?: boolean
  /** more parts, or others in place of those of the same name */
  parts?: Readonly<Record<string, string>>
}

const office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const spreadsheet = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'

export function partsOf({ sheets, strings, formats = [], date1904, parts = {} }: MadeBook): Record<string, string> {
  const link = (id: string, type: string, target: string) =>
    `<Relationship Id="${id}" Type="${office}/${type}" Target="${target}"/>`
  const links = (...all: string[]) => `<?xml version="1.0"?><Relationships xmlns="x">${all.join('')}</Relationships>`
  const made: Record<string, string> = {
    '[Content_Types].xml': '<Types/>',
    '_rels/.rels': links(link('rId1', 'officeDocument', 'xl/workbook.xml')),
    'xl/workbook.xml': `<workbook xmlns="${spreadsheet}" xmlns:r="${office}"><workbookPr${date1904 ? ' date1904="1"' : ''}/><sheets>${sheets
      .map(
        ({ name, state }, i) =>
          `<sheet name="${name}" sheetId="${i + 1}"${state ? ` state="${state}"` : ''} r:id="s${i}"/>`,
      )
      .join('')}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': links(
      ...sheets.map((_, i) => link(`s${i}`, 'worksheet', `worksheets/sheet${i + 1}.xml`)),
      link('st', 'styles', '/xl/styles.xml'),
      ...(strings === undefined ? [] : [link('ss', 'sharedStrings', 'sharedStrings.xml')]),
    ),
    'xl/styles.xml': `<styleSheet><numFmts>${formats
      .map((code, i) => `<numFmt numFmtId="${164 + i}" formatCode="${code.replaceAll('"', '&quot;')}"/>`)
      .join('')}</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/>${formats
      .map((_, i) => `<xf numFmtId="${164 + i}" applyNumberFormat="1"/>`)
      .join('')}</cellXfs></styleSheet>`,
  }
  sheets.forEach(({ rows, after = '' }, i) => {
    made[`xl/worksheets/sheet${i + 1}.xml`] =
      `<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="${spreadsheet}"><sheetData>${rows}</sheetData>${after}</worksheet>`
  })
  if (strings !== undefined) made['xl/sharedStrings.xml'] = `<sst xmlns="${spreadsheet}">${strings}</sst>`
  return { ...made, ...parts }
}

export function workbookOf(book: MadeBook): Promise<Buffer> {
  return zipOf(partsOf(book))
}

export async function zipOf(parts: Readonly<Record<string, string | Buffer>>): Promise<Buffer> {
  async function* entries(): AsyncGenerator<ZipEntry> {
    for (const [name, content] of Object.entries(parts)) yield { name, content: [Buffer.from(content)] }
  }
  return Buffer.concat(await allOf(zipBytes(entries())))
}

export async function allOf<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = []
  for await (const item of items) all.push(item)
  return all
}

/** Rows of texts, as inline strings. */
export function textRows(rows: readonly (readonly string[])[]): string {
  return rows
    .map(
      (row, i) => `<row r="${i + 1}">${row.map(cell => `<c t="inlineStr"><is><t>${cell}</t></is></c>`).join('')}</row>`,
    )
    .join('')
}
