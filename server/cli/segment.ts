/** The verb `segment`: list, create, count and export, by the same functions as the pages and the API. */
import { readFile, stat, writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Problem, problem } from '../../core/problems.ts'
import { readTree, type SegmentTree } from '../../core/segments/tree.ts'
import { csvBom, csvLine } from '../files/csv-out.ts'
import { formatKeys, formatOf } from '../files/write-listing.ts'
import { importsFolder } from '../imports/jobs.ts'
import type { Db } from '../platform/db/database.ts'
import { countryOf } from '../profiles/phone-check.ts'
import { planMembersExport } from '../segments/export-segment.ts'
import { matchKinds } from '../segments/list-entries.ts'
import { runSegmentList, unmatchedName } from '../segments/run-segment-list.ts'
import { type Acting, createSegment, keepSize, listSegments, type Segment, treeOf } from '../segments/saved.ts'
import { createSegmentList, getSegmentList } from '../segments/segment-lists.ts'
import { countMembers } from '../segments/segment-members.ts'
import { unmatchedCsvOf } from '../segments/unmatched-entries.ts'
import type { CommandWords } from './arguments.ts'
import type { CliContext } from './context.ts'
import { writeOut } from './output.ts'
import { progressLine } from './progress-line.ts'
import { actor, neededWorkspace, printAnswer, usage } from './set-up.ts'

export const segmentUsage =
  'segment list --workspace W | segment create NAME FILE.json --workspace W | segment create NAME --from FILE --by phone|email|key|id [--column NAME] [--country SE] [--sheet NAME] [--unmatched FILE|-] --workspace W | segment count NAME|FILE.json --workspace W [--estimate] | segment export NAME --workspace W [--format csv|xlsx|ndjson] --out FILE|-'

export async function runSegment(place: CliContext, words: CommandWords): Promise<number | undefined> {
  const [act, name, file] = words.positionals
  const { db, clock } = place
  const workspace = await neededWorkspace(db, words)
  const asking = { workspaceId: workspace.id, now: clock.now() }
  if (act === 'list') {
    const segments = await listSegments(db, workspace.id)
    const lines = segments.map(({ name: of, size, frozen, archivedAt }) =>
      [
        of,
        size === null ? 'not counted yet' : `${size} profiles`,
        ...(frozen ? ['frozen'] : []),
        ...(archivedAt ? ['archived'] : []),
      ].join(', '),
    )
    printAnswer(words, segments, lines.join('\n') || 'No segments yet.')
    return undefined
  }
  if (name === undefined) usage('Say what to do, and with which segment', segmentUsage)
  if (act === 'create' && words.text('from') !== undefined)
    return createFromList(place, words, { ...asking, actor }, name)
  if (act === 'create') {
    if (file === undefined) usage('Name the file with the definition', segmentUsage)
    const made = await createSegment(db, { name, definition: await readJson(file) }, { ...asking, actor })
    printAnswer(words, made, `The segment “${made.name}” is saved.`)
    return undefined
  }
  if (act === 'count') {
    const saved = name.endsWith('.json') ? undefined : await segmentNamed(db, workspace.id, name)
    const tree = saved === undefined ? await treeIn(name) : treeOf(saved)
    const { n, range, asOf } = await countMembers(db, tree, asking, { sampled: words.on('estimate') })
    if (saved !== undefined && range === null) await keepSize(db, saved, n, asOf)
    printAnswer(
      words,
      { n, range, asOf },
      range === null ? `${n} profiles` : `about ${n} profiles, ${range.low} to ${range.high}`,
    )
    return undefined
  }
  if (act !== 'export') usage(`There is no act “${act}”`, segmentUsage)
  const asked = words.text('format') ?? 'csv'
  const format = formatOf(asked)
  if (format === undefined) usage(`There is no format “${asked}”: ${formatKeys.join(', ')}`, segmentUsage)
  const segment = await segmentNamed(db, workspace.id, name)
  const write = await planMembersExport(db, { name: segment.name, tree: treeOf(segment) }, asking, format)
  return writeOut(words, words.needed('out'), write)
}

/** Reads the list here and now, from a file of this machine. */
async function createFromList(
  { db, clock, config }: CliContext,
  words: CommandWords,
  acting: Acting,
  name: string,
): Promise<number | undefined> {
  const path = resolve(words.needed('from'))
  const asked = words.needed('by')
  const by = matchKinds.find(kind => kind === asked)
  if (by === undefined) usage(`--by is “${asked}”: ${matchKinds.join(', ')}`, segmentUsage)
  const { size } = await stat(path).catch((error: Error) => {
    throw problem('file_unreadable', { file: path, what: error.message })
  })
  const { defaultCountry } = await neededWorkspace(db, words)
  const options = {
    country: countryOf(words.text('country') ?? defaultCountry),
    column: words.text('column') ?? null,
    sheet: words.text('sheet') ?? null,
  }
  const made = { name, by, fileName: basename(path), path, upload: null, bytes: size, options }
  const { id } = await createSegmentList(db, made, acting)
  const folder = await importsFolder(config.data)
  const stop = new AbortController()
  const onSignal = () => stop.abort()
  process.once('SIGINT', onSignal)
  const progress = progressLine()
  try {
    await runSegmentList(db, {
      id,
      path,
      folder,
      now: () => clock.now(),
      signal: stop.signal,
      onProgress: ({ step, entries, bytesRead }) =>
        progress.show(
          step === 'reading'
            ? `reading ${Math.floor((100 * bytesRead) / Math.max(1, size))}%: ${entries} entries`
            : step === 'waiting'
              ? 'waiting for an import of this workspace'
              : `matching ${entries} entries`,
        ),
    })
  } finally {
    progress.end()
    process.off('SIGINT', onSignal)
    await writeUnmatched(words, join(folder, unmatchedName(id)))
  }
  const list = await getSegmentList(db, acting.workspaceId, id)
  for (const note of list.notes) process.stderr.write(`${note}\n`)
  const { people, matched, doubled, unmatched } = list
  printAnswer(
    words,
    list,
    `The segment “${list.name}” has ${people} profiles. Of ${list.entries} entries, ${matched} matched, ${doubled} repeat one of these, ${unmatched} matched nobody.`,
  )
  return undefined
}

/** Also of a list that matched nobody. */
async function writeUnmatched(words: CommandWords, path: string): Promise<void> {
  const file = words.text('unmatched')
  if (file === undefined) return
  const exists = await stat(path).catch(() => undefined)
  const csv = exists === undefined ? [csvBom, csvLine(['line', 'value', 'reason'])] : unmatchedCsvOf(path)
  try {
    if (file === '-') await pipeline(Readable.from(csv), process.stdout, { end: false })
    else await writeFile(file, Readable.from(csv), { mode: 0o600 })
  } catch (error) {
    throw problem('file_not_written', { file, what: error instanceof Error ? error.message : String(error) })
  }
}

/** Throws segment_missing, which names those that are there. */
export async function segmentNamed(db: Db, workspaceId: number, name: string): Promise<Segment> {
  const segments = await listSegments(db, workspaceId)
  const found = segments.find(segment => segment.name === name)
  if (found === undefined)
    throw problem('segment_missing', {
      segment: name,
      known: segments.map(segment => segment.name).join(', ') || 'none',
    })
  return found
}

/** Says the file beside the place in it. */
async function treeIn(file: string): Promise<SegmentTree> {
  try {
    return readTree(await readJson(file))
  } catch (error) {
    if (error instanceof Problem && typeof error.details.where === 'string')
      throw new Problem(error.code, { ...error.details, where: `${file}: ${error.details.where}` })
    throw error
  }
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    throw problem('file_unreadable', { file, what: error instanceof Error ? error.message : String(error) })
  }
}
