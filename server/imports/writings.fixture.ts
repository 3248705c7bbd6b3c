/** The list of 10,000 as other programs write it: encodings, ends of lines, separators. The commonest first. */
import { readFileSync } from 'node:fs'
import { parse } from 'csv-parse/sync'
import iconv from 'iconv-lite'
import { list } from './import.fixture.ts'

const text = iconv.decode(readFileSync(list), 'utf-8')
const latin = [...text]
  .map(character =>
    iconv.decode(iconv.encode(character, 'windows-1252'), 'windows-1252') === character ? character : '_',
  )
  .join('')
const separated = (separator: string) =>
  parse(text, { delimiter: ';', bom: true })
    .map(row => row.map(cell => `"${cell.replaceAll('"', '""')}"`).join(separator))
    .join('\r\n')

export const writings: [name: string, bytes: () => Buffer][] = [
  ['Windows-1252', () => iconv.encode(latin, 'windows-1252')],
  ['UTF-16 as Excel writes it', () => iconv.encode(text, 'utf-16le', { addBOM: true })],
  ['UTF-16, the other order, no BOM', () => iconv.encode(text, 'utf-16be')],
  ['UTF-8 without BOM, Unix lines', () => Buffer.from(text.replace('\uFEFF', '').replaceAll('\r\n', '\n'))],
  ['commas', () => Buffer.from(separated(','))],
  ['tabs', () => Buffer.from(separated('\t'))],
  ['a line sep=', () => Buffer.from(`sep=;\r\n${text.replace('\uFEFF', '')}`)],
]
