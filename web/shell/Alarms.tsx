/**
 * The alarms above every page: what is wrong and what to do, in a marketer's words, with technical details one click away.
 * A user can hide each alarm until it changes.
 */
import { Alert, Anchor, Button, Code, Collapse, Group, Stack, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react'
import { useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { useId, useMemo } from 'react'
import { paths } from '../paths.ts'
import { TextLink } from '../ui/links.tsx'
import { ink } from '../ui/status.ts'
import { Time } from '../ui/Time.tsx'
import { type Alarm, alarmsQuery, usePutAside } from './alarms.ts'
import { useInPlace } from './in-place.ts'
import { meQuery, useWorkspace } from './me.ts'
import { isOfUnmatched, urgentFirst } from './urgency.ts'

const none: readonly Alarm[] = []
/** Further alarms are behind a button, so that they do not push the page down. */
const shownAtOnce = 2

export function Alarms() {
  const workspace = useWorkspace()
  const { data: me } = useSuspenseQuery(meQuery)
  const { data = none } = useQuery(alarmsQuery(workspace.id))
  const { isAside, putAside } = usePutAside(me.user.id, data)
  const [all, { open }] = useDisclosure()
  // Held.tsx shows that sending is held, with the button that resumes it.
  const standing = useMemo(() => urgentFirst(data.filter(({ kind }) => kind !== 'sending_held')), [data])
  const { placed, remove } = useInPlace(standing)
  const shown = placed.filter(({ alarm }) => !isAside(alarm))
  if (shown.length === 0) return null
  const hidden = all ? 0 : Math.max(0, shown.length - shownAtOnce)
  return (
    <section aria-label="Alarms">
      {shown.slice(0, shown.length - hidden).map(({ alarm, isOver }) => (
        <OneAlarm
          key={alarm.id}
          alarm={alarm}
          isOver={isOver}
          workspace={workspace.id}
          onPutAside={() => (isOver ? remove(alarm) : putAside(alarm))}
        />
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
  isOver: boolean
  workspace: number
  onPutAside: () => void
}

function OneAlarm({ alarm, isOver, workspace, onPutAside }: Props) {
  const [opened, { toggle }] = useDisclosure()
  const id = useId()
  return (
    <Alert
      variant="default"
      radius={0}
      role="alert"
      icon={
        isOver ? (
          <IconCircleCheck color={ink('green')} aria-hidden />
        ) : (
          <IconAlertTriangle color={ink('orange')} aria-hidden />
        )
      }
      title={<span className="wrap-anywhere">{alarm.sentence}</span>}
      withCloseButton
      closeButtonLabel={isOver ? 'Hide this alarm' : 'Hide this alarm until it changes'}
      onClose={onPutAside}
      styles={{ root: { borderWidth: '0 0 1px' } }}
    >
      <Stack gap={4}>
        <Text size="sm">{isOver ? 'This is over.' : alarm.fix}</Text>
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
