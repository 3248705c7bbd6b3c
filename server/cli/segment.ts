/** The verb `segment`: list, create, count and export, by the same functions as the pages and the API. */
import { readFile } from 'node:fs/promises'
import { Problem, problem } from '../../core/problems.ts'
import { readTree, type SegmentTree } from '../../core/segments/tree.ts'
import { formatKeys, formatOf } from '../files/write-listing.ts'
import type { Db } from '../platform/db/database.ts'
import { planMembersExport } from '../segments/export-segment.ts'
import { createSegment, keepSize, listSegments, type Segment, treeOf } from '../segments/saved.ts'
import { countMembers } from '../segments/segment-members.ts'
import type { CommandWords } from './arguments.ts'
import type { CliContext } from './context.ts'
import { writeOut } from './output.ts'
import { actor, neededWorkspace, printAnswer, usage } from './set-up.ts'

export const segmentUsage =
  'segment list --workspace W | segment create NAME FILE.json --workspace W | segment count NAME|FILE.json --workspace W [--estimate] | segment export NAME --workspace W [--format csv|xlsx|ndjson] --out FILE|-'

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
