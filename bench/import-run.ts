/** One import for import.ts, in a process of its own: `import-run.ts PATH CONNECTION WORKSPACE`. Prints an ImportRun. */
import { importProfiles } from '../server/imports/import.ts'
import { parseMap } from '../server/imports/mapping.ts'
import { openDatabase } from '../server/platform/db/database.ts'
import { type ImportRun, map } from './import.ts'

const [path = '', connectionString = '', workspace = ''] = process.argv.slice(2)
const db = openDatabase({ connection: { connectionString }, lane: 'bench', max: 3 })
const begun = performance.now()
let mergedFrom = begun
const { rows, created, updated, rejected } = await importProfiles(db, {
  workspaceId: Number(workspace),
  path,
  fileName: 'list',
  importId: null,
  country: 'SE',
  map: parseMap(map),
  topicName: 'Offers',
  mode: 'both',
  now: new Date(),
  rejectedPath: null,
  onProgress: ({ step }) => {
    if (step === 'reading') mergedFrom = performance.now()
  },
})
const ended = performance.now()
await db.end()
const run: ImportRun = {
  ms: ended - begun,
  readMs: mergedFrom - begun,
  rows,
  created,
  updated,
  rejected,
  cpuUs: process.cpuUsage().user + process.cpuUsage().system,
  peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024),
}
process.stdout.write(JSON.stringify(run))
