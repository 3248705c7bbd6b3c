/** Files of imports end: rejected rows 30 days after the import, uploads with it, and what a crash has left a day later. */
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { testApp } from '../access/app.fixture.ts'
import { sql } from '../platform/db/sql.ts'
import { forgetImportFiles, rejectedKeptDays } from './kept-files.ts'

const app = testApp()
const now = new Date('2026-06-01T00:00:00Z')
const daysAgo = (days: number) => new Date(now.getTime() - days * 24 * 3_600_000)

test('files of finished imports are deleted, those of running or recent ones stay, and the import no longer offers a file that is gone', async () => {
  const { id: workspaceId } = await app.workspace('Kept')
  const folder = join(app.deps.config.dataFolder, 'imports')
  mkdirSync(folder, { recursive: true })
  const make = async (state: string, finishedAt: Date | null, upload: string | null = null) => {
    const [row] = await app.db.query<{ id: number }>(sql`
      insert into imports (workspace_id, file_name, options, state, created_at, finished_at, rejected, rejected_rows, upload)
      values (${workspaceId}, 'list.csv', '{}', ${state}, ${daysAgo(90)}, ${finishedAt}, 2, 'x', ${upload}) returning id`)
    return row!.id
  }
  const file = (name: string, ageDays: number) => {
    writeFileSync(join(folder, name), 'line,column,value,reason\n')
    const at = Date.now() / 1000 - ageDays * 86_400
    utimesSync(join(folder, name), at, at)
    return name
  }
  const upload = (n: number) => `${n}0000000-0000-4000-8000-000000000000.csv`
  const old = await make('done', daysAgo(rejectedKeptDays + 1))
  const young = await make('failed', daysAgo(rejectedKeptDays - 1))
  const running = await make('running', null, upload(1))
  file(`${old}-rejected.csv`, 31)
  file('999999-rejected.csv', 2)
  file(upload(2), 2)
  file(`${young}-rejected.csv.new`, 2)
  const kept = [
    file(`${young}-rejected.csv`, 29),
    file(`${running}-rejected.csv`, 90),
    file(upload(1), 90),
    file(upload(3), 0.5),
    file('note.txt', 400),
  ]
  expect(await forgetImportFiles(app.db, app.deps.config.dataFolder, now)).toBe(4)
  expect(readdirSync(folder).sort()).toEqual(kept.sort())
  const rows = await app.db.query(
    sql`select id from imports where workspace_id = ${workspaceId} and rejected_rows is not null order by id`,
  )
  expect(rows).toEqual([{ id: young }, { id: running }])
})
