/** Imports a made-up list as a person would. One that was cut off is run again. */
import { rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { problem } from '../../core/problems.ts'
import { importsFolder, rejectedName } from '../imports/jobs.ts'
import { optionsMap, parseMap } from '../imports/mapping.ts'
import { createImport, runImport } from '../imports/run-import.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { type DemoList, demoList, demoMap } from './demo-list.ts'

export interface DemoListInput {
  workspaceId: number
  dataFolder: string
  fileName: string
  topic: string
  list: DemoList
  actor: string
  now: Date
}

/** Does nothing where a list of this name has been imported. */
export async function importList(db: Database, input: DemoListInput): Promise<void> {
  const { workspaceId, dataFolder, fileName, topic, list, actor, now } = input
  const known = await findImport(db, workspaceId, fileName)
  if (known?.state === 'done') return
  const folder = await importsFolder(dataFolder)
  const path = join(folder, `demo-${fileName}`)
  await writeFile(path, demoList(list), { mode: 0o600 })
  try {
    const options = { country: 'SE', topic, map: optionsMap(parseMap(demoMap)), mode: 'both' as const }
    const { size: bytes } = await stat(path)
    const importId =
      known?.state === 'running' || known?.state === 'waiting'
        ? known.id
        : await createImport(db, { workspaceId, fileName, options, upload: null, bytes, actor }, now)
    const name = rejectedName(importId)
    const rejected = { path: join(folder, name), name }
    const imported = await runImport(db, { importId, path, rejected, now: () => now })
    if (imported === null) throw problem('internal')
  } finally {
    await rm(path, { force: true })
  }
}

async function findImport(db: Db, workspaceId: number, fileName: string) {
  const [row] = await db.query<{ id: number; state: string }>(
    sql`select id, state from imports where workspace_id = ${workspaceId} and file_name = ${fileName} order by id desc limit 1`,
  )
  return row
}
