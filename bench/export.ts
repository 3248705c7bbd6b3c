/**
 * How long does the export of a tab take, as CSV, beside a bare COPY TO STDOUT of the same rows' raw values? And how many rows a
 * second does our XLSX writer make, beside exceljs' streaming WorkbookWriter fed with the same rows? Each measured in a process
 * of its own that writes to the null device, the rounds of all taken in turn; the best of each counts: the machine is shared.
 */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { everyBucket } from '../server/platform/db/buckets.ts'
import type { Database } from '../server/platform/db/database.ts'
import { sql } from '../server/platform/db/sql.ts'
import { webFlags } from '../server/supervisor/web-flags.ts'
import { inFreshHoming } from './fresh-homing.ts'
import type { BenchResult } from './result.ts'

const rounds = 4
/** The peer is slow and keeps what it has written in memory: it sees this many of the rows. */
const peerRows = 100_000

export type Writing = 'csv' | 'bare' | 'xlsx' | 'exceljs' | 'ndjson'

/** What export-run.ts prints. */
export interface Written {
  ms: number
  rows: number
  bytes: number
  peakRssMb: number
}

export function exports({ size = 1_000_000 }: { size?: number } = {}): Promise<BenchResult> {
  return inFreshHoming('export', async ({ db, connectionString }) => {
    await fill(db, size)
    const run = (what: Writing) => runOnce(what, connectionString, Math.min(size, peerRows))
    // The first reader finds cold caches.
    await run('bare')
    const figures: Record<Writing, Written[]> = { csv: [], bare: [], xlsx: [], exceljs: [], ndjson: [] }
    for (let round = 0; round < rounds; round++) {
      for (const what of ['bare', 'csv', 'xlsx', 'ndjson'] as const) figures[what].push(await run(what))
      if (round % 2 === 0) figures.exceljs.push(await run('exceljs'))
    }
    for (const what of ['bare', 'csv', 'xlsx', 'ndjson'] as const)
      for (const { rows } of figures[what]) if (rows !== size) throw new Error(`${what}: ${rows} rows of ${size}`)
    const ms = (what: Writing) => Math.min(...figures[what].map(one => one.ms))
    const perSecond = (what: Writing) => Math.round(Math.max(...figures[what].map(one => (one.rows / one.ms) * 1000)))
    const peak = (what: Writing) => Math.max(...figures[what].map(one => one.peakRssMb))
    const [figure, reference] = [ms('csv'), ms('bare')]
    return {
      name: 'export',
      figure: Math.round(figure),
      unit: 'ms',
      better: 'lower',
      reference: Math.round(reference),
      ratio: rounded(figure / reference),
      size,
      detail: {
        reference: 'COPY (the same rows, raw values) TO STDOUT',
        rounds,
        csvRowsPerSecond: perSecond('csv'),
        csvPeakRssMb: peak('csv'),
        ndjsonRowsPerSecond: perSecond('ndjson'),
        xlsxRowsPerSecond: perSecond('xlsx'),
        xlsxPeakRssMb: peak('xlsx'),
        xlsxMb: Math.round((figures.xlsx[0]?.bytes ?? 0) / 1e6),
        exceljsRows: Math.min(size, peerRows),
        exceljsRowsPerSecond: perSecond('exceljs'),
        exceljsPeakRssMb: peak('exceljs'),
        xlsxBesideExceljs: rounded(perSecond('xlsx') / perSecond('exceljs')),
        csvMs: figures.csv.map(one => Math.round(one.ms)),
        bareMs: figures.bare.map(one => Math.round(one.ms)),
      },
    }
  })
}

/** An activity whose messages were delivered, one in 20 clicked, one in 50 bounced; names with what has to be looked at. */
async function fill(db: Database, size: number): Promise<void> {
  const at = new Date('2026-10-20T09:00:00Z')
  await db.run(sql`insert into workspaces (id, name, created_at) values (1, 'Bench', ${at})`)
  await db.run(sql`insert into activities (id, workspace_id, name, created_at, updated_at, frozen_at)
    values (1, 1, 'Bench', ${at}, ${at}, ${at})`)
  await db.run(sql`insert into profiles (bucket, profile_id, workspace_id, external_key, phone, phone_type, country, email, email_valid, first_name,
      last_name, created_at, updated_at)
    select i & 255, i, 1, 'K' || i, '+467' || lpad(i::text, 8, '0'), 'mobile', 'SE', 'name.' || i || '@example.com', true,
      (array['Åsa', 'Björn', 'Maria-Teresa', 'Łukasz', 'محمد'])[1 + i % 5], (array['Öberg', 'O''Neil', 'Berg & Co', 'Svensson'])[1 + i % 4], ${at}, ${at}
    from generate_series(1, ${size}::int) i`)
  await db.run(sql`insert into messages (bucket, workspace_id, activity_id, profile_id, t0, status_at, status, gateway_id, attempts, parts, charged,
      country, address, credits, code, bounced_at, first_click_at)
    select i & 255, 1, 1, i, ${at}::timestamptz + i * interval '1.37 ms', ${at}::timestamptz + i * interval '1.37 ms' + interval '4.2 s',
      (case when i % 50 = 0 then 'bounced_hard' else 'delivered' end)::message_status, 1, 1, 1, true, 'SE', '+467' || lpad(i::text, 8, '0'), 1.0000,
      case when i % 50 = 0 then 'smpp:0x0b' end, case when i % 50 = 0 then ${at}::timestamptz + i * interval '1.37 ms' end,
      case when i % 20 = 1 then ${at}::timestamptz + i * interval '1.37 ms' + interval '10 min' end
    from generate_series(1, ${size}::int) i order by i & 255, i`)
  await db.run(sql`insert into tallies (bucket, activity_id, figure, n) values
    (0, 1, 'targeted', ${size}), (0, 1, 'delivered', ${size - Math.floor(size / 50)}), (0, 1, 'bounced_hard', ${Math.floor(size / 50)})`)
  await db.run(
    sql`insert into breakdowns (bucket, activity_id, kind, key, figure, n) values (0, 1, 'code', 'smpp:0x0b', 'bounced_hard', 1)`,
  )
  for (const table of [sql`vacuum analyze profiles`, sql`vacuum analyze messages`]) await db.run(table)
  await db.query(sql`select count(*) from messages where bucket = ${everyBucket}`)
}

function runOnce(what: Writing, connectionString: string, limit: number): Promise<Written> {
  const child = spawn(
    process.execPath,
    [...webFlags, fileURLToPath(new URL('export-run.ts', import.meta.url)), what, connectionString, String(limit)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  let said = ''
  child.stdout.on('data', chunk => (said += String(chunk)))
  return new Promise((resolve, reject) => {
    child.once('close', code =>
      code === 0 ? resolve(JSON.parse(said)) : reject(new Error(`${what} ended with ${code}`)),
    )
  })
}

const rounded = (figure: number) => Math.round(figure * 1000) / 1000
