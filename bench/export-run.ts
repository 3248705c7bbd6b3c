/** One writing of export.ts in a process of its own: `node bench/export-run.ts csv|bare|xlsx|ndjson|exceljs CONNECTION LIMIT`. Prints a `Written`. */
import { createWriteStream } from 'node:fs'
import { devNull } from 'node:os'
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { copied } from '../server/files/copy-out.ts'
import { copiedRows } from '../server/files/copy-xlsx.ts'
import { type Format, formatOf, writeListing } from '../server/files/write-listing.ts'
import { type Database, openDatabase } from '../server/platform/db/database.ts'
import { raw, sql } from '../server/platform/db/sql.ts'
import { type PlannedListing, planListing } from '../server/report/export-tab.ts'
import type { Written } from './export.ts'

const of = { workspaceId: 1, activityId: 1, tab: 'sent' }
const [what = '', connectionString = '', limit = '0'] = process.argv.slice(2)
const db = openDatabase({ connection: { connectionString }, lane: 'bench' })
const planned = await planListing(db, of, new Date('2026-10-21T09:00:00Z'))
if (planned === undefined) throw new Error('nothing to export')
let bytes = 0
const sink = createWriteStream(devNull)
const out = new Writable({
  write(chunk: Buffer, _encoding, done) {
    bytes += chunk.length
    sink.write(chunk, done)
  },
})
const begun = performance.now()
const rows = await write(db, planned)
const ms = performance.now() - begun
await db.end()
const written: Written = { ms, rows, bytes, peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024) }
process.stdout.write(JSON.stringify(written))

async function write(db: Database, { listing }: PlannedListing): Promise<number> {
  if (what === 'bare') return bare(db)
  if (what === 'exceljs') return exceljs(db, { listing }, Number(limit))
  const format: Format = formatOf(what) ?? 'csv'
  return (await writeListing(db, listing, format, out)).rows
}

/** The columns as they lie in the tables, in one statement: what no export can be faster than. */
async function bare(db: Database): Promise<number> {
  const columns = raw(
    `m.profile_id, p.external_key, m.address, p.email, m.status, m.code as reason, m.t0 as at, p.first_name, p.last_name, m.country, m.parts,
     m.credits, m.attempts, m.code, m.t0, m.due, m.first_click_at, m.unsubscribed_at`,
  )
  const statement = sql`select ${columns} from messages m left join profiles p on p.bucket = m.bucket and p.profile_id = m.profile_id
    where m.workspace_id = 1 and m.activity_id = 1`
  let rows = 0
  await pipeline(
    copied(db, [statement], 'format csv'),
    async function* (chunks) {
      for await (const chunk of chunks) {
        for (let i = chunk.indexOf(10); i >= 0; i = chunk.indexOf(10, i + 1)) rows++
        yield chunk
      }
    },
    out,
  )
  return rows
}

async function exceljs(db: Database, { listing }: Pick<PlannedListing, 'listing'>, limit: number): Promise<number> {
  // Only here: its size is not ours.
  const { default: ExcelJs } = await import('exceljs')
  const workbook = new ExcelJs.stream.xlsx.WorkbookWriter({ stream: out, useStyles: true, useSharedStrings: false })
  const sheet = workbook.addWorksheet(listing.title, { views: [{ state: 'frozen', ySplit: 1 }] })
  const kinds = listing.columns.map(({ kind }) => kind)
  sheet.columns = listing.columns.map(({ name, kind }) => ({
    header: name,
    key: name,
    style: kind === 'time' ? { numFmt: 'yyyy-mm-dd hh:mm:ss' } : kind === 'decimal' ? { numFmt: '0.0000' } : {},
  }))
  let rows = 0
  for await (const batch of copiedRows(db, listing)) {
    for (const row of batch) {
      if (rows === limit) break
      rows++
      const cells = row.map((value, i) => {
        const kind = kinds[i]
        if (value === null) return null
        if (kind === 'time') return new Date(Math.floor(Number(value)) * 1000)
        return kind === 'number' || kind === 'decimal' ? Number(value) : value
      })
      sheet.addRow(cells).commit()
    }
    if (rows === limit) break
    await new Promise(setImmediate)
  }
  sheet.commit()
  await workbook.commit()
  return rows
}
