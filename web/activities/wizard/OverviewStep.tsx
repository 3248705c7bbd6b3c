/** Overview: everything once more as it will be sent, what is missing, and the one button that sends, which asks first. */

import { Alert, Button, Grid, Group, List, Skeleton, Stack, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconAlertCircle, IconSend } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { reminderInWords } from '../../../core/activities/reminder.ts'
import { audienceInWords, choicesInWords, duplicatesInWords } from '../../../core/activities/send-to.ts'
import { steps } from '../../../core/activities/steps.ts'
import { frequencyInWords } from '../../../core/frequency.ts'
import { paths } from '../../paths.ts'
import { segmentsQuery } from '../../segments/queries.ts'
import { gatewaysQuery, topicsQuery } from '../../settings/queries.ts'
import { useWhyNot } from '../../shell/may.tsx'
import { useWorkspace } from '../../shell/me.ts'
import { ErrorState } from '../../ui/ErrorState.tsx'
import { Facts } from '../../ui/Facts.tsx'
import { TextLink } from '../../ui/links.tsx'
import { count, none } from '../../ui/numbers.ts'
import { Panel } from '../../ui/Panel.tsx'
import { ink } from '../../ui/status.ts'
import { Time } from '../../ui/Time.tsx'
import { Wrapped } from '../../ui/Wrapped.tsx'
import { AudienceChanges } from '../AudienceChanges.tsx'
import type { Draft } from '../useDraft.ts'
import { CostLine } from './AudienceFigure.tsx'
import { Confirmation } from './Confirmation.tsx'
import { channelPagesOf } from './channels.tsx'
import { useReminded } from './Selection.tsx'
import { type AudienceNow, useAudience, useChanges } from './useAudience.ts'

export function OverviewStep({ draft, activity }: { draft: Draft; activity: number }) {
  const audience = useAudience(draft, activity)
  const { Preview } = channelPagesOf(draft)
  const [asking, { open, close }] = useDisclosure()
  const why = useWhyNot()('scheduleActivity') ?? whyNot(draft, audience)
  // The page may have been open for an hour: all its figures are counted again, so that they are of one time.
  const ask = () => {
    open()
    void audience.again()
  }
  // The dialog stays open while the figures are counted again, and shows what has grown.
  const asked = audience.exact ?? (asking ? audience.shown : undefined)
  return (
    <Stack>
      {draft.problems.length > 0 && <MissingSteps draft={draft} activity={activity} />}
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 7.5 }}>
          <Panel title="Overview">
            <Settings draft={draft} activity={activity} audience={audience} />
            <Group justify="flex-end" mt="lg">
              {why && (
                <Text size="sm" c="dimmed">
                  {why}
                </Text>
              )}
              <Button
                leftSection={<IconSend size={16} aria-hidden />}
                disabled={why !== null || !audience.exact}
                onClick={ask}
              >
                {draft.fields.sendAt ? 'Schedule' : 'Send now'}
              </Button>
            </Group>
          </Panel>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 4.5 }}>
          <Preview draft={draft} activity={activity} />
        </Grid.Col>
      </Grid>
      {asked && (
        <Confirmation
          draft={draft}
          activity={activity}
          audience={asked}
          opened={asking}
          onClose={close}
          onGrown={audience.again}
        />
      )}
    </Stack>
  )
}

function whyNot({ problems, state }: Draft, { exact }: AudienceNow): string | null {
  if (problems.length > 0) return 'This cannot be sent yet: see above.'
  if (state.kind !== 'saved') return 'The draft is not saved yet.'
  if (exact?.tooLong) return 'This text is too long for some people: see Audience.'
  return exact?.queued === 0 ? 'This has no recipients. Check Send to.' : null
}

function Settings({ draft, activity, audience }: { draft: Draft; activity: number; audience: AudienceNow }) {
  const workspace = useWorkspace()
  const topics = useQuery(topicsQuery(workspace.id))
  const gateways = useQuery(gatewaysQuery(workspace.id))
  const content = channelPagesOf(draft).useFacts(draft)
  const { fields } = draft
  const names = fields.sendTo.topics.map(id => topics.data?.find(topic => topic.id === id)?.name ?? none).join(', ')
  const choices = useChoices(draft)
  return (
    <Facts
      facts={[
        ['Name', <Wrapped key="name">{fields.name || none}</Wrapped>],
        ...content,
        ['Sending to', names || none],
        ...choices,
        ['Duplicates', duplicatesInWords(fields.sendTo.duplicates, draft.content.channel)],
        ['People', audienceInWords(fields.sendTo.frozen)],
        ['Frequency', frequencyInWords(fields.sendTo.frequency, draft.content.channel)],
        ['Gateway', gateways.data?.find(({ id }) => id === fields.gatewayId)?.name ?? none],
        ['When', fields.sendAt ? <Time key="when" at={fields.sendAt} exact /> : 'Now'],
        ['Latest time', fields.latestAt ? <Time key="latest" at={fields.latestAt} exact /> : 'None'],
        fields.reminder && ['Reminder', reminderInWords(fields.reminder)],
        ['Audience', <AudienceLines key="audience" draft={draft} activity={activity} audience={audience} />],
      ]}
    />
  )
}

function useChoices(draft: Draft): [string, string][] {
  const workspace = useWorkspace()
  const segments = useQuery(segmentsQuery(workspace.id))
  const { include, exclude, tags, reminds, remindsWho } = draft.fields.sendTo
  const reminded = useReminded(draft)
  const named = ({ match, segments: ids }: typeof include) => ({
    match,
    segments: ids.map(id => segments.data?.find(segment => segment.id === id)?.name ?? none),
  })
  return choicesInWords({
    include: named(include),
    exclude: named(exclude),
    tags,
    reminds: reminds === null ? null : (reminded ?? none),
    remindsWho,
  })
}

function AudienceLines({ draft, activity, audience }: { draft: Draft; activity: number; audience: AudienceNow }) {
  const changes = useChanges(draft, activity, audience)
  const { shown, error, retry, counting } = audience
  const { CostNotes } = channelPagesOf(draft)
  if (draft.fields.sendTo.topics.length === 0) return none
  if (error && !shown) return <ErrorState error={error} onRetry={retry} />
  if (!shown) return <Skeleton height={14} width={220} my={4} />
  return (
    <Stack gap={4} aria-busy={counting}>
      <CostLine draft={draft} audience={shown} people />
      <Text size="sm" className="figures">
        {shown.ranges ? 'Estimate. Counting exactly.' : `${count(shown.notSent)} left out.`}
      </Text>
      <CostNotes audience={shown} />
      <AudienceChanges changes={changes} activity={activity} />
    </Stack>
  )
}

function MissingSteps({ draft, activity }: { draft: Draft; activity: number }) {
  const workspace = useWorkspace()
  return (
    <Alert variant="default" icon={<IconAlertCircle color={ink('orange')} />} title="Before it can be sent">
      <List size="sm" spacing={4}>
        {draft.problems.map(({ step, code, sentence }) => {
          const found = steps.find(({ key }) => key === step)
          return (
            <List.Item key={code + sentence} className="wrap-anywhere">
              {found && (
                <TextLink {...paths.edit(workspace.id, activity, found.path)} inherit underline="always">
                  {found.label}
                </TextLink>
              )}
              {found && ': '}
              {sentence}
            </List.Item>
          )
        })}
      </List>
    </Alert>
  )
}
