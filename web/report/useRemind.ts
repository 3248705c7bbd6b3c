/** Makes the reminder of a sent SMS and opens it in the wizard. */
import { useNavigate } from '@tanstack/react-router'
import { useActs } from '../activities/queries.ts'
import { paths } from '../paths.ts'
import { notifyProblem } from '../ui/ErrorState.tsx'

export function useRemind(workspace: number): (activity: number) => void {
  const navigate = useNavigate()
  const { remind } = useActs(workspace)
  return activity =>
    remind.mutate(activity, {
      onSuccess: made => void navigate(paths.edit(workspace, made.id)),
      onError: notifyProblem,
    })
}
