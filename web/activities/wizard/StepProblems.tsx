/** What is missing on a step, in the server's sentences. */
import { Alert, List } from '@mantine/core'
import { IconAlertCircle } from '@tabler/icons-react'
import type { StepPath } from '../../../core/activities/steps.ts'
import { ink } from '../../ui/status.ts'
import { problemsOf } from '../steps.ts'
import type { Draft } from '../useDraft.ts'

interface Props {
  step: StepPath
  draft: Draft
  /** Codes that the step shows beside their field. */
  told?: ReadonlySet<string>
}

export function StepProblems({ step, draft, told }: Props) {
  const problems = problemsOf(step, draft.problems).filter(({ code }) => !told?.has(code))
  const refused = draft.state.kind === 'failed' ? draft.state.problem : null
  if (problems.length === 0 && !refused) return null
  return (
    <Alert
      variant="default"
      icon={<IconAlertCircle color={ink('orange')} />}
      title={refused ? 'This is not saved' : 'Before it can be sent'}
    >
      <List size="sm" spacing={4}>
        {refused && (
          <List.Item>
            {refused.title} {refused.fix}
          </List.Item>
        )}
        {problems.map(problem => (
          <List.Item key={problem.code + problem.sentence} className="wrap-anywhere">
            {problem.sentence}
          </List.Item>
        ))}
      </List>
    </Alert>
  )
}
