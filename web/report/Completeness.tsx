/** The share of messages in a final state. */
import { Box, Group, Progress, Text, Tooltip, UnstyledButton } from '@mantine/core'
import { type Channel, channels } from '../../core/channels.ts'
import { HOUR_MS, NO_RECEIPT_MS, RETRY_HOURS } from '../../core/messages/retry.ts'
import { count, percent } from '../ui/numbers.ts'
import { Time } from '../ui/Time.tsx'
import type { Report } from './queries.ts'

const helpOn = (channel: Channel) =>
  `The share of messages in a final state: not sent, delivered, bounced for good, or without a receipt for ${NO_RECEIPT_MS / HOUR_MS} hours. Soft bounces are retried every hour for up to ${RETRY_HOURS} hours after the ${channels[channel].words.message} was first sent.`

export function Completeness({ report }: { report: Report | undefined }) {
  // Before the start no profile is targeted: complete by definition, but shown as 0.
  const started = report !== undefined && report.overview.frozenAt !== null
  const share = started ? report.completeness : 0
  const { queued = 0, pending = 0, bouncedSoftRetrying = 0 } = report?.figures ?? {}
  const retriesEndAt = report?.overview.retriesEndAt
  const open = [
    queued > 0 && `${count(queued)} queued`,
    pending > 0 && `${count(pending)} pending`,
    bouncedSoftRetrying > 0 && `${count(bouncedSoftRetrying)} retrying`,
  ].filter(text => typeof text === 'string')
  return (
    <Box>
      <Group justify="space-between" mb={6} gap="xs">
        <Tooltip label={helpOn(report?.channel ?? 'sms')}>
          <UnstyledButton component="button" type="button" style={{ cursor: 'help' }}>
            <Text size="sm" className="figures">
              {started
                ? `${percent(share)} complete`
                : report?.state === 'cancelled'
                  ? 'Never started'
                  : 'Not started yet'}
            </Text>
          </UnstyledButton>
        </Tooltip>
        <Text size="sm" c="dimmed" className="figures">
          {started && (open.length > 0 ? open.join(' · ') : 'All messages are final')}
          {started && share < 1 && retriesEndAt && (
            <>
              {' · retries end '}
              <Time at={retriesEndAt} />
            </>
          )}
        </Text>
      </Group>
      <Progress value={share * 100} size="sm" aria-label="Completeness" transitionDuration={300} />
    </Box>
  )
}
