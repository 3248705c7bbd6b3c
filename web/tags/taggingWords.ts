/** What a change of tags does and has done, in words. */
import { percent, plural } from '../ui/numbers.ts'
import type { Tagging } from './queries.ts'

/** "add vip, remove old" */
export const taggingChange = ({ add, remove }: Pick<Tagging, 'add' | 'remove'>) =>
  [...add.map(tag => `add ${tag}`), ...remove.map(tag => `remove ${tag}`)].join(', ')

type Counted =
  | 'state'
  | 'done'
  | 'changed'
  | 'found'
  | 'locked'
  | 'full'
  | 'restored'
  | 'undoLocked'
  | 'undoFull'
  | 'undoLater'

/** How far it is, or what it has done: everybody that it found is in one of the numbers. */
export function taggingOutcome({
  state,
  done,
  changed,
  found,
  locked,
  full,
  restored,
  ...left
}: Pick<Tagging, Counted>): string {
  const share = percent(done)
  if (state === 'running') return `${share} done, ${plural(changed, 'profile')} changed`
  if (state === 'undoing') return `Undoing: ${share} done`
  if (state === 'undone')
    return [
      `Undone: ${plural(restored, 'profile')} as before`,
      ...(left.undoLocked > 0 ? [`${plural(left.undoLocked, 'profile')} still changed: locked`] : []),
      ...(left.undoFull > 0 ? [`${plural(left.undoFull, 'profile')} still changed: too many tags`] : []),
      ...(left.undoLater > 0 ? [`${plural(left.undoLater, 'profile')} still changed: a later change stays`] : []),
    ].join(' · ')
  const same = found - changed - locked - full
  return [
    `${state === 'failed' ? 'Stopped: ' : ''}${plural(changed, 'profile')} changed`,
    ...(same > 0 ? [`${plural(same, 'profile')} already so`] : []),
    ...(locked > 0 ? [`${plural(locked, 'profile')} locked`] : []),
    ...(full > 0 ? [`${plural(full, 'profile')} with too many tags`] : []),
  ].join(' · ')
}
