/** Response data: each SMS to this profile with its state; its events unfold. */
import { Box, Skeleton, Stack, Text, Timeline } from '@mantine/core'
import { IconMessage2 } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { describeNotSent } from '../../core/audience/not-sent-reasons.ts'
import { describeCode } from '../../core/gateways/codes.ts'
import { paths } from '../paths.ts'
import { useWorkspace } from '../shell/me.ts'
import { EmptyState } from '../ui/EmptyState.tsx'
import { ErrorState } from '../ui/ErrorState.tsx'
import { TextLink } from '../ui/links.tsx'
import { count, credits, plural } from '../ui/numbers.ts'
import { Pager } from '../ui/Pager.tsx'
import { Panel } from '../ui/Panel.tsx'
import { Simulated } from '../ui/Simulated.tsx'
import { StatusBadge } from '../ui/StatusBadge.tsx'
import { messageLook } from '../ui/status.ts'
import { Time } from '../ui/Time.tsx'
import { Unfold } from '../ui/Unfold.tsx'
import { eventsOf } from './events.tsx'
import classes from './Messages.module.css'
import { messagesQuery, type ProfileMessage } from './queries.ts'

const route = getRouteApi('/w/$workspace/profiles/$profile')

/** `total` includes messages that were not sent. */
export function Messages({ profileId, total }: { profileId: number; total: number }) {
  const workspace = useWorkspace()
  const list = useQuery(messagesQuery(workspace.id, profileId, route.useSearch()))
  const messages = list.data?.items
  return (
    <Panel
      title="SMS"
      aside={
        total > 0 && (
          <Text size="sm" c="dimmed" className="figures">
            {count(total)}
          </Text>
        )
      }
    >
      {list.error && !messages ? (
        <ErrorState error={list.error} onRetry={list.refetch} />
      ) : !messages ? (
        <Skeleton height={Math.min(Math.max(total, 1), 5) * 74} />
      ) : messages.length === 0 ? (
        <EmptyState icon={IconMessage2} title="No SMS yet">
          SMS that target this profile appear here. Those not sent show the reason.
        </EmptyState>
      ) : (
        <Stack gap="sm">
          <Stack gap={0} aria-busy={list.isPlaceholderData}>
            {messages.map((message, at) => (
              <OneMessage key={message.activityId} message={message} first={at === 0} />
            ))}
          </Stack>
          {(list.data?.next || list.data?.previous) && <Pager page={list.data} />}
        </Stack>
      )}
    </Panel>
  )
}

function OneMessage({ message, first }: { message: ProfileMessage; first: boolean }) {
  const workspace = useWorkspace()
  const events = eventsOf(message)
  return (
    <article className={classes.message}>
      <div className={classes.head}>
        <TextLink
          {...paths.report(workspace.id, message.activityId)}
          inherit
          c="inherit"
          fw={500}
          className="wrap-anywhere"
        >
          {message.activityName}
        </TextLink>
        <Text size="sm" component="div">
          <StatusBadge look={messageLook(message.status)} />
        </Text>
      </div>
      <Text size="sm" c="dimmed" component="div" className="figures">
        <Summary message={message} />
      </Text>
      {events.length > 0 && (
        <Box mt="xs">
          <Unfold
            label={plural(events.length, 'event')}
            aria-label={`${plural(events.length, 'event')}: ${message.activityName}`}
            unfolded={first}
          >
            <Timeline bulletSize={22} lineWidth={1} active={-1} aria-label="What happened">
              {events.map(({ key, at, icon, words }) => (
                <Timeline.Item key={key} bullet={icon}>
                  <Text size="sm" component="div" className="wrap-anywhere">
                    {words}
                  </Text>
                  <Text size="xs" c="dimmed" component="div">
                    <Time at={at} exact />
                  </Text>
                </Timeline.Item>
              ))}
            </Timeline>
          </Unfold>
        </Box>
      )}
    </article>
  )
}

function Summary({ message }: { message: ProfileMessage }) {
  const { status, reason, code, sentAt, at, nextTry, parts, clicks, unsubscribedAt } = message
  if (status === 'not_sent')
    return (
      <>
        {describeNotSent(reason ?? '', message.channel)} <Time at={at} />
      </>
    )
  const human = clicks.filter(click => click.verdict === 'human').length
  return (
    <>
      {sentAt ? (
        <>
          Sent <Time at={sentAt} />
        </>
      ) : (
        'Not sent yet'
      )}
      {status.startsWith('bounced') && code && ` · ${describeCode(code)}`}
      {nextTry && (
        <>
          {' · next attempt '}
          <Time at={nextTry} />
        </>
      )}
      {human > 0 && ` · ${plural(human, 'click')}`}
      {unsubscribedAt && ' · opted out'}
      {parts > 0 && ` · ${plural(parts, 'part')}, ${inCredits(credits(message.credits))}`}
      <Simulated when={message.simulated && parts > 0} />
    </>
  )
}

const inCredits = (amount: string) => `${amount} ${amount === '1' ? 'credit' : 'credits'}`
