/** Where nothing has been written yet: what to do first, what is done of it, and where. */
import { Group, Skeleton, Stack, Text, ThemeIcon } from '@mantine/core'
import { IconCheck } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { paths } from '../paths.ts'
import { profilesQuery } from '../profiles/queries.ts'
import { gatewaysQuery } from '../settings/queries.ts'
import { ActButton, ActLink } from '../shell/may.tsx'
import { ButtonLink } from '../ui/links.tsx'

export function FirstSteps({ workspace, onStart }: { workspace: number; onStart: () => void }) {
  const profiles = useQuery(profilesQuery(workspace, {}))
  const gateways = useQuery(gatewaysQuery(workspace))
  if ((!profiles.data && !profiles.error) || (!gateways.data && !gateways.error)) return <Skeleton height={280} />
  const someone = (profiles.data?.items.length ?? 0) > 0
  const gateway = gateways.data?.[0]
  return (
    <Stack gap="lg" p={{ base: 'md', sm: 'xl' }} maw={760} mx="auto">
      <div>
        <Text fw={600}>Three steps to your first SMS</Text>
        <Text size="sm" c="dimmed">
          In any order. Nothing is sent until you have seen the audience and the cost, and confirmed.
        </Text>
      </div>
      <Stack component="ol" gap="lg" m={0} p={0} style={{ listStyle: 'none' }}>
        <Step
          place={1}
          done={someone}
          title="Import profiles"
          words={
            someone
              ? 'You have profiles. Another import updates existing profiles and adds new ones.'
              : 'A list of people from Excel, a CSV file or contacts, with phone numbers and consent.'
          }
          action={
            <ActLink operation="startImport" {...paths.newImport(workspace)} size="xs" variant="default">
              {someone ? 'Import more' : 'Import profiles'}
            </ActLink>
          }
        />
        <Step
          place={2}
          done={gateway !== undefined}
          title="Choose a gateway"
          words={
            gateway === undefined
              ? 'The connection to your SMS provider.'
              : gateway.test
                ? `“${gateway.name}” is ready. It is a test gateway: it reaches no phones.`
                : `“${gateway.name}” is ready.`
          }
          action={
            <ButtonLink {...paths.gateways(workspace)} size="xs" variant="default">
              {gateway === undefined ? 'Add gateway' : 'View gateways'}
            </ButtonLink>
          }
        />
        <Step
          place={3}
          done={false}
          title="Write an SMS"
          words="Text, people, time. It is saved automatically while you write."
          action={
            <ActButton operation="createActivity" size="xs" variant="default" onClick={onStart}>
              Write an SMS
            </ActButton>
          }
        />
      </Stack>
    </Stack>
  )
}

interface StepProps {
  place: number
  done: boolean
  title: string
  words: string
  action: ReactNode
}

function Step({ place, done, title, words, action }: StepProps) {
  return (
    <Group component="li" wrap="nowrap" align="flex-start">
      <ThemeIcon size={28} radius="xl" variant={done ? 'light' : 'default'} color="teal" aria-hidden>
        {done ? <IconCheck size={16} /> : <span className="figures">{place}</span>}
      </ThemeIcon>
      <Group justify="space-between" gap="sm" align="flex-start" flex={1}>
        <div style={{ flex: '1 1 200px', minWidth: 0 }}>
          <Text fw={500}>
            {title}
            {done && (
              <Text span size="sm" c="dimmed" fw={400}>
                {' · done'}
              </Text>
            )}
          </Text>
          <Text size="sm" c="dimmed">
            {words}
          </Text>
        </div>
        {action}
      </Group>
    </Group>
  )
}
