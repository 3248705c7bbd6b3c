/** Send to: the topics whose subscribers are sent to, which of them, and what happens where several profiles share an address. */
import { Anchor, Checkbox, Grid, Radio, Skeleton, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { audienceInWords, duplicateRules, duplicatesInWords } from '../../../core/activities/send-to.ts'
import { channels } from '../../../core/channels.ts'
import { paths } from '../../paths.ts'
import { topicsQuery } from '../../settings/queries.ts'
import { useWorkspace } from '../../shell/me.ts'
import { ErrorState } from '../../ui/ErrorState.tsx'
import { Panel } from '../../ui/Panel.tsx'
import type { Draft } from '../useDraft.ts'
import { AudienceFigure } from './AudienceFigure.tsx'
import { Frequency } from './Frequency.tsx'
import { Missing } from './Missing.tsx'
import { Overlaps } from './Overlaps.tsx'
import { Selection } from './Selection.tsx'
import { StepProblems } from './StepProblems.tsx'
import { useAudience } from './useAudience.ts'

const told = new Set(['topics_none'])

export function SendToStep({ draft, activity }: { draft: Draft; activity: number }) {
  const audience = useAudience(draft, activity)
  const { sendTo } = draft.fields
  return (
    <Stack>
      <StepProblems step="send-to" draft={draft} told={told} />
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 5.5 }}>
          <Panel title="Send to">
            <Stack gap="lg">
              <div>
                <Topics draft={draft} />
                {sendTo.topics.length === 0 && <Missing draft={draft} codes={['topics_none']} />}
              </div>
              <Selection draft={draft} />
              <Radio.Group
                label="Duplicates"
                description={`When several profiles have the same ${channels[draft.content.channel].words.address}.`}
                value={sendTo.duplicates}
                onChange={value =>
                  draft.change({
                    sendTo: { ...sendTo, duplicates: duplicateRules.find(rule => rule === value) ?? 'one_per_address' },
                  })
                }
              >
                <Stack gap="xs" mt="xs">
                  {duplicateRules.map(rule => (
                    <Radio key={rule} value={rule} label={duplicatesInWords(rule, draft.content.channel)} />
                  ))}
                </Stack>
              </Radio.Group>
              <Frequency draft={draft} />
              <Radio.Group
                label="Live or frozen"
                description="People come and go between scheduling and sending."
                value={sendTo.frozen ? 'frozen' : 'live'}
                onChange={value => draft.change({ sendTo: { ...sendTo, frozen: value === 'frozen' } })}
              >
                <Stack gap="xs" mt="xs">
                  <Radio value="live" label={audienceInWords(false)} />
                  <Radio value="frozen" label={audienceInWords(true)} />
                </Stack>
              </Radio.Group>
            </Stack>
          </Panel>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 6.5 }}>
          <Panel title="Audience">
            {sendTo.topics.length > 0 ? (
              <Stack gap="lg">
                <AudienceFigure draft={draft} audience={audience} />
                <Overlaps draft={draft} activity={activity} offers />
              </Stack>
            ) : (
              <Text size="sm" c="dimmed">
                Choose a topic to see how many people it reaches.
              </Text>
            )}
          </Panel>
        </Grid.Col>
      </Grid>
    </Stack>
  )
}

function Topics({ draft }: { draft: Draft }) {
  const workspace = useWorkspace()
  const topics = useQuery(topicsQuery(workspace.id))
  const { sendTo } = draft.fields
  if (topics.error) return <ErrorState error={topics.error} onRetry={topics.refetch} />
  if (!topics.data) return <Skeleton height={90} />
  if (topics.data.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        No one has consented to a topic yet.{' '}
        <Anchor inherit underline="always" renderRoot={props => <Link {...props} {...paths.newImport(workspace.id)} />}>
          Import profiles
        </Anchor>{' '}
        with their consent.
      </Text>
    )
  }
  return (
    <Checkbox.Group
      label="Topics"
      description={`Everyone who has consented to ${channels[draft.content.channel].words.channel} on at least one of them.`}
      value={sendTo.topics.map(String)}
      onChange={values => draft.change({ sendTo: { ...sendTo, topics: values.map(Number) } })}
    >
      <Stack gap="xs" mt="xs">
        {topics.data
          .filter(({ id, archivedAt }) => archivedAt === null || sendTo.topics.includes(id))
          .map(({ id, name, archivedAt }) => (
            <Checkbox key={id} value={String(id)} label={archivedAt === null ? name : `${name} (archived)`} />
          ))}
      </Stack>
    </Checkbox.Group>
  )
}
