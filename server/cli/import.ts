/** `homing import FILE`: the same import as the pages', run here and now from a file of this machine. */

import { stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import type { CountryCode } from 'libphonenumber-js/max'
import { type EncodingName, encodingNamed, encodingNames } from '../../core/encodings.ts'
import { problem } from '../../core/problems.ts'
import { listAttributes } from '../access/workspaces.ts'
import { fillMap } from '../imports/fill-map.ts'
import { checkMapping, type ImportProgress, type ImportResult } from '../imports/import.ts'
import { importsFolder, rejectedName } from '../imports/jobs.ts'
import { optionsMap, parseMap, whoKeys } from '../imports/mapping.ts'
import { archivedNames } from '../imports/preview.ts'
import { createImport, type ImportOptions, readingOfRow, runImport as runRecorded } from '../imports/run-import.ts'
import { countryOf } from '../profiles/phone-check.ts'
import type { CommandWords } from './arguments.ts'
import type { CliContext } from './context.ts'
import { actor, neededWorkspace } from './set-up.ts'

const usage = 'import FILE --workspace W [--map phone=Mobil,external_key=Kundnr,…]'

export async function runImport({ db, clock, config }: CliContext, words: CommandWords): Promise<undefined> {
  const [file] = words.positionals
  if (file === undefined) throw problem('cli_usage', { what: 'The file is missing', usage })
  const path = resolve(file)
  // Everything that can be wrong with the words is said before anything is made.
  const { map, ...given } = readWords(words)
  words.needed('workspace')
  const { size } = await stat(path).catch((error: Error) => {
    throw problem('file_unreadable', {
      file,
      what: 'code' in error && error.code === 'ENOENT' ? 'there is none.' : error.message,
    })
  })
  if (map !== null) await checkMapping(path, map, readingOfRow(given))
  const workspace = await neededWorkspace(db, words)
  const archived = archivedNames(await listAttributes(db, workspace.id))
  const options = await optionsOf(path, words, { own: countryOf(workspace.defaultCountry), archived })
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

/** All that can be read without the file and the workspace. Throws what is wrong with the words. */
function readWords(words: CommandWords) {
  const mode = words.text('mode') ?? 'both'
  if (mode !== 'both' && mode !== 'create' && mode !== 'update') {
    throw problem('cli_usage', { what: `--mode is "${mode}"`, usage: 'import … --mode both|create|update' })
  }
  const key = words.text('key')
  const chosen = whoKeys.find(known => known === key)
  if (key !== undefined && chosen === undefined) {
    throw problem('cli_usage', { what: `--key is "${key}"`, usage: 'import … --key external_key|phone|email' })
  }
  const map = words.text('map')
  const country = words.text('country')
  const listed = (flag: string) => (words.text(flag) ?? '').split(',').filter(word => word.trim() !== '')
  return {
    map: map === undefined ? null : parseMap(map, { whole: !words.on('suggest') }),
    country: country === undefined ? null : countryOf(country),
    topic: words.text('topic') ?? 'Offers',
    mode,
    encoding: encodingOf(words.text('encoding')),
    headerLine: headerLineOf(words.text('header-line')),
    sheet: words.text('sheet') ?? null,
    consentWords: { yes: listed('consent-yes'), no: listed('consent-no') },
    ...(chosen === undefined ? {} : { key: chosen }),
  } as const
}

/** Columns that the mapping does not name are imported as suggested, if there is no mapping or `--suggest` asks for it. */
async function optionsOf(
  path: string,
  words: CommandWords,
  { own, archived }: { own: CountryCode; archived: ReadonlySet<string> },
): Promise<ImportOptions> {
  const { map: entries, country, ...base } = readWords(words)
  const map = optionsMap(entries ?? [])
  if (entries !== null && !words.on('suggest')) return { ...base, country: country ?? own, map }
  return { ...base, ...(await fillMap(path, { map, own, country, reading: readingOfRow(base), archived })) }
}

function encodingOf(given: string | undefined): EncodingName | null {
  if (given === undefined) return null
  const known = encodingNamed(given)
  if (known !== undefined) return known
  const usage = `import … --encoding ${encodingNames.join('|')}`
  throw problem('cli_usage', { what: `--encoding is "${given}"`, usage })
}

function headerLineOf(given: string | undefined): number | null {
  if (given === undefined) return null
  const line = /^\d{1,4}$/.test(given) ? Number(given) : Number.NaN
  if (line <= 1000) return line
  const usage = 'import … --header-line N (0: the list has no column names)'
  throw problem('cli_usage', { what: `--header-line is "${given}"`, usage })
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
  words: CommandWords,
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
      const share = step === 'reading' ? ` ${Math.floor((100 * bytesRead) / Math.max(1, bytesTotal))}%` : ''
      const what = step === 'waiting' ? 'waiting for another import of this workspace' : step
      stderr.write(`\r\u001b[K${what}${share}: ${rowsRead} rows`)
    },
    end() {
      if (shown) stderr.write('\r\u001b[K')
      shown = false
    },
  }
}
