/**
 * The alarms above every page: what is wrong and what to do, in a marketer's words, with technical details one click away.
 * A user can hide each alarm until it changes.
 */
import { Alert, Anchor, Button, Code, Collapse, Group, Stack, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { useId } from 'react'
import { paths } from '../paths.ts'
import { TextLink } from '../ui/links.tsx'
import { ink } from '../ui/status.ts'
import { Time } from '../ui/Time.tsx'
import { type Alarm, alarmsQuery, usePutAside } from './alarms.ts'
import { meQuery, useWorkspace } from './me.ts'
import { isOfUnmatched, urgentFirst } from './urgency.ts'

/** Further alarms are behind a button, so that they do not push the page down. */
const shownAtOnce = 2

export function Alarms() {
  const workspace = useWorkspace()
  const { data: me } = useSuspenseQuery(meQuery)
  const { data = [] } = useQuery(alarmsQuery(workspace.id))
  const { isAside, putAside } = usePutAside(me.user.id, data)
  const [all, { open }] = useDisclosure()
  // Held.tsx shows that sending is held, with the button that resumes it.
  const standing = urgentFirst(data.filter(alarm => alarm.kind !== 'sending_held' && !isAside(alarm)))
  if (standing.length === 0) return null
  const hidden = all ? 0 : Math.max(0, standing.length - shownAtOnce)
  return (
    <section aria-label="Alarms">
      {standing.slice(0, standing.length - hidden).map(alarm => (
        <OneAlarm key={alarm.id} alarm={alarm} workspace={workspace.id} onPutAside={() => putAside(alarm)} />
      ))}
      {hidden > 0 && (
        <Button variant="subtle" size="compact-sm" m="xs" onClick={open}>
          Show {hidden} more
        </Button>
      )}
    </section>
  )
}

interface Props {
  alarm: Alarm
  workspace: number
  onPutAside: () => void
}

function OneAlarm({ alarm, workspace, onPutAside }: Props) {
  const [opened, { toggle }] = useDisclosure()
  const id = useId()
  return (
    <Alert
      variant="default"
      radius={0}
      role="alert"
      icon={<IconAlertTriangle color={ink('orange')} aria-hidden />}
      title={<span className="wrap-anywhere">{alarm.sentence}</span>}
      withCloseButton
      closeButtonLabel="Hide this alarm until it changes"
      onClose={onPutAside}
      styles={{ root: { borderWidth: '0 0 1px' } }}
    >
      <Stack gap={4}>
        <Text size="sm">{alarm.fix}</Text>
        <Group gap="md">
          <Text size="sm" c="dimmed">
            Since <Time at={alarm.raisedAt} />
          </Text>
          {isOfUnmatched(alarm) ? (
            <TextLink {...paths.unmatched(workspace)} size="sm">
              View unmatched
            </TextLink>
          ) : alarm.gatewayId !== null ? (
            <TextLink {...paths.gateways(workspace)} size="sm">
              View gateways
            </TextLink>
          ) : null}
          {alarm.activityId !== null && (
            <TextLink {...paths.report(workspace, alarm.activityId)} size="sm">
              View SMS
            </TextLink>
          )}
          <Anchor component="button" type="button" size="sm" onClick={toggle} aria-expanded={opened} aria-controls={id}>
            Technical details
          </Anchor>
        </Group>
        <Collapse expanded={opened} id={id}>
          <Code block style={{ whiteSpace: 'pre-wrap' }}>
            {alarm.detail}
          </Code>
        </Collapse>
      </Stack>
    </Alert>
  )
}
