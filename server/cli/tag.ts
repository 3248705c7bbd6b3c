/** The verb `tag`: the tags of everybody in a segment, changed here and now by the same steps as the workers', and undone. */
import { setTimeout as sleep } from 'node:timers/promises'
import { problem } from '../../core/problems.ts'
import { treeOf } from '../segments/saved.ts'
import { runTaggings } from '../tags/run-taggings.ts'
import { createTagging, getTagging, leftOf, type Tagging, undoTagging } from '../tags/taggings.ts'
import type { CommandWords } from './arguments.ts'
import type { CliContext } from './context.ts'
import { progressLine } from './progress-line.ts'
import { segmentNamed } from './segment.ts'
import { actor, neededWorkspace, printAnswer, usage } from './set-up.ts'

const tagUsage =
  'tag add --segment NAME --tag TAG[,TAG…] --workspace W | tag remove --segment NAME --tag TAG[,TAG…] --workspace W | tag undo ID --workspace W'

export async function runTag(place: CliContext, words: CommandWords): Promise<undefined> {
  const [act, given] = words.positionals
  const { db, clock } = place
  const workspace = await neededWorkspace(db, words)
  const acting = { workspaceId: workspace.id, actor, now: clock.now() }
  if (act === 'undo') {
    if (given === undefined || !/^\d{1,9}$/.test(given)) usage('Say which change, by the id that it printed', tagUsage)
    const { id } = await undoTagging(db, Number(given), acting)
    const undone = await finish(place, workspace.id, id)
    const left = leftOf(undone)
    const rest = left === 0 ? '' : ` ${left} are still changed (locked, or with too many tags): undo it again later.`
    printAnswer(words, undone, `${undone.restored} profiles have the tags that they had.${rest}`)
    return
  }
  if (act !== 'add' && act !== 'remove') usage('Say what to do: add, remove or undo', tagUsage)
  const tags = words.needed('tag').split(',')
  const segment = await segmentNamed(db, workspace.id, words.needed('segment'))
  const { id } = await createTagging(db, { [act]: tags, definition: treeOf(segment) }, acting)
  const done = await finish(place, workspace.id, id)
  const left = [
    ...(done.locked > 0 ? [`${done.locked} are locked`] : []),
    ...(done.full > 0 ? [`${done.full} have too many tags`] : []),
  ]
  printAnswer(
    words,
    done,
    `${done.changed} of ${done.found} profiles changed${left.length > 0 ? `; ${left.join(', ')}` : ''}. To undo it: homing tag undo ${id} --workspace "${workspace.name}"`,
  )
}

/** A worker may do some of it, and other changes of the workspace come first. */
async function finish({ db, clock }: CliContext, workspaceId: number, id: number): Promise<Tagging> {
  const progress = progressLine()
  try {
    for (;;) {
      await runTaggings({ db, now: () => clock.now() })
      const tagging = await getTagging(db, workspaceId, id)
      if (tagging.state === 'failed')
        throw problem('tagging_ended', { id, changed: tagging.changed, why: tagging.problem?.title ?? '' })
      if (tagging.state === 'done' || tagging.state === 'undone') return tagging
      progress.show(`${Math.floor((100 * tagging.bucket) / 256)}%: ${tagging.changed} profiles changed`)
      await sleep(200)
    }
  } finally {
    progress.end()
  }
}
