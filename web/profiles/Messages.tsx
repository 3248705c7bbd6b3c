/** Response data: each SMS to this profile with its state, and what happened to it one after the other. */
import { Stack, Text, Timeline } from '@mantine/core'
import { IconHandClick, IconMailForward, IconMessage2, IconReceipt } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { describeNotSent } from '../../core/audience/reasons.ts'
import { describeOutcome } from '../../core/messages/outcomes.ts'
import { paths } from '../paths.ts'
import { useWorkspace } from '../shell/me.ts'
import { EmptyState } from '../ui/EmptyState.tsx'
import { TextLink } from '../ui/links.tsx'
import { credits, plural } from '../ui/numbers.ts'
import { Panel } from '../ui/Panel.tsx'
import { StatusBadge } from '../ui/StatusBadge.tsx'
import { messageLook } from '../ui/status.ts'
import { Time } from '../ui/Time.tsx'
import classes from './Messages.module.css'
import type { ProfileView } from './queries.ts'

type Message = ProfileView['messages'][number]

export function Messages({ messages }: { messages: readonly Message[] }) {
  return (
    <Panel title="SMS">
      {messages.length === 0 ? (
        <EmptyState icon={IconMessage2} title="No SMS yet">
          Every SMS that selects this profile appears here, also those that were not sent, with the reason.
        </EmptyState>
      ) : (
        <Stack gap={0}>
          {messages.map(message => (
            <OneMessage key={message.activityId} message={message} />
          ))}
        </Stack>
      )}
    </Panel>
  )
}

function OneMessage({ message }: { message: Message }) {
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
      <Text size="sm" c="dimmed" className="figures">
        {message.status === 'not_sent'
          ? describeNotSent(message.reason ?? '')
          : message.parts > 0 && `${plural(message.parts, 'part')}, ${credits(message.credits)} credits`}
      </Text>
      {events.length > 0 && (
        <Timeline bulletSize={22} lineWidth={1} mt="sm" active={-1} aria-label="What happened">
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
      )}
    </article>
  )
}

interface Event {
  key: string
  at: string
  icon: ReactNode
  words: string
}

const attemptWords: Record<string, string> = {
  accepted: 'accepted',
  soft: 'bounced soft',
  hard: 'bounced hard',
  refused: 'not taken by the gateway, free to be tried again',
  dropped: 'taken back before it was sent',
  unknown: 'no answer, so its outcome is unknown',
}
const receiptWords: Record<string, string> = {
  delivered: 'Delivered to the phone',
  pending: 'On its way to the phone',
  soft: 'Bounced soft',
  hard: 'Bounced hard',
}
const verdictWords: Record<string, string> = {
  human: 'Clicked',
  suspect: 'Visited, perhaps by software,',
  bot: 'Visited by software',
}

function eventsOf(message: Message): Event[] {
  const because = (code: string | null) => (code ? `: ${describeOutcome(code)} (${code})` : '')
  const events: Event[] = [
    ...message.attempts.map(({ n, at, outcome, code }) => ({
      key: `attempt ${n}`,
      at,
      icon: <IconMailForward size={12} aria-hidden />,
      words: `Try ${n}: ${outcome ? (attemptWords[outcome] ?? outcome) : 'under way'}${outcome === 'accepted' ? '' : because(code)}`,
    })),
    ...message.receipts.map(({ at, outcome, code }, place) => ({
      key: `receipt ${place}`,
      at,
      icon: <IconReceipt size={12} aria-hidden />,
      words: `${receiptWords[outcome] ?? outcome}${outcome === 'delivered' ? '' : because(code)}`,
    })),
    ...message.clicks.map(({ at, linkId, url, verdict }, place) => ({
      key: `click ${place}`,
      at,
      icon: <IconHandClick size={12} aria-hidden />,
      words: `${verdictWords[verdict] ?? verdict} ${url || 'the unsubscribe link'} (link ${linkId})`,
    })),
  ]
  return events.sort((a, b) => a.at.localeCompare(b.at))
}
