/** The steps as links, each with what is missing on it. */

import { IconAlertCircle, IconCircleCheck } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { type StepPath, steps } from '../../../core/activities/steps.ts'
import { paths } from '../../paths.ts'
import { intoView } from '../../ui/intoView.ts'
import { plural } from '../../ui/numbers.ts'
import { ink } from '../../ui/status.ts'
import type { Activity } from '../queries.ts'
import { problemsOf } from '../steps.ts'
import classes from './StepLinks.module.css'

interface Props {
  workspace: number
  activity: number
  current: StepPath
  problems: Activity['problems']
  /** The text is too long for some of the people whom Send to selects. */
  tooLong: boolean
}

export function StepLinks({ workspace, activity, current, problems, tooLong }: Props) {
  return (
    <nav aria-label="Steps">
      <ol className={classes.steps}>
        {steps.map(({ path: step, label }, at) => {
          const missing = problemsOf(step, problems).length
          const cannot = step === 'send-to' && tooLong
          return (
            <li key={step}>
              <Link
                {...paths.edit(workspace, activity, step)}
                className={classes.step}
                aria-current={step === current ? 'step' : undefined}
                ref={step === current ? intoView : undefined}
                resetScroll={false}
              >
                <span className={classes.number}>{at + 1}</span>
                {label}
                {step !== 'overview' &&
                  (missing > 0 || cannot ? (
                    <IconAlertCircle
                      size={16}
                      color={ink('orange')}
                      aria-label={missing > 0 ? `, ${plural(missing, 'thing')} missing` : ', too long for some people'}
                    />
                  ) : (
                    <IconCircleCheck size={16} color={ink('teal')} aria-label=", complete" />
                  ))}
              </Link>
            </li>
          )
        })}
      </ol>
    </nav>
  )
}
