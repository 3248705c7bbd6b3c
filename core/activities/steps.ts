/** The steps in which an activity is made, in their order. The server names the step of each problem, the pages show it there. */

/** `path`: in the address of its page. */
export const steps = [
  { key: 'details', path: 'details', label: 'Details' },
  { key: 'content', path: 'content', label: 'Content' },
  { key: 'sendTo', path: 'send-to', label: 'Send to' },
  { key: 'schedule', path: 'schedule', label: 'Schedule' },
  { key: 'overview', path: 'overview', label: 'Overview' },
] as const
export type StepKey = (typeof steps)[number]['key']
export type StepPath = (typeof steps)[number]['path']

/** Steps in which something can be missing or wrong: all but the overview of them. */
export const checkedSteps = ['details', 'content', 'sendTo', 'schedule'] as const satisfies readonly StepKey[]
export type CheckedStep = (typeof checkedSteps)[number]
