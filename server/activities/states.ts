/**
 * In which state may what be done to an activity, and where does it lead? The one table; the verbs here and the pages read it.
 *
 *   draft -> scheduled -> starting -> sending -> sent
 *                        |          \-> paused -> (resume)     any of them before sent -> cancelled
 *                        \-> failed -> (resume: once more; edit: a draft again)
 *
 * scheduled -> starting -> sending -> sent, and failed, are steps of the worker. Nobody was sent anything of a failed one.
 */
import { problem } from '../../core/problems.ts'

export const activityStates = [
  'draft',
  'scheduled',
  'starting',
  'sending',
  'paused',
  'sent',
  'cancelled',
  'failed',
] as const
export type ActivityState = (typeof activityStates)[number]

export const acts = {
  edit: { from: ['draft', 'failed'], done: 'edited' },
  delete: { from: ['draft'], done: 'deleted' },
  test: { from: ['draft', 'failed'], done: 'sent as a test' },
  schedule: { from: ['draft', 'failed'], done: 'scheduled' },
  pause: { from: ['starting', 'sending'], done: 'paused' },
  resume: { from: ['paused', 'failed'], done: 'resumed' },
  cancel: { from: ['scheduled', 'starting', 'sending', 'paused', 'failed'], done: 'cancelled' },
} as const satisfies Record<string, { from: readonly ActivityState[]; done: string }>
export type ActivityAct = keyof typeof acts

export function mayBe(act: ActivityAct, state: ActivityState): boolean {
  const from: readonly ActivityState[] = acts[act].from
  return from.includes(state)
}

/** The problem that says why not. */
export function refusal(act: ActivityAct, state: ActivityState) {
  return problem('activity_state', {
    state: inWords(state),
    act: acts[act].done,
    from: acts[act].from.map(inWords).join(', '),
  })
}

function inWords(state: ActivityState): string {
  return state === 'draft' ? 'a draft' : state
}
