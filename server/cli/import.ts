/** `homing import FILE`: the same import as the pages', run here and now from a file of this machine. */

import { stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { problem } from '../../core/problems.ts'
import { checkMapping, type ImportProgress, type ImportResult } from '../imports/import.ts'
import { importsFolder, rejectedName } from '../imports/jobs.ts'
import { mapOf, parseMap, targetName } from '../imports/mapping.ts'
import { createImport, type ImportOptions, runImport as runRecorded } from '../imports/run-import.ts'
import { countryOf } from '../profiles/phone-check.ts'
import type { Words } from './arguments.ts'
import type { CliContext } from './context.ts'
import { actor, workspaceOf } from './settings.ts'

const usage = 'import FILE --workspace W --country SE --map phone=Mobil,external_key=Kundnr,…'

export async function runImport({ db, clock, config }: CliContext, words: Words): Promise<undefined> {
  const [file] = words.positionals
  if (file === undefined) throw problem('cli_usage', { what: 'The file is missing', usage })
  const path = resolve(file)
  // Everything that can be wrong with the words is said before anything is made.
  const options = readOptions(words)
  words.needed('workspace')
  const { size } = await stat(path).catch((error: Error) => {
    throw problem('file_unreadable', {
      file,
      what: 'code' in error && error.code === 'ENOENT' ? 'there is none.' : error.message,
    })
  })
  await checkMapping(path, mapOf(Object.entries(options.map)))
  const workspace = await workspaceOf(db, words)
  const importId = await createImport(
    db,
    { workspaceId: workspace.id, fileName: basename(path), options, upload: null, bytes: size, actor },
    clock.now(),
  )
  const rejected = await rejectedPlace(words.text('rejected'), config.data, importId)
  const stop = new AbortController()
  const onSignal = () => stop.abort()
  process.once('SIGINT', onSignal)
  const progress = progressLine()
  try {
    const result = await runRecorded(db, {
      importId,
      path,
      rejected,
      now: () => clock.now(),
      signal: stop.signal,
      onProgress: progress.show,
    })
    progress.end()
    if (result === null) throw problem('internal')
    tell(words, result, workspace.name, rejected.path)
  } finally {
    progress.end()
    process.off('SIGINT', onSignal)
  }
}

function readOptions(words: Words): ImportOptions {
  const mode = words.text('mode') ?? 'both'
  if (mode !== 'both' && mode !== 'create' && mode !== 'update') {
    throw problem('cli_usage', { what: `--mode is "${mode}"`, usage: 'import … --mode both|create|update' })
  }
  const map = parseMap(words.needed('map'))
  return {
    country: countryOf(words.text('country') ?? 'SE'),
    topic: words.text('topic') ?? 'Offers',
    map: Object.fromEntries(
      map.map(({ target, column }) => [
        target.kind === 'attribute' && target.type !== null
          ? `${targetName(target)}:${target.type}`
          : targetName(target),
        column,
      ]),
    ),
    mode,
  }
}

async function rejectedPlace(
  asked: string | undefined,
  dataFolder: string,
  importId: number,
): Promise<{ path: string; name: string }> {
  if (asked !== undefined) return { path: resolve(asked), name: basename(asked) }
  const name = rejectedName(importId)
  return { path: join(await importsFolder(dataFolder), name), name }
}

function tell(
  words: Words,
  { notes, skipped, ...result }: ImportResult,
  workspace: string,
  rejectedPath: string,
): void {
  for (const note of notes) process.stderr.write(`${note}\n`)
  if (skipped > 0) process.stderr.write(`${skipped} profiles were left alone because of --mode.\n`)
  if (result.rejected > 0)
    process.stderr.write(`${result.rejected} rows were rejected; they and the reasons are in ${rejectedPath}\n`)
  const sentence = `${result.created} profiles created and ${result.updated} updated in "${workspace}".`
  process.stdout.write(words.on('json') ? `${JSON.stringify(result)}\n` : `${sentence}\n`)
}

/** One line that is written over, where a person looks. */
function progressLine(): { show: (progress: ImportProgress) => void; end: () => void } {
  const { stderr } = process
  if (!stderr.isTTY) return { show: () => {}, end: () => {} }
  let shownAt = 0
  let shown = false
  return {
    show({ step, rowsRead, bytesRead, bytesTotal }) {
      if (step === 'reading' && Date.now() - shownAt < 200) return
      shownAt = Date.now()
      shown = true
      const share = step === 'reading' ? ` ${Math.floor((100 * bytesRead) / Math.max(1, bytesTotal))} %` : ''
      const what = step === 'waiting' ? 'waiting for another import of this workspace' : step
      stderr.write(`\r\u001b[K${what}${share}: ${rowsRead} rows`)
    },
    end() {
      if (shown) stderr.write('\r\u001b[K')
      shown = false
    },
  }
}
