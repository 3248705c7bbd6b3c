/** What the person has said yes to, and the number's own no, which outranks every yes. */
import { Stack, Text } from '@mantine/core'
import { IconBellOff, IconCircleCheck, IconCircleX, IconLock } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { Panel } from '../ui/Panel.tsx'
import { StatusBadge } from '../ui/StatusBadge.tsx'
import type { Look } from '../ui/status.ts'
import { Time } from '../ui/Time.tsx'
import type { ProfileView } from './queries.ts'

const yes: Look = { label: 'Yes', color: 'teal', Icon: IconCircleCheck }
const no: Look = { label: 'No', color: 'gray', Icon: IconCircleX }
const optedOut: Look = { label: 'Opted out', color: 'pink', Icon: IconBellOff }
const closed: Look = { label: 'Number closed', color: 'red', Icon: IconLock }
const closedWhy: Record<string, string> = { hard_bounces: 'after three hard bounces', by_hand: 'by hand' }

export function Consents({
  consents,
  optOuts,
  suppressions,
}: Pick<ProfileView, 'consents' | 'optOuts' | 'suppressions'>) {
  const nothing = consents.length + optOuts.length + suppressions.length === 0
  return (
    <Panel title="Consent">
      {nothing && (
        <Text size="sm" c="dimmed">
          No consent is known, so this profile gets no SMS.
        </Text>
      )}
      <Stack gap="sm">
        {suppressions.map(item => (
          <Entry key={item.at} look={closed} at={item.at} released={item.releasedAt}>
            {closedWhy[item.reason] ?? item.reason}
          </Entry>
        ))}
        {optOuts.map(item => (
          <Entry key={item.at + item.topic} look={optedOut} at={item.at} released={item.releasedAt}>
            of {item.topic ?? 'everything'}, by {item.source}
          </Entry>
        ))}
        {consents.map(item => (
          <Entry key={item.topic + item.channel + item.at} look={item.granted ? yes : no} at={item.at}>
            {item.topic} by {item.channel === 'sms' ? 'SMS' : item.channel}, from {item.source}
          </Entry>
        ))}
      </Stack>
    </Panel>
  )
}

function Entry({
  look,
  at,
  released,
  children,
}: {
  look: Look
  at: string
  released?: string | null
  children: ReactNode
}) {
  return (
    <Text size="sm" component="div">
      <StatusBadge look={look} />
      <Text size="sm" c="dimmed" component="div" pl={22} className="wrap-anywhere">
        {children}, <Time at={at} />
        {released && (
          <>
            {'; released '}
            <Time at={released} />
          </>
        )}
      </Text>
    </Text>
  )
}
