/** Explains the states of an activity in which its figures do not change as expected. */

import { Alert, Code } from '@mantine/core'
import { IconPlayerPause } from '@tabler/icons-react'
import { channels } from '../../core/channels.ts'
import { ScheduledChanges } from '../activities/AudienceChanges.tsx'
import { paths } from '../paths.ts'
import { useWorkspace } from '../shell/me.ts'
import { TextLink } from '../ui/links.tsx'
import { activityLook, ink } from '../ui/status.ts'
import { Time } from '../ui/Time.tsx'
import type { Report } from './queries.ts'

const notes: Readonly<Record<string, string>> = {
  paused:
    'No more messages are sent until you resume it on the start page. Deliveries and clicks of messages already sent are still counted.',
  cancelled:
    'Messages not sent before the cancellation will not be sent and cost nothing. Deliveries and clicks of messages already sent are still counted.',
}

const neverStarted = 'It was cancelled before it started. Nothing was sent or charged.'

export function StateNote({ report }: { report: Report }) {
  const workspace = useWorkspace()
  const { state, figures, overview } = report
  const { label, color, Icon } = activityLook(state)
  const icon = <Icon color={ink(color)} aria-hidden />
  const { pausedGateway } = overview
  if (pausedGateway !== null)
    return (
      <Alert
        variant="default"
        icon={<IconPlayerPause color={ink('yellow')} aria-hidden />}
        title={`Gateway ${pausedGateway} is paused`}
      >
        {state === 'scheduled' && (
          <>
            It starts <Time at={overview.sendAt} />.{' '}
            <ScheduledChanges activity={Number(report.activity)} revision={overview.revision} />
          </>
        )}
        Nothing more is sent until somebody resumes it under{' '}
        <TextLink {...paths.gateways(workspace.id)} inherit underline="always">
          Settings, Gateways
        </TextLink>
        . Deliveries and clicks of messages already sent are still counted.
      </Alert>
    )
  if (state === 'scheduled')
    return (
      <Alert variant="default" icon={icon} title={label}>
        It starts <Time at={overview.sendAt} />. The figures appear then.
        <ScheduledChanges activity={Number(report.activity)} revision={overview.revision} />
      </Alert>
    )
  if (state === 'failed')
    return (
      <Alert variant="default" icon={icon} title={label}>
        Sending could not start, so nothing was sent. Retry, edit or cancel it on the start page.
        <Details of={overview.stateDetail} />
      </Alert>
    )
  const note = state === 'cancelled' && overview.frozenAt === null ? neverStarted : notes[state]
  if (note !== undefined)
    return (
      <Alert variant="default" icon={icon} title={label}>
        {note}
        <Details of={overview.stateDetail} />
      </Alert>
    )
  if (overview.frozenAt !== null && figures.targeted === 0)
    return (
      <Alert variant="default" title="No one was targeted">
        No profile had consented to the selected topics when sending started. Nothing was sent or charged.
      </Alert>
    )
  if (overview.frozenAt !== null && figures.notSent === figures.targeted)
    return (
      <Alert variant="default" title={`No one got this ${channels[report.channel].words.message}`}>
        Every profile that Send to selected was left out. Nothing was sent or charged. See the reasons under{' '}
        <TextLink {...paths.report(workspace.id, report.activity, { tab: 'not-sent' })} inherit underline="always">
          Not sent
        </TextLink>
        .
      </Alert>
    )
  return null
}

function Details({ of }: { of: string | null }) {
  if (of === null) return null
  return (
    <details>
      <summary>Technical details</summary>
      <Code block className="wrap-anywhere" style={{ whiteSpace: 'pre-wrap' }}>
        {of}
      </Code>
    </details>
  )
}
