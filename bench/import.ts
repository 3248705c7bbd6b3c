/**
 * How many rows a second does an import take into a workspace that has `size` profiles: read, each number and address checked, merged,
 * committed? Half of the rows are of known people, half are new. As CSV and as XLSX with shared strings, as Excel writes it. The reference is
 * a COPY of the same cells into a table with the same three keys: what no import can be faster than. Each import runs in a process of its own,
 * the rounds of all are taken in turn, and the best of each counts: the machine is shared.
 */
import { spawn } from 'node:child_process'
import { createReadStream, createWriteStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { from as copyFrom } from 'pg-copy-streams'
import { createWorkspace } from '../server/access/workspaces.ts'
import { type ZipEntry, zipBytes } from '../server/files/zip-out.ts'
import type { Database } from '../server/platform/db/database.ts'
import { sql } from '../server/platform/db/sql.ts'
import { cpuOf } from './cpu.ts'
import { inFreshHoming } from './fresh-homing.ts'
import type { BenchResult } from './result.ts'
import { timed } from './rounds.ts'

const rounds = 3
const columns = ['Kundnr', 'Mobil', 'Förnamn', 'Efternamn', 'E-post', 'Ort', 'Kund sedan', 'Poäng', 'Samtycke SMS']
export const map =
  'external_key=Kundnr,phone=Mobil,first_name=Förnamn,last_name=Efternamn,email=E-post,city=Ort,attr.customer_since:date=Kund sedan,attr.points:number=Poäng,sms_consent=Samtycke SMS'

/** What import-run.ts prints. */
export interface ImportRun {
  ms: number
  /** until the last row was read and checked */
  readMs: number
  rows: number
  created: number
  updated: number
  rejected: number
  /** of this process, with its threads */
  cpuUs: number
  peakRssMb: number
}

interface Measured extends ImportRun {
  /** CPU of PostgreSQL meanwhile */
  postgresUs: number
}

export function benchImport({ size = 1_000_000 }: { size?: number } = {}): Promise<BenchResult> {
  return inFreshHoming('import', async ({ db, connectionString, folder, now, pid }) => {
    const { id } = await createWorkspace(db, { name: 'Bench', owner: null, actor: 'bench' }, now)
    const pathOf = (name: string) => join(folder, name)
    const postgres = () => cpuOf([{ name: 'postgres', pid: pid() }]).postgres ?? 0
    const run = async (path: string): Promise<Measured> => {
      const before = postgres()
      const ran = await runOnce([path, connectionString, String(id)])
      return { ...ran, postgresUs: postgres() - before }
    }
    await writeCsv(pathOf('all.csv'), 0, size)
    const filled = await run(pathOf('all.csv'))
    const rows = Math.max(100, Math.min(200_000, Math.floor(size / 2)))
    await makeReference(db)
    const figures: Record<'csv' | 'xlsx', Measured[]> = { csv: [], xlsx: [] }
    const copyMs: number[] = []
    let first = size - rows / 2
    for (let round = 0; round < rounds; round++) {
      for (const format of ['csv', 'xlsx'] as const) {
        const path = pathOf(`${round}.${format}`)
        await (format === 'csv' ? writeCsv : writeXlsx)(path, first, rows)
        const found = await run(path)
        if (found.rows !== rows || found.rejected > 0 || Math.abs(found.created - rows / 2) > 1)
          throw new Error(`${format}: ${JSON.stringify(found)}`)
        figures[format].push(found)
        if (format === 'csv') copyMs.push(await timed(() => copyInto(db, path)))
        first += rows / 2
      }
    }
    const best = (format: 'csv' | 'xlsx') =>
      Math.round(Math.max(...figures[format].map(one => (one.rows / one.ms) * 1000)))
    const reference = Math.round((rows / Math.min(...copyMs)) * 1000)
    return {
      name: 'import',
      figure: best('csv'),
      unit: 'rows/s',
      better: 'higher',
      reference,
      ratio: rounded(best('csv') / reference),
      size,
      detail: {
        reference: 'COPY of the same cells into a table with three keys',
        rows,
        rounds,
        csvRowsPerSecond: best('csv'),
        xlsxRowsPerSecond: best('xlsx'),
        xlsxRatio: rounded(best('xlsx') / reference),
        filledRowsPerSecond: Math.round((filled.rows / filled.ms) * 1000),
        csvPeakRssMb: Math.max(...figures.csv.map(one => one.peakRssMb)),
        xlsxPeakRssMb: Math.max(...figures.xlsx.map(one => one.peakRssMb)),
        xlsxMb: Math.round((await stat(pathOf('0.xlsx'))).size / 1e6),
        cpuUsPerRow: { csv: cpuPerRow(figures.csv), xlsx: cpuPerRow(figures.xlsx) },
        csvMs: figures.csv.map(({ ms, readMs }) => [Math.round(readMs), Math.round(ms)]),
        xlsxMs: figures.xlsx.map(({ ms, readMs }) => [Math.round(readMs), Math.round(ms)]),
        copyMs,
      },
    }
  })
}

function cpuPerRow(all: readonly Measured[]): { homing: number; postgres: number } {
  const least = (of: (one: Measured) => number) => Math.round(Math.min(...all.map(one => of(one) / one.rows)))
  return { homing: least(one => one.cpuUs), postgres: least(one => one.postgresUs) }
}

const firstNames = ['Alva', 'Nils', 'Elin', 'Omar', 'Åsa', 'Erik', 'Maja', 'Björn', 'Łucja', 'Ville', 'Zoë', 'Per']
const lastNames = ['Lindberg', 'Ek', 'Sjöström', 'Hedlund', 'Dahl', 'Löv', 'Norrman', 'Al Björklund', 'Ås', 'Stenberg']
const cities = ['Uppsala', 'Lund', 'Umeå', 'Göteborg', 'Malmö', 'Örebro', 'Kiruna', 'Visby']

/** The cells of person `i`. Numbers are written in three ways. */
function person(i: number): string[] {
  // Mobile numbers of Sweden: 70, 72, 73, 76 and 79.
  const number = `7${'02369'[Math.floor(i / 10_000_000) % 5]}${String(i % 10_000_000).padStart(7, '0')}`
  const written = [
    `0${number}`,
    `+46${number}`,
    `0${number.slice(0, 2)}-${number.slice(2, 5)} ${number.slice(5, 7)} ${number.slice(7)}`,
  ]
  const day = new Date(Date.UTC(2015, 0, 1 + (i % 3000))).toISOString().slice(0, 10)
  return [
    `C${1_000_000 + i}`,
    written[i % 3]!,
    firstNames[i % firstNames.length]!,
    lastNames[i % lastNames.length]!,
    `person.${i}@example.com`,
    cities[i % cities.length]!,
    day,
    String((i % 4000) / 4),
    i % 9 === 0 ? 'Nej' : 'Ja',
  ]
}

export async function writeCsv(path: string, first: number, rows: number): Promise<void> {
  async function* lines() {
    let text = `${columns.join(';')}\r\n`
    for (let i = first; i < first + rows; i++) {
      text += `${person(i).join(';')}\r\n`
      if (text.length < 65_536) continue
      yield text
      text = ''
    }
    yield text
  }
  await pipeline(lines, createWriteStream(path))
}

const relations = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'

/** As Excel writes it: texts in a table of their own, days and amounts as numbers. */
async function writeXlsx(path: string, first: number, rows: number): Promise<void> {
  const texts: string[] = []
  const numbers = new Map<string, number>()
  const shared = (text: string) => {
    const known = numbers.get(text)
    if (known !== undefined) return known
    numbers.set(text, texts.length)
    return texts.push(text) - 1
  }
  const letters = 'ABCDEFGHI'
  const rowOf = (line: number, cells: readonly string[]) =>
    `<row r="${line}" spans="1:9">${cells
      .map((cell, i) => {
        const place = `r="${letters[i]}${line}"`
        if (line === 1 || (i !== 6 && i !== 7)) return `<c ${place} t="s"><v>${shared(cell)}</v></c>`
        if (i === 7) return `<c ${place}><v>${cell}</v></c>`
        return `<c ${place} s="1"><v>${Date.parse(cell) / 86_400_000 + 25_569}</v></c>`
      })
      .join('')}</row>`
  async function* sheet() {
    let text = `<worksheet><sheetData>${rowOf(1, columns)}`
    for (let i = 0; i < rows; i++) {
      text += rowOf(i + 2, person(first + i))
      if (text.length < 65_536) continue
      yield Buffer.from(text)
      text = ''
    }
    yield Buffer.from(`${text}</sheetData></worksheet>`)
  }
  async function* strings() {
    yield Buffer.from('<sst>')
    for (let at = 0; at < texts.length; at += 1000)
      yield Buffer.from(
        texts
          .slice(at, at + 1000)
          .map(text => `<si><t>${text}</t></si>`)
          .join(''),
      )
    yield Buffer.from('</sst>')
  }
  const links = (...all: (readonly [string, string])[]) =>
    `<Relationships>${all.map(([type, target], i) => `<Relationship Id="r${i}" Type="${relations}/${type}" Target="${target}"/>`).join('')}</Relationships>`
  const part = (name: string, xml: string): ZipEntry => ({ name, content: [Buffer.from(xml)] })
  async function* entries(): AsyncGenerator<ZipEntry> {
    yield part('_rels/.rels', links(['officeDocument', 'xl/workbook.xml']))
    yield part('xl/workbook.xml', '<workbook><sheets><sheet name="S" r:id="r0"/></sheets></workbook>')
    const parts = [
      ['worksheet', 'sheet.xml'],
      ['styles', 'styles.xml'],
      ['sharedStrings', 'strings.xml'],
    ] as const
    yield part('xl/_rels/workbook.xml.rels', links(...parts))
    yield part('xl/styles.xml', '<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>')
    yield { name: 'xl/sheet.xml', content: sheet() }
    yield { name: 'xl/strings.xml', content: strings() }
  }
  await pipeline(zipBytes(entries()), createWriteStream(path))
}

async function makeReference(db: Database): Promise<void> {
  await db.run(
    sql`create table bench_rows (key text primary key, phone text, first_name text, last_name text, email text, city text, since date, points numeric, consent text)`,
  )
  await db.run(sql`create index on bench_rows (phone)`)
  await db.run(sql`create index on bench_rows (email)`)
}

async function copyInto(db: Database, path: string): Promise<void> {
  await db.run(sql`truncate bench_rows`)
  const client = await db.connect()
  try {
    await pipeline(
      createReadStream(path),
      client.query(copyFrom(`copy bench_rows from stdin (format csv, delimiter ';', header)`)),
    )
  } finally {
    client.release()
  }
}

function runOnce(words: readonly string[]): Promise<ImportRun> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('import-run.ts', import.meta.url)), ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.on('data', chunk => (said += String(chunk)))
  return new Promise((resolve, reject) => {
    child.once('close', code =>
      code === 0 ? resolve(JSON.parse(said)) : reject(new Error(`import-run ended with ${code}`)),
    )
  })
}

const rounded = (figure: number) => Math.round(figure * 1000) / 1000
