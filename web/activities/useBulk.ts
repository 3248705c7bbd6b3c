/**
 * Acts on the chosen activities: one after the other on those in a state that allows it, all of them even if one fails, and
 * one message at the end: how many, how many were left out. What was deleted can be brought back from that message.
 */
import { type ActivityAct, allows } from '../../core/activities/states.ts'
import { notifyDone, notifyProblem, notifyUndoable } from '../ui/ErrorState.tsx'
import { count, plural } from '../ui/numbers.ts'
import { type ActivityRow, hasNotStarted, useActs } from './queries.ts'

export function useBulk(
  workspace: number,
  rows: readonly ActivityRow[],
  onDone: () => void,
  onOpen: (id: number) => void,
) {
  const acts = useActs(workspace)
  type Doing = { mutateAsync: (id: number) => Promise<unknown> }

  /** Those for which it succeeded; each failure is shown in its own words. */
  const each = async (doing: Doing, chosen: readonly ActivityRow[]): Promise<ActivityRow[]> => {
    const done: ActivityRow[] = []
    for (const row of chosen) await doing.mutateAsync(row.id).then(() => done.push(row), notifyProblem)
    return done
  }
  const act = (name: ActivityAct, doing: Doing, word: string) => async () => {
    const chosen = rows.filter(row => allows(name, row.state))
    const done = await each(doing, chosen)
    if (done.length > 0) notifyDone(told(word, done, rows.length - chosen.length))
    onDone()
  }
  const remove = async () => {
    const chosen = rows.filter(row => allows('delete', row.state) && hasNotStarted(row))
    const done = await each(acts.remove, chosen)
    if (done.length > 0)
      notifyUndoable(told('Deleted', done, rows.length - chosen.length), async () => {
        const back = await each(acts.restore, done)
        if (back.length > 0) notifyDone(told('Restored', back, 0))
      })
    onDone()
  }
  return {
    duplicate: async () => {
      const copies: number[] = []
      const duplicate = async (id: number) => copies.push((await acts.duplicate.mutateAsync(id)).id)
      const done = await each({ mutateAsync: duplicate }, rows)
      const [copy] = copies
      if (copy && copies.length === 1) onOpen(copy)
      else if (done.length > 0) notifyDone(`${told('Duplicated', done, 0)} See Drafts.`)
      onDone()
    },
    pause: act('pause', acts.pause, 'Paused'),
    resume: act('resume', acts.resume, 'Resumed'),
    cancel: act('cancel', acts.cancel, 'Cancelled'),
    remove,
  }
}

/** "Paused “Spring”.", "Deleted 3 SMS. 2 others are unchanged: their state does not allow it." */
function told(word: string, done: readonly ActivityRow[], leftOut: number): string {
  const what = done.length === 1 ? `“${done[0]?.name}”` : plural(done.length, 'SMS', 'SMS')
  if (leftOut === 0) return `${word} ${what}.`
  const others = leftOut === 1 ? 'One other is unchanged: its' : `${count(leftOut)} others are unchanged: their`
  return `${word} ${what}. ${others} state does not allow it.`
}
