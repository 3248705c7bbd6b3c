/** The steps of the wizard by the addresses of their pages. */
import { type StepKey, type StepPath, steps } from '../../core/activities/steps.ts'
import type { Activity } from './queries.ts'

type Problems = Activity['problems']

/** The step of that address; the first one where there is none. */
export function stepAt(path: string): StepPath {
  return steps.find(step => step.path === path)?.path ?? steps[0].path
}

export function problemsOf(path: StepPath, problems: Problems): Problems {
  const key: StepKey | undefined = steps.find(step => step.path === path)?.key
  return problems.filter(problem => problem.step === key)
}

export function neighbours(path: StepPath): { before: StepPath | null; after: StepPath | null } {
  const at = steps.findIndex(step => step.path === path)
  return { before: steps[at - 1]?.path ?? null, after: steps[at + 1]?.path ?? null }
}
