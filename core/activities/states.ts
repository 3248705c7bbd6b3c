/**
 * The states of an activity, and what a person may do in each. The server refuses by this table and the pages offer by it.
 *
 *   draft -> scheduled -> starting -> sending -> sent
 *                        |          \-> paused -> (resume)     any of them but sent -> cancelled
 *                        \-> failed -> (resume: try again; edit: back to draft)
 *
 * A scheduled activity that is unscheduled is a draft again. A cancelled one can be deleted as long as it never started.
 *
 * The worker moves an activity from scheduled through starting and sending to sent, or to failed. A failed activity has sent nothing.
 */
import { problem } from '../problems.ts'

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

/** Changes of one activity. `done` completes "An activity can be …". */
const changes = {
  edit: { from: ['draft', 'failed'], done: 'edited' },
  delete: { from: ['draft', 'cancelled'], done: 'deleted' },
  test: { from: ['draft', 'failed'], done: 'sent as a test' },
  schedule: { from: ['draft', 'failed'], done: 'scheduled' },
  unschedule: { from: ['scheduled'], done: 'moved to drafts' },
  pause: { from: ['starting', 'sending'], done: 'paused' },
  planReminder: {
    from: ['draft', 'failed', 'scheduled', 'starting', 'sending', 'paused', 'sent'],
    done: 'given another reminder',
  },
  resume: { from: ['paused', 'failed'], done: 'resumed' },
  cancel: { from: ['scheduled', 'starting', 'sending', 'paused', 'failed'], done: 'cancelled' },
} as const satisfies Record<string, { from: readonly ActivityState[]; done: string }>
export type ActivityChange = keyof typeof changes

/** What the pages show of an activity. A comparison is by time since the start, so it needs an activity that has started. */
const views = {
  report: { from: ['scheduled', 'starting', 'sending', 'paused', 'sent', 'cancelled', 'failed'] },
  compare: { from: ['sending', 'paused', 'sent', 'cancelled', 'failed'] },
} as const satisfies Record<string, { from: readonly ActivityState[] }>

export const acts = { ...changes, ...views }
export type ActivityAct = keyof typeof acts

export function allows(act: ActivityAct, state: ActivityState): boolean {
  const from: readonly ActivityState[] = acts[act].from
  return from.includes(state)
}

/** Is it worked on in the wizard, or looked at in its report? A scheduled one is unscheduled first. */
export function isInWizard(state: ActivityState): boolean {
  return state === 'draft' || state === 'failed'
}

/**
 * Of one whose audience is not frozen yet: it has a version that its start will send, or a try again. So who gets it is what that version says, not what
 * its segments have become. One that is paused was paused during its start.
 */
export const statesBeforeStart = ['scheduled', 'starting', 'paused', 'failed'] as const satisfies ActivityState[]

export function willStart(state: ActivityState): boolean {
  return statesBeforeStart.some(before => before === state)
}

/** The problem that says why a change is not possible in this state. */
export function refusal(change: ActivityChange, state: ActivityState) {
  return problem('activity_state', {
    state: inWords(state),
    act: changes[change].done,
    from: changes[change].from.map(inWords).join(', '),
  })
}

/** Does the worker move it from this state without a person's decision? */
export function isMoving(state: ActivityState): boolean {
  return state === 'starting' || state === 'sending'
}

function inWords(state: ActivityState): string {
  return state === 'draft' ? 'a draft' : state
}
