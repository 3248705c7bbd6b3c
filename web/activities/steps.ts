/** The steps of the wizard in their order: address, label, and the name that the server gives them in its problems. */
import type { Step } from '../routes.tsx'
import type { Activity } from './queries.ts'

type Problems = Activity['problems']

export const wizardSteps = [
  { step: 'details', label: 'Details', server: 'details' },
  { step: 'content', label: 'Content', server: 'content' },
  { step: 'send-to', label: 'Send to', server: 'sendTo' },
  { step: 'schedule', label: 'Schedule', server: 'schedule' },
  { step: 'overview', label: 'Overview', server: null },
] as const satisfies readonly { step: Step; label: string; server: Problems[number]['step'] | null }[]

export function problemsOf(step: Step, problems: Problems): Problems {
  const name = wizardSteps.find(known => known.step === step)?.server
  return problems.filter(problem => problem.step === name)
}

export function neighbours(step: Step): { before: Step | null; after: Step | null } {
  const at = wizardSteps.findIndex(known => known.step === step)
  return { before: wizardSteps[at - 1]?.step ?? null, after: wizardSteps[at + 1]?.step ?? null }
}
