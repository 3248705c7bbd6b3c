/** What the state of an activity means for its figures, where they will not move by themselves as one expects. */
import { Alert, Code } from '@mantine/core'
import { paths } from '../paths.ts'
import { useWorkspace } from '../shell/me.ts'
import { TextLink } from '../ui/links.tsx'
import { activityLook, ink } from '../ui/status.ts'
import { Time } from '../ui/Time.tsx'
import type { Report } from './queries.ts'

const notes: Readonly<Record<string, string>> = {
  paused:
    'Nothing more is sent until it is resumed on the start page. What was sent before still brings in deliveries and clicks.',
  cancelled:
    'What was not sent by then stays unsent and costs nothing. What was sent still brings in deliveries and clicks.',
}

export function StateNote({ report }: { report: Report }) {
  const workspace = useWorkspace()
  const { state, figures, overview } = report
  const { label, color, Icon } = activityLook(state)
  const icon = <Icon color={ink(color)} aria-hidden />
  if (state === 'scheduled')
    return (
      <Alert variant="default" icon={icon} title={label}>
        It starts <Time at={overview.sendAt} />. The figures appear then.
      </Alert>
    )
  if (state === 'failed')
    return (
      <Alert variant="default" icon={icon} title={label}>
        It could not be started, and nobody was sent anything. Try it again, edit it or cancel it on the start page.
        <Details of={overview.stateDetail} />
      </Alert>
    )
  const note = notes[state]
  if (note !== undefined)
    return (
      <Alert variant="default" icon={icon} title={label}>
        {note}
        <Details of={overview.stateDetail} />
      </Alert>
    )
  if (overview.frozenAt !== null && figures.targeted === 0)
    return (
      <Alert variant="default" title="Nobody was targeted">
        No profile had consented to what Send to names when it started, so nothing was sent and nothing is charged.
      </Alert>
    )
  if (overview.frozenAt !== null && figures.notSent === figures.targeted)
    return (
      <Alert variant="default" title="Nobody got it">
        Everybody whom Send to selected was left out, so nothing was sent and nothing is charged. The reasons stand
        under{' '}
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
